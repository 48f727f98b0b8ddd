"""Ink that looks like print: how much there is on a page, and how much of it was read.

Tesseract finds the lines of a page before it reads them, and is as sure of those that it found
when it lost the others. So the marks of an image that have the size of letters, or of words as
they run together on a small image, are held against the places of the words.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageChops
from PIL.Image import Resampling
from PIL.ImageFilter import BoxBlur, MaxFilter

from lector.tesseract.recognition import Word

_CELLS = 800
"""Of the small image's longer side; there 8 pt on A4 is 8 cells high, with its stroke half dark."""
_FAINTEST, _OF_STRONGEST, _STRONGEST = 8, 0.25, 0.995
"""Shades of 255 by which ink is darker than its ground, also as a share of the strongest ink."""
_GROUND_CELLS = 8
_LOWEST, _HIGHEST = 2, 48
_WIDEST = 240
"""Cells of a mark that may be print. A grain is smaller, a picture and a frame are larger."""
_FEWEST = 3
_RULE = 14
"""So many times as long as high, a mark is a ruled line."""
_FULL = 0.72
"""A mark that fills so much of its box, and is no upright stroke, is a hole or a spot."""
_LETTER_HEIGHT = 5
"""Cells of the least letter or digit that may stand alone; specks of dust are lower."""
_WORD_MARGIN = 0.003
_STRIPS, _MANY, _MOST_UNEVEN = 25, 120, 4.0
"""So many marks are grain if strips across and down the page have about the same number each.

The variance of such numbers is about their mean where chance has laid the marks; lines and margins
of print make it eight times that, and more.
"""
_STANDS_OUT, _FEW_CELLS = 2.0, 20
"""Times the strongest grain: cells that are darker than that may be a line of print in it."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Mark:
    """Dark cells that hang together: the box around them, and how many they are."""

    left: int
    top: int
    right: int
    bottom: int
    cells: int

    @property
    def looks_like_print(self) -> bool:
        """Whether it has the size and shape of letters."""
        width, height = self.right - self.left, self.bottom - self.top
        if self.cells < _FEWEST or not _LOWEST <= height <= _HIGHEST or width > _WIDEST:
            return False
        longer, shorter = max(width, height), min(width, height)
        is_rule = longer >= _RULE * shorter or (height <= 3 and longer >= 8 * shorter)
        is_spot = self.cells > _FULL * width * height and 8 < longer <= 2 * shorter
        return not is_rule and not is_spot


@dataclass(frozen=True)
class PrintInk:
    """The marks of an image that look like print, on so many cells.

    `stands_out`: some cells are much darker than nearly all others that are dark.
    """

    width: int
    height: int
    marks: Sequence[Mark]
    stands_out: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether nothing looks like print; a page number alone does."""
        return all(mark.bottom - mark.top < _LETTER_HEIGHT for mark in self.marks)

    @property
    def is_grain(self) -> bool:
        """Whether there are many marks, everywhere on the page, and nothing that stands out."""
        if self.stands_out:
            return False
        across = Counter(mark.top * _STRIPS // self.height for mark in self.marks)
        down = Counter(mark.left * _STRIPS // self.width for mark in self.marks)
        mean = len(self.marks) / _STRIPS
        return len(self.marks) >= _MANY and all(
            sum((strips[at] - mean) ** 2 for at in range(_STRIPS)) < _MOST_UNEVEN * mean * _STRIPS
            for strips in (across, down)
        )

    def unread(self, words: Sequence[Word]) -> list[Mark]:
        """The marks where no word was read."""
        covered = bytearray(self.width * self.height)
        for _, left, top, right, bottom, _ in words:
            x = max(0, int((left - _WORD_MARGIN) * self.width))
            end = min(self.width, int((right + _WORD_MARGIN) * self.width) + 1)
            row = b"\1" * max(0, end - x)
            first = max(0, int((top - _WORD_MARGIN) * self.height))
            last = min(self.height, int((bottom + _WORD_MARGIN) * self.height) + 1)
            for y in range(first, last):
                covered[y * self.width + x : y * self.width + end] = row
        return [
            mark
            for mark in self.marks
            if not covered[
                (mark.top + mark.bottom) // 2 * self.width + (mark.left + mark.right) // 2
            ]
        ]

    def share_read(self, words: Sequence[Word]) -> float:
        """The share of the print, by its ink, that lies within words; 1 if there is none."""
        total = sum(mark.cells for mark in self.marks)
        return 1.0 - sum(mark.cells for mark in self.unread(words)) / total if total else 1.0


def find(image: Image.Image) -> PrintInk:
    """The marks of a grey image that look like print, dark on a lighter ground; none of grain.

    The grain of a small image, as of a slip, may be as strong as its print: then it is looked at
    again with four pixels in a cell, of which most of the grain is gone.
    """
    times_smaller = max(1, round(max(image.size) / _CELLS))
    ink = _find(image.reduce(times_smaller))
    if ink.is_grain and times_smaller == 1:
        ink = _find(image.reduce(2))
    return replace(ink, marks=()) if ink.is_grain else ink


def _find(small: Image.Image) -> PrintInk:
    contrast = _contrast(small)
    strongest = _strongest(contrast)
    limit = max(_FAINTEST, round(strongest * _OF_STRONGEST))
    dark = contrast.point([int(shade > limit) for shade in range(256)]).tobytes()
    marks = [mark for mark in _marks(dark, small.width) if mark.looks_like_print]
    outstanding = sum(contrast.histogram()[round(_STANDS_OUT * strongest) :])
    return PrintInk(*small.size, marks, stands_out=outstanding >= _FEW_CELLS)


def _contrast(small: Image.Image) -> Image.Image:
    """By how much each cell is darker than the ground around it."""
    ground = small.reduce(_GROUND_CELLS).filter(MaxFilter(3)).filter(BoxBlur(1))
    ground = ground.resize(small.size, Resampling.BILINEAR)
    return ImageChops.subtract(ground, small)


def _strongest(contrast: Image.Image) -> int:
    seen = 0
    for shade, count in enumerate(contrast.histogram()):
        seen += count
        if seen >= _STRONGEST * contrast.width * contrast.height:
            return shade
    return 0


def _marks(dark: bytes, width: int) -> Iterator[Mark]:
    """The groups of dark cells that touch each other, also at their corners."""
    left = bytearray(dark)
    height = len(dark) // width
    start = left.find(1)
    while start >= 0:
        left[start] = 0
        group, x0, x1, y0, y1, cells = [start], width, 0, height, 0, 0
        while group:
            cell = group.pop()
            y, x = divmod(cell, width)
            x0, x1, y0, y1, cells = min(x0, x), max(x1, x), min(y0, y), max(y1, y), cells + 1
            for row in range(max(0, y - 1), min(height, y + 2)):
                for beside in range(max(0, x - 1), min(width, x + 2)):
                    if left[row * width + beside]:
                        left[row * width + beside] = 0
                        group.append(row * width + beside)
        yield Mark(x0, y0, x1 + 1, y1 + 1, cells)
        start = left.find(1, start)
