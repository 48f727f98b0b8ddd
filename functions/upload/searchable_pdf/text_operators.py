"""The operators that show words of a page (ISO 32000-1, 9.4), as few bytes of them as will do.

Lengths are in steps of the page, so that numbers are short and whole. A word's height is the size
of its font, and its width a horizontal scale.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from functions.upload.searchable_pdf import invisible_font
from functions.upload.searchable_pdf.invisible_font import THIN_SPACE, InvisibleFonts
from functions.upload.searchable_pdf.laid_lines import LaidWord
from functions.upload.word_formats import directions

_STEPS, _FEWEST_STEPS = 6000, 1500
"""On the longer side of a page, and at least on its shorter one: a seventh of a point on A4."""
_NARROW_GAP = 0.6
"""In heights of a word: a space that leaves more of a gap than this must fill it, or engines begin
a new line."""


@dataclass(frozen=True)
class Sheet:
    """The part of a page that is shown, in its own units, and by how many quarters it is turned."""

    left: float
    bottom: float
    width: float
    height: float
    quarters: int

    @property
    def shown_size(self) -> tuple[float, float]:
        """The width and height of the page as it is shown."""
        return (self.height, self.width) if self.quarters % 2 else (self.width, self.height)

    @property
    def step(self) -> float:
        """The unit of lengths in what is shown."""
        sides = sorted(self.shown_size)
        return min(sides[1] / _STEPS, sides[0] / _FEWEST_STEPS)

    @property
    def matrix(self) -> tuple[float, ...]:
        """What makes the page's units of steps from the upper left corner of what is shown."""
        right, top, step = self.left + self.width, self.bottom + self.height, self.step
        return (
            (step, 0, 0, step, self.left, top),
            (0, step, -step, 0, self.left, self.bottom),
            (-step, 0, 0, -step, right, self.bottom),
            (0, -step, step, 0, right, top),
        )[self.quarters]


@dataclass(frozen=True)
class Shown:
    """Letters that are shown in one go: where, in steps, and how wide their glyphs are."""

    text: str
    left: int
    right: int
    foot: int
    height: int
    glyph_width: int


def measure(words: Sequence[LaidWord], sheet: Sheet) -> Iterator[Shown]:
    """Words in the steps of a page; a space that fills no gap goes with the word before it."""
    width, height = (side / sheet.step for side in sheet.shown_size)
    last: Shown | None = None
    for word in words:
        beside = last.text if last and word.text == " " else word.text
        shown = _measure(word, width, height, backwards=bool(directions.is_right_to_left(beside)))
        if last and shown.text == " " and _goes_with(last, shown):
            last = replace(last, text=last.text + THIN_SPACE)
            continue
        if last:
            yield last
        last = shown
    if last:
        yield last


def write(words: Sequence[Shown], sheet: Sheet, fonts: InvisibleFonts) -> bytes:
    """The operators that show words on a page, invisibly (rendering mode 3)."""
    pen = _Pen(fonts)
    for word in words:
        pen.show(word)
    start = " ".join(f"{number:.5g}" for number in sheet.matrix)
    return f"BT 3 Tr {start} Tm\n".encode() + b"".join(pen.written) + b"ET"


class _Pen:
    """What is written so far, where it stands, and in which font."""

    def __init__(self, fonts: InvisibleFonts) -> None:
        self.written: list[bytes] = []
        self._fonts = fonts
        self._x = self._y = 0
        self._font: tuple[int, int] | None = None
        self._scale = 100

    def show(self, word: Shown) -> None:
        """Show a word."""
        letters = word.text.rstrip(THIN_SPACE)
        cells = directions.count_cells(letters)
        natural = cells * word.glyph_width / 1000 * word.height
        scale = max(1, round(100 * (word.right - word.left) / natural))
        if scale != self._scale:
            self.written.append(b"%d Tz " % scale)
            self._scale = scale
        if not directions.is_right_to_left(letters):
            self._show_at(word.left, word, word.text)
            return
        cell = (word.right - word.left) / cells
        for letter, place in zip(letters, directions.places(letters), strict=True):
            self._show_at(round(word.left + place * cell), word, letter)

    def _show_at(self, x: int, word: Shown, text: str) -> None:
        if (x, word.foot) != (self._x, self._y):
            self.written.append(b"%d %d Td " % (x - self._x, word.foot - self._y))
            self._x, self._y = x, word.foot
        for number, codes in self._fonts.encode(word.glyph_width, text):
            if (number, word.height) != self._font:
                self.written.append(b"/F%d %d Tf " % (number, word.height))
                self._font = number, word.height
            self.written.append(b"(%s)Tj\n" % _escape(codes))


def _measure(word: LaidWord, width: float, height: float, *, backwards: bool) -> Shown:
    left, right = round(word.left * width), round(word.right * width)
    foot, top = round(word.bottom * height), round(word.top * height)
    right, high = max(right, left + 1), max(1, foot - top)
    letter = (right - left) / directions.count_cells(word.text)
    glyph_width = invisible_font.width_of(letter, high) if backwards else invisible_font.WIDTH
    return Shown(word.text, left, right, -foot, high, glyph_width)


def _goes_with(word: Shown, space: Shown) -> bool:
    """Whether a space needs no place of its own: behind a word that is read from left to right."""
    gap = space.right - word.right
    return (
        space.left == word.right
        and gap < _NARROW_GAP * word.height
        and not directions.is_right_to_left(word.text)
    )


def _escape(codes: bytes) -> bytes:
    """A string's bytes (7.3.4.2)."""
    for special in (b"\\", b"(", b")"):
        codes = codes.replace(special, b"\\" + special)
    return codes.replace(b"\r", b"\\r")
