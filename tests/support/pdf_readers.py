"""What two engines take out of a PDF: MuPDF, and PDFium, which Chromium is made with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymupdf
import pypdfium2

from lector.domain.word_places import Box


@dataclass(frozen=True)
class FoundWord:
    text: str
    box: Box
    """In shares of the page as it is shown."""


@dataclass(frozen=True)
class FoundPage:
    text: str
    words: list[FoundWord]


def by_mupdf(path: Path) -> list[FoundPage]:
    """The pages of a PDF; lines are parted by line feeds."""
    with pymupdf.open(path) as document:
        return [FoundPage(page.get_text(), list(_mupdf_words(page))) for page in document]


def _mupdf_words(page: pymupdf.Page) -> Iterator[FoundWord]:
    width, height = page.rect.width, page.rect.height
    for x0, y0, x1, y1, text, *_ in page.get_text("words"):
        box = pymupdf.Rect(x0, y0, x1, y1) * page.rotation_matrix
        yield FoundWord(text, (box.x0 / width, box.y0 / height, box.x1 / width, box.y1 / height))


def by_pdfium(path: Path) -> list[FoundPage]:
    """The pages of a PDF; lines are parted by line feeds."""
    document = pypdfium2.PdfDocument(path)
    try:
        return [_pdfium_page(page) for page in document]
    finally:
        document.close()


def _pdfium_page(page: Any) -> FoundPage:
    texts = page.get_textpage()
    whole = texts.get_text_range()
    words: list[FoundWord] = []
    letters = ""
    boxes: list[Box] = []
    for at in range(texts.count_chars() + 1):
        char = texts.get_text_range(at, 1) if at < texts.count_chars() else " "
        if char.isspace() or not char:
            if letters:
                lefts, tops, rights, bottoms = zip(*boxes, strict=True)
                box = (min(lefts), min(tops), max(rights), max(bottoms))
                words.append(FoundWord(letters, box))
            letters, boxes = "", []
        else:
            letters += char
            boxes.append(_shown(page, texts.get_charbox(at)))
    return FoundPage(whole.replace("\r\n", "\n"), words)


def _shown(page: Any, box: tuple[float, ...]) -> Box:
    """A box in the page's own units, in shares of the page as it is shown."""
    left, bottom, right, top = page.get_cropbox()
    x0, x1 = ((edge - left) / (right - left) for edge in (box[0], box[2]))
    y0, y1 = ((top - edge) / (top - bottom) for edge in (box[3], box[1]))
    turned: dict[int, Box] = {
        0: (x0, y0, x1, y1),
        90: (1 - y1, x0, 1 - y0, x1),
        180: (1 - x1, 1 - y1, 1 - x0, 1 - y0),
        270: (y0, 1 - x1, y1, 1 - x0),
    }
    return turned[page.get_rotation()]


def find_by_pdfium(path: Path, text: str) -> int:
    """On how many pages PDFium's search, which is Chromium's, finds a text."""
    document = pypdfium2.PdfDocument(path)
    try:
        return sum(page.get_textpage().search(text).get_next() is not None for page in document)
    finally:
        document.close()


def selected_by_pdfium(path: Path, box: Box) -> str:
    """What is selected by drawing over the middle of a box of the first, upright page."""
    document = pypdfium2.PdfDocument(path)
    try:
        page = document[0]
        width, height = page.get_size()
        across, along = (box[2] - box[0]) * width / 8, (box[3] - box[1]) * height / 4
        left, right = box[0] * width + across, box[2] * width - across
        bottom, top = (1 - box[3]) * height + along, (1 - box[1]) * height - along
        return str(page.get_textpage().get_text_bounded(left, bottom, right, top)).strip()
    finally:
        document.close()


ENGINES: dict[str, Callable[[Path], list[FoundPage]]] = {"mupdf": by_mupdf, "pdfium": by_pdfium}


def overlap(one: Box, other: Box) -> float:
    """The share of two boxes that both have (IoU)."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return width * height / (area - width * height)
