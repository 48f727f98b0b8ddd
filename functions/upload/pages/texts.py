"""The text of a whole file in each of its forms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from functions.upload.answers import (
    Confidence,
    Doubt,
    Output,
    TurnedDegrees,
    doubts_of,
    from_row,
)
from functions.upload.files.file_model import FileStatus, StoredFile
from functions.upload.pages import page_places
from functions.upload.pages.verifications import Box, HeldAgainst, verification_of
from functions.upload.pages.whole_page import MissingWord, Other, Sure
from lector.domain import plain_text
from lector.domain.states import Provenance
from lector.domain.word_places import Agreement, Places
from lector.runtime import database, queries


@dataclass(frozen=True)
class PageText:
    """The text of a page that was read."""

    number: int
    text: str
    provenance: str
    doubts: dict[str, str]
    turned_degrees: int
    confidence: float | None
    verification: dict[str, Any] | None
    places: bytes | None
    words: list[Any] | None


class TextWord(Output, frozen=True):
    """A word of a file's text, and where it stands on its page."""

    text: str
    start: Annotated[
        int, Meta(description="Where it is in the whole text, in Unicode code points.")
    ]
    end: int
    boxes: Annotated[
        list[Box],
        Meta(description="One for each piece of a word that is broken; none: no place is known."),
    ]
    agreement: Annotated[
        Agreement | None, Meta(description="What a second reader says; null: nobody was asked.")
    ]
    other: Other
    confidence: Sure


class PageSpan(Output, frozen=True):
    """Where a page stands in the text of its file, where it is from, what speaks against it."""

    number: int
    start: Annotated[int, Meta(description="Offset in Unicode code points.")]
    end: int
    provenance: Provenance
    doubts: list[Doubt]
    turned_degrees: TurnedDegrees
    confidence: Confidence
    verification: HeldAgainst
    words: Annotated[
        list[TextWord] | None,
        Meta(description="With `words=true`; null where no place of a word is known."),
    ]
    missing: Annotated[
        list[MissingWord] | None,
        Meta(
            description="With `words=true`: words that only a second reader has. Their `offset` is"
            " in the whole text."
        ),
    ]


class WholeText(Output, frozen=True):
    """The text of a file, and where each page stands in it."""

    file_id: UUID
    name: str
    status: FileStatus
    text: str
    pages: list[PageSpan]


_sql = queries.load(__file__)
TEXTS_OF_FILE = _sql.rows("texts_of_file", PageText)


def plain(_file: StoredFile, pages: Sequence[PageText]) -> str:
    """The text of each page that was read, with form feeds between them."""
    return "\f".join(f"{page.text}\n" for page in pages)


def without_marks(_file: StoredFile, pages: Sequence[PageText]) -> str:
    """As `plain`, without marks of Markdown and HTML."""
    return "\f".join(f"{plain_text.of(page.text)}\n" for page in pages)


def markdown(file: StoredFile, pages: Sequence[PageText]) -> str:
    """The text with a heading for each page."""
    body = "".join(f"\n## Page {page.number}\n\n{page.text}\n" for page in pages)
    return f"# {file.name}\n{body}"


def whole(file: StoredFile, *, with_words: bool) -> WholeText:
    """The text with what is known of each page, and of each word if that is wanted."""
    pages = pages_of(file, with_words=with_words)
    text = "\f".join(page.text for page in pages)
    return WholeText(file.id, file.name, FileStatus(file.status), text, list(_spans(pages)))


def pages_of(file: StoredFile, *, with_words: bool = False) -> Sequence[PageText]:
    """The pages of a file that have a text; with what is stored of where their words stand."""
    with database.transaction() as connection:
        return TEXTS_OF_FILE.all(connection, file_id=file.id, with_words=with_words)


def why_no_text(file: StoredFile) -> str:
    """Why no page of a file has a text, for people."""
    if file.finished_at is None:
        return "no page of this file is read yet"
    return f"no page of this file was read: {file.error}"


def _spans(pages: Sequence[PageText]) -> Iterator[PageSpan]:
    at = 0
    for page in pages:
        places = page_places.places_of(page.text, page.places, page.words)
        yield from_row(
            PageSpan,
            page,
            doubts=doubts_of(page.doubts),
            verification=verification_of(page.verification),
            start=at,
            end=at + len(page.text),
            words=None if places is None else list(_words(page.text, places, at)),
            missing=None if places is None else list(_missing(places, at)),
        )
        at += len(page.text) + 1  # the form feed behind it


def _words(text: str, places: Places, at: int) -> Iterator[TextWord]:
    for word in places.words:
        yield TextWord(
            text[word.start : word.end],
            at + word.start,
            at + word.end,
            [list(box) for box in word.boxes],
            word.agreement,
            word.other or None,
            word.confidence,
        )


def _missing(places: Places, at: int) -> Iterator[MissingWord]:
    for lost in places.missing:
        yield MissingWord(lost.text, list(lost.box), at + lost.offset, lost.confidence)
