"""Doubts that an event claims: what of them is stored and shown."""

from lector.domain import doubts


def test_a_code_that_there_is_none_of_is_not_stored() -> None:
    claimed = {"damaged_content": "half of it is missing", "made_up": "look elsewhere"}
    assert doubts.accept(claimed) == {"damaged_content": "half of it is missing"}


def test_words_are_stored_without_what_a_terminal_would_execute() -> None:
    assert doubts.accept({"damaged_content": "half\x1b[2J\x00 is gone"}) == {
        "damaged_content": "half[2J is gone"
    }
