"""The image of a page that was drawn: whether there is ink on it, and whether grey shows it."""

import io
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import cast

import pymupdf
from PIL import Image, ImageChops, ImageFilter

from lector.runtime import settings

_EDGE_PX = 2  # of a filled box, where it is mixed with what lies around it
# A page is flat if all pixels but a few are about as light as one another.
_FLAT, _FEW = 40, 0.002
_EACH_ROW = 16  # of those is looked at first
_VISIBLE_EDGE, _MUCH_CLEARER = 48, 1.5
_ENOUGH_PX = 1200  # of a side, to compare images
_PNG_EFFORT = 1  # more takes three times as long, for a tenth less

Draw = Callable[[pymupdf.Colorspace], pymupdf.Pixmap]


def draw_grey(draw: Draw) -> Image.Image:
    """A page in grey; colours that are as light as one another are told apart all the same."""
    grey = to_image(draw(pymupdf.csGRAY))
    return clearest(grey, *to_image(draw(pymupdf.csRGB)).split()) if is_flat(grey) else grey


def to_image(pixmap: pymupdf.Pixmap) -> Image.Image:
    """A pixmap as Pillow has it."""
    mode = "L" if pixmap.n == 1 else "RGB"
    return Image.frombytes(mode, (pixmap.width, pixmap.height), pixmap.samples_mv)


def clearest(first: Image.Image, *others: Image.Image) -> Image.Image:
    """Of several grey images of one page, that in which the most is seen: the first if in doubt."""
    best = max(others, key=lambda other: (_visible_edges(other), _range(other)))
    clearer = _visible_edges(best) > _MUCH_CLEARER * _visible_edges(first)
    return best if clearer or is_one_colour(first) else first


def is_one_colour(grey: Image.Image) -> bool:
    """Whether all pixels are alike."""
    return _range(grey) == 0


def is_flat(grey: Image.Image) -> bool:
    """Whether nearly all pixels are about as light as one another, and a colour may be hidden.

    On plain white or black none is: no other colour is as light, or as dark.
    """
    if _has_contrast(grey):
        return False
    levels = grey.histogram()
    low, high = level(levels, _FEW), level(levels, 1 - _FEW)
    if low == high in (0, 255):
        return is_one_colour(grey)
    return high - low < _FLAT


def _has_contrast(grey: Image.Image) -> bool:
    """Whether some of the rows alone have enough dark and enough light pixels for the whole image.

    Counting all of them takes longer than drawing a page does.
    """
    rows = grey.height // _EACH_ROW
    if not rows:
        return False
    some = grey.resize(
        (grey.width, rows), Image.Resampling.NEAREST, (0, 0, grey.width, rows * _EACH_ROW)
    )
    levels, few = some.histogram(), _FEW * grey.width * grey.height
    low, high = level(levels, few / sum(levels)), 255 - level(levels[::-1], few / sum(levels))
    return high - low >= _FLAT


def is_without_ink(grey: Image.Image) -> bool:
    """Whether there is nothing, or one filled box: what is drawn for an image without its data."""
    background = Image.new(grey.mode, grey.size, grey.getpixel((0, 0)))
    box = ImageChops.difference(grey, background).getbbox()
    if box is None:
        return True
    left, top, right, bottom = box
    if right - left <= 2 * _EDGE_PX or bottom - top <= 2 * _EDGE_PX:
        return False
    inside = (left + _EDGE_PX, top + _EDGE_PX, right - _EDGE_PX, bottom - _EDGE_PX)
    return is_one_colour(grey.crop(inside))


def level(levels: Sequence[int], share: float) -> int:
    """The level up to which such a share lies of the pixels that are counted by their level."""
    passed = list(accumulate(levels))
    return min(bisect_right(passed, share * passed[-1]), len(levels) - 1)


def extrema(image: Image.Image) -> tuple[float, float]:
    """The darkest and the lightest value of an image that has one channel."""
    return cast("tuple[float, float]", image.getextrema())


def encode(image: Image.Image, config: settings.Rendering) -> bytes:
    """An image, grey or in colour, as a file."""
    encoded = io.BytesIO()
    if config.render_format == "png":
        image.save(encoded, "PNG", compress_level=_PNG_EFFORT)
    else:
        image.save(encoded, "JPEG", quality=config.render_jpeg_quality)
    return encoded.getvalue()


def _visible_edges(grey: Image.Image) -> int:
    """On how many pixels there is an edge that can be seen."""
    smaller = grey.reduce(max(1, max(grey.size) // _ENOUGH_PX))
    edges = smaller.filter(ImageFilter.FIND_EDGES)
    # The filter leaves the outermost pixels as they were.
    inner = edges.crop((1, 1, max(2, edges.width - 1), max(2, edges.height - 1)))
    return sum(inner.histogram()[_VISIBLE_EDGE:])


def _range(grey: Image.Image) -> float:
    darkest, lightest = extrema(grey)
    return lightest - darkest
