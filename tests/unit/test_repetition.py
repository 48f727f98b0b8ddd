"""A model that is stuck is noticed, whatever it repeats; pages that repeat much are pages."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.llm import answers
from functions.llm.readings import RefusedAnswer
from functions.llm.repetition import find_loop, find_runs
from tests.support.loops import FOOT, HEAD, LOOPS, REPETITIVE_PAGES


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_of_any_kind_is_found(name: str) -> None:
    assert find_loop(LOOPS[name]()) is not None


@pytest.mark.parametrize("name", REPETITIVE_PAGES)
def test_a_page_that_repeats_a_good_deal_is_a_page(name: str) -> None:
    assert find_loop(REPETITIVE_PAGES[name]()) is None


@pytest.mark.parametrize("name", REPETITIVE_PAGES)
def test_so_is_such_a_page_with_more_on_it(name: str) -> None:
    assert find_loop(REPETITIVE_PAGES[name]() + "\n\n" + FOOT) is None


@pytest.mark.parametrize("period", [1, 2, 3, 7, 20, 50, 150, 400, 1000, 3000, 9000])
@pytest.mark.parametrize("before", ["", HEAD])
@pytest.mark.parametrize("after", ["", FOOT])
def test_a_loop_of_any_period_is_found_anywhere(period: int, before: str, after: str) -> None:
    letters = random.Random(period)
    piece = "".join(letters.choice("abcdefghij ,") for _ in range(period - 1)) + "k"
    assert find_loop(before + piece * (12_000 // period + 12) + after) is not None


@given(st.text("ab \n", min_size=1, max_size=12), st.integers(40, 80), st.text("xy", max_size=50))
def test_a_run_is_what_it_says(piece: str, times: int, before: str) -> None:
    text = before + piece * times
    for run in find_runs(text):
        length = len(run.piece)
        stretch = text[run.start : run.start + run.length]
        assert stretch == (run.piece * (run.length // length + 1))[: run.length]


def test_the_reason_says_what_was_repeated_and_how_often() -> None:
    with pytest.raises(RefusedAnswer) as refused:
        answers.parse_text(HEAD + "A cask of oil, full.\n" * 60)
    assert refused.value.code == "answer_repeats"
    assert "a cask of oil, full." in refused.value.detail
    assert "60 times" in refused.value.detail


def test_a_megabyte_is_looked_through_in_seconds() -> None:
    letters = random.Random(1)
    texts = [
        "".join(letters.choice("ab") for _ in range(1_000_000)),
        "- " * 500_000,
        "".join("a" * (number % 190) + "b" for number in range(11_000)),
        "".join(f"| {number} | {number * 7919 % 1000} |\n" for number in range(60_000)),
        "".join("| a | b |\n" * 119 + f"| {number} |\n" for number in range(750)),
    ]
    for text in texts:
        started = time.perf_counter()
        find_loop(text)
        assert time.perf_counter() - started < 10, text[:40]
