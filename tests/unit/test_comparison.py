"""Two texts compared word by word: rightly, and within a bound whatever they are."""

import random
import tracemalloc
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.upload.pages.comparison import (
    MOST_CHARACTERS,
    MOST_PLACES,
    TooDifferent,
    compare,
)
from tests.support.cpu_time import timed

LETTERS = st.text("abc .", max_size=14)
WORDS = 10_000  # in each text: as many as may be compared if none is the same
assert WORDS**2 == MOST_PLACES


def longest(before: str, after: str) -> int:
    """The length of a longest common subsequence, as the definition has it."""

    @cache
    def of(i: int, j: int) -> int:
        if i == len(before) or j == len(after):
            return 0
        if before[i] == after[j]:
            return 1 + of(i + 1, j + 1)
        return max(of(i + 1, j), of(i, j + 1))

    return of(0, 0)


@settings(max_examples=300, derandomize=True)
@given(LETTERS, LETTERS)
def test_the_pieces_make_up_both_texts_and_no_two_neighbours_are_of_a_kind(
    before: str, after: str
) -> None:
    pieces = list(compare(before, after))
    assert "".join(text for kind, text in pieces if kind != "added") == before
    assert "".join(text for kind, text in pieces if kind != "removed") == after
    assert all(one[0] != other[0] for one, other in pairwise(pieces))
    assert all(text for _, text in pieces)


@settings(max_examples=300, derandomize=True)
@given(st.text(".,;-", max_size=14), st.text(".,;-", max_size=14))
def test_no_more_changes_than_has_to(before: str, after: str) -> None:
    # Each of these characters is a word by itself.
    same = "".join(text for kind, text in compare(before, after) if kind == "same")
    assert len(same) == longest(before, after)


def hostile() -> dict[str, tuple[str, str]]:
    chance = random.Random(7)
    few = ["".join(chance.choice(".,;-+*") for _ in range(WORDS)) for _ in range(2)]
    numbers = [f"{n}" for n in range(WORDS // 2)]
    return {
        "nothing alike": (";".join(numbers), ",".join(f"x{n}" for n in numbers)),
        "everything alike, in the other order": (".".join(numbers), ".".join(numbers[::-1])),
        "few different words": (few[0], few[1]),
        "one word, again and again": ("." * (WORDS - 1) + "a", "b" + "." * (WORDS - 1)),
        "one long, one short": (";" * 99_000 + "a", "b" + "." * 1000),
    }


@pytest.mark.parametrize("name", hostile())
def test_whatever_is_compared_takes_little_time_and_memory(name: str) -> None:
    before, after = hostile()[name]
    tracemalloc.start()
    try:
        _, took_s = timed(lambda: list(compare(before, after)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100 * 2**20
    assert took_s < 5  # a twentieth of it where nothing is traced; a table of numbers takes minutes


def test_long_texts_that_hardly_differ_are_compared() -> None:
    words = [f"w{n}" for n in range(14_000)]
    before = " ".join(words)
    words[7_000] = "another"
    kinds = [kind for kind, _ in compare(before, " ".join(words))]
    assert kinds == ["same", "removed", "added", "same"]


def test_long_texts_that_have_nothing_in_common_are_refused() -> None:
    with pytest.raises(TooDifferent):
        list(compare("." * (WORDS + 1), "," * (WORDS + 1)))


def test_a_text_that_is_longer_than_any_page_is_refused() -> None:
    with pytest.raises(TooDifferent):
        list(compare("." * (MOST_CHARACTERS + 1), "."))
