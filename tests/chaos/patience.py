"""Bounded retries of what the harness itself asks for, and the error of one that gives up."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_TRIES = 12
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 5.0


class NoVerdict(Exception):
    """The harness could not find out what became of the files; it says nothing about Lector."""


def retry(
    what: str,
    call: Callable[[], Result],
    *errors: type[BaseException],
    tries: int = _TRIES,
    first_pause_s: float = _FIRST_PAUSE_S,
) -> Result:
    """The result of a call that is tried again after these errors; `NoVerdict` in the end.

    It counts tries: on a busy machine each takes longer, and so does the whole.
    """
    pause_s = first_pause_s
    for attempt in range(1, tries + 1):
        try:
            return call()
        except errors as error:
            if attempt == tries:
                reason = f"{type(error).__name__}: {error}"
                raise NoVerdict(f"{what} failed {tries} times; the last time: {reason}") from error
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
    raise AssertionError(what)
