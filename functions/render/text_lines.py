"""The words of a page, line by line as they stand in the PDF, with what is known of each."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from re import compile as pattern
from typing import Any

import pymupdf

Box = tuple[float, float, float, float]
"""Left, top, right and bottom edge in points of the displayed page, from its top left corner."""

SOFT_HYPHEN = "\u00ad"
_FILLED, _STROKED, _CLIPPED = 16, 32, 64
_FAINTEST = 13  # of 255: what is less opaque is not there for a person
_SMALLEST_PRINT_PT = 2.0
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


@dataclass(slots=True)
class Line:
    """Words on one line, in the order in which they are read.

    `direction` is that of reading: (1, 0) to the right, (0, -1) upwards. `vertical`: a column of
    upright characters, as in Japanese. `baseline` is a point on it.
    """

    words: list[Word]
    direction: tuple[int, int]
    vertical: bool
    baseline: tuple[float, float]


def read(page: pymupdf.TextPage) -> list[Line]:
    """The lines of a page that have words, in the order of the PDF's content."""
    lines = _read_by_word(page)
    return _without_repeats(_read_by_character(page) if lines is None else lines)


def _read_by_word(page: pymupdf.TextPage) -> list[Line] | None:
    """The lines of an ordinary page, for half of what it costs to look at each character.

    None where characters have to be looked at: some may be drawn twice, a font has a unit of its
    own, or MuPDF ends words elsewhere.
    """
    places: dict[tuple[int, int], list[Any]] = {}
    for word in page.extractWORDS():
        places.setdefault((word[5], word[6]), []).append(word)
    lines = []
    for block_number, block in enumerate(page.extractDICT()["blocks"]):
        for number, line in enumerate(block.get("lines", ())):
            spans, found = line["spans"], places.get((block_number, number), [])
            text = "".join([span["text"] for span in spans])
            if text.split() != [word[4] for word in found] or _MAYBE_DOUBLED.search(text):
                return None
            if any(_is_irregular(span, upright=_is_upright(line)) for span in spans):
                return None
            if found:
                lines.append(_line(line, _of_spans(line, text, found), spans[0]["origin"]))
    return lines


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
        span = spans[0]
        base = span["origin"][1] if upright else None
        font, size, hidden = span["font"], float(span["size"]), _is_unseen(span)
        return [_word(word[4], word[:4], font, size, base, hidden=hidden) for word in found]
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


def _read_by_character(page: pymupdf.TextPage) -> list[Line]:
    lines = []
    for block in page.extractRAWDICT()["blocks"]:
        for found in block.get("lines", ()):
            words = list(_of_characters(found))
            if words:
                lines.append(_line(found, words, found["spans"][0]["chars"][0]["origin"]))
    return lines


def _line(found: dict[str, Any], words: list[Word], baseline: tuple[float, float]) -> Line:
    x, y = found["dir"]
    direction = (round(x), 0) if abs(x) >= abs(y) else (0, round(y))
    return Line(words, direction, found["wmode"] == 1, baseline)


def _is_upright(line: dict[str, Any]) -> bool:
    return bool(line["wmode"] == 0 and abs(line["dir"][0]) > 0.99)


def _of_characters(line: dict[str, Any]) -> Iterator[Word]:
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
    seen: dict[str, dict[tuple[int, int], Box]] = {}
    for line in reversed(lines):
        line.words = [word for word in reversed(line.words) if not _stands_already(word, seen)]
        line.words.reverse()
    return [line for line in lines if line.words]


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
