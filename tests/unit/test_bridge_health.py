"""Health of the bridge's processes that serve nothing else, and how they end."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from lector.bridge import health
from lector.local.process import free_port
from lector.runtime import settings
from tests.support.bridging import wait_until

PROBE = b"GET /health/readiness HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def exchange(*requests: bytes, ready: bool = True) -> list[bytes]:
    """What comes back for each request, on a connection of its own; nothing may escape."""
    escaped: list[dict[str, Any]] = []

    async def story() -> list[bytes]:
        asyncio.get_running_loop().set_exception_handler(lambda _, said: escaped.append(said))
        address, is_ready = settings.Address("127.0.0.1", free_port()), asyncio.Event()
        if ready:
            is_ready.set()
        async with health.server(address, is_ready.is_set):
            return [await _answer(address.port, request) for request in requests]

    answers = asyncio.run(story())
    assert escaped == []
    return answers


async def _answer(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(5):
        writer.write(request)
        answer = await reader.read()
    writer.close()
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ")[1])


def test_a_process_that_is_ready_says_so() -> None:
    [answer] = exchange(PROBE)
    assert status(answer) == 200


def test_a_process_that_has_not_connected_yet_is_alive_but_not_ready() -> None:
    alive = PROBE.replace(b"readiness", b"liveness")
    assert [status(answer) for answer in exchange(PROBE, alive, ready=False)] == [503, 200]


def test_there_is_nothing_but_health() -> None:
    [answer] = exchange(PROBE.replace(b"/health/readiness", b"/"))
    assert status(answer) == 404


@pytest.mark.parametrize("garbage", [b"GET\r\n\r\n", b"\x16\x03\x01\r\n\r\n"], ids=repr)
def test_what_is_not_http_is_refused_and_the_next_probe_answered(garbage: bytes) -> None:
    refusal, answer = exchange(garbage, PROBE)
    assert (status(refusal), status(answer)) == (400, 200)


def test_more_headers_than_a_probe_has_are_answered_and_the_next_probe_too() -> None:
    header = b"X-Padding: %s\r\n" % (b"x" * 40_000)
    large = PROBE.replace(b"Host: x\r\n", b"Host: x\r\n" + header)
    first, second = exchange(large, PROBE)
    assert (status(first) in (200, 400, 431), status(second)) == (True, 200)


def test_a_header_that_does_not_end_is_given_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> bool:
        address = settings.Address("127.0.0.1", free_port())
        async with health.server(address, lambda: False):
            reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
            writer.write(PROBE[:-2])
            async with asyncio.timeout(4):
                closed = await reader.read() == b""
            writer.close()
            return closed

    assert health.HEADER_TIMEOUT_S == 5
    monkeypatch.setattr(health, "HEADER_TIMEOUT_S", 0.5)
    assert asyncio.run(story())


@contextmanager
def running(*, port: int) -> Iterator[subprocess.Popen[str]]:
    """postgres-source with a database that is away."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    env = {"PORT": str(port), "LISTEN_DATABASE_URL": url, "K_SINK": nowhere, "SWEEP_SINK": nowhere}
    process = subprocess.Popen(
        [sys.executable, "-m", "lector.bridge", "postgres-source"],
        env={**os.environ, "HOST": "127.0.0.1", **env},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def probe(port: int, name: str) -> int | None:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/health/{name}").status_code
    except httpx2.TransportError:
        return None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_asked_to_stop_ends_cleanly(number: signal.Signals) -> None:
    port = free_port()
    with running(port=port) as process:
        wait_until(lambda: probe(port, "liveness") == 200, 20)
        assert probe(port, "readiness") == 503
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in said


def test_a_connection_that_says_nothing_does_not_keep_a_process_from_ending() -> None:
    port = free_port()
    with running(port=port) as process:
        wait_until(lambda: probe(port, "liveness") == 200, 20)
        with socket.create_connection(("127.0.0.1", port)) as silent:
            silent.sendall(b"GET /health/liveness HTTP/1.1\r\n")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10)
    assert process.returncode == 0
