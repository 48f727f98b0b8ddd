"""Pages whose words and places are known, as they are printed and as an office scans them."""

import random
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from PIL import Image, ImageOps

from benchmarks.reading import layouts, pictures
from benchmarks.reading.layouts import Sheet
from benchmarks.reading.texts import Writer
from lector.domain.alignment import AnchorWord
from lector.domain.word_places import Box

LANGUAGES = ("en", "es", "fr", "de", "pt", "it")
PRINT, SCAN = "print", "scan"
DPI = 200
_INK = 150
_TOP = 57.0
_CELL_GAP = 1.2
"""Times a line's height: what is farther apart in a row is in two cells."""


@dataclass(frozen=True)
class Word:
    """A word as it was meant, and where it is printed: twice if it is broken at a line's end.

    `boxes` are those of its font, `inks` those of what is seen.
    """

    text: str
    boxes: tuple[Box, ...]
    inks: tuple[Box, ...]


@dataclass(frozen=True)
class Block:
    """A paragraph, or a row of a table, a form or a receipt."""

    words: tuple[Word, ...]
    is_row: bool = False

    @property
    def cells(self) -> list[list[Word]]:
        """A row's words by what is far apart."""
        cells = [[self.words[0]]]
        for before, word in pairwise(self.words):
            box, next_box = before.boxes[-1], word.boxes[0]
            height = (box[3] - box[1]) * layouts.A4[1] / layouts.A4[0]
            if next_box[0] - box[2] > _CELL_GAP * height:
                cells.append([])
            cells[-1].append(word)
        return cells


@dataclass(frozen=True)
class Page:
    """A page, what is on it in reading order, and its image."""

    kind: str
    variant: str
    language: str
    blocks: tuple[Block, ...]
    layer: tuple[AnchorWord, ...]
    picture: Image.Image

    @property
    def words(self) -> list[Word]:
        """All of its words in reading order."""
        return [word for block in self.blocks for word in block.words]

    @cached_property
    def image(self) -> bytes:
        """The picture as a JPEG file."""
        return pictures.as_jpeg(self.picture, 80, DPI)


def make(kind: str, variant: str, language: str, seed: object) -> Page:
    """A page of a kind; the same seed makes the same page."""
    chance = random.Random(f"{seed}/{kind}/{language}")
    sheet = KINDS[kind](Writer(language, chance), chance)
    drawn = pictures.draw(sheet, DPI)
    blocks, printed = _blocks(sheet, drawn, is_row=kind in ROWS)
    picture = pictures.scan(drawn, chance) if variant == SCAN else drawn
    layer = tuple(AnchorWord(text, box) for text, box in printed)
    return Page(kind, variant, language, blocks, layer, picture)


def _blocks(
    sheet: Sheet, drawn: Image.Image, *, is_row: bool
) -> tuple[tuple[Block, ...], list[tuple[str, Box]]]:
    """The blocks of known text with the places of their words, and what is printed."""
    width, height = sheet.width, sheet.height
    printed = [
        (text, (left / width, top / height, right / width, bottom / height))
        for left, top, right, bottom, text, *_ in sheet.page.get_text("words")
    ]
    left = iter(printed)
    blocks = []
    for text in sheet.text:
        words = [_take(word, left, drawn) for word in text.split()]
        if words:
            blocks.append(Block(tuple(words), is_row=is_row and len(words) < 20))
    return tuple(blocks), printed


def _take(word: str, printed: Iterator[tuple[str, Box]], drawn: Image.Image) -> Word:
    """The next word as it is printed, in one piece or in two."""
    text, box = next(printed)
    found, boxes = unicodedata.normalize("NFKC", text), [box]
    while found != unicodedata.normalize("NFKC", word):
        if not found.endswith("-") or len(boxes) > 1:
            raise RuntimeError(f"{word!r} is printed as {found!r}")
        text, box = next(printed)
        found, boxes = found[:-1] + unicodedata.normalize("NFKC", text), [*boxes, box]
    return Word(word, tuple(boxes), tuple(_ink(box, drawn) for box in boxes))


def _ink(box: Box, drawn: Image.Image) -> Box:
    """Where in its box something dark is."""
    width, height = drawn.size
    left, top, right, bottom = box
    edges = (round(left * width), round(top * height), round(right * width), round(bottom * height))
    dark = ImageOps.invert(drawn.crop(edges)).point(lambda value: 255 * (value > _INK))
    found = dark.getbbox()
    if found is None:
        return box
    x, y = edges[:2]
    return (
        (x + found[0]) / width,
        (y + found[1]) / height,
        (x + found[2]) / width,
        (y + found[3]) / height,
    )


def _prose(writer: Writer, chance: random.Random) -> Sheet:
    return layouts.prose(writer, chance, 11, 280)


class _Once(Writer):
    """Writes no sentence twice, as pages have none; so paragraphs end when all have come."""

    def paragraphs(self, word_count: int) -> list[str]:  # noqa: ARG002
        """At most three paragraphs, for a column."""
        paragraphs: list[str] = []
        left = len(self.source.sentences) // 2  # of two columns
        while left > 2 and len(paragraphs) < 3:
            count = min(left, 4)
            paragraphs.append(" ".join(self.sentence() for _ in range(count)))
            left -= count
        return paragraphs


def _columns(writer: Writer, chance: random.Random) -> Sheet:
    writer = _Once(writer.source.language, chance)
    return layouts.columns(writer, chance.choice([9.0, 9.5, 10.0]), chance.uniform(260, 420))


def _hyphenation(writer: Writer, _: random.Random) -> Sheet:
    """A narrow column, in which many lines end within a word."""
    sheet = Sheet(margin=205)
    sheet.y = _TOP
    sheet.paragraph(writer.heading(), "tibo", 13)
    for paragraph in writer.paragraphs(160):
        lines = len(layouts.break_lines(paragraph, sheet.inner_width, "tiro", 11))
        if sheet.y + (lines + 1) * 15 > sheet.height - 60:
            break
        sheet.paragraph(paragraph, "tiro", 11)
    return sheet


def _table(writer: Writer, chance: random.Random) -> Sheet:
    return layouts.table(writer, chance, ruled=chance.random() < 0.5)


def _form(writer: Writer, chance: random.Random) -> Sheet:
    return layouts.form(writer, chance)


def _receipt(writer: Writer, chance: random.Random) -> Sheet:
    return layouts.receipt(writer, chance, items=chance.randint(8, 30))


def _headed(writer: Writer, chance: random.Random) -> Sheet:
    """Prose with a line above and two below, as in a report."""
    sheet = layouts.prose(writer, chance, 11, 220)
    number = chance.randint(2, 300)
    for y, text in (
        (34.0, f"{writer.heading()} {writer.choose('names')}"),
        (800.0, f"{writer.choose('places')}, {writer.date()}"),
        (815.0, f"{number} / {number + chance.randint(1, 90)}"),
    ):
        sheet.put(sheet.margin, y, text, "helv", 8)
        sheet.text.append(text)
    return sheet


KINDS: dict[str, Callable[[Writer, random.Random], Sheet]] = {
    "single column": _prose,
    "two columns": _columns,
    "hyphenation": _hyphenation,
    "headers and footers": _headed,
    "table": _table,
    "form": _form,
    "receipt": _receipt,
}
ROWS = ("table", "form", "receipt")


def lines_of(words: Sequence[Word]) -> list[list[Word]]:
    """Words of a column by the lines on which they begin."""
    lines: list[list[Word]] = []
    for word in words:
        if lines and abs(lines[-1][-1].boxes[-1][3] - word.boxes[0][3]) < 0.004:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines
