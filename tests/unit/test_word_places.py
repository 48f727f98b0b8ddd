"""Places of words: what is written is read back, and hostile bytes are refused."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lector.domain import word_places
from lector.domain.word_places import (
    Agreement,
    Box,
    InvalidPlaces,
    MissingWord,
    PlacedWord,
    Places,
)

_STEP = 1 / 16383
_edges = some.floats(0, 1)
_confidences = some.none() | some.integers(0, 100)


@some.composite
def _boxes(draw: some.DrawFn) -> Box:
    left, right = sorted((draw(_edges), draw(_edges)))
    top, bottom = sorted((draw(_edges), draw(_edges)))
    return left, top, right, bottom


@some.composite
def _places(draw: some.DrawFn) -> Places:
    words: list[PlacedWord] = []
    at = 0
    for _ in range(draw(some.integers(0, 20))):
        start = at + draw(some.integers(0, 300))
        at = start + draw(some.integers(0, 300))
        words.append(
            PlacedWord(
                start,
                at,
                tuple(draw(some.lists(_boxes(), max_size=3))),
                draw(some.none() | some.sampled_from(Agreement)),
                draw(some.text(some.characters(codec="utf-8"), max_size=20)),
                draw(_confidences),
            )
        )
    missing = some.builds(
        MissingWord,
        some.text(some.characters(codec="utf-8"), max_size=20),
        _boxes(),
        some.integers(0, 10_000),
        _confidences,
    )
    return Places(tuple(words), tuple(draw(some.lists(missing, max_size=5))))


def _near(one: Box, other: Box) -> bool:
    return all(abs(a - b) <= _STEP for a, b in zip(one, other, strict=True))


@given(_places())
def test_places_are_read_back_as_they_were_written(places: Places) -> None:
    found = word_places.decode(word_places.encode(places))
    for before, after in zip(places.words, found.words, strict=True):
        assert (before.start, before.end, before.agreement) == (
            after.start,
            after.end,
            after.agreement,
        )
        assert (before.other, before.confidence) == (after.other, after.confidence)
        for box, other in zip(before.boxes, after.boxes, strict=True):
            assert _near(box, other)
    for lost, again in zip(places.missing, found.missing, strict=True):
        kept = again.text, again.offset, again.confidence
        assert (lost.text, lost.offset, lost.confidence) == kept
        assert _near(lost.box, again.box)


def test_a_page_of_500_words_takes_less_than_6_bytes_a_word() -> None:
    words, at = [], 0
    for n in range(500):
        length = 2 + n * 7 % 9
        line, column = divmod(n, 10)
        left, top = 0.1 + column * 0.08, 0.05 + line * 0.018
        # No two words of a line have quite the same edges in a scan.
        box = (left, top + n % 3 * 1e-4, left + length * 0.007, top + 0.012 - n % 4 * 1e-4)
        words.append(PlacedWord(at, at + length, (box,), Agreement.SAME, confidence=80 + n % 19))
        at += length + 1
    assert len(word_places.encode(Places(tuple(words)))) < 6 * 500


def test_an_edge_outside_the_page_is_at_its_border() -> None:
    word = PlacedWord(0, 3, ((-0.5, 0.2, 1.5, 0.3),))
    [found] = word_places.decode(word_places.encode(Places((word,)))).words
    assert _near(found.boxes[0], (0.0, 0.2, 1.0, 0.3))


def test_an_edge_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no number"):
        word_places.encode(Places((PlacedWord(0, 3, ((0.1, float("nan"), 0.2, 0.3),)),)))


def test_words_that_do_not_follow_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="follow each other"):
        word_places.encode(Places((PlacedWord(5, 8), PlacedWord(0, 3))))


@given(some.binary(max_size=200), some.booleans())
def test_other_bytes_are_refused(stored: bytes, compressed: bool) -> None:  # noqa: FBT001
    with pytest.raises(InvalidPlaces):
        word_places.decode(b"\x01" + zlib.compress(b"\xff" + stored) if compressed else stored)


def test_an_object_that_grows_endlessly_when_it_is_decompressed_is_refused() -> None:
    bomb = b"\x01" + zlib.compress(bytes(word_places.MOST_BYTES + 1))
    with pytest.raises(InvalidPlaces):
        word_places.decode(bomb)
