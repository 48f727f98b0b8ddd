"""A page's image cut into pieces that a model can still read, in the order in which they are read.

Cut where nothing is printed: first between columns, which are read one after the other, then at
white rows. Where there is no such place, pieces overlap, so that no line is lost between them.
Printed is what differs from the paper, whatever its colour; rules and frames do not count.
"""

import io
import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from PIL import Image

from functions.llm.pieces import Box, Piece, Pieces

MOST_TILES = 32
"""An image that would need more is made smaller first."""

Pixels = tuple[int, int, int, int]
"""Left, top, right and bottom edge."""

_DIFFERS = 48  # from the paper's grey, of 255
_RULE_SHARE = 0.6  # of a row or column: a line that is drawn, or the edge of a frame
_OVERLAP_SHARE = 0.06  # of the longest side: about three lines
_MARGIN_PX = 12
_COARSE_SIDE_PX = 1600  # for finding columns
_LEAST_GUTTER_SHARE, _LEAST_COLUMN_SHARE, _LEAST_FILL = 0.012, 0.2, 0.7
_LEAST_LINES, _FULL_LINES_SHARE = 4, 0.6
_LEAST_LINE = 10  # of a text's line, in heights of it
_MOST_GAPS = 12
_JPEG_QUALITY = 90
_LEAST_SIDE_PX = 24  # nothing is legible in a smaller part
# An image takes ten times its file while it is cut, and many pages are read at once.
_at_once = threading.BoundedSemaphore(2)


def cut(encoded: bytes, longest_px: int) -> Pieces | None:
    """Cut an image into pieces with no side longer than `longest_px`.

    None if it cannot be decoded, or nothing is printed on it that can be told from the paper.
    """
    with _at_once:
        image = _decode(encoded)
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
        for tile in self._split(_Tile(whole, whole)):
            if trimmed := self._trim(tile):
                yield trimmed

    def _split(self, tile: _Tile) -> Iterator[_Tile]:
        left, top, right, bottom = tile.box
        width, height = right - left, bottom - top
        if max(width, height) <= self._longest:
            yield tile
        elif (gutter := self._gutter(tile.box)) is not None:
            yield from self._split_at(tile, gutter, upright=True)
        elif (row := self._row_above_columns(tile.box)) is not None:
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
        for gap_start, gap_end in _gaps(_profile(self._ink, box, upright=upright)):
            middle = min((gap_start + gap_end) // 2, self._longest)
            if gap_start <= middle < gap_end and middle >= 0.5 * ideal:
                # A gap twice as high is worth a way of a quarter of a piece.
                score = math.log2(gap_end - gap_start) - 4 * abs(middle - ideal) / ideal
                if score > best_score:
                    best, best_score = start + middle, score
        return best

    def _row_above_columns(self, box: Pixels) -> int | None:
        """A row with columns above or below it, as below a headline; None if there is none."""
        gaps = _gaps(_profile(self._ink, box, upright=False))
        gaps = [gap for gap in gaps if gap[0] > 0 and gap[1] < box[3] - box[1]]
        widest = sorted(gaps, key=lambda gap: gap[0] - gap[1])[:_MOST_GAPS]
        for gap_start, gap_end in sorted(widest):
            row = box[1] + (gap_start + gap_end) // 2
            above, below = _with_edge(box, 3, row), _with_edge(box, 1, row)
            if any(
                self._is_tall(part) and self._gutter(part) is not None for part in (below, above)
            ):
                return row
        return None

    def _is_tall(self, box: Pixels) -> bool:
        """Whether a part is so large that its columns matter."""
        return box[3] - box[1] > self._longest // 4

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
            for gap_start, gap_end in _gaps(_profile(part, (0, 0, *part.size), upright=True))
            if gap_start - left >= least
            and right - gap_end >= least
            and gap_end - gap_start >= _LEAST_GUTTER_SHARE * (right - left)
        ]
        for gap_start, gap_end in sorted(gaps, key=lambda gap: gap[0] - gap[1]):
            before = part.crop((0, 0, gap_start, part.height))
            behind = part.crop((gap_end, 0, part.width, part.height))
            if _is_prose(before) and _is_prose(behind):
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
    """White where something is printed: what differs from the most common grey, the paper's."""
    grey = image if image.mode == "L" else image.convert("L")
    levels = grey.histogram()
    paper = levels.index(max(levels))
    return grey.point([255 if abs(level - paper) > _DIFFERS else 0 for level in range(256)])


def _without_rules(ink: Image.Image) -> Image.Image:
    """Printed places without long lines, which would bridge every gap."""
    cleaned = ink.copy()
    whole = (0, 0, *ink.size)
    for upright in (True, False):
        most = max(2, max(ink.size) // 200)
        long_lines = [share > _RULE_SHARE * 255 for share in _profile(ink, whole, upright=upright)]
        place = 0
        for is_line, run in groupby(long_lines):
            length = len(list(run))
            if is_line and length <= most:
                edges = (place, 0, place + length, ink.height)
                across = (0, place, ink.width, place + length)
                cleaned.paste(0, edges if upright else across)
            place += length
    return cleaned


def _profile(ink: Image.Image, box: Pixels, *, upright: bool) -> bytes:
    """How much is printed in each column (upright) or row of a part, from 0 to 255."""
    size = (box[2] - box[0], 1) if upright else (1, box[3] - box[1])
    return ink.resize(size, Image.Resampling.BOX, box=box).tobytes()


def _gaps(profile: bytes) -> list[tuple[int, int]]:
    """Where nothing is printed: from and up to which place, within the part."""
    found, place = [], 0
    for is_empty, run in groupby(level == 0 for level in profile):
        length = len(list(run))
        if is_empty:
            found.append((place, place + length))
        place += length
    return found


def _is_prose(column: Image.Image) -> bool:
    """Whether most lines fill a column, as those of a text do, and the cells of a table do not."""
    inked = column.getbbox()
    if inked is None:
        return False
    column = column.crop(inked)
    rows = _profile(column, (0, 0, *column.size), upright=False)
    least = sum(rows) / len(rows) / 2  # what reaches above and below a line bridges its gap
    heights, widths, place = [], [], 0
    for is_line, run in groupby(level > least for level in rows):
        height = len(list(run))
        if is_line and (line := column.crop((0, place, column.width, place + height)).getbbox()):
            heights.append(height)
            widths.append(line[2] - line[0])
        place += height
    full = sum(width >= _LEAST_FILL * column.width for width in widths)
    if len(widths) < _LEAST_LINES or full < _FULL_LINES_SHARE * len(widths):
        return False
    # Numbers in a row of cells are as wide as each other, but no line of a text is so short.
    return column.width >= _LEAST_LINE * sorted(heights)[len(heights) // 2]


def _with_edge(box: Pixels, edge: int, place: int) -> Pixels:
    left, top, right, bottom = (place if n == edge else old for n, old in enumerate(box))
    return left, top, right, bottom
