"""Full-text search over pages, and where in a text it hits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from functions.upload import cursors
from functions.upload.answers import Doubt, Output, doubts_of
from functions.upload.pages import page_model
from functions.upload.pages.page_model import Page, StoredPage
from lector.runtime import database, queries

# Between these the database marks a hit; no text contains them.
_BEGIN, _END = "\x02", "\x03"
# And these stand for characters that it would not show.
_STAND_INS = str.maketrans("\ue000\ue001", "<>")


@dataclass(frozen=True)
class FoundPage:
    """A page that was found. `marked`: pieces of its text, with hits marked."""

    id: UUID
    file_id: UUID
    file_name: str
    number: int
    rank: float
    marked: str
    doubts: dict[str, str]


@dataclass(frozen=True)
class StoredWords:
    """Where a page's words stand, and its text with hits marked."""

    words: list[Any] | None
    marked: str | None


_sql = queries.load(__file__)
SEARCH_PAGES = _sql.rows("search_pages", FoundPage)
WORDS_OF_PAGE = _sql.rows("words_of_page", StoredWords)


class Piece(Output, frozen=True):
    """A piece of a text."""

    text: str
    hit: bool


class Hit(Output, frozen=True):
    """A page in which a query hits."""

    file_id: UUID
    file_name: str
    page: int
    rank: float
    snippet: Annotated[
        list[Piece], Meta(description="A piece of the text, cut where hits begin and end.")
    ]
    doubts: Annotated[list[Doubt], Meta(description="What speaks against the page's text.")]


class Word(Output, frozen=True):
    """Where a word stands on the image, in shares of its width and height from its top left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    hit: Annotated[bool, Meta(description="Whether it is part of a highlight.")]


_Span = Annotated[list[int], Meta(min_length=2, max_length=2)]


class WholePage(Page, frozen=True, kw_only=True):
    """A page with its words."""

    highlights: Annotated[
        list[_Span],
        Meta(description="Hits in the text as offsets in Unicode code points, start and end."),
    ]
    words: Annotated[
        list[Word] | None,
        Meta(description="Where each word stands; null where that is not known."),
    ]


def search(
    tenant: str, query: str, file_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[FoundPage], str | None]:
    """Pages in which a query hits, the best first, and the cursor of what follows."""
    rank, after = cursors.decode(cursor, float, str) or (None, None)
    with database.transaction() as connection:
        hits = SEARCH_PAGES.all(
            connection,
            tenant=tenant,
            query=query,
            file_id=file_id,
            rank=rank,
            after=None if after is None else cursors.id_of(after),
            limit=limit + 1,
        )
    more = len(hits) > limit
    hits = hits[:limit]
    return hits, cursors.encode(hits[-1].rank, str(hits[-1].id)) if more else None


def to_answer(found: FoundPage) -> Hit:
    """A hit as the API shows it."""
    snippet = [Piece(text, is_hit) for text, is_hit in pieces(found.marked)]
    doubts = doubts_of(found.doubts)
    return Hit(found.file_id, found.file_name, found.number, found.rank, snippet, doubts)


def whole_page(page: StoredPage, query: str | None) -> WholePage:
    """A page with its words, and where a query hits."""
    highlights, words = places(page.id, query)
    return page_model.to_answer(page, WholePage, highlights=highlights, words=words)


def places(page_id: UUID, query: str | None) -> tuple[list[list[int]], list[Word] | None]:
    """Where a query hits in a page's text, as offsets; and its words."""
    with database.transaction() as connection:
        found = WORDS_OF_PAGE.one(connection, page_id=page_id, query=query)
    if found is None:
        return [], None
    marked = pieces(found.marked or "")
    highlights = spans(marked)
    text = "".join(piece for piece, _ in marked)
    words = None if found.words is None else _mark_words(found.words, text, highlights)
    return highlights, words


def pieces(marked: str) -> list[tuple[str, bool]]:
    """A marked text cut where hits begin and end: each piece, and whether it is a hit."""
    first, *others = marked.translate(_STAND_INS).split(_BEGIN)
    cut = [(first, False)]
    for other in others:
        hit, _, rest = other.partition(_END)
        cut += [(hit, True), (rest, False)]
    return [piece for piece in cut if piece[0]]


def spans(cut: Sequence[tuple[str, bool]]) -> list[list[int]]:
    """Where hits begin and end in the text, in code points."""
    found, at = [], 0
    for piece, is_hit in cut:
        if is_hit:
            found.append([at, at + len(piece)])
        at += len(piece)
    return found


def _mark_words(words: Sequence[Any], text: str, highlights: Sequence[Sequence[int]]) -> list[Word]:
    """Each word with whether it is hit. It is looked for in the text behind the one before it."""
    marked, at = [], 0
    for word, left, top, right, bottom in words:
        start = text.find(word, at)
        end = start + len(word)
        hit = start >= 0 and any(begin < end and start < stop for begin, stop in highlights)
        at = end if start >= 0 else at
        marked.append(Word(word, left, top, right, bottom, hit))
    return marked
