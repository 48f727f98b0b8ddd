"""Pages as somebody typesets them, with the text that is on them in reading order.

The fonts are those within MuPDF (Nimbus, which stands for Helvetica, Times and Courier), so that a
page looks the same on every machine.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import pymupdf

from benchmarks.reading.texts import Writer

A4 = (595.0, 842.0)
SIZES = (5.5, 6.0, 8.0, 10.0, 12.0, 18.0)
MM = 72 / 25.4
_MARGIN = 57.0
_LEADING = 1.35
_SHORTEST_HYPHENATED = 9
_VOWELS = set("aeiouyáéíóúàèìòùäöüâêîôûãõąęаеёиоуыэюяαεηιουωάέήίόύώ")


@dataclass
class Sheet:
    """A page that is being typeset, from top to bottom."""

    width: float = A4[0]
    height: float = A4[1]
    margin: float = _MARGIN
    document: pymupdf.Document = field(default_factory=pymupdf.open)
    text: list[str] = field(default_factory=list)
    y: float = 0.0

    def __post_init__(self) -> None:
        self.page = self.document.new_page(width=self.width, height=self.height)
        self.y = self.margin

    @property
    def inner_width(self) -> float:
        """Between the margins, in points."""
        return self.width - 2 * self.margin

    def put(self, x: float, y: float, text: str, font: str, size: float) -> None:
        """Print a line whose baseline is at `y`; it is not added to the known text."""
        writer = pymupdf.TextWriter(self.page.rect)
        writer.append((x, y), text, font=get_font(font), fontsize=size)
        writer.write_text(self.page)

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a frame with its top left corner at `x`, `y`."""
        self.page.draw_rect(pymupdf.Rect(x, y, x + width, y + height), width=0.6)

    def lines(self, lines: Sequence[str], x: float, font: str, size: float) -> None:
        """Print lines below each other; the known text has them without their hyphens."""
        for line in lines:
            self.y += size * _LEADING
            self.put(x, self.y, line, font, size)

    def paragraph(self, text: str, font: str, size: float) -> None:
        """Print a paragraph between the margins."""
        self.lines(break_lines(text, self.inner_width, font, size), self.margin, font, size)
        self.y += size * 0.7
        self.text.append(text)

    def known_text(self) -> str:
        """All that was printed, in reading order."""
        return "\n\n".join(self.text)


@cache
def get_font(name: str) -> pymupdf.Font:
    """A font of MuPDF's own, by its short name."""
    return pymupdf.Font(name)


def measure(text: str, font: str) -> float:
    """How wide a text is at a size of one point; MuPDF's fonts are printed without kerning."""
    return sum(_width(character, font) for character in text)


@cache
def _width(character: str, font: str) -> float:
    return float(get_font(font).text_length(character, 1))


def break_lines(text: str, width: float, font: str, size: float) -> list[str]:
    """The lines of a paragraph, with long words hyphenated, and ligatures in a font with serifs.

    A hyphen at the end of a line is never one that belongs to the word.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if measure(longer, font) * size <= width:
            lines[-1] = longer
            continue
        for head, tail in _divisions(word):
            if measure(f"{lines[-1]} {head}-", font) * size <= width:
                lines[-1] += f" {head}-"
                word = tail  # noqa: PLW2901
                break
        lines.append(word)
    return [_ligate(line) if font.startswith("ti") else line for line in lines if line]


def _ligate(line: str) -> str:
    return line.replace("fi", "ﬁ").replace("fl", "ﬂ")


def _divisions(word: str) -> Iterator[tuple[str, str]]:
    """Where a word may be divided (between vowel and consonant), the longest beginning first."""
    if len(word) < _SHORTEST_HYPHENATED or not word.isalpha():
        return
    for at in range(len(word) - 3, 2, -1):
        if word[at - 1].lower() in _VOWELS and word[at].lower() not in _VOWELS:
            yield word[:at], word[at:]


def prose(writer: Writer, chance: random.Random, size: float, word_count: int) -> Sheet:
    """A heading and paragraphs in one column."""
    sheet = Sheet()
    font, bold = chance.choice([("helv", "hebo"), ("tiro", "tibo")])
    sheet.paragraph(writer.heading(), bold, min(size * 1.4, 20))
    for paragraph in writer.paragraphs(word_count):
        lines = len(break_lines(paragraph, sheet.inner_width, font, size))
        if sheet.y + (lines + 1) * size * _LEADING > sheet.height - sheet.margin:
            break
        sheet.paragraph(paragraph, font, size)
    return sheet


def columns(writer: Writer, size: float, depth: float) -> Sheet:
    """Two columns below a heading, up to `depth` points deep; the left one is full first."""
    sheet, gap = Sheet(), 20.0
    width = (sheet.inner_width - gap) / 2
    sheet.paragraph(writer.heading(), "hebo", 16)
    top, bottom = sheet.y, min(sheet.height - sheet.margin, sheet.y + depth)
    for x in (sheet.margin, sheet.margin + width + gap):
        sheet.y = top
        for paragraph in writer.paragraphs(1_500):
            lines = break_lines(paragraph, width, "tiro", size)
            if sheet.y + (len(lines) + 1) * size * _LEADING > bottom:
                break
            sheet.lines(lines, x, "tiro", size)
            sheet.y += size * 0.7
            sheet.text.append(paragraph)
    return sheet


def table(writer: Writer, chance: random.Random, *, ruled: bool) -> Sheet:
    """A table of items, quantities and prices between two sentences; ruled, or without lines."""
    sheet, size = Sheet(), 10.0
    sheet.paragraph(writer.heading(), "hebo", 14)
    sheet.paragraph(writer.sentence(), "helv", size)
    sheet.y += 8
    edges = [sheet.margin + sheet.inner_width * share for share in (0, 0.46, 0.62, 0.8, 1)]
    rows = [list(writer.source.lists["headings"]), *_item_rows(writer, chance)]
    height = size * 1.9
    for number, row in enumerate(rows):
        for (left, right), cell in zip(pairwise(edges), row, strict=True):
            sheet.put(left + 4, sheet.y + height * 0.7, cell, "helv" if number else "hebo", size)
            if ruled:
                sheet.box(left, sheet.y, right - left, height)
        sheet.text.append(" ".join(row))
        sheet.y += height
    sheet.y += 12
    sheet.paragraph(writer.sentence(), "helv", size)
    return sheet


def _item_rows(writer: Writer, chance: random.Random) -> list[list[str]]:
    rows, total = [], 0
    for item in chance.sample(writer.source.lists["items"], chance.randint(7, 11)):
        count, price = chance.randint(1, 40), chance.randint(45, 9_900)
        total += count * price
        rows.append([item, str(count), writer.amount(price), writer.amount(count * price)])
    return [*rows, [writer.source.total, str(len(rows)), "-", writer.amount(total)]]


def form(writer: Writer, chance: random.Random) -> Sheet:
    """A form that somebody filled in: a label, and a box with what was typed into it."""
    sheet, size = Sheet(), 10.0
    sheet.paragraph(writer.heading(), "hebo", 14)
    sheet.paragraph(writer.sentence(), "helv", size)
    sheet.y += 10
    *labels, reason = writer.source.lists["labels"]
    name = writer.choose("names").split(" ", 1)
    values = [name[1], name[0], f"{writer.choose('places')} {chance.randint(2, 240)}"]
    values += [f"{chance.randint(10_000, 99_999)} {writer.choose('places')}", writer.date()]
    values += [f"0{chance.randint(100, 999)}/{chance.randint(10_000, 999_999)}"]
    values += [writer.choose("items"), writer.choose("places"), str(chance.randint(10**9, 10**10))]
    for label, value in zip(labels, values, strict=True):
        sheet.put(sheet.margin, sheet.y + 16, label, "helv", size)
        sheet.box(sheet.margin + 150, sheet.y, sheet.inner_width - 150, 23)
        sheet.put(sheet.margin + 158, sheet.y + 16, value, "cour", 11)
        sheet.text.append(f"{label} {value}")
        sheet.y += 32
    sheet.y += 6
    sheet.paragraph(reason, "helv", size)
    frame_top = sheet.y
    sheet.margin += 8
    sheet.y += 4
    sheet.paragraph(writer.sentence(), "cour", 11)
    sheet.margin -= 8
    sheet.box(sheet.margin, frame_top, sheet.inner_width, sheet.y - frame_top)
    return sheet


def receipt(writer: Writer, chance: random.Random, *, items: int) -> Sheet:
    """The slip of a till, 78 mm wide and as long as it needs to be."""
    size, width = 8.0, 78 * MM
    height = (items + 16) * size * _LEADING * 1.1 + 60
    sheet = Sheet(width, height, margin=10)
    per_line = int(sheet.inner_width / (measure("0", "cour") * size))
    lines = [writer.choose("places"), writer.choose("names"), writer.date(), ""]
    total = 0
    for _ in range(items):
        price = chance.randint(45, 9_900)
        total += price
        lines.append(_spread(writer.choose("items"), writer.amount(price), per_line))
    lines += ["", _spread(writer.source.total, writer.amount(total), per_line)]
    lines += ["", str(chance.randint(10**11, 10**12))]
    sheet.lines(lines, sheet.margin, "cour", size)
    sheet.text.extend(line for line in lines if line)
    return sheet


def _spread(left: str, right: str, width: int) -> str:
    return left[: width - len(right) - 1].ljust(width - len(right)) + right
