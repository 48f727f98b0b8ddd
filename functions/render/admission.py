"""How much the function takes on at once, so that it says "not now" instead of growing a queue."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lector.runtime.failures import TransientFailure

# Time for a range of eight pages that take 30 s each, on one processor, with a new render process
# after each. It leaves 40 s of the 300 s of a function's request for images that are being stored.
BUDGET_S = 260.0


class Admission:
    """So many requests at once; nobody waits for a seat.

    Whoever waits here is held against the event by the source, whose POST ends at some time;
    whoever is refused has it send less.
    """

    def __init__(self, seats: int) -> None:
        self._seats = threading.BoundedSemaphore(seats)

    @contextmanager
    def taken(self) -> Iterator[float]:
        """A seat for the length of the block, and the end of its request's time (monotonic).

        Raises:
            TransientFailure: all seats are taken.

        """
        if not self._seats.acquire(blocking=False):
            raise busy()
        try:
            yield end_of_budget()
        finally:
            self._seats.release()


def end_of_budget() -> float:
    """When a request that begins now must be done, by the monotonic clock."""
    return time.monotonic() + BUDGET_S


def busy() -> TransientFailure:
    """There is more to render than can be rendered now."""
    return TransientFailure("the renderer is busy")
