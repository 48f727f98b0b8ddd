"""The words of a page, line by line as they stand in the PDF, with what is known of each."""

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from re import compile as pattern
from typing import Any

import pymupdf

Box = tuple[float, float, float, float]
"""Left, top, right and bottom edge in points of the displayed page, from its top left corner."""

Blocks = list[dict[str, Any]]
"""What stands on a page, as PyMuPDF tells of it: blocks of lines of spans."""

SOFT_HYPHEN = "\u00ad"
_FILLED, _STROKED, _CLIPPED = 16, 32, 64
_FAINTEST = 13  # of 255: what is less opaque is not there for a person
_SMALLEST_PRINT_PT = 2.0
_MOST_ALONE = 8  # lines whose characters are taken out one by one; then those of all
_MOST_COMPARED = 500  # lines
# Above and below the baseline, in shares of the size: MuPDF's boxes are as tall as the font's
# tallest character.
_ASCENT, _DESCENT = 0.85, 0.25
_TYPE_3, _DINGBATS = "Type3", "ZapfDingbats"
# How a box is ticked, mostly; other characters of that font have their codes.
_TICKS = str.maketrans("348lnuHq", "✓✔✘●■◆★❑")
# What Symbol and Wingdings, by which bullets are often drawn, have for a code of their own.
_SYMBOLS = {
    "\uf0b7": "•",
    "\uf0a7": "▪",
    "\uf06e": "▪",
    "\uf0a8": "◆",
    "\uf0d8": "➢",
    "\uf0fc": "✓",
    "\uf0fb": "✗",
    "\uf06f": "□",
    "\uf0e0": "→",
    "\uf0a3": "□",
    "\uf02d": "−",
    "\uf0b0": "°",
    "\uf0b1": "±",
    "\uf0b4": "×",
}
# A character that may be drawn twice to look bold: beside another such one, or alone.
_MAYBE_DOUBLED = pattern(r"(\w)\1(\w)\2|(?<!\S)(\w)\3(?!\S)")
_KEPT_FORMATS = "\u200c\u200d" + SOFT_HYPHEN


@dataclass(slots=True)
class Word:
    """A word as it is drawn; `size` in points, `hidden`: nobody can see it."""

    text: str
    box: Box
    size: float
    hidden: bool
    font: str

    def reading(self, text: str) -> "Word":
        """The same word with another text."""
        if text == self.text:
            return self
        return Word(text, self.box, self.size, self.hidden, self.font)


@dataclass(slots=True)
class Line:
    """Words on one line, in the order in which they are read.

    `direction` is that of reading: (1, 0) to the right, (0, -1) upwards. `vertical`: a column of
    upright characters, as in Japanese. `baseline` is a point on it. `apart`: none of its words
    overlaps another one, of whatever line.
    """

    words: list[Word]
    direction: tuple[int, int]
    vertical: bool
    baseline: tuple[float, float]
    apart: bool = False

    def having(self, words: list[Word]) -> "Line":
        """The same line with some of its words."""
        if len(words) == len(self.words):
            return self
        return Line(words, self.direction, self.vertical, self.baseline, self.apart)


def count_characters(found: Blocks) -> int:
    """How many characters a page has, as it would be written line by line; 0 if they are blank."""
    texts = [span["text"] for line in _lines_of(found) for span in line["spans"]]
    if not any(map(str.strip, texts)):
        return 0
    return sum(map(len, texts)) + sum(1 for _ in _lines_of(found))


def prints(found: Blocks) -> Iterator[tuple[float, int, Box]]:
    """The print of a page that is drawn to be seen: size, characters, and where it stands."""
    for span in (span for line in _lines_of(found) for span in line["spans"]):
        count = len(span["text"]) - span["text"].count(" ")
        box: Box = span["bbox"]
        size = float(span["size"])
        if span["font"].startswith(_TYPE_3) and size < _SMALLEST_PRINT_PT:
            size = box[3] - box[1]
        if count and size >= _SMALLEST_PRINT_PT and not _is_unseen(span):
            yield size, count, box


def read(page: pymupdf.TextPage, found: Blocks) -> list[Line]:
    """The lines of a page that have words, in the order of the PDF's content.

    `found` are its blocks, as `extractDICT` tells of them.
    """
    places: dict[tuple[int, int], list[Any]] = {}
    for word in page.extractWORDS():
        places.setdefault((word[5], word[6]), []).append(word)
    characters = _Characters(page)
    lines = []
    for block_number, block in enumerate(found):
        for number, line in enumerate(block.get("lines", ())):
            words = places.get((block_number, number), [])
            text = "".join([span["text"] for span in line["spans"]])
            if _needs_characters(line, text, words):
                read_line = _of_characters(characters.of(block_number, number, line))
            else:
                read_line = _of_spans(line, text, words)
            if read_line:
                lines.append(_line(line, read_line))
    return _without_repeats(lines)


def _needs_characters(line: dict[str, Any], text: str, words: Sequence[Any]) -> bool:
    """Whether its characters have to be looked at, which takes more than twice as long.

    Some may be drawn twice, a font has a unit of its own, or MuPDF ends words elsewhere.
    """
    if text.split() != [word[4] for word in words] or _MAYBE_DOUBLED.search(text):
        return True
    upright = _is_upright(line)
    return any(_is_irregular(span, upright=upright) for span in line["spans"])


class _Characters:
    """The characters of lines, which are taken out of the page when they are asked for."""

    def __init__(self, page: pymupdf.TextPage) -> None:
        self._page = page
        self._asked = 0
        self._all: Blocks | None = None

    def of(self, block: int, number: int, line: dict[str, Any]) -> dict[str, Any]:
        """A line with its characters."""
        self._asked += 1
        if self._all is None and self._asked <= _MOST_ALONE:
            found = self._within(line["bbox"])
            alone = [one for one in _lines_of(found) if one["bbox"] == line["bbox"]]
            if len(alone) == 1:
                return alone[0]
        if self._all is None:
            self._all = self._page.extractRAWDICT()["blocks"]
        of_block: dict[str, Any] = self._all[block]["lines"][number]
        return of_block

    def _within(self, box: Box) -> Blocks:
        """What stands in a part of the page, which MuPDF takes for all of it meanwhile."""
        bounds = self._page.this.m_internal.mediabox
        whole = bounds.x0, bounds.y0, bounds.x1, bounds.y1
        bounds.x0, bounds.y0, bounds.x1, bounds.y1 = box
        try:
            found: Blocks = self._page.extractRAWDICT()["blocks"]
        finally:
            bounds.x0, bounds.y0, bounds.x1, bounds.y1 = whole
        return found


def _lines_of(blocks: Blocks) -> Iterator[dict[str, Any]]:
    return (line for block in blocks for line in block.get("lines", ()))


def _is_irregular(span: dict[str, Any], *, upright: bool) -> bool:
    """Whether characters of a span stand on several lines, or are of an unknown size."""
    if span["font"].startswith(_TYPE_3):
        return True
    # MuPDF's boxes are no lower than the size.
    usual = max(span["ascender"] - span["descender"], 1.0) * span["size"]
    return bool(upright and span["bbox"][3] - span["bbox"][1] > 1.02 * usual)


def _of_spans(line: dict[str, Any], text: str, found: list[Any]) -> list[Word]:
    """The words of a line, with what the spans in which their characters stand say of them."""
    upright, spans = _is_upright(line), line["spans"]
    if len(spans) == 1:
        return _of_span(spans[0], found, upright=upright, plain=text.isascii())
    words = []
    owners = [span for span in spans for _ in span["text"]]
    at = 0
    for word in found:
        at = text.index(word[4], at)
        own = owners[at : at + len(word[4])]
        at += len(word[4])
        if own[0] is own[-1]:
            size, hidden = float(own[0]["size"]), _is_unseen(own[0])
        else:
            size = max(float(span["size"]) for span in own)
            hidden = 2 * sum(map(_is_unseen, own)) > len(own)
        base = own[0]["origin"][1] if upright else None
        words.append(_word(word[4], word[:4], own[0]["font"], size, base, hidden=hidden))
    return words


def _of_span(span: dict[str, Any], found: list[Any], *, upright: bool, plain: bool) -> list[Word]:
    font, size, hidden = span["font"], float(span["size"]), _is_unseen(span)
    base = span["origin"][1] if upright else None
    if base is None or not plain or font == _DINGBATS:
        return [_word(word[4], word[:4], font, size, base, hidden=hidden) for word in found]
    highest, lowest = base - _ASCENT * size, base + _DESCENT * size
    hidden = hidden or size < _SMALLEST_PRINT_PT
    words = []
    for left, top, right, bottom, text, *_ in found:
        high = top if top > highest else highest
        low = bottom if bottom < lowest else lowest
        box = (left, high, right, low) if high < low else (left, top, right, bottom)
        words.append(Word(text, box, size, hidden, font))
    return words


def _line(found: dict[str, Any], words: list[Word]) -> Line:
    x, y = found["dir"]
    direction = (round(x), 0) if abs(x) >= abs(y) else (0, round(y))
    return Line(words, direction, found["wmode"] == 1, found["spans"][0]["origin"])


def _is_upright(line: dict[str, Any]) -> bool:
    return bool(line["wmode"] == 0 and abs(line["dir"][0]) > 0.99)


def _of_characters(line: dict[str, Any]) -> list[Word]:
    return list(_split(line))


def _split(line: dict[str, Any]) -> Iterator[Word]:
    upright = _is_upright(line)
    chars: list[dict[str, Any]] = []
    spans: list[dict[str, Any]] = []
    for span in line["spans"]:
        for char in span["chars"]:
            if char["c"].isspace():
                if chars:
                    yield _joined(chars, spans, upright=upright)
                    chars, spans = [], []
            elif not chars or char["c"] != chars[-1]["c"] or not _is_repeat(char, chars[-1]):
                chars.append(char)
                spans.append(span)
    if chars:
        yield _joined(chars, spans, upright=upright)


def _joined(chars: list[dict[str, Any]], spans: list[dict[str, Any]], *, upright: bool) -> Word:
    """Characters as a word, with the span of each."""
    text = "".join([char["c"] for char in chars])
    lefts, tops, rights, bottoms = zip(*[char["bbox"] for char in chars], strict=True)
    box = (min(lefts), min(tops), max(rights), max(bottoms))
    first = spans[0]
    if first is spans[-1]:
        size, hidden = _size(first, chars[0]), _is_unseen(first)
    else:
        size = max(map(_size, spans, chars))
        hidden = 2 * sum(map(_is_unseen, spans)) > len(spans)
    base = chars[0]["origin"][1] if upright else None
    return _word(text, box, first["font"], size, base, hidden=hidden)


def _word(text: str, box: Box, font: str, size: float, base: float | None, *, hidden: bool) -> Word:
    """A word; `base` is where its baseline is, if it is a level one."""
    if not text.isascii():
        text = "".join([_SYMBOLS.get(letter, letter) for letter in text])
        text = text[:-1].replace(SOFT_HYPHEN, "") + text[-1]
    elif font == _DINGBATS:
        text = text.translate(_TICKS)
    if base is not None:
        left, top, right, bottom = box
        high, low = max(top, base - _ASCENT * size), min(bottom, base + _DESCENT * size)
        box = (left, high, right, low) if high < low else box
    return Word(text, box, size, hidden or size < _SMALLEST_PRINT_PT, font)


def _is_unseen(span: dict[str, Any]) -> bool:
    if span["font"].startswith(_TYPE_3):
        return False  # its characters are drawings; whether they can be seen, the image says
    drawn = span["char_flags"] & (_FILLED | _STROKED | _CLIPPED)
    # What is neither filled nor stroked has no opacity either.
    return not drawn or bool(span["alpha"] < _FAINTEST and not drawn & _CLIPPED)


def _is_repeat(char: dict[str, Any], last: dict[str, Any]) -> bool:
    """Drawn twice, a little displaced, to look bold."""
    left, top, right, bottom = char["bbox"]
    across, down = abs(left - last["bbox"][0]), abs(top - last["bbox"][1])
    return bool(across < 0.25 * (right - left) and down < 0.25 * (bottom - top))


def _size(span: dict[str, Any], char: dict[str, Any]) -> float:
    """In points. A Type 3 font may have any unit: there the height of its characters says more."""
    size = float(span["size"])
    if size >= _SMALLEST_PRINT_PT or span["ascender"] - span["descender"] < 2:
        return size
    return float(char["bbox"][3] - char["bbox"][1])


def _without_repeats(lines: list[Line]) -> list[Line]:
    """Without words that are drawn again at the same place, as a shadow or to look bold.

    The last one stays: it lies on top.
    """
    _mark_apart(lines)
    seen: dict[str, dict[tuple[int, int], Box]] = {}
    for line in reversed(lines):
        if not line.apart:
            line.words = [word for word in reversed(line.words) if not _stands_already(word, seen)]
            line.words.reverse()
    return [line for line in lines if line.words]


def _mark_apart(lines: Sequence[Line]) -> None:
    """Know the lines whose words overlap no others: nearly all are told by the lines' own boxes."""
    if len(lines) > _MOST_COMPARED:
        return
    boxes = sorted(((*_bounds(line), line) for line in lines), key=itemgetter(1))
    above: list[tuple[float, float, float, float, Line]] = []
    for box in boxes:
        left, top, right, _, line = box
        line.apart = _is_sparse(line)
        above = [other for other in above if other[3] > top]
        for other in above:
            if other[0] < right and left < other[2]:
                line.apart = other[4].apart = False
        above.append(box)


def _bounds(line: Line) -> Box:
    lefts, tops, rights, bottoms = zip(*[word.box for word in line.words], strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _is_sparse(line: Line) -> bool:
    """Whether each word begins behind the one before."""
    ends = -math.inf
    for word in line.words:
        left, _, right, _ = word.box
        if left < ends:
            return False
        ends = right
    return True


def _stands_already(word: Word, seen: dict[str, dict[tuple[int, int], Box]]) -> bool:
    if word.hidden:
        return False
    grid = max(word.size, 1.0)
    column, row = int(word.box[0] // grid), int(word.box[1] // grid)
    places = seen.setdefault(word.text, {})
    for across, down in _AROUND if places else ():
        place = places.get((column + across, row + down))
        if place and overlap(word.box, place) > 0.5:
            return True
    places[column, row] = word.box
    return False


_AROUND = tuple((across, down) for across in (-1, 0, 1) for down in (-1, 0, 1))


def overlap(one: Box, other: Box) -> float:
    """The share of the first box that the second covers, 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    area = (one[2] - one[0]) * (one[3] - one[1])
    return width * height / area if width > 0 and height > 0 and area > 0 else 0.0


def clean(text: str) -> str:
    """A word without characters that are none: controls, and marks without width."""
    if text.isprintable():
        return text
    return "".join(
        char for char in text if char in _KEPT_FORMATS or unicodedata.category(char)[0] != "C"
    )
