"""What searches may take: a time for each statement, and a share of the process's connections.

So that pages are stored and lists shown while many search at once, however long that takes.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from functions.upload.problem_codes import ProblemCode
from lector.runtime import database, queries, settings
from lector.runtime.database import Connection
from lector.runtime.failures import DatabaseTimeout, TransientFailure
from lector.runtime.once import once

# For each that searches, so many more may wait.
_WAITING_PER_SLOT = 4
_RETRY_AFTER_S = 2

BOUND_SEARCH = queries.load(__file__).scalar("bound_search", str)


class _Gate:
    """Half of the pool's connections, and those that wait for one of them."""

    def __init__(self, at_once: int) -> None:
        self.running = threading.BoundedSemaphore(at_once)
        self.inside = threading.BoundedSemaphore(at_once * (1 + _WAITING_PER_SLOT))


@once
def gate() -> _Gate:
    """The process's."""
    return _Gate(max(1, settings.current(settings.Database).database_pool_size // 2))


@contextmanager
def transaction() -> Iterator[Connection]:
    """A transaction for a search.

    Raises:
        TransientFailure: a statement takes too long, or too many search already.

    """
    entered = gate()
    timeout_s = settings.current(settings.Search).search_timeout_s
    if not entered.inside.acquire(blocking=False):
        raise _too_many()
    try:
        if not entered.running.acquire(timeout=timeout_s):
            raise _too_many()
        try:
            with database.transaction() as connection:
                BOUND_SEARCH.one(connection, timeout_ms=str(int(timeout_s * 1000)))
                yield connection
        except DatabaseTimeout as error:
            detail = "this search takes too long; give rarer words, or choose a file, a language or"
            code = ProblemCode.SEARCH_TOO_SLOW
            raise TransientFailure(f"{detail} dates", code=code) from error
        finally:
            entered.running.release()
    finally:
        entered.inside.release()


def _too_many() -> TransientFailure:
    detail = "too many search at once; try again soon"
    return TransientFailure(detail, _RETRY_AFTER_S, code=ProblemCode.TOO_MANY_SEARCHES)
