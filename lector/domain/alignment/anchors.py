"""The words of an anchor, each with its place, in the form in which they are compared."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from lector.domain.alignment import units
from lector.domain.word_places import Box

LONGEST_WORD = 400
"""What a word has behind so many characters is not looked at."""
_HYPHENS = ("-", "\u2010", "\u2011", "\u00ad")
_WIDE, _NARROW = 1.5, 0.5
"""Of a letter's usual width."""
_WIDE_LETTERS, _NARROW_LETTERS = frozenset("mwMW@—…%"), frozenset("iljtfrI1.,:;'|!()[] -’")


class AnchorWord(NamedTuple):
    """A word that an independent reader sees, where, and how sure it is of it, 0 to 100.

    One whose box is no four numbers is none; a box that leaves the page ends at its edge.
    """

    text: str
    box: Box
    confidence: float | None = None


class Piece(NamedTuple):
    """A part of a word, of so many characters, on one line."""

    box: Box
    length: int


class AnchorUnit(NamedTuple):
    """A word, whole, with its pieces: two where it is broken at the end of a line."""

    key: str
    text: str
    pieces: tuple[Piece, ...]
    confidence: float | None


def units_of(anchor: Sequence[AnchorWord]) -> list[AnchorUnit]:
    """The words of an anchor in its order."""
    found: list[AnchorUnit] = []
    hyphenated = False
    for word in anchor:
        box = on_page(word.box)
        text = word.text[:LONGEST_WORD]
        if box is None:
            continue
        sure = word.confidence
        sure = sure if sure is not None and math.isfinite(sure) else None
        joins = hyphenated and text[:1].islower()
        parts = tuple(units.within(text))
        for start, end, key in parts:
            part = box if len(parts) == 1 else slice_box(box, text, start, end)
            unit = AnchorUnit(key, text[start:end], (Piece(part, len(key)),), sure)
            if joins:
                unit, joins = _join(found.pop(), unit), False
            found.append(unit)
        if len(found) >= units.MOST_UNITS:
            return found[: units.MOST_UNITS]
        hyphenated = bool(found) and text.endswith(_HYPHENS) and text[-2:-1].isalpha()
    return found


def slice_box(box: Box, text: str, start: int, end: int) -> Box:
    """The part of a word's box in which its characters from `start` to `end` stand."""
    weights = [_weight(char) for char in text]
    total = sum(weights) or 1.0
    begin, stop = sum(weights[:start]) / total, sum(weights[:end]) / total
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    if len(text) > 1 and height > width * len(text) / 2:  # it is written downwards
        return left, top + height * begin, right, top + height * stop
    if _is_leftwards(text):
        begin, stop = 1 - stop, 1 - begin
    return left + width * begin, top, left + width * stop, bottom


def _join(head: AnchorUnit, tail: AnchorUnit) -> AnchorUnit:
    sure = [c for c in (head.confidence, tail.confidence) if c is not None]
    return AnchorUnit(
        head.key + tail.key,
        head.text.rstrip("".join(_HYPHENS)) + tail.text,
        head.pieces + tail.pieces,
        min(sure, default=None),
    )


def on_page(box: Sequence[float]) -> Box | None:
    """A box within the page; None if it is none."""
    if len(box) != 4:
        return None
    left, top, right, bottom = box
    if 0.0 <= left <= right <= 1.0 and 0.0 <= top <= bottom <= 1.0:
        return float(left), float(top), float(right), float(bottom)
    if not all(math.isfinite(edge) for edge in box):
        return None
    left, top, right, bottom = (max(0.0, min(1.0, float(edge))) for edge in box)
    return min(left, right), min(top, bottom), max(left, right), max(top, bottom)


def percent(confidence: float) -> int:
    """How sure a reader is of a word, in whole percent."""
    return max(0, min(100, round(confidence)))


def _weight(char: str) -> float:
    if char in _NARROW_LETTERS:
        return _NARROW
    return _WIDE if char in _WIDE_LETTERS else 1.0


def _is_leftwards(text: str) -> bool:
    return any("\u0590" <= char <= "\u08ff" or "\ufb1d" <= char <= "\ufefc" for char in text)
