"""Places of a person's words: those of the same words in the text that he has changed."""

from hypothesis import given
from hypothesis import strategies as st

from functions.upload.pages import kept_places
from lector.domain import word_places
from lector.domain.word_places import Agreement, Box, MissingWord, PlacedWord, Places

FIRST: Box = (0.1, 0.2, 0.2, 0.22)
SECOND: Box = (0.3, 0.2, 0.4, 0.22)
THIRD: Box = (0.1, 0.3, 0.2, 0.32)


def near(boxes: tuple[Box, ...], expected: tuple[Box, ...]) -> bool:
    pairs = [
        (a, b)
        for one, other in zip(boxes, expected, strict=True)
        for a, b in zip(one, other, strict=True)
    ]
    return all(abs(a - b) < 0.001 for a, b in pairs)


def kept(text: str, before: str, places: Places) -> dict[str, tuple[Box, ...]]:
    """The places of the words of a text, as they are read again."""
    stored = kept_places.keep(text, before, places)
    assert stored is not None
    return {text[word.start : word.end]: word.boxes for word in word_places.decode(stored).words}


def test_nothing_is_known_of_the_words_of_a_text_without_places() -> None:
    assert kept_places.keep("a text", "a test", None) is None


def test_a_word_that_is_corrected_has_the_place_of_the_one_that_it_replaces() -> None:
    places = Places((PlacedWord(0, 3, (FIRST,)), PlacedWord(4, 7, (SECOND,))))
    assert near(kept("the lamp", "the lmp", places)["lamp"], (SECOND,))


def test_nobody_is_said_to_speak_against_a_word_of_a_person() -> None:
    places = Places((PlacedWord(0, 4, (FIRST,), Agreement.NEAR, "1O42", 50),))
    stored = kept_places.keep("1042", "1O4Z", places)
    assert stored is not None
    [word] = word_places.decode(stored).words
    assert (word.agreement, word.other, word.confidence) == (None, "", None)


def test_a_word_that_only_the_second_reader_had_has_its_place_when_it_is_written() -> None:
    places = Places(
        (PlacedWord(0, 3, (FIRST,)), PlacedWord(4, 9, (THIRD,))), (MissingWord("oil", SECOND, 3),)
    )
    assert near(kept("the oil lamps", "the lamps", places)["oil"], (SECOND,))


def test_a_word_that_was_broken_at_the_end_of_a_line_keeps_both_its_places() -> None:
    places = Places((PlacedWord(0, 3, (FIRST,)), PlacedWord(4, 14, (SECOND, THIRD))))
    found = kept("das Dampfschiff", "dos Dampfschiff"[:14], places)
    assert len(found["Dampfschiff"]) == 2


@given(st.text(max_size=200), st.text(max_size=200), st.lists(st.integers(0, 50), max_size=20))
def test_whatever_is_written_its_places_can_be_stored(
    text: str, before: str, lengths: list[int]
) -> None:
    words, at = [], 0
    for length in lengths:
        end = min(len(before), at + length)
        words.append(PlacedWord(at, end, (FIRST,) * (length % 3)))
        at = end
    stored = kept_places.keep(text, before, Places(tuple(words), (MissingWord("oil", SECOND, 0),)))
    assert stored is not None
    assert all(word.end <= len(text) for word in word_places.decode(stored).words)
