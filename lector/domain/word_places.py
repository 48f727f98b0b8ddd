"""Where the words of a page's text stand on its image, as one compact object beside the text.

A text is Markdown, so a word is a span of it: two offsets in code points. Edges are kept in steps
of 1/16383 of the page. Each is written as its difference from where it is expected to be: words of
a line follow each other, and have the same height. What comes of that is compressed by deflate.
"""

import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from lector.runtime.failures import LectorError

MOST_WORDS = 100_000
"""A page with more is none."""
MOST_BYTES = 8 * 1024 * 1024
"""Of an object when it is no longer compressed."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom edge, in shares of the upright page, 0 to 1, from its top left."""

_STEPS = 16383
_VERSION = 1
_MOST_BOXES = 8
_LONGEST_OTHER = 200


class Agreement(StrEnum):
    """What a second reader says of a word."""

    SAME = "same"
    NEAR = "near"
    """It has another spelling of it."""
    ALONE = "alone"
    """It has no such word there."""


_AGREEMENTS = (None, *Agreement)


class InvalidPlaces(LectorError):
    """These bytes are no places of words."""


class PlacedWord(NamedTuple):
    """A word of a text, where it stands, and what a second reader says of it.

    `start` and `end` are offsets in the text. A word that is broken at the end of a line has two
    boxes; one whose place is not known has none. `other` is what the second reader has instead,
    where it differs; `confidence` is how sure an engine was of the word, 0 to 100.
    """

    start: int
    end: int
    boxes: tuple[Box, ...] = ()
    agreement: Agreement | None = None
    other: str = ""
    confidence: int | None = None


class MissingWord(NamedTuple):
    """A word that only the second reader has; `offset` is where it belongs in the text."""

    text: str
    box: Box
    offset: int
    confidence: int | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """The words of a text in its order, and those that it lacks in theirs."""

    words: tuple[PlacedWord, ...]
    missing: tuple[MissingWord, ...] = ()


def encode(places: Places) -> bytes:
    """Places as an object's bytes.

    Raises:
        ValueError: an edge or offset is no number, or words do not follow each other.

    """
    writer = _Writer()
    words, missing = places.words[:MOST_WORDS], places.missing[:MOST_WORDS]
    writer.numbers(len(words))
    at = 0
    for start, end, boxes, agreement, other, confidence in words:
        if start < at or end < start:
            raise ValueError("words of a text follow each other")
        flags = min(len(boxes), _MOST_BOXES) << 4 | _AGREEMENTS.index(agreement) << 2
        flags |= bool(other) << 1 | (confidence is not None)
        writer.numbers(start - at, end - start, flags)
        at = end
        writer.rest(boxes[:_MOST_BOXES], other, confidence)
    writer.numbers(len(missing))
    for text, box, offset, confidence in missing:
        writer.numbers(offset, bool(text) << 1 | (confidence is not None))
        writer.rest((box,), text, confidence)
    return bytes([_VERSION]) + zlib.compress(writer.written())


def decode(stored: bytes) -> Places:
    """Places from an object's bytes.

    Raises:
        InvalidPlaces: they are something else.

    """
    try:
        return _decode(_Reader(_inflate(stored)))
    except (IndexError, UnicodeDecodeError, ValueError, zlib.error) as error:
        raise InvalidPlaces("places of words that cannot be parsed") from error


def _inflate(stored: bytes) -> bytes:
    if stored[0] != _VERSION:
        raise ValueError("another version")
    inflater = zlib.decompressobj()
    written = inflater.decompress(stored[1:], MOST_BYTES)
    if not inflater.eof:
        raise ValueError("cut off, or too large")
    return written


def _decode(reader: "_Reader") -> Places:
    at, expected, words = 0, _Expected(), []
    for _ in range(reader.count(MOST_WORDS)):
        start = at + reader.number()
        at = start + reader.number()
        flags = reader.number()
        boxes = tuple(_boxes(reader, expected, reader.checked(flags >> 4, _MOST_BOXES)))
        other = reader.text() if flags & 2 else ""
        confidence = reader.checked(reader.number(), 100) if flags & 1 else None
        agreement = _AGREEMENTS[flags >> 2 & 3]
        words.append(PlacedWord(start, at, boxes, agreement, other, confidence))
    missing = []
    for _ in range(reader.count(MOST_WORDS)):
        offset, flags = reader.number(), reader.number()
        [box] = _boxes(reader, expected, 1)
        text = reader.text() if flags & 2 else ""
        confidence = reader.checked(reader.number(), 100) if flags & 1 else None
        missing.append(MissingWord(text, box, offset, confidence))
    return Places(tuple(words), tuple(missing))


class _Expected:
    """Where the next box is expected: behind the last one, on the same line, of the same height."""

    def __init__(self) -> None:
        self.right = self.top = self.height = 0

    def to_box(self, left: int, width: int, top: int, height: int) -> Box:
        left += self.right
        self.right, self.top, self.height = left + width, self.top + top, self.height + height
        edges = (left, self.top, self.right, self.top + self.height)
        if not all(0 <= edge <= _STEPS for edge in edges):
            raise ValueError("an edge outside the page")
        first, second, third, fourth = (round(edge / _STEPS, 5) for edge in edges)
        return first, second, third, fourth


class _Reader:
    def __init__(self, written: bytes) -> None:
        self._written = written
        self._at = 0

    def number(self) -> int:
        """A number from 0, seven bits to a byte, the lowest first (LEB128)."""
        number = shift = 0
        while True:
            byte = self._written[self._at]
            self._at += 1
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7
            if shift > 35:
                raise ValueError("a number that is too long")

    def signed(self) -> int:
        number = self.number()
        return number >> 1 if number & 1 == 0 else -(number >> 1) - 1

    def count(self, most: int) -> int:
        return self.checked(self.number(), most)

    @staticmethod
    def checked(number: int, most: int) -> int:
        if number > most:
            raise ValueError("a number that is too large")
        return number

    def text(self) -> str:
        length = self.count(4 * _LONGEST_OTHER)
        found = self._written[self._at : self._at + length]
        if len(found) < length:
            raise ValueError("cut off")
        self._at += length
        return found.decode()


def _boxes(reader: _Reader, expected: _Expected, count: int) -> Iterator[Box]:
    for _ in range(count):
        left, width, top, height = (
            reader.signed(),
            reader.number(),
            reader.signed(),
            reader.signed(),
        )
        yield expected.to_box(left, width, top, height)


class _Writer:
    """Puts together what `_Reader` takes apart.

    Each page has some thousands of these numbers, nearly all of them small.
    """

    def __init__(self) -> None:
        self._written = bytearray()
        self._numbers: list[int] = []
        self._right = self._top = self._height = 0

    def numbers(self, *numbers: int) -> None:
        """Numbers from 0."""
        self._numbers += numbers

    def rest(self, boxes: Iterable[Box], other: str, confidence: int | None) -> None:
        """What a word has beside its place in the text."""
        for box in boxes:
            self._box(box)
        if other:
            encoded = other[:_LONGEST_OTHER].encode()
            self._numbers.append(len(encoded))
            self.written()
            self._written += encoded
        if confidence is not None:
            self._numbers.append(max(0, min(100, confidence)))

    def _box(self, box: Box) -> None:
        """Its differences from where a box is expected: behind the last one, as `_Expected`."""
        left, top, right, bottom = [
            round(edge * _STEPS) if 0.0 <= edge <= 1.0 else _border(edge) for edge in box
        ]
        width = right - left if right > left else 0
        height = bottom - top if bottom > top else 0
        aside, down, taller = left - self._right, top - self._top, height - self._height
        self._right, self._top, self._height = left + width, top, height
        self._numbers += (
            aside << 1 if aside >= 0 else (-aside << 1) - 1,
            width,
            down << 1 if down >= 0 else (-down << 1) - 1,
            taller << 1 if taller >= 0 else (-taller << 1) - 1,
        )

    def written(self) -> bytes:
        """All of it so far, seven bits of a number to a byte."""
        append = self._written.append
        for number in self._numbers:
            left = number
            while left > 127:
                append(left & 127 | 128)
                left >>= 7
            append(left)
        self._numbers.clear()
        return bytes(self._written)


def _border(edge: float) -> int:
    """The border of the page that an edge lies beyond, in steps."""
    if math.isnan(edge):
        raise ValueError("an edge that is no number")
    return _STEPS if edge > 0 else 0
