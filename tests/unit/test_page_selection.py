"""Page selections: 1-3,7."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lector.domain import page_selection


@pytest.mark.parametrize(
    ("text", "count", "numbers"),
    [
        (None, 3, [1, 2, 3]),
        ("1-3,7", 9, [1, 2, 3, 7]),
        ("7,1-3", 9, [1, 2, 3, 7]),
        ("2,2,1-2", 9, [1, 2]),
        (" 1 , 2 ", 9, [1, 2]),
        ("2-9", 3, [2, 3]),
        ("9", 3, []),
    ],
)
def test_a_selection_takes_the_pages_that_exist(
    text: str | None, count: int, numbers: list[int]
) -> None:
    assert page_selection.select(text, count) == numbers


@pytest.mark.parametrize("text", ["", "0", "3-1", "a", "1-", "-1", "1,,2", "1.5", "1-2-3", "٣"])
def test_what_is_no_selection_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(page_selection.InvalidSelection, match="write it as 1-3,7"):
        page_selection.parse(text)


def test_a_selection_of_endless_length_is_refused() -> None:
    with pytest.raises(page_selection.InvalidSelection, match="at most 1000 characters"):
        page_selection.parse("1-999999," * 200 + "1")


def test_a_selection_costs_what_the_file_has_and_not_what_it_names() -> None:
    endless = ",".join(["1-999999"] * 100)
    assert page_selection.select(endless, 3) == [1, 2, 3]


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 30)), min_size=1, max_size=9),
    st.integers(0, 40),
)
def test_as_many_pages_are_counted_as_are_selected(
    parts: list[tuple[int, int]], page_count: int
) -> None:
    text = ",".join(f"{start}-{start + more}" for start, more in parts)
    numbers = page_selection.select(text, page_count)
    assert page_selection.count(text, page_count) == len(numbers)
    wanted = {n for start, more in parts for n in range(start, start + more + 1)}
    assert numbers == sorted(n for n in wanted if n <= page_count)


def test_counting_a_selection_costs_nothing_for_its_pages() -> None:
    endless = ",".join(["1-999999"] * 100)
    assert page_selection.count(endless, 10**12) == 999_999
    assert page_selection.count(None, 10**12) == 10**12


def test_a_selection_beyond_the_end_is_noticed() -> None:
    assert page_selection.exceeds("2-9", 3)
    assert not page_selection.exceeds("2-3", 3)


@given(st.lists(st.integers(1, 50), unique=True), st.integers(1, 20))
def test_batches_hold_every_number_once_and_in_order(numbers: list[int], size: int) -> None:
    batches = list(page_selection.batches(numbers, size))
    assert [n for batch in batches for n in batch] == numbers
    assert all(len(batch) <= size for batch in batches)
