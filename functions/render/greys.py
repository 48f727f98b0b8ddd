"""Pixels of any kind as grey ones, as a reader gets them."""

from typing import Any

from PIL import Image

from functions.render import pixels

_BYTES = {"1": 1, "L": 1, "P": 1, "LA": 4, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}
_TRANSPARENT = ("RGBA", "LA", "PA", "RGBa", "La")
_NEARLY_ALL = 0.9995
_DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")


def bytes_per_pixel(image: Image.Image) -> int:
    """How many bytes a pixel takes once it is decoded."""
    return _BYTES.get(image.mode, 4)


def is_nearly_one_colour(grey: Image.Image) -> bool:
    """Whether nothing is to be seen but what a decoder makes of noise before it gives up."""
    return max(grey.histogram()) >= _NEARLY_ALL * grey.width * grey.height


def to_grey(image: Image.Image) -> Image.Image:
    """An image in shades of grey: on white where it is transparent.

    Where that leaves nothing to see, as of white letters on nothing, or of colours that are equally
    light, it is made so that they differ.
    """
    if image.mode in _DEEP:
        return _from_deep(image)
    if image.mode in _TRANSPARENT or "transparency" in image.info:
        grey = _on(image, 255)
        return _on(image, 0) if pixels.is_one_colour(grey) else grey
    if image.mode == "LAB":
        return image.getchannel("L")
    grey = image.convert("L")
    if pixels.is_one_colour(grey) and image.mode not in ("1", "L"):
        return pixels.strongest_channel(image.convert("RGB"))
    return grey


def _on(image: Image.Image, lightness: int) -> Image.Image:
    picture = image.convert("RGBA")
    background = Image.new("L", picture.size, lightness)
    background.paste(picture.convert("L"), mask=picture.getchannel("A"))
    return background


def _from_deep(image: Image.Image) -> Image.Image:
    """Of 16 bits or more, or of fractions: from black, or what is darker, to the lightest."""
    whole = image if image.mode == "F" else image.convert("I")
    darkest, lightest = (float(edge) for edge in _extrema(whole))
    lowest = min(0.0, darkest)
    scale = 255 / (lightest - lowest) if lightest > lowest else 0.0
    return whole.point(lambda value: value * scale - lowest * scale).convert("L")


def _extrema(image: Image.Image) -> Any:
    return image.getextrema()
