"""A reader that is not sure of its answer, or lacks the page's language, makes a doubt of it."""

from typing import Any

import pytest

from functions.llm.answers import parse_answer
from functions.llm.reader_doubts import READ_AT_LEAST, UNSURE_BELOW, may_be_kept


def doubts(**told: Any) -> dict[str, str]:
    message = {"role": "assistant", "content": "some text"}
    choice = {"message": message, "finish_reason": "stop"}
    return dict(parse_answer({"choices": [choice], "lector": told}, "tesseract").doubts)


def test_low_confidence_is_a_doubt_that_tells_how_low_it_is() -> None:
    assert doubts(confidence=41.7) == {
        "low_confidence": "the reader is not sure of what it read: its confidence is 42 of 100"
    }


@pytest.mark.parametrize("confidence", [UNSURE_BELOW, 88, 96.5, 100])
def test_a_reader_that_is_sure_raises_no_doubt(confidence: float) -> None:
    assert doubts(confidence=confidence) == {}


def test_a_missing_language_is_a_doubt_that_names_the_command() -> None:
    assert doubts(languages_missing=["spa", "chi_tra"]) == {
        "language_not_available": (
            "the reader lacks the page's language: lector languages add spa chi_tra"
        )
    }


def test_a_missing_language_that_no_command_can_add_is_named_alone() -> None:
    assert doubts(languages_missing=["xx"]) == {
        "language_not_available": "the reader lacks the page's language: xx"
    }


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"confidence": None, "languages_missing": []},
        {"confidence": "low", "languages_missing": "spa"},
        {"confidence": True, "languages_missing": [7, "rm -rf /", "a; b", "x" * 99, ""]},
        {"confidence": -1},
    ],
)
def test_what_has_not_the_right_form_says_nothing(told: dict[str, Any]) -> None:
    assert doubts(**told) == {}


def test_an_answer_of_another_reader_says_nothing() -> None:
    choice = {"message": {"content": "some text"}, "finish_reason": "stop"}
    for extra in ({}, {"lector": None}, {"lector": "x"}):
        assert parse_answer({"choices": [choice], **extra}, "m").doubts == {}


def test_a_text_that_a_better_reading_may_replace_is_not_kept_for_others() -> None:
    assert may_be_kept({})
    assert may_be_kept({"nothing_found": "x"})
    assert not may_be_kept({"low_confidence": "x"})
    assert not may_be_kept({"language_not_available": "x", "nothing_found": "y"})


def test_print_that_was_not_read_is_a_doubt_that_tells_how_much() -> None:
    assert doubts(print_read=0.42) == {
        "print_not_read": "parts of the page look like print and were not read: 58% of the print"
    }
    assert not may_be_kept(doubts(print_read=0.42))


@pytest.mark.parametrize("share", [READ_AT_LEAST, 1, None, "much", True, -1])
def test_a_page_of_which_the_print_was_read_has_no_doubt(share: object) -> None:
    assert doubts(print_read=share) == {}


def test_an_empty_page_without_a_doubt_is_not_kept_for_others() -> None:
    assert not may_be_kept({}, "")
    assert may_be_kept({}, "text")
    assert may_be_kept({"nothing_found": "x"}, "")
