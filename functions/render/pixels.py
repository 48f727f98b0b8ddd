"""The image of a page that was drawn: whether there is ink on it, and whether grey shows it."""

import io
from collections.abc import Callable
from typing import cast

import pymupdf
from PIL import Image, ImageChops

_EDGE_PX = 2  # of a filled box, where it is mixed with what lies around it

Draw = Callable[[pymupdf.Colorspace], pymupdf.Pixmap]


def draw_grey(draw: Draw) -> Image.Image:
    """A page in grey; colours that are as light as one another are told apart all the same."""
    grey = to_image(draw(pymupdf.csGRAY))
    return grey if not is_one_colour(grey) else strongest_channel(to_image(draw(pymupdf.csRGB)))


def to_image(pixmap: pymupdf.Pixmap) -> Image.Image:
    """A pixmap as Pillow has it."""
    mode = "L" if pixmap.n == 1 else "RGB"
    return Image.frombytes(mode, (pixmap.width, pixmap.height), pixmap.samples)


def strongest_channel(colour: Image.Image) -> Image.Image:
    """Of red, green and blue, the one in which the most can be seen, as a grey image."""
    return max(colour.split(), key=_contrast)


def is_one_colour(grey: Image.Image) -> bool:
    """Whether all pixels are alike."""
    return _contrast(grey) == 0


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


def encode_jpeg(grey: Image.Image, quality: int) -> bytes:
    """A grey image as a JPEG."""
    jpeg = io.BytesIO()
    grey.save(jpeg, "JPEG", quality=quality)
    return jpeg.getvalue()


def _contrast(grey: Image.Image) -> float:
    darkest, lightest = cast("tuple[float, float]", grey.getextrema())
    return lightest - darkest
