"""HTTP in asyncio, as `lector.client.http` describes it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO

import httpx2
from httpx2 import EventSource, Response, ServerSentEvent

_CHUNK_BYTES = 1024 * 1024


class AsyncHttp:
    """HTTP whose coroutines wait in an event loop."""

    def __init__(self, **settings: Any) -> None:
        self._client = httpx2.AsyncClient(**settings)

    async def request(self, method: str, url: str, **options: Any) -> Response:
        """An answer that was read to its end; httpx2.TransportError if there is none."""
        return await self._client.request(method, url, **options)

    async def put(self, url: str, content: BinaryIO, **options: Any) -> Response:
        """The answer to a PUT of what an open file holds; a thread reads the file."""
        return await self._client.put(url, content=_chunks_of(content), **options)

    @asynccontextmanager
    async def stream(self, method: str, url: str, **options: Any) -> AsyncIterator[Response]:
        """An answer whose body is still to come."""
        async with self._client.stream(method, url, **options) as answer:
            yield answer

    async def read(self, answer: Response) -> None:
        """Read the body of an answer that came as a stream."""
        await answer.aread()

    async def chunks(self, answer: Response) -> AsyncIterator[bytes]:
        """The body of an answer, as it comes."""
        async for chunk in answer.aiter_bytes():
            yield chunk

    async def events(self, answer: Response) -> AsyncIterator[ServerSentEvent]:
        """The events of an answer, as they come."""
        async for event in EventSource(answer):
            yield event

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


async def _chunks_of(content: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(content.read, _CHUNK_BYTES):
        yield chunk
