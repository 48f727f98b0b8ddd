"""In which order the lines of a page are read: columns, rows, what goes across columns.

The page is cut at white space, as XY-cut does it: into bands from top to bottom; bands that share
a white gutter are a section with columns, each of which is cut again. A section that is a list of
rows, such as names with their figures, is read row by row.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from functions.render.text_lines import Box, Line, Word

_DEEPEST = 8
_FEWEST_ALONE = 10
_CAP_HEIGHT = 0.7
_GUTTER = 0.9  # the narrowest white space between columns, in shares of the size of the print
_NARROWEST_GUTTER_PT = 6.0
_SPLIT = 1.5  # a wider gap within a line, in shares of its size, may be one between columns
_GLUE = 1.0  # a narrower one is none
_SECTION_GAP = 2.6  # white space across a section, in shares of the size, that ends it

Span = tuple[float, float]


@dataclass(slots=True)
class Segment:
    """A run of words on a line, in a frame in which it is read from left to right.

    `start` is the width of its first word, `index` its place in the PDF's content. `thing` is
    something else than words.
    """

    words: list[Word]
    left: float
    right: float
    top: float
    base: float
    size: float
    index: int
    start: float = 0.0
    thing: object = None


@dataclass(slots=True)
class Column:
    """Rows from top to bottom, each of them segments from left to right."""

    rows: list[list[Segment]] = field(default_factory=list)


@dataclass(frozen=True)
class Frame:
    """How places on the page become places where writing goes to the right and downwards."""

    direction: tuple[int, int]
    mirrored: bool
    is_plain: bool = field(init=False)

    def __post_init__(self) -> None:
        """Know whether places are the same in both."""
        object.__setattr__(self, "is_plain", self.direction == (1, 0) and not self.mirrored)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Across the writing, from its beginning; and down the page."""
        across, down = self.direction
        u, v = x * across + y * down, y * across - x * down
        return (-u if self.mirrored else u), v

    def edges(self, box: Sequence[float]) -> tuple[float, float, float, float]:
        """A box's first, upper, last and lower edge."""
        left, top, right, bottom = box
        if self.is_plain and left <= right and top <= bottom:
            return left, top, right, bottom
        (a, b), (c, d) = self.place(left, top), self.place(right, bottom)
        return min(a, c), min(b, d), max(a, c), max(b, d)


def turn_upright_columns(lines: Sequence[Line]) -> None:
    """Know columns of upright characters of which each is drawn alone, from top to bottom."""
    alone = [line for line in lines if len(line.words) == 1 and _is_ideograph(line.words[0].text)]
    if len(alone) < _FEWEST_ALONE or len(alone) < 0.8 * len(lines):
        return
    places = {(round(b[0]), round(b[1])): b for b in (line.words[0].box for line in alone)}
    below = sum(_follows(box, places, 1) for box in places.values())
    beside = sum(_follows(box, places, 0) for box in places.values())
    if below > beside:
        for line in alone:
            line.direction, line.vertical = (0, 1), True


def _is_ideograph(text: str) -> bool:
    return len(text) == 1 and "\u3000" <= text <= "\u9fff"


def _follows(box: Box, places: Mapping[tuple[int, int], Box], axis: int) -> bool:
    """Whether another character begins where this one ends, below (1) or beside it (0)."""
    size = round(box[2] - box[0])
    x, y = round(box[0]), round(box[1])
    steps = range(max(1, round(0.8 * size)), round(1.45 * size) + 1)
    return any(((x, y + step) if axis else (x + step, y)) in places for step in steps)


def frame_of(lines: Sequence[Line], *, right_to_left: bool) -> Frame:
    """The frame that suits most of the lines."""
    counts: dict[tuple[tuple[int, int], bool], int] = {}
    for line in lines:
        key = (line.direction, line.vertical)
        counts[key] = counts.get(key, 0) + sum(len(word.text) for word in line.words)
    (direction, _), _ = max(counts.items(), key=lambda item: item[1])
    return Frame(direction, right_to_left)


def segments(lines: Sequence[Line], frame: Frame) -> tuple[list[Segment], list[Line]]:
    """The lines that go with the frame, in segments; and the others."""
    fitting: list[Segment] = []
    others = []
    for line in lines:
        if line.direction != frame.direction:
            others.append(line)
            continue
        for words in _split(line, frame):
            found = _segment(words, line, frame, len(fitting))
            if not (fitting and _glue(fitting[-1], found)):
                fitting.append(found)
    return fitting, others


def _split(line: Line, frame: Frame) -> list[list[Word]]:
    """The words of a line, parted where there are wide gaps."""
    words = line.words
    if len(words) == 1:
        return [words]
    parts: list[list[Word]] = []
    start, end, last = 0, math.inf, words[0]
    for at, word in enumerate(words):
        first, _, following_end, _ = frame.edges(word.box)
        if first - end > _SPLIT * (word.size if word.size > last.size else last.size):
            parts.append(words[start:at])
            start = at
        end, last = following_end, word
    parts.append(words[start:])
    return parts


def _segment(words: list[Word], line: Line, frame: Frame, index: int) -> Segment:
    edges = [frame.edges(word.box) for word in words]
    firsts, tops, lasts, bottoms = zip(*edges, strict=True)
    sizes = {word.size for word in words}
    size = sizes.pop() if len(sizes) == 1 else median(word.size for word in words)
    if line.vertical:
        top, base = min(tops), max(bottoms)
    else:
        base = frame.place(*line.baseline)[1]
        top = base - _CAP_HEIGHT * size
    start = lasts[0] - firsts[0]
    return Segment(words, min(firsts), max(lasts), top, base, size, index, start)


def _glue(last: Segment, following: Segment) -> bool:
    """Put two pieces of one line together that MuPDF has taken apart."""
    size = max(last.size, following.size)
    gap = following.left - last.right
    if abs(following.base - last.base) > 0.2 * size or not -0.3 * size < gap < _GLUE * size:
        return False
    last.words = last.words + following.words
    last.right = max(last.right, following.right)
    last.top = min(last.top, following.top)
    return True


def arrange(found: Sequence[Segment], depth: int = 0) -> list[Column]:
    """Segments as columns, in reading order."""
    columns: list[Column] = []
    for section in _sections(_bands(found)):
        gutters = _gaps(section.cover, _gutter(section.size)) if depth < _DEEPEST else []
        parts = _part(section.segments, gutters)
        if len(parts) > 1 and not _is_tabular(parts):
            for part in parts:
                columns += arrange(part, depth + 1)
        else:
            rows = _rows(section.segments)
            if not columns or columns[-1].rows[-1][0].base > rows[0][0].base:
                columns.append(Column())
            columns[-1].rows += rows
    return columns


def _bands(found: Sequence[Segment]) -> list[list[Segment]]:
    """Segments that overlap from top to bottom, together; a white line between any two bands."""
    bands: list[list[Segment]] = []
    bottom = 0.0
    for segment in sorted(found, key=lambda s: s.top):
        if bands and segment.top < bottom:
            bands[-1].append(segment)
            bottom = max(bottom, segment.base)
        else:
            bands.append([segment])
            bottom = segment.base
    return bands


@dataclass(slots=True)
class _Section:
    """Bands with gutters in common: what they cover from left to right, and where they end."""

    segments: list[Segment]
    cover: list[Span]
    bottom: float
    size: float

    def takes(self, band: "_Section") -> bool:
        top = min(segment.top for segment in band.segments)
        if top - self.bottom > _SECTION_GAP * min(self.size, band.size):
            return False
        width = _gutter(self.size)
        parted = bool(_gaps(self.cover, width)), bool(_gaps(band.cover, width))
        both = bool(_gaps(_merge(self.cover + band.cover), width))
        return any(parted) if both else not any(parted)

    def add(self, band: "_Section") -> None:
        self.segments += band.segments
        self.cover = _merge(self.cover + band.cover)
        self.bottom = max(self.bottom, band.bottom)


def _sections(bands: Sequence[list[Segment]]) -> list[_Section]:
    """Bands that have a gutter in common, or none at all, together."""
    sections: list[_Section] = []
    for band in bands:
        cover = _merge([(segment.left, segment.right) for segment in band])
        bottom = max(segment.base for segment in band)
        found = _Section(list(band), cover, bottom, median(segment.size for segment in band))
        if sections and sections[-1].takes(found):
            sections[-1].add(found)
        else:
            sections.append(found)
    return sections


def _gutter(size: float) -> float:
    return max(_NARROWEST_GUTTER_PT, _GUTTER * size)


def _merge(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for left, right in sorted(spans):
        if merged and left <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged


def _gaps(cover: Sequence[Span], narrowest: float) -> list[Span]:
    pairs = pairwise(cover)
    return [(one[1], other[0]) for one, other in pairs if other[0] - one[1] >= narrowest]


def _part(section: Sequence[Segment], gutters: Sequence[Span]) -> list[list[Segment]]:
    parts: list[list[Segment]] = [[] for _ in range(len(gutters) + 1)]
    for segment in section:
        parts[sum(gutter[1] <= segment.left for gutter in gutters)].append(segment)
    return [part for part in parts if part]


def _rows(section: Sequence[Segment]) -> list[list[Segment]]:
    """Segments with one baseline, more or less, from left to right."""
    rows: list[list[Segment]] = []
    for segment in sorted(section, key=lambda s: s.base):
        if rows and _same_row(rows[-1][0], segment):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda s: s.left) for row in rows]


def _same_row(one: Segment, other: Segment) -> bool:
    return abs(other.base - one.base) < 0.225 * (one.size + other.size)


def _is_tabular(parts: Sequence[Sequence[Segment]]) -> bool:
    """Whether these columns are to be read row by row."""
    fewest, most = min(parts, key=len), max(parts, key=len)
    bases = sorted(segment.base for part in parts for segment in part if part is not fewest)
    aligned = sum(_has_near(bases, s.base, 0.4 * s.size) for s in fewest) / len(fewest)
    labelled = any(map(_is_labels, parts[:-1]))
    if aligned < (0.5 if labelled else 0.8):
        return False
    if len(most) <= 1 or labelled:
        return True
    lengths = [sum(len(s.words) for s in part) / len(part) for part in parts]
    if any(length <= 2 and _is_numeric(part) for length, part in zip(lengths, parts, strict=True)):
        return True
    if _column_by_column(parts):
        return False
    labels = len(fewest) < 0.6 * len(most) and min(lengths) <= 5
    return max(lengths) <= 3.5 or min(lengths) <= 2 or labels


def _has_near(bases: Sequence[float], base: float, distance: float) -> bool:
    low, high = 0, len(bases)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if bases[middle] < base - distance else (low, middle)
    return low < len(bases) and bases[low] <= base + distance


def _is_numeric(part: Sequence[Segment]) -> bool:
    words = [word.text for segment in part for word in segment.words]
    return sum(any(char.isdigit() for char in word) for word in words) > 0.6 * len(words)


def _is_labels(part: Sequence[Segment]) -> bool:
    """Whether these are names of what stands beside them, as in a form."""
    return 2 * sum(bool(s.words) and s.words[-1].text[-1] in ":：" for s in part) > len(part)


def _column_by_column(parts: Sequence[Sequence[Segment]]) -> bool:
    """Whether the PDF's content has one column after the other."""
    pairs = pairwise(parts)
    return all(max(s.index for s in one) < min(s.index for s in other) for one, other in pairs)
