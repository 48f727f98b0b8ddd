"""What stands on a page besides its text: pictures, what hides text, writing drawn as shapes."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from PIL import Image, ImageDraw

from functions.render.text_lines import Box, Word, overlap

_SMALLEST = 0.003  # of the page: what is smaller is an ornament
_NEAR_PT = 6.0
_MOST_REGIONS = 16
_MOST_IMAGES = 500
_MOST_COVERS = 200
_FLAT = 24  # of 255: how far a background may be from its commonest shade
_MARKS = 0.0005  # of a background's pixels may be farther away
_FAINT = 10  # of 255: a word with less contrast than that cannot be seen
_LEAST_PX = 3
_PAPER = 255
_LIGHT = bytes(range(_PAPER - _FAINT + 1, 256))
_LEAST_STROKES = 40
_MOST_LINES = 500
_GRID_PT = 20.0
_LARGEST_PAGE_PT = 14_400.0
_MOST_COMPARED = 500
_GLYPH_PT = (1.2, 40.0)

_Characters = dict[tuple[int, int, int], list[tuple[int, float]]]
_Cover = tuple[int, bool, Box]
_Grid = dict[tuple[int, int], list[tuple[int, Box]]]


@dataclass(frozen=True)
class Look:
    """How the page looks: its pixels in grey, or those of each colour; `zoom` of them a point."""

    bands: tuple[Image.Image, ...]
    zoom: float

    def area(self, box: Box) -> tuple[int, int, int, int] | None:
        """A box in pixels; None if it is too small to say anything."""
        zoom, (left, top, right, bottom) = self.zoom, box
        x0, y0 = max(0, round(left * zoom)), max(0, round(top * zoom))
        x1 = min(self.bands[0].width, round(right * zoom))
        y1 = min(self.bands[0].height, round(bottom * zoom))
        return (x0, y0, x1, y1) if min(x1 - x0, y1 - y0) >= _LEAST_PX else None

    def is_even(self, box: Box) -> bool:
        """Whether nothing can be seen at a place; False where it is too small to say so."""
        area = self.area(box)
        if area is None:
            return False
        return all(_is_even(band, area) for band in self.bands)

    def unseen(self, words: Sequence[Word]) -> list[Word]:
        """The words at whose places nothing can be seen.

        Nearly all are seen at once: their middle row is as light as paper, and darker elsewhere.
        """
        zoom, width, height = self.zoom, self.bands[0].width, self.bands[0].height
        pixels = self.bands[0].tobytes()
        found = []
        for word in words:
            left, top, right, bottom = word.box
            first, end, row = (
                int(left * zoom) + 1,
                int(right * zoom),
                int((top + bottom) * zoom / 2),
            )
            if left >= 0 and first < end <= width and 0 <= row < height:
                middle = pixels[row * width + first : row * width + end]
                if _PAPER in middle and middle.translate(None, _LIGHT):
                    continue
            if self.is_even(word.box):
                found.append(word)
        return found


def hide_unseen(words: Sequence[Word], grey: Look, coloured: Callable[[], Look]) -> None:
    """Mark the words of which the page shows no trace: white on white, covered, clipped away.

    Colours can be of one lightness: what is not seen in grey is looked for in colour.
    """
    unseen = grey.unseen([word for word in words if not word.hidden])
    if unseen:
        colours = coloured()
        for word in unseen:
            word.hidden = colours.is_even(word.box)


def _is_even(image: Image.Image, area: tuple[int, int, int, int]) -> bool:
    extrema: Any = image.crop(area).getextrema()
    return bool(extrema[1] - extrema[0] < _FAINT)


Log = Sequence[tuple[str, Box]]
"""What a page draws, one thing after the other."""
Trace = Sequence[tuple[int, int, float, float]]
"""For each character its place in a log, its code, and the point where it stands."""


def hide_covered(
    words: Sequence[Word],
    images: Sequence[dict[str, Any]],
    log: Log,
    trace: Callable[[], tuple[Log, Trace]],
) -> None:
    """Mark the words over which an image, or a surface with other words on it, was laid later.

    `trace` has the places of characters in a log of its own; it is asked only if need be.
    """
    if not _cover_any(_covers(images, log), _texts(log)):
        return
    whole, characters = trace()
    places: _Characters = {}
    for at, code, x, y in characters:
        places.setdefault((code, round(x), int(y // _GRID_PT)), []).append((at, y))
    covers, grid = _covers(images, whole), _grid(_texts(whole))
    for word in words:
        drawn = None if word.hidden else _drawn_at(word, places)
        if drawn is not None:
            later = _laid_after(drawn, word.box, covers)
            last = _last_upon(word, grid) if later else -1
            word.hidden = any(is_image or at < last for at, is_image, _ in later)


def _laid_after(drawn: int, box: Box, covers: Sequence[_Cover]) -> list[_Cover]:
    """The covers that are laid over a place after a certain thing was drawn."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return [
        cover
        for cover in covers
        if cover[0] > drawn and cover[2][0] <= x <= cover[2][2] and cover[2][1] <= y <= cover[2][3]
    ]


def _texts(log: Log) -> list[tuple[int, Box]]:
    return [(at, box) for at, (kind, box) in enumerate(log) if kind.endswith("-text")]


def _covers(images: Sequence[dict[str, Any]], log: Log) -> list[_Cover]:
    """When something is drawn that may hide words, whether it is an image, and where."""
    opaque = _Places(image["bbox"] for image in images[:_MOST_IMAGES] if not image["has-mask"])
    found: list[_Cover] = []
    for at in range(len(log) - 1, -1, -1):
        kind, box = log[at]
        large = box[2] - box[0] >= _GLYPH_PT[1] / 4 and box[3] - box[1] >= _GLYPH_PT[1] / 8
        is_image = kind == "fill-image" and opaque.have(box)
        if is_image or (kind == "fill-path" and large):
            found.append((at, is_image, box))
        if len(found) == _MOST_COVERS:
            break
    return found[::-1]


def _cover_any(covers: Sequence[_Cover], texts: Sequence[tuple[int, Box]]) -> bool:
    """Whether any text is drawn before something that covers its place."""
    centers = sorted(((b[1] + b[3]) / 2, (b[0] + b[2]) / 2, at) for at, b in texts)
    for at, _, (left, top, right, bottom) in covers:
        first, end = bisect_left(centers, (top,)), bisect_right(centers, (bottom, math.inf))
        if any(drawn < at and left <= x <= right for _, x, drawn in centers[first:end]):
            return True
    return False


class _Places:
    """Boxes that can be asked for one that is nearly the same."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        self._boxes: dict[tuple[int, int], list[Box]] = {}
        for box in boxes:
            self._boxes.setdefault((int(box[0] // 2), int(box[1] // 2)), []).append(box)

    def have(self, box: Box) -> bool:
        """Whether one has edges that are all less than two points away."""
        x, y = int(box[0] // 2), int(box[1] // 2)
        near = [(x + across, y + down) for across in (-1, 0, 1) for down in (-1, 0, 1)]
        return any(_same(box, other) for field in near for other in self._boxes.get(field, ()))


def _fields(box: Box) -> Iterator[tuple[int, int]]:
    """The fields of a grid in which a box lies, at least in part."""
    left, top, right, bottom = (min(max(edge, 0.0), _LARGEST_PAGE_PT) for edge in box)
    for column in range(int(left / _GRID_PT), int(right / _GRID_PT) + 1):
        for row in range(int(top / _GRID_PT), int(bottom / _GRID_PT) + 1):
            yield column, row


def _grid(boxes: Iterable[tuple[int, Box]]) -> _Grid:
    """Numbered boxes by the fields in which they lie."""
    grid: _Grid = {}
    for at, box in boxes:
        for field in _fields(box):
            grid.setdefault(field, []).append((at, box))
    return grid


def _last_upon(word: Word, texts: _Grid) -> int:
    """When the last text that lies upon a word is drawn; -1 if there is none."""
    found = -1
    for field in _fields(word.box):
        some = reversed(texts.get(field, ())[-_MOST_COMPARED:])
        found = max(found, next((t for t, box in some if overlap(word.box, box) > 0.3), -1))
    return found


def _drawn_at(word: Word, places: _Characters) -> int | None:
    """When a word is drawn: the last time that its first character is drawn at its place."""
    left, top, bottom, code = word.box[0], word.box[1] - 1, word.box[3] + 1, ord(word.text[0])
    upper, lower = (min(max(edge, 0.0), _LARGEST_PAGE_PT) for edge in (top, bottom))
    rows = range(int(upper // _GRID_PT), int(lower // _GRID_PT) + 1)
    found = [
        at
        for x in range(round(left) - 2, round(left) + 3)
        for row in rows
        for at, y in places.get((code, x, row), ())
        if top <= y <= bottom
    ]
    return max(found, default=None)


def large_picture(pictures: Sequence[Box], page: Box) -> float:
    """The share of the page that the largest picture covers, 0 to 1; a scan may come in strips."""
    pieces = [_inside(box, page) for box in pictures]
    shares = (
        sum(_share(piece, page) for piece in pieces if _holds(region, piece))
        for region in _merge(pieces)
    )
    return min(1.0, max(shares, default=0.0))


def regions(pictures: Sequence[Box], page: Box) -> list[Box]:
    """Where there are pictures: those that touch each other as one, the largest ones if many."""
    return [box for box in merge(pictures, page) if _share(box, page) >= _SMALLEST]


def covered_share(boxes: Sequence[Box], page: Box) -> float:
    """The share of the page that these boxes, which do not overlap, cover."""
    return sum(_share(box, page) for box in boxes)


def pictures(images: Sequence[dict[str, Any]], words: Sequence[Word], look: Look) -> list[Box]:
    """The places of images that show something; a surface of one colour is none."""
    if not images:
        return []
    boxes = [tuple(image["bbox"]) for image in images[:_MOST_IMAGES]]
    whole: list[Box] = [b for b in boxes if b[2] > b[0] and b[3] > b[1]]
    written = [word.box for word in words if not word.hidden]
    by_height = sorted(((box[1] + box[3]) / 2, box) for box in {*written, *whole})
    known = set(whole)
    found = []
    for box in whole:
        first, end = (
            bisect_left(by_height, (box[1],)),
            bisect_right(by_height, (box[3], (math.inf,))),
        )
        level = [other for _, other in by_height[first:end]]
        upon = [o for o in level if o not in known or (o != box and overlap(o, box) > 0.9)]
        if not _is_plain(box, upon, look):
            found.append(box)
    return found


def _is_plain(box: Box, upon: Sequence[Box], look: Look) -> bool:
    """Whether an image is a surface of one colour, but for what stands upon it."""
    area = look.area(box)
    if area is None:
        return False
    shades = look.bands[0].crop(area)
    pixels = Image.new("1", shades.size, 1)
    pen = ImageDraw.Draw(pixels)
    left, top = max(0.0, box[0]), max(0.0, box[1])
    for other in upon:
        if _holds(box, other):
            margin = min(0.2 * (other[3] - other[1]), 3.0)
            x0, y0 = other[0] - left - margin, other[1] - top - margin
            x1, y1 = other[2] - left + margin, other[3] - top + margin
            pen.rectangle([edge * look.zoom for edge in (x0, y0, x1, y1)], fill=0)
    counts = shades.histogram(pixels)
    if not any(counts):
        return False
    commonest = counts.index(max(counts))
    near = sum(counts[max(0, commonest - _FLAT) : commonest + _FLAT + 1])
    return sum(counts) - near <= _MARKS * sum(counts)


@dataclass(frozen=True)
class DrawnWriting:
    """A shape that looks like writing, and how many letters it may have."""

    box: Box
    letters: int

    def around(self) -> Box:
        """Its place with the space to the next line."""
        left, top, right, bottom = self.box
        margin = 0.6 * (bottom - top)
        return left - margin, top - margin, right + margin, bottom + margin


def drawn_writing(log: Log, words: Sequence[Word], look: Look) -> list[DrawnWriting]:
    """Writing that is drawn as shapes: one for each letter, or one for a whole line."""
    shapes = [box for kind, box in log if kind == "fill-path"]
    written = [word.box for word in words]
    letters = [DrawnWriting(box, 1) for box in _beside(_letters(shapes), written)]
    return letters + [
        DrawnWriting(box, count)
        for box in _beside(_lines(shapes), written)
        if (count := _count_letters(box, look))
    ]


def _letters(shapes: Sequence[Box]) -> list[Box]:
    """Shapes that look like letters: small, of many sizes, side by side in rows."""
    smallest, largest = _GLYPH_PT
    rows: dict[int, list[Box]] = {}
    for box in shapes:
        height, width = box[3] - box[1], box[2] - box[0]
        if smallest <= height <= largest and 0.5 <= width <= largest * 1.5:
            rows.setdefault(round(box[3] / 2), []).append(box)
    letters = [box for row in rows.values() for box in _side_by_side(row)]
    kinds = {(round(box[2] - box[0], 1), round(box[3] - box[1], 1)) for box in letters}
    return letters if len(letters) >= _LEAST_STROKES and len(kinds) >= 8 else []


def _lines(shapes: Sequence[Box]) -> list[Box]:
    """Shapes as long and as high as a line of writing."""
    return [
        box
        for box in shapes
        if 4 <= box[3] - box[1] <= _GLYPH_PT[1] and box[2] - box[0] >= 4 * (box[3] - box[1])
    ][:_MOST_LINES]


def _count_letters(box: Box, look: Look) -> int:
    """How many letters a line of writing has, by its changes from light to dark; 0 if it is none.

    A bar of one colour has no such changes, a curve or a triangle has few.
    """
    area = look.area(box)
    if area is None:
        return 0
    left, top, right, bottom = area
    changes = []
    for share in (0.35, 0.5, 0.65):
        y = top + round(share * (bottom - top - 1))
        row = look.bands[0].crop((left, y, right, y + 1)).tobytes()
        middle = (min(row) + max(row)) / 2
        is_flat = max(row) - min(row) < 4 * _FAINT
        changes.append(
            0 if is_flat else sum((a < middle) != (b < middle) for a, b in pairwise(row))
        )
    letters = sorted(changes)[1] // 3
    return letters if letters >= max(4, (right - left) / (bottom - top) / 2) else 0


def _beside(boxes: Sequence[Box], words: Sequence[Box]) -> list[Box]:
    """The boxes that stand in no word: the letters of a Type 3 font are drawn as shapes, too."""
    if not boxes:
        return []
    grid = _grid(enumerate(words))
    found = []
    for box in boxes:
        field = int((box[0] + box[2]) / 2 / _GRID_PT), int((box[1] + box[3]) / 2 / _GRID_PT)
        if not any(_holds(word, box) for _, word in grid.get(field, ())):
            found.append(box)
    return found


def _side_by_side(row: list[Box]) -> Iterator[Box]:
    row.sort()
    for before, box in pairwise(row):
        height = max(box[3] - box[1], before[3] - before[1])
        if box[0] - before[2] < height and box[2] > before[2]:
            yield box


def _merge(boxes: list[Box]) -> list[Box]:
    """Boxes that overlap, or nearly touch each other, as one."""
    merged: list[Box] = []
    for box in boxes:
        one = box
        while near := next((other for other in merged if _is_near(one, other)), None):
            merged.remove(near)
            one = _union(one, near)
        merged.append(one)
    return merged


def merge(boxes: Sequence[Box], page: Box) -> list[Box]:
    """Boxes within the page, those that overlap as one, the largest ones if there are many."""
    merged = _merge([_inside(box, page) for box in boxes])
    return sorted(merged, key=lambda box: -_share(box, page))[:_MOST_REGIONS]


def _union(one: Box, other: Box) -> Box:
    left, top = min(one[0], other[0]), min(one[1], other[1])
    return left, top, max(one[2], other[2]), max(one[3], other[3])


def _is_near(one: Box, other: Box) -> bool:
    return (
        one[0] - _NEAR_PT <= other[2]
        and other[0] - _NEAR_PT <= one[2]
        and one[1] - _NEAR_PT <= other[3]
        and other[1] - _NEAR_PT <= one[3]
    )


def _inside(box: Box, page: Box) -> Box:
    left, right = (min(max(edge, page[0]), page[2]) for edge in (box[0], box[2]))
    top, bottom = (min(max(edge, page[1]), page[3]) for edge in (box[1], box[3]))
    return left, top, right, bottom


def _share(box: Box, page: Box) -> float:
    left, top, right, bottom = _inside(box, page)
    return (right - left) * (bottom - top) / ((page[2] - page[0]) * (page[3] - page[1]))


def _same(one: Box, other: Box) -> bool:
    return all(abs(a - b) < 2 for a, b in zip(one, other, strict=True))


def _holds(outer: Box, box: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]
