"""Where the words of a page's text stand on its image, as one compact object beside the text.

A text is Markdown, so a word is a span of it: two offsets in code points. Edges are kept in steps
of 1/16383 of the page. Each is written as its difference from where it is expected to be: words of
a line follow each other, and have the same height. What comes of that is compressed by deflate.
"""

import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class PlacedWord:
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


@dataclass(frozen=True, slots=True)
class MissingWord:
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
    written = bytearray()
    words, missing = places.words[:MOST_WORDS], places.missing[:MOST_WORDS]
    _write(written, len(words))
    at, expected = 0, _Expected()
    for word in words:
        if word.start < at or word.end < word.start:
            raise ValueError("words of a text follow each other")
        _write(written, word.start - at)
        _write(written, word.end - word.start)
        at = word.end
        boxes = word.boxes[:_MOST_BOXES]
        flags = len(boxes) << 4 | _AGREEMENTS.index(word.agreement) << 2
        _write(written, flags | bool(word.other) << 1 | (word.confidence is not None))
        _write_rest(written, expected, boxes, word.other, word.confidence)
    _write(written, len(missing))
    for lost in missing:
        _write(written, lost.offset)
        _write(written, bool(lost.text) << 1 | (lost.confidence is not None))
        _write_rest(written, expected, (lost.box,), lost.text, lost.confidence)
    return bytes([_VERSION]) + zlib.compress(bytes(written), 9)


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

    def to_differences(self, box: Box) -> tuple[int, int, int, int]:
        left, top, right, bottom = (_step(edge) for edge in box)
        right, bottom = max(left, right), max(top, bottom)
        found = (left - self.right, right - left, top - self.top, bottom - top - self.height)
        self.right, self.top, self.height = right, top, bottom - top
        return found

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


def _write_rest(
    written: bytearray,
    expected: _Expected,
    boxes: Sequence[Box],
    other: str,
    confidence: int | None,
) -> None:
    for box in boxes:
        left, width, top, height = expected.to_differences(box)
        _write_all(written, (_zigzag(left), width, _zigzag(top), _zigzag(height)))
    if other:
        encoded = other[:_LONGEST_OTHER].encode()
        _write(written, len(encoded))
        written += encoded
    if confidence is not None:
        _write(written, max(0, min(100, confidence)))


def _write_all(written: bytearray, numbers: Iterable[int]) -> None:
    for number in numbers:
        _write(written, number)


def _write(written: bytearray, number: int) -> None:
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    written.append(number)


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def _step(edge: float) -> int:
    """An edge in whole steps; one outside the page is at its border."""
    if math.isnan(edge):
        raise ValueError("an edge that is no number")
    return round(max(0.0, min(1.0, edge)) * _STEPS)
