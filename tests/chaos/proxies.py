"""TCP proxies between all parts: they pass, slow down, hold, swallow answers, refuse, and cut.

Where two processes do the same work, a proxy has them take turns, one connection each.
"""

import asyncio
import contextlib
import enum
import socket
import threading
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lector.local.process import StackError, free_port

from .patience import NoVerdict, retry

_CHUNK = 64 * 1024
_SLOW_S = 0.15
_AWAY_S = 0.2
_LOOP_TIMEOUT_S = 120.0

Address = tuple[str, int]


class Manner(enum.Enum):
    """How a proxy treats what comes along."""

    PASS = "pass"
    SLOW = "slow"
    HOLD = "hold"  # nothing comes through, until later
    DEAF = "deaf"  # requests come through, and their answers end the connection
    REFUSE = "refuse"


class Port:
    """A port that nobody else can take, also while nothing listens on it.

    A socket that is bound and does not listen holds it; connections to it are refused.
    """

    def __init__(self) -> None:
        self._holder = retry("binding a port", _bound, OSError, StackError)
        self.number: int = self._holder.getsockname()[1]

    def listener(self) -> socket.socket:
        """Another socket on the port, which takes connections once it listens."""
        return _reusable(self.number)

    def release(self) -> None:
        """Leave the port to others."""
        self._holder.close()


def _bound() -> socket.socket:
    return _reusable(free_port())


def _reusable(number: int) -> socket.socket:
    new = socket.socket()
    try:
        new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        new.bind(("127.0.0.1", number))
    except OSError:
        new.close()
        raise
    return new


class Proxy:
    """One way from a process to others; used within the proxies' event loop only."""

    def __init__(self, scheme: str, target: Address) -> None:
        self.scheme = scheme
        self.targets = [target]
        self._port = Port()
        self.port = self._port.number
        self._turn = 0
        self._manner = Manner.PASS
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._changing = asyncio.Lock()  # two servers on one port would both take connections
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Take connections."""
        async with self._changing:
            if self._server is None:
                self._server = await asyncio.start_server(self._take, sock=self._port.listener())

    async def close(self) -> None:
        """Take no more connections, end those there are, and leave the port to others."""
        await self.refuse()
        self.cut()
        self._port.release()

    async def refuse(self) -> None:
        """Take no connections, as when nothing listens."""
        async with self._changing:
            if self._server is not None:
                self._server.close()
                self._server = None

    @property
    def in_use(self) -> bool:
        """Whether a connection is open."""
        return bool(self._open)

    async def behave(self, manner: Manner) -> None:
        """From now on treat everything like this."""
        self._manner = manner
        if manner is Manner.HOLD:
            self._flowing.clear()
        else:
            self._flowing.set()
        if manner is Manner.REFUSE:
            await self.refuse()
            self.cut()
        else:
            await self.listen()

    def cut(self) -> int:
        """End all connections at once; how many they were."""
        cut = len(self._open)
        for writer in list(self._open):
            writer.transport.abort()
        return cut // 2

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._flowing.wait()
            there, back = await self._connect()
        except OSError:
            writer.transport.abort()
            await self._wait_for_target()
            return
        ends = {writer, back}
        self._open |= ends
        ways = [self._pump(reader, back), self._pump(there, writer, answers=True)]
        try:
            tasks = {asyncio.ensure_future(way) for way in ways}
            _, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
        finally:
            self._open -= ends
            for end in ends:
                end.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool = False
    ) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                if self._manner is Manner.DEAF and answers:
                    writer.transport.abort()
                    return
                if self._manner is Manner.SLOW:
                    await asyncio.sleep(_SLOW_S)
                await self._flowing.wait()
                writer.write(chunk)
                await writer.drain()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the target whose turn it is, else to another; OSError if none listens."""
        self._turn += 1
        first = self._turn % len(self.targets)
        in_turn = [*self.targets[first:], *self.targets[:first]]
        for target in in_turn[:-1]:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(*target)
        return await asyncio.open_connection(*in_turn[-1])

    async def _wait_for_target(self) -> None:
        """Refuse connections for as long as every target does."""
        if self._server is None:
            return
        await self.refuse()
        while True:
            await asyncio.sleep(_AWAY_S)
            with contextlib.suppress(OSError):
                _, writer = await self._connect()
                writer.close()
                break
        if self._manner is not Manner.REFUSE:
            await self.listen()


class Proxies:
    """The proxies of a stack, in an event loop of their own."""

    def __init__(self) -> None:
        self.all: list[Proxy] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def through(self, url: str) -> str:
        """The URL under which this one is reached through a proxy of its own."""
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        proxy = self._run(self._opened(parts.scheme, (parts.hostname, parts.port)))
        self.all.append(proxy)
        netloc = parts.netloc.replace(f":{parts.port}", f":{proxy.port}")
        return urlunsplit(parts._replace(netloc=netloc))

    def share(self, port: int, twin_port: int) -> None:
        """Have the process behind one port share all that comes for it with another."""
        for proxy in self.all:
            if proxy.targets[0][1] == port:
                self._loop.call_soon_threadsafe(proxy.targets.append, ("127.0.0.1", twin_port))

    def behave(self, proxy: Proxy, manner: Manner) -> None:
        """Have a proxy behave like this from now on."""
        self._run(proxy.behave(manner))

    def cut(self, proxy: Proxy) -> int:
        """End a proxy's connections; how many they were."""

        async def cut() -> int:
            return proxy.cut()

        count: int = self._run(cut())
        return count

    def stop(self) -> None:
        """End all connections and the loop."""
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _opened(self, scheme: str, target: Address) -> Proxy:
        proxy = Proxy(scheme, target)
        await proxy.listen()
        return proxy

    async def _end(self) -> None:
        for proxy in self.all:
            await proxy.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(_LOOP_TIMEOUT_S)
        except TimeoutError:
            raise NoVerdict(f"the proxies did not answer in {_LOOP_TIMEOUT_S:.0f} s") from None
