"""The bridge's HTTP client: what it sends, what it makes of an answer, and connections it keeps."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from lector.bridge.http_client import Client, RequestError, Response, UnreachableError
from lector.local.process import free_port
from tests.support.bridging import BROKEN_OFF, ScriptedFunction
from tests.support.model import Answer


@pytest.fixture
def function() -> Iterator[ScriptedFunction]:
    server = ScriptedFunction()
    yield server
    server.stop()


def post(url: str, headers: Mapping[str, str] | None = None, times: int = 1) -> list[Response]:
    """The answers to requests that are sent one after the other by one client."""

    async def run() -> list[Response]:
        async with Client() as client:
            return [await client.post(url, b"{}", headers or {}) for _ in range(times)]

    return asyncio.run(run())


def test_an_answer_has_status_headers_and_body(function: ScriptedFunction) -> None:
    function.answers(Answer(503, b"later", {"Retry-After": "7"}))
    [answer] = post(function.url)
    assert (answer.status_code, answer.headers["retry-after"], answer.text) == (503, "7", "later")


def test_a_request_has_its_headers_and_none_about_the_client(function: ScriptedFunction) -> None:
    post(function.url, {"ce-id": "1", "content-type": "application/json"})
    [request] = function.requests
    host = function.url.removeprefix("http://")
    assert dict(request.headers) == {
        "host": host,
        "ce-id": "1",
        "content-type": "application/json",
        "content-length": "2",
    }


def test_a_redirect_is_an_answer_like_any_other(function: ScriptedFunction) -> None:
    function.answers(Answer(307, b"", {"Location": "http://elsewhere.example/"}))
    [answer] = post(function.url)
    assert (answer.status_code, len(function.requests)) == (307, 1)


def test_a_header_may_be_as_long_as_an_event_allows(function: ScriptedFunction) -> None:
    function.answers(Answer(204, b"", {"ce-long": "x" * 60_000}))
    [answer] = post(function.url)
    assert len(answer.headers["ce-long"]) == 60_000


def test_where_nobody_listens_nothing_was_sent() -> None:
    with pytest.raises(UnreachableError):
        post(f"http://127.0.0.1:{free_port()}")


def test_an_answer_that_breaks_off_is_none(function: ScriptedFunction) -> None:
    function.answers(BROKEN_OFF)
    with pytest.raises(RequestError) as raised:
        post(function.url)
    assert not isinstance(raised.value, UnreachableError)


def test_a_request_that_broke_off_is_sent_once(function: ScriptedFunction) -> None:
    function.answers(Answer(204), BROKEN_OFF)
    with pytest.raises(RequestError):
        post(function.url, times=2)
    assert len(function.requests) == 2


@pytest.mark.parametrize("url", ["", "nowhere", "ftp://127.0.0.1/"])
def test_an_address_that_is_none_is_a_mistake_of_ours(url: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        post(url)


@pytest.mark.parametrize(
    "answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"]
)
def test_what_is_no_whole_answer_in_http_is_none(answer: bytes) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1")
        port = server.sockets[0].getsockname()[1]
        async with server, Client() as client:
            await client.post(f"http://127.0.0.1:{port}", b"{}", {})

    with pytest.raises(RequestError):
        asyncio.run(run())


def test_a_second_request_takes_the_connection_of_the_first() -> None:
    connections: list[Any] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2)
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1")
        port = server.sockets[0].getsockname()[1]
        async with server, Client() as client:
            for _ in range(3):
                await client.post(f"http://127.0.0.1:{port}", b"{}", {})

    asyncio.run(run())
    assert len(connections) == 1
