"""The text in a part of a page."""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated

from msgspec import Meta

from functions.upload.answers import Output
from functions.upload.errors import ApiError
from functions.upload.pages import page_places
from functions.upload.pages.page_model import StoredPage
from functions.upload.pages.whole_page import Span
from functions.upload.problem_codes import ProblemCode
from lector.domain.word_places import Box, PlacedWord

EXPECTED = "left,top,right,bottom in shares of the page from 0 to 1, such as 0.1,0.2,0.5,0.4"


class RegionText(Output, frozen=True):
    """What stands in a part of a page."""

    text: Annotated[str, Meta(description="Its pieces in the order of the text, a line each.")]
    spans: Annotated[
        list[Span], Meta(description="Where the pieces are in the page's text, in code points.")
    ]


def text_in(page: StoredPage, region: Box) -> RegionText:
    """The text of the words whose middle lies in a part of the page.

    Raises:
        ApiError: it is not known where the page's words stand (409).

    """
    places = page_places.of_page(page, page_places.fetch(page))
    if page.text is None or places is None:
        detail = "it is not known where the words of this page stand"
        raise ApiError(409, ProblemCode.NO_WORD_POSITIONS, detail)
    spans = list(spans_in(region, places.words))
    return RegionText("\n".join(page.text[start:end] for start, end in spans), spans)


def spans_in(region: Box, words: Sequence[PlacedWord]) -> Iterator[list[int]]:
    """Where the words of a region are in the text; those in a row are one span.

    So are words without a place that stand between two of them.
    """
    span: list[int] = []
    for word in words:
        if not word.boxes:
            continue
        if any(_is_within(box, region) for box in word.boxes):
            span = [span[0] if span else word.start, word.end]
        elif span:
            yield span
            span = []
    if span:
        yield span


def parse(text: str) -> Box:
    """A part of a page from `left,top,right,bottom`.

    Raises:
        ValueError: it is none.

    """
    try:
        left, top, right, bottom = map(float, text.split(","))
    except ValueError:
        raise ValueError(f"must be {EXPECTED}") from None
    edges = (left, top, right, bottom)
    if not all(math.isfinite(edge) and 0 <= edge <= 1 for edge in edges):
        raise ValueError(f"must be {EXPECTED}: there is an edge outside the page")
    if left >= right or top >= bottom:
        raise ValueError(f"must be {EXPECTED}: it has no width or height")
    return edges


def _is_within(box: Box, region: Box) -> bool:
    across, along = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return region[0] <= across <= region[2] and region[1] <= along <= region[3]
