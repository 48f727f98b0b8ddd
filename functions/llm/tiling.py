"""A page's image cut into pieces that a model can still read, in the order in which they are read.

Cut where nothing is printed: first between columns, which are read one after the other, then at
white rows. Where there is no such place, pieces overlap, so that no line is lost between them.
Printed is what differs from the paper, whatever its colour; rules and frames do not count.
"""

import io
import math
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, groupby, pairwise
from statistics import median

from PIL import Image, ImageFilter

from functions.llm.pieces import Box, Piece, Pieces

MOST_TILES = 32
"""An image that would need more is made smaller first."""

Pixels = tuple[int, int, int, int]
"""Left, top, right and bottom edge."""

_DIFFERS = 40  # from the paper's grey, of 255
_CHUNKS, _EMPTY = 16, 1  # of a row or column, each looked at by itself; and what is dust in one
_RULE_SHARE, _RULE_PX = 0.6, 8  # of a row or column: a line that is drawn, or a frame's edge
_OVERLAP_SHARE = 0.06  # of the longest side: about three lines
_MARGIN_PX = 12
_COARSE_SIDE_PX = 1600  # for finding columns
_LEAST_GUTTER_SHARE, _LEAST_COLUMN_SHARE, _LEAST_FILL = 0.012, 0.2, 0.7
_LEAST_LINES, _FULL_LINES_SHARE = 4, 0.6
_LEAST_LINE, _LARGEST_PITCH = 16, 2.8  # of a text's line, in heights of it
_MOST_GAPS = 12
_JPEG_QUALITY = 90
_LEAST_SIDE_PX = 24  # nothing is legible in a smaller part
_TURNS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
# An image takes ten times its file while it is cut, and many pages are read at once.
_at_once = threading.BoundedSemaphore(2)


def cut(encoded: bytes, longest_px: int, turned_degrees: int = 0) -> Pieces | None:
    """Cut an image, turned clockwise, into pieces with no side longer than `longest_px`.

    None if it cannot be decoded, or nothing is printed on it that can be told from the paper.
    """
    with _at_once:
        image = _decode(encoded)
        if image and turned_degrees:
            image = image.transpose(_TURNS[turned_degrees])
        found = _cut(image, longest_px) if image else None
        return found if found and found.pieces else None


def crop(encoded: bytes, shares: Box, longest_px: int) -> Pieces | None:
    """Cut a part out of an image, given by its edges in shares, in pieces if it is large.

    Edges of the pieces count in the part alone.

    Raises:
        ValueError: the image cannot be decoded.

    """
    with _at_once:
        image = _decode(encoded)
        if image is None:
            raise ValueError("the image cannot be decoded")
        width, height = image.size
        left, top, right, bottom = shares
        edges = (int(left * width), int(top * height))
        part = image.crop((*edges, math.ceil(right * width), math.ceil(bottom * height)))
        if min(part.size) < _LEAST_SIDE_PX or _ink(part).getbbox() is None:
            return None
        if max(part.size) > longest_px:
            return _cut(part, longest_px)
        whole = (0, 0, *part.size)
        return Pieces((Piece(_encode(part), whole, whole),), part.size)


def _cut(image: Image.Image, longest_px: int) -> Pieces:
    scale = 1.0
    while True:
        tiles = tuple(_Cutter(image, longest_px).tiles())
        if len(tiles) <= MOST_TILES:
            break
        factor = min(0.9, math.sqrt(MOST_TILES / len(tiles)))
        scale *= factor
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    found = (
        Piece(_encode(image.crop(tile.box)), tile.box, tile.core, tile.overlaps) for tile in tiles
    )
    return Pieces(tuple(found), image.size, scale)


def _decode(encoded: bytes) -> Image.Image | None:
    """An image as grey or colour."""
    try:
        opened = Image.open(io.BytesIO(encoded))
        opened.load()
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return opened if opened.mode in ("L", "RGB") else opened.convert("RGB")


def _encode(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=_JPEG_QUALITY)
    return target.getvalue()


@dataclass(frozen=True)
class _Tile:
    """A piece before it is cut out; as `Piece`."""

    box: Pixels
    core: Pixels
    overlaps: bool = False


class _Cutter:
    """Where an image is printed, at full size and coarsely."""

    def __init__(self, image: Image.Image, longest_px: int) -> None:
        self._longest = longest_px
        self._overlap = max(1, round(longest_px * _OVERLAP_SHARE))
        self._ink = _without_rules(_ink(image))
        self._factor = max(1, max(image.size) // _COARSE_SIDE_PX)
        self._coarse = self._ink.reduce(self._factor).point(lambda level: 255 if level > 16 else 0)

    def tiles(self) -> Iterator[_Tile]:
        """The pieces, in the order in which they are read."""
        whole = (0, 0, *self._ink.size)
        return self._split(_Tile(whole, whole))

    def _split(self, untrimmed: _Tile) -> Iterator[_Tile]:
        tile = self._trim(untrimmed)
        if tile is None:
            return
        left, top, right, bottom = tile.box
        width, height = right - left, bottom - top
        if max(width, height) <= self._longest:
            yield tile
        elif (gutter := self._gutter(tile.box)) is not None:
            yield from self._split_at(tile, gutter, upright=True)
        elif (row := self._row_at_columns(tile.box)) is not None:
            yield from self._split_at(tile, row, upright=False)
        elif height > self._longest:
            yield from self._split_at(tile, self._best_gap(tile.box, upright=False), upright=False)
        else:
            yield from self._split_at(tile, self._best_gap(tile.box, upright=True), upright=True)

    def _split_at(self, tile: _Tile, place: int | None, *, upright: bool) -> Iterator[_Tile]:
        """Two pieces, parted at a column (upright) or a row; None: wherever, with an overlap."""
        first, last = (0, 2) if upright else (1, 3)
        start, end = tile.box[first], tile.box[last]
        overlap = 0
        if place is None:
            overlap = self._overlap
            count = self._count(end - start, overlap)
            place = start + math.ceil((end - start + (count - 1) * overlap) / count)
        before = _with_edge(tile.box, last, place)
        behind = _with_edge(tile.box, first, place - overlap)
        middle = place - overlap // 2
        yield from self._split(_Tile(before, _with_edge(tile.core, last, middle), tile.overlaps))
        yield from self._split(_Tile(behind, _with_edge(tile.core, first, middle), overlap > 0))

    def _count(self, length: int, overlap: int = 0) -> int:
        """Into how many pieces a length is cut at least."""
        return max(2, math.ceil((length - overlap) / (self._longest - overlap)))

    def _best_gap(self, box: Pixels, *, upright: bool) -> int | None:
        """The middle of the largest gap near where pieces would be equal; None if there is none."""
        start, end = (box[0], box[2]) if upright else (box[1], box[3])
        ideal = (end - start) / self._count(end - start)
        best, best_score = None, -math.inf
        for gap_start, gap_end in _gaps(self._ink, box, upright=upright):
            middle = min((gap_start + gap_end) // 2, self._longest)
            if gap_start <= middle < gap_end and middle >= 0.5 * ideal:
                # A gap twice as high is worth a way of a quarter of a piece.
                score = math.log2(gap_end - gap_start) - 4 * abs(middle - ideal) / ideal
                if score > best_score:
                    best, best_score = start + middle, score
        return best

    def _row_at_columns(self, box: Pixels) -> int | None:
        """A row at which columns begin or end, as below a headline; None if there is none."""
        gaps = [gap for gap in _gaps(self._ink, box, upright=False) if gap[0] > 0]
        largest = sorted(gaps, key=lambda gap: gap[0] - gap[1])[:_MOST_GAPS]
        rows = [box[1] + (start + end) // 2 for start, end in largest if end < box[3] - box[1]]
        edges = combinations(sorted([box[1], *rows, box[3]]), 2)
        for top, bottom in sorted(edges, key=lambda pair: pair[0] - pair[1]):
            if bottom - top < self._longest // 4 or (top, bottom) == (box[1], box[3]):
                continue  # in a low part the order of columns is plain, and the whole has none
            if self._gutter((box[0], top, box[2], bottom)) is not None:
                return top if top > box[1] else bottom
        return None

    def _gutter(self, box: Pixels) -> int | None:
        """The middle of the widest gap between columns of text; None if there is none."""
        left, top, right, bottom = (round(edge / self._factor) for edge in box)
        part = self._coarse.crop((left, top, right, bottom))
        inked = part.getbbox()
        if inked is None:
            return None
        left, right = inked[0], inked[2]
        least = _LEAST_COLUMN_SHARE * (right - left)
        gaps = [
            (gap_start, gap_end)
            for gap_start, gap_end in _gaps(part, (0, 0, *part.size), upright=True)
            if gap_start - left >= least
            and right - gap_end >= least
            and gap_end - gap_start >= _LEAST_GUTTER_SHARE * (right - left)
        ]
        for gap_start, gap_end in sorted(gaps, key=lambda gap: gap[0] - gap[1]):
            before = part.crop((0, 0, gap_start, part.height))
            behind = part.crop((gap_end, 0, part.width, part.height))
            least_gap = _LEAST_GUTTER_SHARE * (right - left)
            if _is_mostly_prose(before, least_gap) and _is_mostly_prose(behind, least_gap):
                return int(box[0] + (gap_start + gap_end) * self._factor / 2)
        return None

    def _trim(self, tile: _Tile) -> _Tile | None:
        """The piece without what is empty at its edges; None if nothing is left."""
        inked = self._ink.crop(tile.box).getbbox()
        if inked is None:
            return None
        left, top, right, bottom = tile.box
        box = (
            max(left, left + inked[0] - _MARGIN_PX),
            max(top, top + inked[1] - _MARGIN_PX),
            min(right, left + inked[2] + _MARGIN_PX),
            min(bottom, top + inked[3] + _MARGIN_PX),
        )
        return _Tile(box, tile.core, tile.overlaps)


def _ink(image: Image.Image) -> Image.Image:
    """White where something is printed: what differs from the middle grey, which is the paper's."""
    grey = (image if image.mode == "L" else image.convert("L")).filter(ImageFilter.BoxBlur(1))
    left = grey.width * grey.height // 2
    for paper, count in enumerate(grey.histogram()):  # noqa: B007
        left -= count
        if left < 0:
            break
    return grey.point([255 if abs(level - paper) > _DIFFERS else 0 for level in range(256)])


def _without_rules(ink: Image.Image) -> Image.Image:
    """Printed places without long thin lines, which would bridge every gap."""
    cleaned = ink.copy()
    for upright in (True, False):
        shares = _shares(ink, upright=upright)
        for start, end in _runs(shares, lambda share: share > _RULE_SHARE * 255):
            # At the very edge of an image nothing stands beside.
            beside = (*shares[max(0, start - 3) : start][:1], *shares[end + 2 : end + 3], 0)
            if end - start <= _RULE_PX and max(beside) < _RULE_SHARE * 255 / 2:
                edges = (start, 0, end, ink.height) if upright else (0, start, ink.width, end)
                cleaned.paste(0, edges)
    return cleaned


def _shares(ink: Image.Image, *, upright: bool) -> bytes:
    """How much of each column (upright) or row is printed, from 0 to 255."""
    size = (ink.width, 1) if upright else (1, ink.height)
    return ink.resize(size, Image.Resampling.BOX).tobytes()


def _gaps(ink: Image.Image, box: Pixels, *, upright: bool) -> list[tuple[int, int]]:
    """The columns (upright) or rows of a part in which nothing is printed: from, up to which."""
    length, across = box[2] - box[0], box[3] - box[1]
    if not upright:
        length, across = across, length
    chunks = min(_CHUNKS, across)
    size = (length, chunks) if upright else (chunks, length)
    found = ink.resize(size, Image.Resampling.BOX, box=box)
    if not upright:
        found = found.transpose(Image.Transpose.TRANSPOSE)
    levels = found.tobytes()
    fullest = (max(levels[place::length]) for place in range(length))
    return _runs(fullest, lambda level: level <= _EMPTY)


def _runs(levels: Iterable[int], wanted: Callable[[int], bool]) -> list[tuple[int, int]]:
    """Where levels are as wanted: from, and up to which place."""
    found, place = [], 0
    for is_wanted, run in groupby(levels, wanted):
        length = len(list(run))
        if is_wanted:
            found.append((place, place + length))
        place += length
    return found


def _is_mostly_prose(part: Image.Image, least_gap: float) -> bool:
    """Whether at least half of a part is columns of text: rows of several cells look full, too."""
    inked = part.getbbox()
    if inked is None:
        return False
    part = part.crop(inked)
    gaps = _gaps(part, (0, 0, *part.size), upright=True)
    gutters = [gap for gap in gaps if gap[1] - gap[0] >= least_gap]
    edges = [0, *(edge for gap in gutters for edge in gap), part.width]
    columns = list(zip(edges[::2], edges[1::2], strict=True))
    prose = [end - start for start, end in columns if _is_prose(_column(part, start, end))]
    return sum(prose) >= sum(end - start for start, end in columns) / 2


def _column(part: Image.Image, start: int, end: int) -> Image.Image:
    return part.crop((start, 0, end, part.height))


def _is_prose(column: Image.Image) -> bool:
    """Whether most lines fill a column, as those of a text do, and the cells of a table do not."""
    inked = column.getbbox()
    if inked is None:
        return False
    column = column.crop(inked)
    shares = _shares(column, upright=False)
    least = sum(shares) / len(shares) / 2  # what reaches above and below a line bridges its gap
    lines = _runs(shares, lambda share: share > least)
    if len(lines) < _LEAST_LINES:
        return False
    edges = [column.crop((0, start, column.width, end)).getbbox() for start, end in lines]
    full = sum(
        edge is not None and edge[2] - edge[0] >= _LEAST_FILL * column.width for edge in edges
    )
    height = median(end - start for start, end in lines)
    pitch = median(after[0] - line[0] for line, after in pairwise(lines))
    return (
        full >= _FULL_LINES_SHARE * len(lines)
        # Numbers in a row of cells are as wide as each other, but no line of a text is so short.
        and column.width >= _LEAST_LINE * height
        and pitch <= _LARGEST_PITCH * height
    )


def _with_edge(box: Pixels, edge: int, place: int) -> Pixels:
    left, top, right, bottom = (place if n == edge else old for n, old in enumerate(box))
    return left, top, right, bottom
