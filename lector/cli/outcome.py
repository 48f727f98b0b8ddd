"""What became of documents, and what is said of them at the end: failures, doubts, counts."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lector.cli import doubts, output
from lector.cli.answers import Json
from lector.domain.failure_codes import FailureCode
from lector.domain.states import FileStatus, PageStatus, Provenance
from lector.runtime.failures import LectorError

FINISHED = (
    FileStatus.COMPLETED,
    FileStatus.INCOMPLETE,
    FileStatus.FAILED,
    FileStatus.CANCELLED,
)
_ORIGINS = {
    Provenance.TEXT_LAYER: "from their text layer",
    Provenance.MIXED: "from their text layer and pictures",
    Provenance.MODEL: "by several models",
    Provenance.CACHE: "from the cache",
    Provenance.BLANK: "blank",
    Provenance.PERSON: "by a person",
}
_LARGE = ("text", "words", "missing")
_LASTING = (
    *("id", "status", "error", "error_code", "warning", "page_count", "progress", "spent_usd"),
    *("waiting", "waiting_for", "created_at", "finished_at"),
)
"""What is still said of a file when its text is written."""
UNREACHABLE_S = 15.0
"""So long a reader that was named may be away before nobody waits for it any more."""
_MOST_IDS = 3
"""Of more files that go on being read, the ids are not said, but what lists them."""


#: Where a text is from, and the model that gave it.
Origin = tuple[str | None, str | None]


def _origin(page: Json) -> Origin:
    return page.get("provenance"), page.get("model")


@dataclass
class Document:
    """One file that is being read. `pages` holds its finished pages so far, in order.

    `found_before` says that it was uploaded earlier, and was not again. `settled` counts, by where
    their texts are from, pages that were let go of. `folder` is that in which it was found, if it
    was looked for in folders. What is at a `url` is nowhere here, and the server fetches it.
    """

    path: Path
    name: str
    file: Json = field(default_factory=lambda: {"id": None, "status": "waiting"})
    pages: list[Json] = field(default_factory=list)
    out_of_money: bool = False
    found_before: bool = False
    settled: Counter[Origin] = field(default_factory=Counter)
    folder: str | None = None
    url: str | None = None

    @property
    def finished(self) -> bool:
        """Whether no more pages will come, or only when somebody lets them cost more."""
        return self.out_of_money or self.file["status"] in FINISHED

    @property
    def completed(self) -> bool:
        """Whether every page that was asked for was read."""
        return bool(self.file["status"] == FileStatus.COMPLETED)

    @property
    def doubted_pages(self) -> list[Json]:
        """Pages that were read, but should be looked at before their text is believed."""
        return [page for page in self.read_pages if doubts.doubts_of(page)]

    @property
    def read_pages(self) -> list[Json]:
        """Pages that were read, doubted or not."""
        return [page for page in self.pages if page["status"] == PageStatus.READ]

    @property
    def origins(self) -> Counter[Origin]:
        """How many pages were read, by where their texts are from."""
        return self.settled + Counter(_origin(page) for page in self.read_pages)

    def settle(self) -> None:
        """Let go of texts that are written, and of pages of which nothing is left to be said."""
        kept: list[Json] = []
        for page in self.pages:
            if page["status"] == PageStatus.READ and not doubts.doubts_of(page):
                self.settled[_origin(page)] += 1
            else:
                kept.append({name: page[name] for name in page if name not in _LARGE})
        self.pages = kept
        self.file = {name: self.file[name] for name in _LASTING if name in self.file}


class ReaderUnreachable(LectorError):
    """The reader that was named cannot be reached; the message says where, and why."""


class ReaderWatch:
    """Watches whether pages are kept from being read because nothing answers at their reader."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None

    def check(self, documents: Sequence[Document]) -> None:
        """Look at files as the server has them now.

        Raises:
            ReaderUnreachable: it has been so for `UNREACHABLE_S`, and no page was read before: of
                one that has answered, an outage is waited for.

        """
        pages_read = sum((d.file.get("progress") or {}).get("read", 0) for d in documents)
        waiting = [document.file.get("waiting") or {} for document in documents]
        away = [one for one in waiting if one.get("code") == FailureCode.MODEL_UNREACHABLE]
        if not away or pages_read:
            self._since = None
            return
        self._since = self._clock() if self._since is None else self._since
        if self._clock() - self._since >= UNREACHABLE_S:
            raise ReaderUnreachable(str(away[0]["detail"]))


def summarize(documents: Sequence[Document], echo: Callable[[str], None]) -> bool:
    """Say what failed, what should be looked at, and why, and how much was read.

    Returns:
        Whether every page was read, doubted or not.

    """
    for document in documents:
        _describe_problems(document, echo)
    if found := describe_found(documents):
        echo(found)
    completed = sum(document.completed for document in documents)
    echo(f"{_count_pages(documents)}; {completed} of {len(documents)} files complete")
    return completed == len(documents)


def _describe_problems(document: Document, echo: Callable[[str], None]) -> None:
    for page in document.pages:
        if page["status"] == PageStatus.FAILED:
            echo(f"{document.name}, page {page['number']} failed: {output.describe_failure(page)}")
    if document.out_of_money:
        wait = output.describe_wait(document.file)
        more = f"--max-cost, or `lector budget {document.file['id']} USD`"
        echo(f"{document.name} {wait}; let it cost more with {more}")
    unread = document.file["status"] in (FileStatus.FAILED, FileStatus.CANCELLED)
    if unread or not document.finished:
        echo(f"{document.name} failed: {document.file.get('error') or 'it was not finished'}")
    if document.file.get("error_code") == FailureCode.PASSWORD_PROTECTED:
        echo("add --password at the end of the line to be asked for the password")
    if document.file.get("warning"):
        echo(f"{document.name}: {document.file['warning']}")
    if document.doubted_pages:
        echo(f"{document.name}: {doubts.describe_pages(document.doubted_pages)}")


def _count_pages(documents: Sequence[Document]) -> str:
    """How many pages were read, where their texts are from, and how many should be looked at."""
    read_by: Counter[Origin] = Counter()
    for document in documents:
        read_by += document.origins
    models = {model for origin, model in read_by if origin == Provenance.MODEL}
    by_model = {Provenance.MODEL: f"by {models.pop()}"} if len(models) == 1 else {}
    counts = [
        f"{count} {words}"
        for origin, words in {**_ORIGINS, **by_model}.items()
        if (count := sum(n for (one, _), n in read_by.items() if one == origin))
    ]
    origins = f" ({', '.join(counts)})" if counts else ""
    doubted = doubts.count_words(sum(len(document.doubted_pages) for document in documents))
    read = f"{output.count(read_by.total(), 'page')} read{origins}"
    return f"{read}, {doubted}" if doubted else read


def describe_found(documents: Sequence[Document]) -> str:
    """Which files were uploaded before, and so were not read twice; empty if none was."""
    found = [document for document in documents if document.found_before]
    if not found:
        return ""
    if len(found) > 1:
        count = f"{len(found)} of {output.count(len(documents), 'file')}"
        return f"{count} were uploaded before and are not read twice; --again reads them anew"
    day = output.format_day(found[0].file.get("finished_at") or found[0].file["created_at"])
    return f"{found[0].name}: read on {day}: here it is; --again reads it anew"


def describe_unfinished(documents: Sequence[Document]) -> str:
    """What goes on being read although nobody waits for it any more; empty if nothing does."""
    ids = [d.file["id"] for d in documents if d.file["id"] and not d.finished]
    if not ids:
        return ""
    stop = f"`lector cancel {' '.join(ids)}` stops that"
    if len(ids) > _MOST_IDS:
        stop = "`lector ls --status reading` lists them, `lector cancel` stops that"
    count, them = output.count(len(ids), "uploaded file"), "them" if len(ids) > 1 else "it"
    verb = "are" if len(ids) > 1 else "is"
    return f"{count} {verb} not finished: Lector goes on with {them} as long as it runs; {stop}"
