"""How much of a processor something takes, whatever else the process has done before."""

import gc
import time
from collections.abc import Callable
from typing import TypeVar

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
