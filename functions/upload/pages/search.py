"""Full-text search over pages, and where in a marked text it hits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from functions.upload import cursors
from functions.upload.answers import Doubt, Output, doubts_of
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


SEARCH_PAGES = queries.load(__file__).rows("search_pages", FoundPage)


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
