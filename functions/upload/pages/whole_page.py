"""A page with its words: where each stands, what a second reader says of it, what a search hits."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from msgspec import Meta

from functions.upload.answers import Output
from functions.upload.pages import page_model, page_places, search
from functions.upload.pages.page_model import Page, StoredPage
from functions.upload.pages.verifications import Box
from lector.domain import word_places
from lector.domain.states import Provenance
from lector.domain.word_places import Agreement, Places

Span = Annotated[list[int], Meta(min_length=2, max_length=2)]
Edge = Annotated[float | None, Meta(description="Of the first of its boxes; null if it has none.")]
Other = Annotated[str | None, Meta(description="What the second reader has instead.")]
Sure = Annotated[
    int | None, Meta(description="How sure an engine is of it, 0 to 100; null: it does not tell.")
]


class Word(Output, frozen=True, kw_only=True):
    """A word of a text, and where it stands on the upright image."""

    text: str
    start: Annotated[int, Meta(description="Where it is in the text, in Unicode code points.")]
    end: int
    boxes: Annotated[
        list[Box],
        Meta(description="One for each piece of a word that is broken; none: no place is known."),
    ]
    left: Edge
    top: Edge
    right: Edge
    bottom: Edge
    agreement: Annotated[
        Agreement | None,
        Meta(
            description="What a second reader says. near: it has another spelling. alone: it has no"
            " such word there. null: nobody was asked."
        ),
    ]
    other: Other
    confidence: Sure
    hit: Annotated[bool, Meta(description="Whether it is part of a highlight.")]


class MissingWord(Output, frozen=True):
    """A word that only the second reader has."""

    text: str
    box: Box
    offset: Annotated[
        int, Meta(description="Where it belongs in the text, in Unicode code points.")
    ]
    confidence: Sure


class WholePage(Page, frozen=True, kw_only=True):
    """A page with its words."""

    highlights: Annotated[
        list[Span],
        Meta(description="Hits in the text as offsets in Unicode code points, start and end."),
    ]
    words: Annotated[
        list[Word] | None,
        Meta(
            description="In the order of the text: those whose place is known, or of which a second"
            " reader says something; null where nothing is known."
        ),
    ]
    missing: Annotated[
        list[MissingWord], Meta(description="Words that only the second reader has.")
    ]


def to_answer(page: StoredPage, query: str | None) -> WholePage:
    """A page with its words, and where a query hits."""
    stored = page_places.fetch(page, query)
    places = page_places.of_page(page, stored)
    highlights = search.spans(search.pieces(stored.marked or "", query or "")) if stored else []
    return page_model.to_answer(
        page,
        WholePage,
        highlights=highlights,
        words=None if places is None else list(_words(page.text or "", places, highlights)),
        missing=[_missing(word) for word in _missed(page, places)],
    )


def _words(text: str, places: Places, highlights: Sequence[Sequence[int]]) -> Iterator[Word]:
    """The words that there is something to say of, each with whether it is hit."""
    at = 0
    for word in places.words:
        if not word.boxes and word.agreement is None:
            continue
        while at < len(highlights) and highlights[at][1] <= word.start:
            at += 1
        left, top, right, bottom = word.boxes[0] if word.boxes else (None,) * 4
        yield Word(
            text=text[word.start : word.end],
            start=word.start,
            end=word.end,
            boxes=[list(box) for box in word.boxes],
            left=left,
            top=top,
            right=right,
            bottom=bottom,
            agreement=word.agreement,
            other=word.other or None,
            confidence=word.confidence,
            hit=at < len(highlights) and highlights[at][0] < word.end,
        )


def _missed(page: StoredPage, places: Places | None) -> Sequence[word_places.MissingWord]:
    """Words that a text lacks; what a person has left out is not missing."""
    return () if places is None or page.provenance == Provenance.PERSON else places.missing


def _missing(word: word_places.MissingWord) -> MissingWord:
    return MissingWord(word.text, list(word.box), word.offset, word.confidence)
