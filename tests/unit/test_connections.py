"""Slow clients of an ASGI server: closed in time, bounded in number, and no concern of others."""

import asyncio
import contextlib
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn

from lector.local.process import free_port
from lector.runtime import connections
from lector.runtime.settings import Connections

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
UNFINISHED = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
SOON_S = 0.3
LONG_S = 30.0


@dataclass
class Client:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def status(self) -> int:
        """Of the next answer, which has the body "ok"."""
        async with asyncio.timeout(5):
            head = await self.reader.readuntil(b"\r\n\r\n")
            assert await self.reader.readexactly(2) == b"ok"
        return int(head.split(b" ")[1])

    async def is_closed(self, within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                return await self.reader.read(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


@dataclass
class Server:
    """A server under test, and the requests that it was sent."""

    port: int
    requests: int = 0
    clients: list[Client] = field(default_factory=list)

    async def connect(self, data: bytes = b"", source: str = "127.0.0.1") -> Client:
        connection = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0))
        client = Client(*connection)
        self.clients.append(client)
        await client.send(data)
        return client


class Quiet(uvicorn.Server):
    """Leaves the signals to the tests."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@contextlib.asynccontextmanager
async def serving(config: Connections, files: int = 4096, size: int = 2) -> AsyncIterator[Server]:
    """A server that answers everything with so many bytes, "ok" if it is two."""
    server = Server(free_port())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        server.requests += 1
        body = b"ok" if size == 2 else b"x" * size
        headers = [(b"content-length", str(size).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    running = Quiet(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=server.port,
            http=connections.protocol(config, files),
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
    )
    task = asyncio.create_task(running.serve())
    while not running.started:
        await asyncio.sleep(0.01)
    try:
        yield server
    finally:
        for client in server.clients:
            client.writer.close()
            with contextlib.suppress(OSError):
                await client.writer.wait_closed()
        running.should_exit = True
        await task


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(20):
            await story()

    asyncio.run(whole())


@pytest.mark.parametrize("sent", [b"", b"G", UNFINISHED], ids=["nothing", "a letter", "headers"])
def test_a_connection_whose_header_does_not_end_in_time_is_closed(sent: bytes) -> None:
    async def story() -> None:
        async with serving(Connections(header_timeout_s=SOON_S)) as server:
            slow = await server.connect(sent)
            assert await slow.is_closed(within_s=5)
            assert server.requests == 0

    run(story)


def test_a_header_that_drips_has_no_more_time_than_one_that_stops() -> None:
    async def story() -> None:
        async with serving(Connections(header_timeout_s=SOON_S)) as server:
            slow = await server.connect(UNFINISHED)
            with contextlib.suppress(ConnectionError):
                for _ in range(40):
                    await slow.send(b"X-A: b\r\n")
                    await asyncio.sleep(0.05)
            assert await slow.is_closed(within_s=0.1)

    run(story)


def test_a_second_request_on_a_connection_has_a_deadline_from_its_first_byte() -> None:
    async def story() -> None:
        async with serving(Connections(header_timeout_s=SOON_S)) as server:
            client = await server.connect(REQUEST)
            assert await client.status() == 200
            await asyncio.sleep(2 * SOON_S)  # idle in between is no offence
            await client.send(REQUEST)
            assert await client.status() == 200
            await client.send(UNFINISHED)
            assert await client.is_closed(within_s=5)
            assert server.requests == 2

    run(story)


def test_the_rest_of_a_body_that_nobody_reads_has_a_deadline() -> None:
    async def story() -> None:
        async with serving(Connections(header_timeout_s=SOON_S)) as server:
            client = await server.connect(POST)
            assert await client.status() == 200
            await client.send(b"x")
            assert await client.is_closed(within_s=5)

    run(story)


def test_a_client_that_takes_none_of_its_answer_is_disconnected() -> None:
    async def story() -> None:
        config = Connections(answer_timeout_s=SOON_S)
        async with serving(config, size=64 * 1024 * 1024) as server:
            client = await server.connect(REQUEST)
            await asyncio.sleep(5 * SOON_S)
            taken = 0
            with contextlib.suppress(ConnectionError):
                while chunk := await client.reader.read(1 << 20):
                    taken += len(chunk)
            assert 0 < taken < 64 * 1024 * 1024

    run(story)


def test_of_too_many_headers_of_one_address_the_oldest_go_and_no_others() -> None:
    async def story() -> None:
        config = Connections(header_timeout_s=LONG_S, headers_per_address=10)
        async with serving(config) as server:
            other = await server.connect(UNFINISHED, source="127.0.0.2")
            slow = [await server.connect(UNFINISHED) for _ in range(30)]
            closed = [await one.is_closed(within_s=0.5) for one in slow[:20]]
            still_there = [not await one.is_closed(within_s=0.01) for one in [*slow[20:], other]]
            assert (closed.count(True), still_there.count(True)) == (20, 11)
            await other.send(b"\r\n")
            assert await other.status() == 200

    run(story)


def test_of_too_many_headers_of_many_addresses_the_oldest_go() -> None:
    async def story() -> None:
        config = Connections(header_timeout_s=LONG_S, headers_per_address=10, headers_at_once=20)
        async with serving(config) as server:
            slow = [
                await server.connect(UNFINISHED, source=f"127.0.0.{2 + n // 10}") for n in range(50)
            ]
            closed = [await one.is_closed(within_s=0.5) for one in slow[:30]]
            still_there = [not await one.is_closed(within_s=0.01) for one in slow[30:]]
            assert (closed.count(True), still_there.count(True)) == (30, 20)

    run(story)


def test_when_files_run_out_the_oldest_connection_without_a_request_goes() -> None:
    async def story() -> None:
        async with serving(Connections(header_timeout_s=LONG_S), files=16) as server:
            idle = await server.connect(REQUEST)
            assert await idle.status() == 200
            slow = [await server.connect(UNFINISHED) for _ in range(8)]
            assert await idle.is_closed(within_s=2)
            assert not await slow[0].is_closed(within_s=0.05)
            await server.connect()
            assert await slow[0].is_closed(within_s=2)

    run(story)


def test_three_hundred_unfinished_headers_do_not_keep_a_good_request_waiting() -> None:
    async def story() -> None:
        async with serving(Connections(header_timeout_s=LONG_S)) as server:
            slow = [await server.connect(UNFINISHED) for _ in range(300)]
            good = await server.connect(REQUEST)
            assert await good.status() == 200
            # It waited itself until its header was there, so one more had to go.
            assert sum([await one.is_closed(within_s=0.01) for one in slow]) == 201

    run(story)


def test_a_process_may_open_as_many_files_as_its_hard_limit_says() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    script = (
        "import resource; from lector.runtime import connections\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (200, {hard}))\n"
        "print(connections.raise_file_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    files, soft, now_hard = map(int, said.stdout.split())
    assert (files, now_hard) == (soft, hard)
    assert soft > 200


def test_most_of_the_files_are_for_connections() -> None:
    assert connections.most_connections(20_000) > 19_000
    assert connections.most_connections(256) == 128
