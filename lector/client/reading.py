"""A document on its way from a file to its text, for both clients: coroutines alone."""

import io
import json
import os
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx2
from httpx2 import Timeout

from lector.client.api import Api, Options
from lector.client.errors import (
    FileFailed,
    NotFound,
    OutOfMoney,
    PagesFailed,
    Refused,
    ServerError,
    StillReading,
)
from lector.client.models import Chunk, Json, Page, Word, words_of
from lector.client.sources import Target
from lector.domain.states import FileStatus, PageStatus
from lector.runtime import whole_files

FINISHED = (
    FileStatus.COMPLETED,
    FileStatus.INCOMPLETE,
    FileStatus.FAILED,
    FileStatus.CANCELLED,
)
ORIGINAL = "original"
_READ_OR_FAILED = (PageStatus.READ, PageStatus.FAILED)
# A stream says something every 15 seconds; whoever hears nothing for longer has lost it.
_SILENCE_S = 45.0
# With less time left than this nobody waits for a stream to say something.
_LAST_S = 20.0
_AGAIN_S, _SHORTEST_POLL_S, _LONGEST_POLL_S = 0.5, 0.2, 2.0
_MOST_NAMED = 3


class Reading:
    """A file of a Lector: what is known of it, and what becomes of it."""

    def __init__(self, api: Api, file: Json, *, partial: bool) -> None:
        self._api = api
        self.file = file
        self._partial = partial
        self._pages: list[Page] = []
        self._streams = True
        self._deadline: float | None = None

    @property
    def id(self) -> str:
        """The file's id."""
        return str(self.file["id"])

    def is_finished(self) -> bool:
        """Whether nothing more becomes of it by itself, as it was last seen."""
        return self.file["status"] in FINISHED

    def limit(self, timeout_s: float | None) -> None:
        """Wait for it no longer than so many seconds from now; None: as long as it takes."""
        self._deadline = None if timeout_s is None else time.monotonic() + timeout_s

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Finished pages in their order, each as soon as it and those before it are finished.

        Raises:
            FileFailed: it could not be opened, was cancelled, or was deleted.
            OutOfMoney: the others wait for somebody to let them cost more.
            StillReading: the time that `limit` gave is over.

        """
        shown = 0
        async with aclosing(self._states()) as states:
            async for _ in states:
                await self._fetch_pages()
                while shown < len(self._pages):
                    shown += 1
                    yield self._pages[shown - 1]
        # Where pages failed, they say why themselves.
        failed = self.file["status"] == FileStatus.FAILED and not self._pages
        if failed or self.file["status"] == FileStatus.CANCELLED:
            raise self._failure()

    async def all_pages(self) -> list[Page]:
        """Every page, when all are finished; fails as `pages` does."""
        async with aclosing(self.pages()) as pages:
            return [page async for page in pages]

    async def check(self) -> None:
        """Wait until all is read that was wanted; fails as `pages` does, and for failed pages."""
        failed = [page for page in await self.all_pages() if page.failed]
        if failed and not (self._partial and len(failed) < len(self._pages)):
            raise PagesFailed(self._describe(failed), self.id, failed)

    async def text(self, style: str) -> str:
        """All text in a format of the API, when it is finished."""
        written = io.BytesIO()
        await self.write(written, style)
        return written.getvalue().decode()

    async def words(self) -> list[Word]:
        """All words, and where they stand."""
        written = io.BytesIO()
        await self.write(written, "json", words="true")
        return words_of(json.loads(written.getvalue())["pages"])

    async def chunks(self, size: int) -> list[Chunk]:
        """Its text in pieces of at most so many characters."""
        written = io.BytesIO()
        await self.write(written, "chunks", size=str(size))
        return [Chunk.from_json(json.loads(line)) for line in written.getvalue().splitlines()]

    async def write(self, target: Target, style: str, **query: str) -> None:
        """Write its text in a format of the API into something open, when it is finished.

        What was uploaded, as "original", needs not be finished.
        """
        if style == ORIGINAL:
            await self._api.copy(f"/v1/files/{self.id}/original", {}, target)
            return
        await self.check()
        path = f"/v1/files/{self.id}/text"
        await self._api.copy(path, {"format": style, **query}, target)

    async def save(self, path: str | os.PathLike[str], style: str) -> None:
        """Write it as `write` does into a file, which is there when it is whole."""
        with whole_files.replacing(Path(path)) as part, part.open("wb") as opened:
            await self.write(opened, style)

    async def cancel(self) -> None:
        """Have no more of it read; what was read stays."""
        self.file = await self._api.send("POST", f"/v1/files/{self.id}/cancel")

    async def retry(self, options: Options) -> None:
        """Have pages read once more: those that failed, or those that `pages` of options names."""
        wanted = {name: value for name, value in options.items() if value is not None}
        self.file = await self._api.send("POST", f"/v1/files/{self.id}/retry", json=wanted)
        self._pages.clear()

    async def delete(self) -> None:
        """Delete it with all that was made of it."""
        await self._api.send("DELETE", f"/v1/files/{self.id}")

    async def refresh(self) -> None:
        """Ask what is known of it now."""
        try:
            self.file = await self._api.send("GET", f"/v1/files/{self.id}")
        except NotFound as error:
            raise self._gone() from error

    async def _states(self) -> AsyncGenerator[None, None]:
        """`file` as it is now, and after each change, until it is finished."""
        poll_s = _SHORTEST_POLL_S
        while True:
            if not self.is_finished():
                await self.refresh()
            yield
            if self.is_finished():
                return
            if await self._api.is_out_of_money(self.file):
                raise OutOfMoney(f"{self._name}: {self.file['waiting']['detail']}", self.id)
            if self._streams and (left_s := self._left_s()) > _LAST_S:
                async with aclosing(self._changes(left_s)) as changes:
                    async for _ in changes:
                        yield
                        if self.is_finished():
                            return
            else:
                await self._api.http.sleep(min(poll_s, self._left_s()))
                poll_s = min(poll_s * 1.5, _LONGEST_POLL_S)

    async def _changes(self, left_s: float) -> AsyncGenerator[None, None]:
        """`file` after each change, as a stream of events tells, until that ends or breaks off."""
        timeout = Timeout(30.0, read=min(_SILENCE_S, left_s))
        path = f"/v1/files/{self.id}/events"
        headers = {"Accept": "text/event-stream"}
        try:
            async with self._api.http.stream(
                "GET", path, headers=headers, timeout=timeout
            ) as answer:
                if not answer.is_success:
                    self._streams = False  # whatever stands before Lector, or too many watch
                    return
                async with aclosing(self._told(answer)) as told:
                    async for _ in told:
                        yield
        except (httpx2.TransportError, httpx2.SSEError):
            await self._api.http.sleep(_AGAIN_S)

    async def _told(self, answer: httpx2.Response) -> AsyncGenerator[None, None]:
        events: Any = self._api.http.events(answer)
        async with aclosing(events):
            async for event in events:
                if event.event == "file":
                    self.file = event.json()
                    yield
                elif event.event == "gone":
                    raise self._gone()
                elif event.event in ("hello", "reset"):  # what was before is not told
                    await self.refresh()
                    yield
                if self._left_s() <= _LAST_S or await self._api.is_out_of_money(self.file):
                    return

    def _left_s(self) -> float:
        """How long it may still take; StillReading if that is over."""
        if self._deadline is None:
            return float("inf")
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            progress = self.file["progress"]
            done = f"{progress['read'] + progress['failed']} of {progress['total']} pages"
            why = f" ({self.file['waiting_for']})" if self.file["waiting_for"] else ""
            raise StillReading(f"{self._name} is not finished in time: {done}{why}", self.id)
        return left_s

    async def _fetch_pages(self) -> None:
        """Add pages that are finished now, up to the first that is not."""
        counts = self.file["progress"]
        if counts["read"] + counts["failed"] <= len(self._pages):
            return
        last = self._pages[-1].number if self._pages else 0
        async with aclosing(self._api.pages(self.id, after=last)) as found:
            async for page in found:
                if page["status"] not in _READ_OR_FAILED:
                    return
                if not self._pages or page["number"] > self._pages[-1].number:
                    self._pages.append(Page.from_json(page))

    @property
    def _name(self) -> str:
        return str(self.file["name"])

    def _failure(self) -> FileFailed:
        cancelled = self.file["status"] == FileStatus.CANCELLED
        why = self.file["error"] or ("it was cancelled" if cancelled else "no page was read")
        code = self.file["error_code"] or str(self.file["status"])
        return FileFailed(f"{self._name}: {why}", self.id, code)

    def _gone(self) -> FileFailed:
        return FileFailed(f"{self._name} was deleted", self.id, str(FileStatus.DELETED))

    def _describe(self, failed: Sequence[Page]) -> str:
        """Which pages have no text, and why; of many, of the first ones."""
        reasons = [f"page {page.number}: {page.error}" for page in failed[:_MOST_NAMED]]
        more = ["…"] if len(failed) > _MOST_NAMED else []
        pages = self.file["progress"]["total"]
        return f"{self._name}: {len(failed)} of {pages} failed; {'; '.join([*reasons, *more])}"


class Refusal(Reading):
    """A file that was never made, as it could not be sent, or was refused."""

    def __init__(self, api: Api, name: str, error: ServerError | OSError) -> None:
        code = error.code if isinstance(error, Refused) else "not_uploaded"
        file = {"id": "", "name": name, "status": FileStatus.FAILED, "error": str(error)}
        empty = {"read": 0, "failed": 0, "total": 0, "doubted": 0}
        more = {"error_code": code, "progress": empty, "spent_usd": None, "waiting_for": None}
        super().__init__(api, file | more, partial=False)
        self._error = error

    async def pages(self) -> AsyncGenerator[Page, None]:
        """None: what went wrong is raised."""
        for page in self._pages:
            yield page
        raise self._error


class Described:
    """What is known of a document without asking for it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} {self.status} {self.id}>"

    @property
    def id(self) -> str:
        """By which `document` of a Lector finds it again; empty if it was refused."""
        return self._reading.id

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self._reading.file["name"])

    @property
    def status(self) -> str:
        """As it was last seen: uploaded, reading, completed, incomplete, failed or cancelled."""
        return str(self._reading.file["status"])

    @property
    def raw(self) -> Json:
        """All that the API said of it when it was last seen."""
        return self._reading.file
