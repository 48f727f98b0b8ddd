"""What is in the folder: every file and page, its state there, and what must become of it."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from support import marked_pages, pdfs
from support.marked_pages import Mark

SPANISH = (
    "La biblioteca del puerto abre todas las mañanas y guarda los mapas de los barcos que ya no"
    " vuelven. Quien pregunta por ellos recibe una silla, una lámpara y mucho tiempo."
)
_WORDS = (
    "river ledger morning paper signal harbour copper winter meadow letter engine silver "
    "garden window number thunder market bridge candle forest pocket mirror island summer"
)
_PADDING_BYTES = 8 * 1024 * 1024  # so many bytes are a part of an upload in parts


def text_of(mark: Mark) -> str:
    """The text of a page, which no other page has."""
    document, page = mark
    words = random.Random(document * 1000 + page).choices(_WORDS.split(), k=60)
    return f"Document {document}, page {page}.\n{' '.join(words)}."


@dataclass
class Page:
    """A page. `state` is None before its file was opened, as it has no row then."""

    shows: Mark | None
    state: str | None
    text: str
    provenance: str


@dataclass
class File:
    """A file: its state in the folder, what becomes of it by itself, and of another attempt."""

    name: str
    about: str
    state: str
    becomes: str
    pages: list[Page] = field(default_factory=list)
    error_code: str | None = None
    retried: str | None = None
    id: str = ""
    body: bytes = b""


def _pages(document: int, states: Sequence[str | None]) -> list[Page]:
    marks = [(document, number) for number, _ in enumerate(states, 1)]
    return [
        Page(mark, state, text_of(mark), "model") for mark, state in zip(marks, states, strict=True)
    ]


def finished_file(name: str, about: str, pages: list[Page], state: str = "completed") -> File:
    """A file of which nothing is to be done."""
    return _draw(File(name, about, state, state, pages))


def failed_file(name: str, about: str, code: str, state: str = "failed") -> File:
    """A file with nothing that can be read."""
    return File(name, about, state, state, error_code=code)


def file_under_way(name: str, about: str, state: str, pages: list[Page]) -> File:
    """A file that is completed once the folder is taken up."""
    return _draw(File(name, about, state, "completed", pages))


def retriable_file(name: str, about: str, state: str, code: str | None, pages: list[Page]) -> File:
    """A file that stays as it is until somebody tries it again, and is completed then."""
    return _draw(File(name, about, state, state, pages, code, "completed"))


def _draw(file: File, padding_bytes: int = 0) -> File:
    file.body = marked_pages.pdf([page.shows for page in file.pages], padding_bytes)
    return file


class Files:
    """All files of the folder; the pages of each show its number here, but for what is repeated."""

    def __init__(self) -> None:
        again = f"{text_of((1, 1))} Read again."
        self.minutes = finished_file(
            "minutes.pdf",
            "a page that was read twice, a blank one, and one that others repeat",
            [
                Page((1, 1), "read", again, "model"),
                Page(None, "read", "", "blank"),
                _repeated_page(),
            ],
        )
        self.copy = finished_file(
            "copy.pdf",
            "a page of minutes.pdf: nobody was asked",
            [_repeated_page(provenance="cache")],
        )
        self.carta = finished_file("carta.pdf", "Spanish", [Page((3, 1), "read", SPANISH, "model")])
        self.refused = retriable_file(
            "refused.pdf",
            "the model refused a page",
            "incomplete",
            "pages_failed",
            _pages(4, ["read", "failed", "read"]),
        )
        self.garbage = failed_file("garbage.pdf", "noise", "not_a_pdf")
        self.garbage.body = pdfs.not_a_pdf()
        self.locked = failed_file("locked.pdf", "it needs a password", "password_protected")
        self.locked.body = pdfs.password_protected()
        self.long = retriable_file(
            "long.pdf",
            "it had more pages than were allowed",
            "failed",
            "too_many_pages",
            _pages(7, [None] * 13),
        )
        self.stopped = retriable_file(
            "stopped.pdf",
            "it was cancelled while its pages were read",
            "cancelled",
            "cancelled",
            _pages(8, ["read", "read", "failed", "failed"]),
        )
        self.stopped.pages[2].provenance = "cache"  # the answer came too late, and is kept
        self.forgotten = finished_file("forgotten.pdf", "deleted, and that is known", [], "deleted")
        self.forgotten.body = marked_pages.pdf([(9, 1)])

        self.announced = file_under_way(
            "announced.pdf", "its bytes have not come", "announced", _pages(10, [None])
        )
        self.stored = file_under_way(
            "stored.pdf",
            "its bytes lie there, but nobody has said so",
            "announced",
            _pages(11, [None] * 2),
        )
        self.parts = file_under_way(
            "parts.pdf", "one of its two parts lies there", "announced", _pages(12, [None])
        )
        _draw(self.parts, _PADDING_BYTES)
        self.reading = file_under_way(
            "reading.pdf",
            "three pages are read, three are with the model, two were sent back by it; the next"
            " range is announced but not published, the last one is with render",
            "reading",
            _pages(13, ["read"] * 3 + ["rendered"] * 5 + ["pending"] * 12),
        )
        self.drawn = file_under_way(
            "drawn.pdf",
            "its images lie there; that is with register",
            "reading",
            _pages(14, ["pending"] * 2),
        )
        self.late = retriable_file(
            "late.pdf",
            "a page was refused; the dead letter is with register",
            "reading",
            None,
            _pages(15, ["read", "rendered"]),
        )
        self.late.becomes = "incomplete"
        self.opening = file_under_way("opening.pdf", "with render", "uploaded", _pages(16, [None]))
        self.waiting = file_under_way(
            "waiting.pdf", "in the stream, with nobody", "uploaded", _pages(17, [None])
        )
        self.uploaded = file_under_way(
            "uploaded.pdf", "in the outbox", "uploaded", _pages(18, [None] * 3)
        )
        self.dropped = finished_file("dropped.pdf", "deleted; that is in the outbox", [], "deleted")
        self.dropped.body = marked_pages.pdf([(19, 1)])
        self.twin = file_under_way(
            "twin.pdf",
            "a page of minutes.pdf; that it is drawn is in the outbox",
            "reading",
            [_repeated_page("rendered", "cache")],
        )
        self.quick = finished_file("quick.pdf", "the webhook is being told", _pages(21, ["read"]))

    def all(self) -> list[File]:
        return list(vars(self).values())

    def texts(self) -> Mapping[Mark, str]:
        """What the model answers at first."""
        pages = [page for file in self.all() for page in file.pages]
        known = {page.shows: page.text for page in pages if page.shows}
        return {**known, **{mark: text_of(mark) for mark in ((1, 1), (9, 1), (19, 1))}}


def _repeated_page(state: str = "read", provenance: str = "model") -> Page:
    return Page((1, 3), state, text_of((1, 3)), provenance)
