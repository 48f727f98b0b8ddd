"""Pages as ALTO 4.4 (https://www.loc.gov/standards/alto/), in pixels of their upright images.

A word whose place is not known has the tag `guessed`.
"""

from collections.abc import Iterable, Iterator

from functions.upload.word_formats import directions
from functions.upload.word_formats.layout import Block, Line, Word
from functions.upload.word_formats.markup import escape
from functions.upload.word_formats.pages import LaidPage
from lector.domain.word_places import Box

_NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"


def write(name: str, pages: Iterable[LaidPage]) -> Iterator[str]:
    """A document, piece by piece."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<alto xmlns="{_NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{_NAMESPACE} {_SCHEMA}" SCHEMAVERSION="4.4">\n'
        "<Description>\n<MeasurementUnit>pixel</MeasurementUnit>\n"
        f"<sourceImageInformation><fileName>{escape(name)}</fileName></sourceImageInformation>\n"
        '<Processing ID="lector"><processingCategory>contentGeneration</processingCategory>'
        "<processingSoftware><softwareName>Lector</softwareName></processingSoftware>"
        "</Processing>\n</Description>\n"
        '<Tags><OtherTag ID="guessed" TYPE="place" LABEL="guessed"'
        ' DESCRIPTION="Nobody saw this word; it stands beside its neighbours."/></Tags>\n'
        "<Layout>\n"
    )
    for page in pages:
        yield "".join(_page(page))
    yield "</Layout>\n</alto>\n"


def _page(page: LaidPage) -> Iterator[str]:
    size = f'HEIGHT="{page.height_px}" WIDTH="{page.width_px}"'
    sure = "" if page.confidence is None else f' PC="{_share(page.confidence)}"'
    language = f' LANG="{escape(page.language)}"' if page.language else ""
    number = page.number
    yield f'<Page ID="page_{number}" PHYSICAL_IMG_NR="{number}" {size}{sure}{language}>\n'
    yield f'<PrintSpace HPOS="0" VPOS="0" {size}>\n'
    for at, block in enumerate(page.blocks, 1):
        yield from _block(page, block, f"{number}_{at}")
    yield "</PrintSpace>\n</Page>\n"


def _block(page: LaidPage, block: Block, key: str) -> Iterator[str]:
    yield f'<TextBlock ID="block_{key}"{_place(page, block.box)}>\n'
    for at, line in enumerate(block.lines, 1):
        yield from _line(page, line, f"{key}_{at}")
    yield "</TextBlock>\n"


def _line(page: LaidPage, line: Line, key: str) -> Iterator[str]:
    backwards = directions.of_words([word.text for word in line.words])
    direction = ' BASEDIRECTION="rtl"' if backwards else ""
    yield f'<TextLine ID="line_{key}"{_place(page, line.box)}{direction}>'
    for at, word in enumerate(line.words, 1):
        if at > 1 and word.gap:
            yield "<SP/>"
        yield _string(page, word, f"{key}_{at}")
    if line.words[-1].is_broken:
        yield '<HYP CONTENT="-"/>'
    yield "</TextLine>\n"


def _string(page: LaidPage, word: Word, key: str) -> str:
    sure = "" if word.confidence is None else f' WC="{_share(word.confidence)}"'
    part = ""
    if word.piece in (1, 2) and word.pieces == 2:
        whole = f'SUBS_CONTENT="{escape(word.whole)}"'
        part = f' SUBS_TYPE="HypPart{word.piece}" {whole}'
    place = _place(page, word.box)
    if not word.is_placed:
        place += ' TAGREFS="guessed"'
    return f'<String ID="word_{key}" CONTENT="{escape(word.text)}"{place}{sure}{part}/>'


def _place(page: LaidPage, box: Box) -> str:
    left, top, right, bottom = box
    return (
        f' HPOS="{left * page.width_px:.1f}" VPOS="{top * page.height_px:.1f}"'
        f' WIDTH="{(right - left) * page.width_px:.1f}"'
        f' HEIGHT="{(bottom - top) * page.height_px:.1f}"'
    )


def _share(percent: float) -> str:
    return f"{min(1.0, max(0.0, percent / 100)):.2f}"
