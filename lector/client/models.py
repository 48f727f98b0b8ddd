"""What the API tells of files, pages, words and hits, as plain objects.

Each holds what most programs want; `raw` has all that the API said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lector.domain.states import PageStatus

Json = dict[str, Any]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in shares of the upright page (0 to 1), from its top left."""


@dataclass(frozen=True)
class Doubt:
    """What speaks against the text of a page: `code` for programs, `detail` for people."""

    page: int
    code: str
    detail: str


@dataclass(frozen=True)
class Page:
    """A page that is finished: its text, or why there is none."""

    number: int
    status: str
    text: str | None
    error: str | None
    error_code: str | None
    provenance: str | None
    """Where the text is from: text_layer, mixed, model, cache, blank or person."""
    model: str | None
    confidence: float | None
    """How sure the reader is of its words, 0 to 100; None: it does not tell."""
    doubts: tuple[Doubt, ...]
    cost_usd: float | None
    raw: Json = field(repr=False, compare=False)

    @property
    def failed(self) -> bool:
        """Whether it has no text, for the reason that `error` says."""
        return self.status == PageStatus.FAILED

    @classmethod
    def from_json(cls, page: Json) -> "Page":
        """A page as the API sends it."""
        return cls(
            number=page["number"],
            status=page["status"],
            text=page["text"],
            error=page["error"],
            error_code=page["error_code"],
            provenance=page["provenance"],
            model=page["model"],
            confidence=page["confidence"],
            doubts=doubts_of(page, page["number"]),
            cost_usd=page["usage"]["cost_usd"],
            raw=page,
        )


@dataclass(frozen=True)
class Word:
    """A word, and where it stands; without boxes where no place is known."""

    page: int
    text: str
    boxes: tuple[Box, ...]
    confidence: int | None
    agreement: str | None
    """What a second reader says: same, near or alone; None: nobody was asked."""
    raw: Json = field(repr=False, compare=False)


@dataclass(frozen=True)
class Chunk:
    """A piece of a page's text, for search by meaning and for models; `heading` is over it."""

    file_id: str
    file_name: str
    number: int
    """Counts the chunks of the document, from 1."""
    page: int
    text: str
    heading: str | None
    boxes: tuple[Box, ...] | None
    """Where its words stand, a box for each column; None: that is not known."""
    doubts: tuple[Doubt, ...]
    """What speaks against the text of its page."""
    raw: Json = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, chunk: Json) -> "Chunk":
        """A chunk as the API sends it."""
        boxes = chunk["boxes"]
        return cls(
            file_id=chunk["file_id"],
            file_name=chunk["file_name"],
            number=chunk["chunk"],
            page=chunk["page"],
            text=chunk["text"],
            heading=chunk["heading"],
            boxes=None if boxes is None else tuple((b[0], b[1], b[2], b[3]) for b in boxes),
            doubts=doubts_of(chunk, chunk["page"]),
            raw=chunk,
        )


@dataclass(frozen=True)
class Hit:
    """A page that a search found; `snippet` is the piece of its text where the words stand."""

    file_id: str
    file_name: str
    page: int
    rank: float
    snippet: str
    doubts: tuple[Doubt, ...]
    raw: Json = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, hit: Json) -> "Hit":
        """A hit as the API sends it."""
        return cls(
            file_id=hit["file_id"],
            file_name=hit["file_name"],
            page=hit["page"],
            rank=hit["rank"],
            snippet="".join(piece["text"] for piece in hit["snippet"]),
            doubts=doubts_of(hit, hit["page"]),
            raw=hit,
        )


def doubts_of(told: Json, page: int) -> tuple[Doubt, ...]:
    """The doubts of something that the API tells of a page."""
    return tuple(Doubt(page, doubt["code"], doubt["detail"]) for doubt in told["doubts"])


def words_of(pages: Sequence[Json]) -> list[Word]:
    """The words of the pages of a whole text (GET …/text?format=json&words=true)."""
    return [
        Word(
            page=page["number"],
            text=word["text"],
            boxes=tuple((box[0], box[1], box[2], box[3]) for box in word["boxes"]),
            confidence=word["confidence"],
            agreement=word["agreement"],
            raw=word,
        )
        for page in pages
        for word in page["words"] or ()
    ]
