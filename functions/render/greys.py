"""Pixels of any kind as grey ones, as a reader gets them."""

import math
from typing import Any

from PIL import Image

from functions.render import pixels

_BYTES = {"1": 1, "L": 1, "P": 1, "LA": 4, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}
_TRANSPARENT = ("RGBA", "LA", "PA", "RGBa", "La")
_NOT_MULTIPLIED = {"RGBa": "RGBA", "La": "LA"}
_NEARLY_ALL = 0.9995
_DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_BLACK, _GREY, _WHITE = 0, 128, 255
_PAPER = 200  # how light the paper is made where a few pixels are far lighter


def bytes_per_pixel(image: Image.Image) -> int:
    """How many bytes a pixel takes once it is decoded."""
    return _BYTES.get(image.mode, 4)


def is_nearly_one_colour(grey: Image.Image) -> bool:
    """Whether nothing is to be seen but what a decoder makes of noise before it gives up."""
    return max(grey.histogram()) >= _NEARLY_ALL * grey.width * grey.height


def to_grey(image: Image.Image) -> Image.Image:
    """An image in shades of grey: on white where it is transparent.

    Where that hides much of it, as white letters on nothing, or colours that are equally light, it
    is made so that they differ.

    Raises:
        ValueError: its pixels are no numbers.

    """
    if image.mode in _DEEP:
        return _from_deep(image)
    if image.mode in _TRANSPARENT or "transparency" in image.info:
        return _on_a_background(image)
    if image.mode == "LAB":
        return image.getchannel("L")
    grey = image.convert("L")
    if image.mode not in ("1", "L") and pixels.is_flat(grey):
        return pixels.clearest(grey, *image.convert("RGB").split())
    return grey


def to_colours(image: Image.Image) -> Image.Image:
    """An image in its colours, on white where it is transparent; in grey where that shows more."""
    grey = to_grey(image)
    if image.mode in (*_DEEP, "1", "L", "LAB"):
        return grey
    if image.mode in _NOT_MULTIPLIED:
        image = image.convert(_NOT_MULTIPLIED[image.mode])
    colours = image.convert("RGB")
    if image.mode in _TRANSPARENT or "transparency" in image.info:
        picture = image.convert("RGBA")
        mask = picture.getchannel("A")
        if pixels.extrema(mask) != (0, 0):
            colours = Image.new("RGB", image.size, "white")
            colours.paste(picture.convert("RGB"), mask=mask)
    return grey if pixels.is_flat(colours.convert("L")) else colours


def _on_a_background(image: Image.Image) -> Image.Image:
    if image.mode in _NOT_MULTIPLIED:
        image = image.convert(_NOT_MULTIPLIED[image.mode])
    picture = image.convert("RGBA")
    mask = picture.getchannel("A")
    least, most = pixels.extrema(mask)
    if least == most and most in (0, 255):
        # Opaque; or all of it is transparent, as in files whose fourth channel nobody filled in.
        return to_grey(picture.convert("RGB"))
    grey = picture.convert("L")

    def on(lightness: int) -> Image.Image:
        background = Image.new("L", picture.size, lightness)
        background.paste(grey, mask=mask)
        return background

    return pixels.clearest(on(_WHITE), on(_BLACK), on(_GREY))


def _from_deep(image: Image.Image) -> Image.Image:
    """Of 16 bits or more, or of fractions: from black, or what is darker, to the lightest."""
    whole: Any = image if image.mode == "F" else image.convert("I")
    darkest, lightest = (float(edge) for edge in pixels.extrema(whole))
    if not math.isfinite(darkest + lightest):
        raise ValueError("some of its pixels are no numbers")
    lowest = min(0.0, darkest)
    if lightest == lowest:
        return Image.new("L", image.size, 0)

    def scaled(most: float) -> Image.Image:
        scale = most / (lightest - lowest)
        grey: Image.Image = whole.point(lambda value: value * scale - lowest * scale).convert("L")
        return grey

    grey = scaled(255)
    paper = pixels.level(grey.histogram(), _NEARLY_ALL)
    # Else a few pixels that are far too light would leave all others dark.
    return scaled(255 * _PAPER / paper) if 0 < paper < _GREY else grey
