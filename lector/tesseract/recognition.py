"""One reading of an image by Tesseract: its text, and each word's place and confidence."""

import ctypes
import io
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import tesserocr
from PIL import Image, UnidentifiedImageError
from tesserocr import OEM, PSM, RIL, WritingDirection

from lector.domain import language_data
from lector.tesseract import greek, spanish

Word = tuple[str, float, float, float, float, float]

ENGINE = f"tesseract-{tesserocr.tesseract_version().split()[1]}"
_DIGITS = 5  # a tenth of a pixel on an image of 10,000
# Tesseract looks at its time limit only after the layout, which takes up to 0.25 s a megapixel.
_MOST_PIXELS = 64_000_000
_LONGEST_LIMIT_MS = 2**31 - 1
_MOST_ENGINES = 4
"""For each thread; an engine holds the data of its languages, some 20 to 60 MB."""
_IN_NUMBERS = "0123456789.,:/-+%€$£()'"
_local = threading.local()
T = TypeVar("T")


class BadImage(ValueError):
    """There is no image that can be read; the message says what is wrong."""


class ReadingTimedOut(Exception):
    """A page takes longer than any may; the message names the limit and how to raise it."""


@dataclass(frozen=True)
class Recognised:
    """What one reading found.

    `words` are [word, left, top, right, bottom, confidence] each, in the order of the text: edges
    in shares of the image's width and height, 0 to 1, from its top left corner, and the
    confidence, 0 to 100. `confidence` is their mean, weighted by length, None where there are none.
    `turned_degrees` is by how much most of the words stand turned clockwise: 0, 90, 180 or 270;
    words that stand one below the other, as Chinese and Japanese may, count as turned by 90.
    """

    text: str
    words: list[Word]
    confidence: float | None
    turned_degrees: int


@dataclass(frozen=True)
class Orientation:
    """By how much an image is turned clockwise (0, 90, 180, 270), its script, how sure both are.

    The script is as Tesseract calls it, such as Latin. What is below 1.5 may be anything.
    """

    turned_degrees: int = 0
    sureness: float = 0.0
    script: str = ""
    script_sureness: float = 0.0


@dataclass(frozen=True)
class Way:
    """How ink is told from paper, and whether a page is one block, whose lines run across it."""

    thresholding: int = 0
    one_block: bool = False


USUAL = Way()
_SAUVOLA = 2
FINER = Way(_SAUVOLA)
"""With the ground of each place in view: faint print, and print in a shadow, is not lost."""
ONE_BLOCK = Way(_SAUVOLA, one_block=True)


class Clock:
    """The time that reading a page may take, all its readings together."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._until = time.monotonic() + limit_s

    def left_ms(self) -> int:
        """The milliseconds that are left, at least one."""
        left_s = self._until - time.monotonic()
        return max(1, min(int(left_s * 1000), _LONGEST_LIMIT_MS))

    def timed_out(self) -> ReadingTimedOut:
        """What to raise when they have passed."""
        return ReadingTimedOut(
            f"reading the page took longer than {self._limit_s:g} s; READING_LIMIT_S of the reader"
            " raises the limit"
        )


def decode(image: bytes) -> Image.Image:
    """An image file as shades of grey, transparent parts white.

    Raises:
        BadImage: it is no image, or one that is too large.

    """
    try:
        decoded: Image.Image = Image.open(io.BytesIO(image))
        if decoded.width * decoded.height > _MOST_PIXELS:
            raise BadImage(f"the image has more than {_MOST_PIXELS // 1_000_000} megapixels")
        decoded.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError):
        raise BadImage("the image_url must be a data URL with an image in base64") from None
    if decoded.has_transparency_data:
        coloured = decoded.convert("RGBA")
        decoded = Image.alpha_composite(Image.new("RGBA", decoded.size, "white"), coloured)
    if decoded.mode.startswith("I"):  # of 16 bits: `convert` would cut them off
        decoded = decoded.convert("I").point(lambda value: value / 256)
    return decoded.convert("L")


def recognise(
    image: Image.Image, languages: Sequence[str], clock: Clock, way: Way = USUAL
) -> Recognised:
    """Read an image in these languages (Tesseract's codes), usually column after column.

    Raises:
        ReadingTimedOut: the time has passed. Finding the layout of a large page may exceed it.

    """
    found = _with_engine("+".join(languages), image, lambda api: _read(api, image, clock, way))
    texts = [found.text, *(word[0] for word in found.words)]
    if list(languages) == ["spa"]:  # English has linguists
        texts = [spanish.restore_letters(text) for text in texts]
    elif "ell" in languages:
        texts = greek.restore_letters(texts)
    else:
        return found
    words = [(text, *word[1:]) for text, word in zip(texts[1:], found.words, strict=True)]
    return replace(found, text=texts[0], words=words)


def read_number(image: Image.Image, clock: Clock) -> tuple[str, float]:
    """What an image of one number says, and how sure that is, 0 to 100; empty and 0 if nothing.

    Whatever it shows is taken for digits, and for signs that stand beside them. English data reads
    them as well as that of other languages, and three times as fast.

    Raises:
        ReadingTimedOut: the time has passed.

    """
    return _with_engine(language_data.ENGLISH, image, lambda api: _read_number(api, clock))


def detect_orientation(image: Image.Image) -> Orientation:
    """How an image stands, and its script, as far as Tesseract can tell from its shapes."""
    name = language_data.ORIENTATION
    found = _with_engine(name, image, lambda api: api.DetectOrientationScript())
    if not found:  # it has too few letters
        return Orientation()
    return Orientation(
        int(found["orient_deg"]),
        float(found["orient_conf"]),
        str(found["script_name"]),
        float(found["script_conf"]),
    )


def _with_engine(languages: str, image: Image.Image, use: Callable[[Any], T]) -> T:
    engines: OrderedDict[str, Any] = _local.__dict__.setdefault("engines", OrderedDict())
    api = engines.get(languages) or _start_engine(languages)
    engines[languages] = api
    engines.move_to_end(languages)
    if len(engines) > _MOST_ENGINES:
        engines.popitem(last=False)[1].End()
    try:
        api.SetImage(image)
        return use(api)
    finally:
        api.Clear()


def end_engines() -> None:
    """End the engines of this thread, and give the memory of their data back to the system."""
    engines: OrderedDict[str, Any] = _local.__dict__.pop("engines", OrderedDict())
    for api in engines.values():
        api.End()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc
    if trim is not None:
        trim(0)


def _start_engine(languages: str) -> Any:
    folder = language_data.folder_of(languages.split("+"))
    if languages == language_data.ORIENTATION:
        return tesserocr.PyTessBaseAPI(path=folder, lang=languages, psm=PSM.OSD_ONLY)
    return tesserocr.PyTessBaseAPI(path=folder, lang=languages, oem=OEM.LSTM_ONLY)


def _read(api: Any, image: Image.Image, clock: Clock, way: Way) -> Recognised:
    api.SetVariable("thresholding_method", str(way.thresholding))
    api.SetPageSegMode(PSM.SINGLE_BLOCK if way.one_block else PSM.AUTO)
    limit_ms = clock.left_ms()
    began = time.monotonic()
    if not api.Recognize(limit_ms):
        if time.monotonic() - began < limit_ms / 1000:
            raise RuntimeError("Tesseract failed to read the image")
        raise clock.timed_out()
    text = str(api.GetUTF8Text()).strip()
    found = list(_iterate_words(api.GetIterator(), image)) if text else []
    words = [word for word, _ in found]
    letters = sum(len(word[0]) for word in words)
    sides: Counter[int] = Counter()
    for word, degrees in found:
        sides[degrees] += len(word[0])
    return Recognised(
        text=text,
        words=words,
        confidence=round(sum(len(w[0]) * w[5] for w in words) / letters, 1) if letters else None,
        turned_degrees=max(sides, key=lambda degrees: sides[degrees], default=0),
    )


def _read_number(api: Any, clock: Clock) -> tuple[str, float]:
    api.SetVariable("thresholding_method", str(USUAL.thresholding))
    api.SetPageSegMode(PSM.SINGLE_LINE)
    api.SetVariable("tessedit_char_whitelist", _IN_NUMBERS)
    try:
        if not api.Recognize(clock.left_ms()):
            raise clock.timed_out()
        text = "".join(str(api.GetUTF8Text()).split())
        return text, float(min(api.AllWordConfidences(), default=0)) if text else 0.0
    finally:
        api.SetVariable("tessedit_char_whitelist", "")


def _iterate_words(results: Any, image: Image.Image) -> Iterator[tuple[Word, int]]:
    """The recognised words of an image, and by how much each stands turned clockwise."""
    for word in tesserocr.iterate_level(results, RIL.WORD):
        # A picture or a ruled line is visited as one word, too, which is a space or is empty.
        text = "" if word.Empty(RIL.WORD) else word.GetUTF8Text(RIL.WORD).strip()
        if text:
            sides = zip(word.BoundingBox(RIL.WORD), image.size * 2, strict=True)
            left, top, right, bottom = (round(edge / side, _DIGITS) for edge, side in sides)
            confidence = round(word.Confidence(RIL.WORD), 1)
            yield (text, left, top, right, bottom, confidence), _turned_degrees(word)


def _turned_degrees(word: Any) -> int:
    """By how much a word stands turned clockwise: Tesseract takes sideways text for vertical."""
    page_side, direction, _, _ = word.Orientation()
    is_vertical = direction == WritingDirection.TOP_TO_BOTTOM
    return 90 if is_vertical else 90 * int(page_side)
