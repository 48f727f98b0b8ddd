"""Places of a page's words: as they are stored, or found in the text by the words of before."""

import logging

import pytest

from functions.upload.pages.page_places import places_of
from lector.domain import word_places
from lector.domain.word_places import Agreement, MissingWord, PlacedWord, Places

BOX = (0.1, 0.2, 0.3, 0.4)
TEXT = "the lamps, the wick"


def test_stored_places_are_those_of_the_text() -> None:
    word = PlacedWord(4, 9, (BOX,), Agreement.NEAR, "lamp", 81)
    stored = word_places.encode(Places((word,), (MissingWord("oil", BOX, 19),)))
    places = places_of(TEXT, stored, None)
    assert places is not None
    assert (places.words[0].start, places.words[0].other) == (4, "lamp")
    assert places.missing[0].offset == 19


def test_stored_places_go_before_the_words_of_before() -> None:
    places = places_of(TEXT, word_places.encode(Places(())), [["the", *BOX]])
    assert places == Places(())


def test_words_of_before_are_found_in_the_text_in_their_order() -> None:
    words = [["the", *BOX], ["the", 0.5, *BOX[1:]], ["wick", *BOX]]
    places = places_of(TEXT, None, words)
    assert places is not None
    spans = [(TEXT[word.start : word.end], word.start) for word in places.words if word.boxes]
    assert spans == [("the", 0), ("the", 11), ("wick", 15)]
    assert {word.agreement for word in places.words} == {None}


def test_words_of_before_say_nothing_of_what_a_second_reader_has() -> None:
    places = places_of(TEXT, None, [["the", *BOX], ["oil", *BOX]])
    assert places is not None
    assert places.missing == ()
    assert {(word.agreement, word.other) for word in places.words} == {(None, "")}


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (TEXT, b""),
        (TEXT, b"\x01 no deflate"),
        ("short", word_places.encode(Places((PlacedWord(4, 9, (BOX,)),)))),
        ("short", word_places.encode(Places((), (MissingWord("oil", BOX, 6),)))),
    ],
    ids=["empty", "damaged", "words of another text", "missing words of another text"],
)
def test_damaged_places_are_left_out_with_a_line_in_the_log(
    text: str, stored: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert places_of(text, stored, None) is None
    assert "places of words left out" in caplog.text


@pytest.mark.parametrize("words", [["no"], [["far", 0, 0, 7, 1]], [["x", 0, 0, None, 1]]])
def test_damaged_words_of_before_are_left_out(words: list[object]) -> None:
    assert places_of("x", None, words) is None


def test_a_page_that_tells_no_places_has_none() -> None:
    assert places_of(TEXT, None, None) is None
    assert places_of(None, word_places.encode(Places(())), None) is None
