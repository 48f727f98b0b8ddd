"""Benchmarks that would be noticed as broken only when somebody runs them."""

import pytest

from benchmarks.first_events import first_event
from lector.domain.functions import FUNCTIONS
from lector.local import functions


def test_the_start_of_every_function_is_measured() -> None:
    assert sorted(FUNCTIONS) == functions.names()


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "upload"])
def test_every_function_that_is_woken_by_events_has_one_to_begin_with(name: str) -> None:
    assert first_event(name).type.startswith("lector.")
