"""`AsyncLector`: what `lector.client.blocking` has, in asyncio: the same names, to be awaited."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, aclosing, suppress
from typing import Any, Self, Unpack, cast

from lector.client import options, uploads
from lector.client.api import Api, Options
from lector.client.async_http import AsyncHttp
from lector.client.errors import ServerError
from lector.client.models import Chunk, Doubt, Hit, Json, Page, Word
from lector.client.options import USUAL_CHUNK, Format, ReadingOptions, RetryOptions
from lector.client.reading import Described, Reading
from lector.client.sources import Readable


class AsyncDocument(Described):
    """A document that Lector reads: `async for page in document`, `await document.text`.

    As an asynchronous context manager it is cancelled if the block is left by an exception.
    """

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self.id and not self._reading.is_finished():
            with suppress(ServerError):
                await self.cancel()

    async def __aiter__(self) -> AsyncIterator[Page]:
        async with aclosing(self._reading.pages()) as pages:
            async for page in pages:
                yield page

    @property
    async def text(self) -> str:
        """Its text, pages parted by form feeds."""
        return await self._reading.text("text")

    @property
    async def plain(self) -> str:
        """Its text without the marks of Markdown and HTML; cells of tables are parted by tabs."""
        return await self._reading.text("plain")

    @property
    async def markdown(self) -> str:
        """Its text with a heading for each page."""
        return await self._reading.text("markdown")

    @property
    async def pages(self) -> list[Page]:
        """All its pages, also those that failed."""
        return await self._reading.all_pages()

    @property
    async def words(self) -> list[Word]:
        """Its words and where they stand, of pages where that is known."""
        return await self._reading.words()

    async def chunks(self, size: int = USUAL_CHUNK) -> list[Chunk]:
        """Its text in pieces of at most `size` characters (200 to 20,000), each with its place.

        Paragraphs and tables are whole where they fit.
        """
        return await self._reading.chunks(size)

    @property
    async def doubts(self) -> list[Doubt]:
        """What speaks against the text of its pages."""
        return [doubt for page in await self.pages for doubt in page.doubts]

    @property
    async def cost(self) -> float | None:
        """What reading it has cost, in USD; None if nothing was paid for."""
        await self._reading.all_pages()
        return cast("float | None", self.raw["spent_usd"])

    async def wait(self, timeout_s: float | None = None) -> Self:
        """Wait until it is read; fails as `Document.wait` does."""
        self._reading.limit(timeout_s)
        await self._reading.check()
        return self

    async def save(
        self,
        path: str | os.PathLike[str],
        format: Format = "text",  # noqa: A002 - as the API calls it
    ) -> None:
        """Write its text into a file, or with "pdf" and "original" what was uploaded."""
        await self._reading.save(path, format)

    async def cancel(self) -> None:
        """Have no more of it read; what was read stays."""
        await self._reading.cancel()

    async def retry(self, **how: Unpack[RetryOptions]) -> Self:
        """Have failed pages read once more, or those that `pages` names."""
        await self._reading.retry(cast("Options", how))
        return self

    async def delete(self) -> None:
        """Delete it with all that was made of it."""
        await self._reading.delete()


class AsyncLector:
    """A Lector at a URL, for one event loop; arguments and errors are those of `Lector`."""

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        self._api: Api = options.connect(AsyncHttp, url, token)
        self._cleanup = ExitStack()

    @classmethod
    async def local(
        cls, data: str | os.PathLike[str] | None = None, *, temporary: bool = False
    ) -> Self:
        """The Lector on this machine, as `Lector.local`; a thread waits for its start."""
        from lector.client import local  # noqa: PLC0415 - all of Lector, which few need

        with ExitStack() as cleanup:
            start = local.for_program(data, temporary=temporary)
            found = await asyncio.to_thread(cleanup.enter_context, start)
            lector = cls(found.url, found.token)
            lector._cleanup = cleanup.pop_all()
        return lector

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections, and end the Lector that `local` has started."""
        try:
            await self._api.close()
        finally:
            await asyncio.to_thread(self._cleanup.close)

    async def read(
        self,
        what: Readable,
        *,
        name: str | None = None,
        timeout_s: float | None = None,
        partial: bool = False,
        **how: Unpack[ReadingOptions],
    ) -> AsyncDocument:
        """Upload a document, as `Lector.read`; what is awaited of it waits until it is read."""
        reading = await uploads.begin(self._api, what, name, how, partial=partial)
        reading.limit(timeout_s)
        return AsyncDocument(reading)

    async def read_many(
        self,
        sources: Iterable[Readable],
        *,
        ahead: int = 16,
        partial: bool = False,
        **how: Unpack[ReadingOptions],
    ) -> AsyncIterator[AsyncDocument]:
        """Documents in their order, as `Lector.read_many`."""
        begun = uploads.begin_many(self._api, sources, ahead, how, partial=partial)
        async with aclosing(begun):
            async for reading in begun:
                yield AsyncDocument(reading)

    async def document(self, file_id: str, *, partial: bool = False) -> AsyncDocument:
        """A document that was uploaded before; NotFound if there is none."""
        file = await self._api.send("GET", f"/v1/files/{file_id}")
        return AsyncDocument(Reading(self._api, file, partial=partial))

    async def files(
        self, *, partial: bool = False, **chosen: str | bool
    ) -> AsyncIterator[AsyncDocument]:
        """All documents, as `Lector.files`."""
        listed = self._api.list_files(options.query(chosen))
        async with aclosing(listed):
            async for file in listed:
                yield AsyncDocument(Reading(self._api, file, partial=partial))

    async def search(self, q: str, **chosen: str) -> AsyncIterator[Hit]:
        """Pages that hold the words of a query, as `Lector.search`."""
        listed = self._api.listed("/v1/search", "hits", {"q": q, **chosen})
        async with aclosing(listed):
            async for hit in listed:
                yield Hit.from_json(hit)

    async def delete(self, *file_ids: str) -> None:
        """Delete documents, as `Lector.delete`."""
        await self._api.delete(file_ids)

    async def request(self, method: str, path: str, **more: Any) -> Json:
        """Any other operation of the API, as `Lector.request`."""
        return await self._api.send(method, path, **more)
