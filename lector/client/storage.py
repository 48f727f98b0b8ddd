"""The object store, where files go to and come from, by URLs that the server has signed."""

import io
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

import httpx2
from opentelemetry.trace import Span

from lector.client import unreachable
from lector.client.errors import ServerError, Unreachable
from lector.client.http import Http
from lector.client.models import Json
from lector.client.sources import Source, Target
from lector.telemetry import tracing

RETRY_FOR_S = 20.0
"""How long is waited for a server, or a store, that restarts or says "not now"."""
_RETRY_EVERY_S = 0.5
_STORED_ALREADY = 412  # an earlier PUT arrived, only its answer was lost


def span(method: str, url: str) -> AbstractContextManager[Span]:
    """A request's span, within that of an upload; without the query, which may be a signature."""
    attributes = {"http.request.method": method, "url.full": url.partition("?")[0]}
    return tracing.client_span(method, {**attributes, **tracing.server_attributes(url)})


class _NotNow(Exception):
    """It was not stored, and may be if it is tried again; else that is the `failure`."""

    def __init__(self, failure: ServerError) -> None:
        super().__init__(str(failure))
        self.failure = failure


class Storage:
    """Puts files into the store, and gets objects from it."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    async def put(self, source: Source, target: Json) -> None:
        """PUT a file as a whole; while the store restarts, try again.

        Raises:
            ServerError: it is refused, or nothing answers.

        """
        deadline = time.monotonic() + RETRY_FOR_S
        # Without it, what is sent piece by piece has no length, which a store does not take.
        headers = {"Content-Length": str(source.size_bytes()), **target["headers"]}
        while True:
            try:
                with source.open() as content:
                    await self._put(target["url"], content, headers)
                    return
            except _NotNow as not_now:
                if time.monotonic() > deadline:
                    raise not_now.failure from not_now
            await self._http.sleep(_RETRY_EVERY_S)

    async def put_parts(self, source: Source, ask: Callable[[], Awaitable[Json]]) -> None:
        """PUT what is not stored of a file that goes up in parts.

        After an interruption `ask` says, as POST /v1/files/{id}/parts does, what is still missing,
        with new URLs: those of before may be too old by then. It is given up when no part has
        arrived for `RETRY_FOR_S` seconds.

        Raises:
            ServerError: parts are refused, or nothing answers.

        """
        deadline = time.monotonic() + RETRY_FOR_S
        while True:
            told = await ask()
            try:
                with source.open() as content:
                    for part in told["parts"]:
                        if not part["stored"]:
                            content.seek((part["number"] - 1) * told["part_bytes"])
                            await self._put_part(part, content.read(part["size_bytes"]))
                            deadline = time.monotonic() + RETRY_FOR_S
                return
            except (_NotNow, ServerError) as failed:
                if time.monotonic() > deadline:
                    raise failed.failure if isinstance(failed, _NotNow) else failed from failed
            await self._http.sleep(_RETRY_EVERY_S)

    async def get(self, url: str, target: Target) -> None:
        """Write what an address of the store leads to into something open; `ServerError`."""
        try:
            with span("GET", url):
                async with self._http.stream("GET", url) as answer:
                    if not answer.is_success:
                        detail = f"the object store answered {answer.status_code} to the download"
                        raise ServerError(detail)
                    async for chunk in self._http.chunks(answer):
                        target.write(chunk)
        except httpx2.TransportError as error:
            raise _no_store(url, error) from error
        target.flush()

    async def _put_part(self, part: Json, content: bytes) -> None:
        headers = {"Content-Length": str(part["size_bytes"])}
        await self._put(part["url"], io.BytesIO(content), headers)

    async def _put(
        self, url: str, content: io.BytesIO | io.BufferedReader, headers: dict[str, str]
    ) -> None:
        """One PUT; `_NotNow` if it may work later, `ServerError` if it is refused."""
        try:
            with span("PUT", url) as its_span:
                put = await self._http.put(url, content, headers=headers)
                its_span.set_attribute("http.response.status_code", put.status_code)
        except httpx2.TransportError as error:
            raise _NotNow(_no_store(url, error)) from error
        if put.is_success or put.status_code == _STORED_ALREADY:
            return
        refused = ServerError(f"the object store answered {put.status_code} to the upload")
        raise refused if put.status_code < 500 else _NotNow(refused)


def _no_store(url: str, error: httpx2.TransportError) -> Unreachable:
    address = urlsplit(url)
    what = f"the object store at {address.scheme}://{address.netloc}"
    return Unreachable(unreachable.describe(what, url, error))
