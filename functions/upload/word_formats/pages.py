"""The pages of a file with their words, each in a box: what files with places are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.upload.errors import ApiError
from functions.upload.files.file_model import StoredFile
from functions.upload.pages import page_places, texts
from functions.upload.problem_codes import ProblemCode
from functions.upload.word_formats import languages, layout
from functions.upload.word_formats.layout import Block
from lector.runtime import database, queries

_NOMINAL_PX = (1000, 1414)
"""Of a page that has no image, as A4."""


@dataclass(frozen=True)
class ReadPage:
    """A page that has a text; `words` as pages of before have them."""

    number: int
    text: str
    places: bytes | None
    words: list[object] | None
    provenance: str
    layer_sha256: str | None
    turned_degrees: int
    confidence: float | None
    search_language: str | None
    image_width_px: int | None
    image_height_px: int | None


@dataclass(frozen=True)
class LaidPage:
    """A page as its words are laid out on the upright image, and the size of that in pixels."""

    number: int
    width_px: int
    height_px: int
    blocks: Sequence[Block]
    language: str | None
    confidence: float | None


_sql = queries.load(__file__)
READ_PAGES = _sql.rows("read_pages", ReadPage)


def fetch(file: StoredFile, what: str) -> Sequence[ReadPage]:
    """The pages of a file that have a text.

    Raises:
        ApiError: there is none (409), so that `what` cannot be made.

    """
    with database.transaction() as connection:
        pages = READ_PAGES.all(connection, file_id=file.id)
    if not pages:
        detail = f"no {what}: {texts.why_no_text(file)}"
        raise ApiError(409, ProblemCode.NO_WORD_POSITIONS, detail)
    return pages


def blocks_of(page: ReadPage) -> list[Block]:
    """A page's words in their boxes, as they are read."""
    places = page_places.places_of(page.text, page.places, page.words)
    return layout.lay_out(page.text, places)


def lay_out(file: StoredFile, page: ReadPage) -> LaidPage:
    """A page as hOCR and ALTO show it."""
    width, height = page.image_width_px, page.image_height_px
    if not width or not height:
        width, height = _NOMINAL_PX
    if page.turned_degrees % 180:
        width, height = height, width
    language = languages.of_text(page.text, file.language, page.search_language)
    confidence = page.confidence
    return LaidPage(page.number, width, height, blocks_of(page), language, confidence)
