"""Images of pages that are printed by numbered lines, so that a piece shows which lines it holds.

A line is a row of dark bars, as words are; `lines` of a page says where each one lies. No font is
needed, and nothing is read: what a piece holds whole is what lies within it.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from PIL import Image, ImageChops, ImageDraw

Box = tuple[int, int, int, int]

_WORD_GAP, _LINE_PX = 10, 14


@dataclass
class Printed:
    """A page under way: its image, and the places of its lines in reading order."""

    width: int
    height: int
    paper: int = 255
    ink: int = 0
    lines: list[Box] = field(default_factory=list)
    image: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("L", (self.width, self.height), self.paper)
        self._draw = ImageDraw.Draw(self.image)
        self._chance = Random(self.width * 31 + self.height)

    def line(self, left: int, top: int, width: int, height: int = _LINE_PX) -> None:
        """A line of words, about that wide."""
        at = left
        while at < left + width:
            end = min(left + width, at + self._chance.randint(2, 9) * height // 2)
            for stroke in range(at, end - 2, 5):
                self._draw.rectangle((stroke, top, stroke + 1, top + height - 1), fill=self.ink)
            at = end + _WORD_GAP
        self.lines.append((left, top, left + width, top + height))

    def text(self, left: int, top: int, width: int, bottom: int, pitch: int = 24) -> None:
        """Paragraphs: lines of nearly this width, each eighth one shorter and followed by space."""
        count = 0
        while top + _LINE_PX <= bottom:
            count += 1
            last = count % 8 == 0
            share = 0.45 if last else self._chance.uniform(0.9, 1.0)
            self.line(left, top, int(width * share))
            top += pitch * 2 if last else pitch

    def rule(self, box: Box) -> None:
        """A black line, or a black area."""
        self._draw.rectangle(box, fill=self.ink)

    def grain(self, most: int = 40) -> None:
        """Noise, as scanners make it: every pixel a little darker."""
        noise = Image.frombytes("L", self.image.size, Random(7).randbytes(self.width * self.height))
        self.image = ImageChops.subtract(
            self.image, noise.point([n * most // 255 for n in range(256)])
        )
        self._draw = ImageDraw.Draw(self.image)

    def jpeg(self, quality: int = 90) -> bytes:
        """The page as a JPEG."""
        target = io.BytesIO()
        self.image.save(target, "JPEG", quality=quality)
        return target.getvalue()


def receipt(width: int, height: int) -> Printed:
    """Items at the left, prices at the right."""
    page = Printed(width, height)
    for n, top in enumerate(range(40, height - 40, 26)):
        page.line(20, top, width // 3 + n * 37 % (width // 4))
        page.lines.pop()
        page.line(width - 110, top, 90)
        page.lines[-1] = (20, top, width - 20, top + _LINE_PX)
    return page


def columns(width: int, height: int, count: int, *, headline: bool = False) -> Printed:
    """Columns of text, below a headline or not."""
    page = Printed(width, height)
    top = 60
    if headline:
        page.line(60, top, width - 120, 60)
        top += 140
    each = (width - 120 + 50) // count
    for n in range(count):
        page.text(60 + n * each, top, each - 50, height - 60)
    return page


def whole_lines(lines: Sequence[Box], box: Sequence[float]) -> list[int]:
    """The numbers of the lines that lie within a box as wholes."""
    return [
        number
        for number, (left, top, right, bottom) in enumerate(lines)
        if box[0] <= left and box[1] <= top and right <= box[2] and bottom <= box[3]
    ]
