"""Boxes for words whose place is not known: beside their neighbours, where a search finds them.

Of a line of the text, they stand behind the word before them, else before the word behind them,
where there is room. What is left stands on lines of its own between those above and below. On a
page without any place, its text is laid over the page in lines at even distances.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from statistics import median

from functions.upload.word_formats import directions
from lector.domain.word_places import Box

_MARGIN, _WIDEST_MARGIN = 0.05, 0.1
_HEIGHT, _LETTER = 0.015, 0.008
"""Of print, in shares of the page, where nothing is known of it."""
_PITCH = 1.3
"""From line to line, in heights of a line."""
_SQUEEZE = 0.25
"""What is left of a letter's width, or of a line's height, where there is no room."""


def fill(texts: Sequence[str], gaps: Sequence[str], boxes: Sequence[Box | None]) -> list[Box]:
    """The boxes of words, with one for each that has none.

    `gaps` are what parts each word from the one before.
    """
    page = _Page(texts, boxes)
    found: dict[int, Box] = {n: box for n, box in enumerate(boxes) if box is not None}
    for is_placed, group in groupby(range(len(boxes)), lambda n: boxes[n] is not None):
        if not is_placed:
            for line, band in _bands(list(group), gaps, boxes, page):
                found.update(page.share_out(line, band))
    return [found[n] for n in range(len(boxes))]


class _Page:
    """How large print is on a page, where it begins and ends, and how its words fill a band."""

    def __init__(self, texts: Sequence[str], boxes: Sequence[Box | None]) -> None:
        known = [(box, len(text)) for box, text in zip(boxes, texts, strict=True) if box and text]
        self.letter, self.height = _LETTER, _HEIGHT
        self.left, self.right = _MARGIN, 1 - _MARGIN
        if known:
            self.letter = median((box[2] - box[0]) / count for box, count in known) or _LETTER
            self.height = median(box[3] - box[1] for box, _ in known) or _HEIGHT
            self.left = min(_WIDEST_MARGIN, *(box[0] for box, _ in known))
            self.right = max(1 - _WIDEST_MARGIN, *(box[2] for box, _ in known))
        self._texts = texts
        self._lengths = [len(text) + 1 for text in texts]  # with a space before each

    def is_backwards(self, line: Sequence[int]) -> bool:
        """Whether a line begins on the right."""
        return directions.of_words(self._texts[n] for n in line)

    def width(self, line: Sequence[int]) -> float:
        """How wide a line of words is."""
        return self.letter * sum(self._lengths[n] for n in line)

    def count_fitting(self, line: Sequence[int], room: float) -> int:
        """How many of the first words of a line have room."""
        widths = accumulate(self._lengths[n] * self.letter for n in line)
        return sum(width <= room for width in widths)

    def wrap(self, line: Sequence[int]) -> Iterator[list[int]]:
        """A line of the text in lines that are no wider than the page's print."""
        piece: list[int] = []
        used, room = 0.0, self.right - self.left
        for n in line:
            width = self._lengths[n] * self.letter
            if piece and used + width > room:
                yield piece
                piece, used = [], 0.0
            piece.append(n)
            used += width
        if piece:
            yield piece

    def share_out(self, line: Sequence[int], band: Box) -> Iterator[tuple[int, Box]]:
        """The words of a line with the part of a band that each gets."""
        left, top, right, bottom = band
        letter = (right - left) / sum(self._lengths[n] for n in line)
        at, backwards = 0.0, self.is_backwards(line)
        for n in line:
            start, at = at + letter, at + letter * self._lengths[n]
            if backwards:
                yield n, (right - at, top, right - start, bottom)
            else:
                yield n, (left + start, top, left + at, bottom)


def _bands(
    run: Sequence[int], gaps: Sequence[str], boxes: Sequence[Box | None], page: _Page
) -> Iterator[tuple[list[int], Box]]:
    """The lines of a run of words without places, each with the box that is for it."""
    above = boxes[run[0] - 1] if run[0] else None
    below = boxes[run[-1] + 1] if run[-1] + 1 < len(boxes) else None
    lines = list(_lines(run, gaps))
    if above and "\n" not in gaps[run[0]]:
        line = lines.pop(0)
        backwards = page.is_backwards(line)
        stop = below if below and not lines and _is_beside(above, below) else None
        room = above[0] - page.left if backwards else page.right - above[2]
        fitting = len(line) if stop else page.count_fitting(line, room)
        if fitting:
            wanted = page.width(line[:fitting])
            yield line[:fitting], _beside(above, stop, wanted, leftwards=backwards)
        lines[:0] = [line[fitting:]] if line[fitting:] else []
    if lines and below and "\n" not in gaps[run[-1] + 1]:
        line = lines.pop()
        backwards = page.is_backwards(line)
        room = page.right - below[2] if backwards else below[0] - page.left
        rest = len(line) - page.count_fitting(line[::-1], room)
        if line[rest:]:
            wanted = page.width(line[rest:])
            yield line[rest:], _beside(below, None, wanted, leftwards=not backwards)
        lines += [line[:rest]] if line[:rest] else []
    lines = [piece for line in lines for piece in page.wrap(line)]
    for line, (top, bottom) in zip(lines, _between(above, below, len(lines), page), strict=True):
        width = min(page.width(line), page.right - page.left)
        left = page.right - width if page.is_backwards(line) else page.left
        yield line, (left, top, left + width, bottom)


def _lines(run: Sequence[int], gaps: Sequence[str]) -> Iterator[list[int]]:
    line: list[int] = []
    for n in run:
        if line and "\n" in gaps[n]:
            yield line
            line = []
        line.append(n)
    yield line


def _is_beside(one: Box, other: Box) -> bool:
    return min(one[3], other[3]) > max(one[1], other[1])


def _beside(box: Box, stop: Box | None, wanted: float, *, leftwards: bool) -> Box:
    """The room beside a box, up to the next one or to the edge of the page."""
    left, top, right, bottom = box
    if leftwards:
        room = left - (stop[2] if stop and stop[2] <= left else 0.0)
        width = max(min(wanted, room), _SQUEEZE * wanted)
        end = max(left, min(width, 1.0))
        return max(0.0, end - width), top, end, bottom
    room = (stop[0] if stop and stop[0] >= right else 1.0) - right
    width = max(min(wanted, room), _SQUEEZE * wanted)
    start = min(right, max(0.0, 1.0 - width))
    return start, top, min(1.0, start + width), bottom


def _between(
    above: Box | None, below: Box | None, count: int, page: _Page
) -> list[tuple[float, float]]:
    """Top and bottom of so many lines between two boxes, or on the whole page."""
    if not count:
        return []
    least = _SQUEEZE * page.height * count
    top = above[3] if above else _MARGIN
    bottom = below[1] if below else 1 - _MARGIN
    if above and not (below and bottom - top > least):
        bottom = min(1.0, top + _PITCH * page.height * count)
        top, bottom = (top, bottom) if bottom - top > least else (above[1], above[3])
    elif below and not above:
        top = max(0.0, bottom - _PITCH * page.height * count)
        top, bottom = (top, bottom) if bottom - top > least else (below[1], below[3])
    pitch = (bottom - top) / count
    height = min(page.height, pitch / _PITCH)
    middles = [top + (n + 0.5) * pitch for n in range(count)]
    return [(middle - height / 2, middle + height / 2) for middle in middles]
