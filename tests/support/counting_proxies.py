"""Proxies on loopback that count what Lector's parts say to each other; they change nothing of it.

`Traffic.through` is a `reroute` of `lector.local.stack`. Whoever reads the table, a test or a
benchmark, takes the difference of two counts.
"""

import asyncio
import contextlib
import json
import threading
from collections import Counter
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

from lector.domain.functions import database_role
from lector.local.stack import Stack
from tests.support.wire_counts import HttpConnection, PostgresConnection

CONNECTIONS = "connections"

_CHUNK = 256 * 1024
_LOOP_TIMEOUT_S = 60.0

Counts = Counter[tuple[str, str]]
"""How often, by whom or what it was about, and by what was counted."""


class Wire(Protocol):
    """What reads one connection."""

    def from_client(self, data: bytes) -> None:
        """What the client sends."""

    def from_server(self, data: bytes) -> None:
        """What the server answers."""


class _Unread:
    """A protocol that is not looked into."""

    def from_client(self, data: bytes) -> None:
        pass

    def from_server(self, data: bytes) -> None:
        pass


class Traffic:
    """Counting proxies, one for each address, in an event loop of their own."""

    def __init__(self) -> None:
        self._counts: Counts = Counter()
        self._ports: dict[str, int] = {}
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def through(self, url: str) -> str:
        """The URL under which this one is reached through a proxy."""
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        about = _about(url)
        if about not in self._ports:
            target = parts.hostname, parts.port
            self._ports[about] = self._run(self._listen(about, parts.scheme, target))
        netloc = parts.netloc.replace(f":{parts.port}", f":{self._ports[about]}")
        return urlunsplit(parts._replace(netloc=netloc))

    def counts(self) -> Counts:
        """Everything that was counted so far."""

        async def copy() -> Counts:
            return self._counts.copy()

        copied: Counts = self._run(copy())
        return copied

    def stop(self) -> None:
        """End all connections and the loop."""
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self, about: str, scheme: str, target: tuple[str, int]) -> int:
        server = await asyncio.start_server(
            partial(self._serve, about, scheme, target), "127.0.0.1"
        )
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _serve(
        self,
        about: str,
        scheme: str,
        target: tuple[str, int],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        def count(what: str) -> None:
            self._counts[about, what] += 1

        try:
            there, back = await asyncio.open_connection(*target)
        except OSError:
            writer.transport.abort()
            return
        count(CONNECTIONS)
        wire = _wire(scheme, count)
        ways = [_pump(reader, back, wire.from_client), _pump(there, writer, wire.from_server)]
        tasks = [asyncio.ensure_future(way) for way in ways]
        with contextlib.suppress(asyncio.CancelledError):  # by `stop`
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for end in (writer, back):
            end.close()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_LOOP_TIMEOUT_S)


def of_role(name: str) -> str:
    """What is counted of the database under the role of a function, or of the bridge."""
    return f"postgresql {database_role(name)}"


def of_port(port: int) -> str:
    """What is counted of an HTTP server, or of NATS."""
    return f"port {port}"


def nats_messages_in(folder: Path) -> int:
    """How many messages the NATS server of a data folder has taken from its clients."""
    config = json.loads((folder / "nats" / "nats.conf").read_text())
    with urlopen(f"http://{config['http']}{config['http_base_path']}/varz") as answer:
        messages: int = json.load(answer)["in_msgs"]
    return messages


def names_of_ports(stack: Stack) -> dict[str, str]:
    """What is behind the ports of a stack, by how it is counted."""
    ports = {**stack.wiring.function_ports, "sink": stack.wiring.sink_port}
    found = {of_port(port): name for name, port in ports.items()}
    services = {"objects": "S3_ENDPOINT", "nats": "NATS_URL"}
    return found | {_about(stack.embedded.settings[key]): name for name, key in services.items()}


def _about(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "postgresql":
        return f"postgresql {parts.username}"
    return f"port {parts.port}"


def _wire(scheme: str, count: Any) -> Wire:
    if scheme == "postgresql":
        return PostgresConnection(count)
    return HttpConnection(count) if scheme == "http" else _Unread()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, look: Any) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            look(chunk)
            writer.write(chunk)
            await writer.drain()
