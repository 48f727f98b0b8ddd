"""Two looks at a number that agree make it sure, and a third one decides where they do not."""

import pytest
from PIL import Image

from lector.tesseract import second_look
from lector.tesseract.recognition import Clock, Word
from lector.tesseract.second_look import AGREED, SURE_OF_ANOTHER, UNRESOLVED, Look

FIRST: Look = ("12,480.75", 71.0)


def third(number: str = "", sure: float = 0.0) -> Look:
    return second_look.decide(FIRST, ("12,430.75", 88.0), lambda: (number, sure))


def test_a_number_in_which_two_looks_see_the_same_digits_is_sure() -> None:
    def never() -> Look:
        raise AssertionError("there is nothing to decide")

    assert second_look.decide(FIRST, ("12.480,75", 40.0), never) == ("12,480.75", AGREED)
    assert second_look.decide(FIRST, ("12,480.75", 97.0), never) == ("12,480.75", 97.0)


def test_another_number_that_two_further_looks_see_is_the_pages() -> None:
    assert third("12,430.75", 83.0) == ("12,430.75", 83.0)


def test_another_number_of_which_a_further_look_is_unsure_is_not() -> None:
    assert third("12,430.75", SURE_OF_ANOTHER - 1) == ("12,480.75", UNRESOLVED)


def test_a_number_that_the_third_look_sees_as_the_first_one_did_stays_as_unsure_as_it_was() -> None:
    assert third("12,480.75", 90.0) == FIRST


@pytest.mark.parametrize("number", ["", "12,490.75"])
def test_a_number_that_each_look_sees_otherwise_counts_against_nothing(number: str) -> None:
    assert third(number, 90.0) == ("12,480.75", UNRESOLVED)


def test_words_that_are_no_unsure_numbers_stay_as_they_are() -> None:
    words: list[Word] = [
        (text, 0.1, 0.1, 0.3, 0.2, sure)
        for text, sure in (("B12", 40.0), ("lamps", 30.0), ("7", 50.0), (".48", 50.0), ("48", 95.0))
    ]
    text = "B12 lamps\n7 .48 48"
    page = Image.new("L", (400, 200), 255)
    assert second_look.look_again(page, text, words, Clock(60)) == (text, words)


def test_a_text_of_other_words_stays_as_it_is() -> None:
    words: list[Word] = [("48", 0.1, 0.1, 0.3, 0.2, 50.0)]
    page = Image.new("L", (400, 200), 255)
    assert second_look.look_again(page, "49 lamps", words, Clock(60)) == ("49 lamps", words)
