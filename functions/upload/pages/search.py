"""Full-text search over pages, and where in a text it hits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from functions.upload import cursors
from lector.runtime import database, queries

# Between these the database marks a hit; no text contains them.
_BEGIN, _END = "\x02", "\x03"
# And these stand for characters that it would not show.
_STAND_INS = str.maketrans("\ue000\ue001", "<>")


@dataclass(frozen=True)
class Hit:
    """A page that was found. `marked`: pieces of its text, with hits marked."""

    id: UUID
    file_id: UUID
    file_name: str
    number: int
    rank: float
    marked: str


@dataclass(frozen=True)
class Words:
    """Where a page's words stand, and its text with hits marked."""

    words: list[Any] | None
    marked: str | None


_sql = queries.load(__file__)
SEARCH_PAGES = _sql.rows("search_pages", Hit)
WORDS_OF_PAGE = _sql.rows("words_of_page", Words)


def search(
    tenant: str, query: str, file_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[Hit], str | None]:
    """Pages in which a query hits, the best first, and the cursor of what follows."""
    rank, after = cursors.read(cursor, float, str) or (None, None)
    with database.transaction() as connection:
        hits = SEARCH_PAGES.all(
            connection,
            tenant=tenant,
            query=query,
            file_id=file_id,
            rank=rank,
            after=_id(after),
            limit=limit + 1,
        )
    more = len(hits) > limit
    hits = hits[:limit]
    return hits, cursors.written(hits[-1].rank, str(hits[-1].id)) if more else None


def shown(hit: Hit) -> dict[str, Any]:
    """A hit as JSON."""
    return {
        "file_id": str(hit.file_id),
        "file_name": hit.file_name,
        "page": hit.number,
        "rank": hit.rank,
        "snippet": [{"text": text, "hit": is_hit} for text, is_hit in pieces(hit.marked)],
    }


def places(page_id: UUID, query: str | None) -> tuple[list[list[int]], list[Any] | None]:
    """Where a query hits in a page's text, as offsets; and its words, told whether they are hit."""
    with database.transaction() as connection:
        found = WORDS_OF_PAGE.one(connection, page_id=page_id, query=query)
    if found is None:
        return [], None
    marked = pieces(found.marked or "")
    highlights = spans(marked)
    text = "".join(piece for piece, _ in marked)
    words = None if found.words is None else _told(found.words, text, highlights)
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


def _told(words: Sequence[Any], text: str, highlights: Sequence[Sequence[int]]) -> list[Any]:
    """Words as JSON. Each is looked for in the text behind the one before it."""
    told, at = [], 0
    for word, left, top, right, bottom in words:
        start = text.find(word, at)
        end = start + len(word)
        hit = start >= 0 and any(begin < end and start < stop for begin, stop in highlights)
        at = end if start >= 0 else at
        box = {"left": left, "top": top, "right": right, "bottom": bottom}
        told.append({"text": word, **box, "hit": hit})
    return told


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise cursors.malformed() from None
