"""`Lector`: documents to text in a program without asyncio."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self, Unpack, cast

from lector.client import options, uploads
from lector.client.api import Api, Options
from lector.client.errors import ServerError
from lector.client.http import BlockingHttp, iterate, run
from lector.client.models import Chunk, Doubt, Hit, Json, Page, Word
from lector.client.options import USUAL_CHUNK, Format, ReadingOptions, RetryOptions
from lector.client.reading import Described, Reading
from lector.client.sources import Readable


class Document(Described):
    """A document that Lector reads; what asks for its text waits for it.

    Iterating yields its pages in their order, each as soon as it is finished. As a context manager
    it is cancelled if the block is left by an exception, such as Ctrl-C.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self.id and not self._reading.is_finished():
            with suppress(ServerError):
                self.cancel()

    def __iter__(self) -> Iterator[Page]:
        return iterate(self._reading.pages())

    @property
    def text(self) -> str:
        """Its text, pages parted by form feeds."""
        return run(self._reading.text("text"))

    @property
    def plain(self) -> str:
        """Its text without the marks of Markdown and HTML; cells of tables are parted by tabs."""
        return run(self._reading.text("plain"))

    @property
    def markdown(self) -> str:
        """Its text with a heading for each page."""
        return run(self._reading.text("markdown"))

    @property
    def pages(self) -> list[Page]:
        """All its pages, also those that failed."""
        return run(self._reading.all_pages())

    @property
    def words(self) -> list[Word]:
        """Its words and where they stand, of pages where that is known."""
        return run(self._reading.words())

    def chunks(self, size: int = USUAL_CHUNK) -> list[Chunk]:
        """Its text in pieces of at most `size` characters (200 to 20,000), each with its place.

        Paragraphs and tables are whole where they fit.
        """
        return run(self._reading.chunks(size))

    @property
    def doubts(self) -> list[Doubt]:
        """What speaks against the text of its pages."""
        return [doubt for page in self.pages for doubt in page.doubts]

    @property
    def cost(self) -> float | None:
        """What reading it has cost, in USD; None if nothing was paid for."""
        run(self._reading.all_pages())
        return cast("float | None", self.raw["spent_usd"])

    def wait(self, timeout_s: float | None = None) -> Self:
        """Wait until it is read, for `timeout_s` seconds at most.

        Raises:
            ReadingError: it could not be read, or not all of it, or not in time.

        """
        self._reading.limit(timeout_s)
        run(self._reading.check())
        return self

    def save(
        self,
        path: str | os.PathLike[str],
        format: Format = "text",  # noqa: A002 - as the API calls it
    ) -> None:
        """Write its text into a file, or with "pdf" and "original" what was uploaded."""
        run(self._reading.save(path, format))

    def cancel(self) -> None:
        """Have no more of it read; what was read stays."""
        run(self._reading.cancel())

    def retry(self, **how: Unpack[RetryOptions]) -> Self:
        """Have failed pages read once more, or those that `pages` names."""
        run(self._reading.retry(cast("Options", how)))
        return self

    def delete(self) -> None:
        """Delete it with all that was made of it."""
        run(self._reading.delete())


class Lector:
    """A Lector at a URL; threads may share it. Close it, or use it as a context manager.

    Args:
        url: by default what $LECTOR_SERVER holds.
        token: by default what $LECTOR_TOKEN holds; a Lector on one machine may need none.

    Raises:
        ServerError: no URL is known, or it is none.

    """

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        self._api: Api = options.connect(BlockingHttp, url, token)
        self._cleanup = ExitStack()

    @classmethod
    def local(cls, data: str | os.PathLike[str] | None = None, *, temporary: bool = False) -> Self:
        """The Lector that runs on this machine, else one that runs until this is closed.

        Args:
            data: its folder; by default the one that the command line uses.
            temporary: whether it is a new one, of which nothing is kept.

        Raises:
            LectorError: it does not start, or the extra `local` is not installed.

        """
        from lector.client import local  # noqa: PLC0415 - all of Lector, which few need

        with ExitStack() as cleanup:
            found = cleanup.enter_context(local.for_program(data, temporary=temporary))
            lector = cls(found.url, found.token)
            lector._cleanup = cleanup.pop_all()
        return lector

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections, and end the Lector that `local` has started."""
        with self._cleanup:
            run(self._api.close())

    def read(
        self,
        what: Readable,
        *,
        name: str | None = None,
        timeout_s: float | None = None,
        partial: bool = False,
        **how: Unpack[ReadingOptions],
    ) -> Document:
        """Upload a document and return at once; its attributes wait until it is read.

        Args:
            what: a path, the bytes of a PDF or an image, or a URL that the server fetches.
            name: what it is called; by default as the file is.
            timeout_s: how many seconds it may take to read; by default as long as it takes.
            partial: whether a document with failed pages has a text all the same: that of the
                others. By default `PagesFailed` is raised.
            how: see `ReadingOptions`.

        Raises:
            ServerError: it is refused, or Lector cannot be reached.
            OSError: the file cannot be read.

        """
        reading = run(uploads.begin(self._api, what, name, how, partial=partial))
        reading.limit(timeout_s)
        return Document(reading)

    def read_many(
        self,
        sources: Iterable[Readable],
        *,
        ahead: int = 16,
        partial: bool = False,
        **how: Unpack[ReadingOptions],
    ) -> Iterator[Document]:
        """Documents in their order; up to `ahead` of the next are uploaded and read meanwhile.

        Small ones are sent many in a request.

        One that is refused or cannot be read raises that when it is asked for its text, so that the
        others come all the same.
        """
        begun = uploads.begin_many(self._api, sources, ahead, how, partial=partial)
        return map(Document, iterate(begun))

    def document(self, file_id: str, *, partial: bool = False) -> Document:
        """A document that was uploaded before; NotFound if there is none."""
        file = run(self._api.send("GET", f"/v1/files/{file_id}"))
        return Document(Reading(self._api, file, partial=partial))

    def files(self, *, partial: bool = False, **chosen: str | bool) -> Iterator[Document]:
        """All documents, the newest first; `chosen` is what GET /v1/files takes.

        That is status, name (a part of it), folder, doubted and sort.
        """
        listed = iterate(self._api.list_files(options.query(chosen)))
        return (Document(Reading(self._api, file, partial=partial)) for file in listed)

    def search(self, q: str, **chosen: str) -> Iterator[Hit]:
        """Pages that hold the words of a query, the best first.

        `chosen` is what GET /v1/search takes: file (an id), folder, language, since, until.
        """
        return map(
            Hit.from_json, iterate(self._api.listed("/v1/search", "hits", {"q": q, **chosen}))
        )

    def delete(self, *file_ids: str) -> None:
        """Delete documents with all that was made of them; those that are gone are no error."""
        run(self._api.delete(file_ids))

    def request(self, method: str, path: str, **more: Any) -> Json:
        """Any other operation of the API, as /docs describes them; its JSON, {} for none.

        `more` is what httpx takes, such as params= and json=.
        """
        return run(self._api.send(method, path, **more))
