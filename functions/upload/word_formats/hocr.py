"""Pages as hOCR 1.2: XHTML in which each word says where it stands.

https://kba.github.io/hocr-spec/1.2/. Boxes are in pixels of the upright image of a page. Lines are
`ocr_line`, parts of a page that stand together in its text `ocr_carea` with one `ocr_par`. A word
whose place is not known has `data-place="guessed"`.
"""

import math
from collections.abc import Iterable, Iterator

from functions.upload.word_formats import directions
from functions.upload.word_formats.layout import Block, Line, Word
from functions.upload.word_formats.markup import escape
from functions.upload.word_formats.pages import LaidPage
from lector.domain.word_places import Box

_CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_lang ocrp_dir ocrp_wconf"


def write(name: str, count: int, language: str | None, pages: Iterable[LaidPage]) -> Iterator[str]:
    """A document of so many pages, piece by piece."""
    tag = f' lang="{escape(language)}" xml:lang="{escape(language)}"' if language else ""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml"{tag}>\n<head>\n'
        f"<title>{escape(name)}</title>\n"
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>\n'
        '<meta name="ocr-system" content="lector 1"/>\n'
        f'<meta name="ocr-capabilities" content="{_CAPABILITIES}"/>\n'
        f'<meta name="ocr-number-of-pages" content="{count}"/>\n'
        f'<meta name="ocr-langs" content="{escape(language or "unknown")}"/>\n'
        '<meta name="ocr-scripts" content="unknown"/>\n'
        "</head>\n<body>\n"
    )
    for page in pages:
        yield "".join(_page(page))
    yield "</body>\n</html>\n"


def _page(page: LaidPage) -> Iterator[str]:
    number = page.number
    size = f"bbox 0 0 {page.width_px} {page.height_px}; ppageno {number - 1}"
    language = f' lang="{escape(page.language)}"' if page.language else ""
    yield f'<div class="ocr_page" id="page_{number}" title="{size}"{language}>\n'
    for at, block in enumerate(page.blocks, 1):
        yield from _block(page, block, f"{number}_{at}")
    yield "</div>\n"


def _block(page: LaidPage, block: Block, key: str) -> Iterator[str]:
    box = _bbox(page, block.box)
    words = [word.text for line in block.lines for word in line.words]
    direction = ' dir="rtl"' if directions.of_words(words) else ""
    yield f'<div class="ocr_carea" id="block_{key}" title="{box}">\n'
    yield f'<p class="ocr_par" id="par_{key}" title="{box}"{direction}>\n'
    for at, line in enumerate(block.lines, 1):
        yield from _line(page, line, f"{key}_{at}")
    yield "</p>\n</div>\n"


def _line(page: LaidPage, line: Line, key: str) -> Iterator[str]:
    yield f'<span class="ocr_line" id="line_{key}" title="{_bbox(page, line.box)}">'
    for at, word in enumerate(line.words, 1):
        yield f"{' ' if at > 1 and word.gap else ''}{_word(page, word, f'{key}_{at}')}"
    yield "</span>\n"


def _word(page: LaidPage, word: Word, key: str) -> str:
    sure = "" if word.confidence is None else f"; x_wconf {word.confidence}"
    text = escape(f"{word.text}\u00ad" if word.is_broken else word.text)
    guessed = "" if word.is_placed else ' data-place="guessed"'
    title = f"{_bbox(page, word.box)}{sure}"
    return f'<span class="ocrx_word" id="word_{key}" title="{title}"{guessed}>{text}</span>'


def _bbox(page: LaidPage, box: Box) -> str:
    """A box in whole pixels, none of which it loses."""
    left, top, right, bottom = box
    return (
        f"bbox {math.floor(left * page.width_px)} {math.floor(top * page.height_px)}"
        f" {math.ceil(right * page.width_px)} {math.ceil(bottom * page.height_px)}"
    )
