"""Where the words that a reader tells itself stand in its text."""

import pytest

from functions.llm import placing
from lector.domain import word_places
from tests.support.cpu_time import timed

BOX = (0.1, 0.2, 0.3, 0.4)


def spans(text: str, words: list[str]) -> list[str]:
    return [text[word.start : word.end] for word in placing.place(text, told(words)).words]


def told(words: list[str]) -> list[list[object]]:
    return [[word, *BOX] for word in words]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The lamp was lit.", ["The", "lamp", "was", "lit."]),
        ("# A lamp\n\n| a | b |\n|---|---|\n| table | a |", ["A", "lamp", "a", "b", "table", "a"]),
        ("die Lampe, die", ["die", "Lampe,", "die"]),
        ("灯火和灯", ["灯", "火", "和", "灯"]),
    ],
    ids=["a line", "a table", "a word twice", "without spaces"],
)
def test_words_stand_in_the_text_one_behind_the_other(text: str, words: list[str]) -> None:
    assert spans(text, words) == words


def test_a_word_that_the_text_lacks_takes_no_other_ones_place() -> None:
    words = ["one", "a", *(f"word{n}" for n in range(60)), "table"]
    text = " ".join(word for word in words if word != "a")
    assert spans(text, words) == [word for word in words if word != "a"]


def test_a_word_stands_where_it_is_also_where_its_reader_tells_of_no_other() -> None:
    assert spans("a lamp & more", ["lamp"]) == ["lamp"]


def test_a_word_has_its_box_and_how_sure_its_engine_is() -> None:
    [word] = placing.place("lamp", [["lamp", *BOX, 81.6]]).words
    assert (word.boxes, word.confidence, word.agreement) == ((BOX,), 82, None)


def test_a_text_without_words_has_no_places_and_damaged_words_break_nothing() -> None:
    assert placing.place("", []).words == ()
    assert placing.place("lamp", [["", *BOX], ["lamp", *BOX]]).words[0].start == 0


def test_words_in_another_order_than_the_text_have_their_places_too() -> None:
    words = [f"word{n}" for n in range(40)]
    text = " ".join([*words[20:], *words[:20]])
    found = placing.place(text, told(words)).words
    assert {text[word.start : word.end] for word in found if word.boxes} == set(words)


def test_places_are_stored_in_few_bytes_and_found_in_little_time() -> None:
    words = [f"w{n % 997}" for n in range(20_000)]
    text = " ".join(words)
    stored, took_s = timed(lambda: placing.encode(text, told(words)))
    assert took_s < 2
    assert len(word_places.decode(stored).words) == 20_000
