"""How much of a processor something takes, whatever else the process has done before."""

import gc
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lector.runtime import database

Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """What it returns, and the seconds of a processor.

    What others have left in memory is not looked through for garbage meanwhile.
    """
    gc.freeze()
    try:
        began = time.process_time()
        return work(), time.process_time() - began
    finally:
        gc.unfreeze()


def sorting_s() -> float:
    """The seconds of a processor that sorting 400,000 words takes: as many more as it is slower."""
    return timed(lambda: sorted(str(n * 7919 % 1_000_003) for n in range(400_000)))[1]


def with_database(work: Callable[[], object], times: int) -> float:
    """What it takes this thread and the one connection of its pool, in seconds of a processor.

    The median of some times. The system counts that of the database's process in nanoseconds.
    """
    with database.transaction() as connection:
        [[backend]] = connection.execute("SELECT pg_backend_pid()").fetchall()

    def spent() -> float:
        nanoseconds = Path(f"/proc/{backend}/schedstat").read_text().split()[0]
        return int(nanoseconds) / 1e9 + time.thread_time()

    taken = []
    for _ in range(times):
        begin = spent()
        work()
        taken.append(spent() - begin)
    return statistics.median(taken)
