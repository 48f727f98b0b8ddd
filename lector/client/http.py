"""HTTP for code that is written once, as coroutines, and used with and without asyncio.

`BlockingHttp` never lets a coroutine wait for another: `run` carries it from its beginning to its
end, in the caller's thread, without an event loop. With `AsyncHttp` the same code runs in asyncio.
"""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Generator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, BinaryIO, Protocol, TypeVar

import httpx2
from httpx2 import EventSource, Response, ServerSentEvent

Result = TypeVar("Result")
Item = TypeVar("Item")


class Http(Protocol):
    """What requests are sent with."""

    async def request(self, method: str, url: str, **options: Any) -> Response:
        """An answer that was read to its end; httpx2.TransportError if there is none."""

    async def put(self, url: str, content: BinaryIO, **options: Any) -> Response:
        """The answer to a PUT of what an open file holds."""

    def stream(
        self, method: str, url: str, **options: Any
    ) -> AbstractAsyncContextManager[Response]:
        """An answer whose body is still to come."""

    async def read(self, answer: Response) -> None:
        """Read the body of an answer that came as a stream."""

    def chunks(self, answer: Response) -> AsyncIterator[bytes]:
        """The body of an answer, as it comes."""

    def events(self, answer: Response) -> AsyncIterator[ServerSentEvent]:
        """The events of an answer, as they come."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""

    async def close(self) -> None:
        """Close all connections."""


class BlockingHttp:
    """HTTP whose coroutines are run by `run` and `iterate`; threads may share it."""

    def __init__(self, **settings: Any) -> None:
        self._client = httpx2.Client(**settings)

    async def request(self, method: str, url: str, **options: Any) -> Response:
        """An answer that was read to its end; httpx2.TransportError if there is none."""
        return self._client.request(method, url, **options)

    async def put(self, url: str, content: BinaryIO, **options: Any) -> Response:
        """The answer to a PUT of what an open file holds."""
        return self._client.put(url, content=content, **options)

    @asynccontextmanager
    async def stream(self, method: str, url: str, **options: Any) -> AsyncIterator[Response]:
        """An answer whose body is still to come."""
        with self._client.stream(method, url, **options) as answer:
            yield answer

    async def read(self, answer: Response) -> None:
        """Read the body of an answer that came as a stream."""
        answer.read()

    async def chunks(self, answer: Response) -> AsyncIterator[bytes]:
        """The body of an answer, as it comes."""
        for chunk in answer.iter_bytes():
            yield chunk

    async def events(self, answer: Response) -> AsyncIterator[ServerSentEvent]:
        """The events of an answer, as they come."""
        for event in EventSource(answer):
            yield event

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    async def close(self) -> None:
        """Close all connections."""
        self._client.close()


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine comes to that waits for nothing but `BlockingHttp`."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: Result = end.value
        return result
    coroutine.close()
    raise RuntimeError("this coroutine waits for an event loop")


def iterate(items: AsyncGenerator[Item, None]) -> Iterator[Item]:
    """What an asynchronous generator yields that waits for nothing but `BlockingHttp`."""

    def each() -> Generator[Item, None, None]:
        try:
            while True:
                try:
                    item = run(anext(items))
                except StopAsyncIteration:
                    return
                yield item
        finally:
            run(items.aclose())

    return each()
