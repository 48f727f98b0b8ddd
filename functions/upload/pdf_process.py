"""Work on a PDF that is done by a process of its own, within limits.

A PDF is hostile input, and this function may see every text. So such a process has nothing to give
away: it gets no secrets, and what it may take is bounded.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from functions.upload.problem_codes import ProblemCode
from lector.runtime.failures import LectorError, TransientFailure

# -P: the folder that somebody stands in holds no modules of ours.
_PYTHON = (sys.executable, "-P", "-m")
# What an interpreter needs to find its packages, and no secrets.
_KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "TMPDIR")
# How the process says with its exit code what kept it.
UNREADABLE, PROTECTED, TOO_LARGE = 10, 11, 12
_SAID = {
    UNREADABLE: (ProblemCode.PDF_UNREADABLE, "the PDF is too damaged to be written anew"),
    PROTECTED: (ProblemCode.PDF_PROTECTED, "the PDF is protected by a password"),
    TOO_LARGE: (ProblemCode.PDF_TOO_LARGE, "the PDF needs more memory than there is for it"),
}

_PATIENCE_S = 20.0
_turns = threading.Semaphore(1)


@dataclass(frozen=True)
class Limits:
    """What it may take: address space, time by the clock, and the size of the result."""

    memory_bytes: int = 384 * 1024 * 1024
    seconds: float = 60.0
    result_bytes: int = 1024 * 1024 * 1024


class Unmakeable(LectorError):
    """What is wanted of this PDF cannot be had; `detail` is for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@contextmanager
def turn() -> Iterator[None]:
    """Wait until no other PDF is worked on: each may take hundreds of megabytes, also of disk.

    Raises:
        TransientFailure: that takes too long.

    """
    if not _turns.acquire(timeout=_PATIENCE_S):
        raise TransientFailure("other PDFs are being made; try again soon", retry_after_s=10)
    try:
        yield
    finally:
        _turns.release()


def run(module: str, arguments: Sequence[object], limits: Limits, said: bytes = b"") -> None:
    """Run a module that works `within` the limits, with arguments, and with what it is told.

    What is `said` reaches its standard input; arguments can be seen by others on the machine.

    Raises:
        Unmakeable: the PDF cannot be opened, or takes too much.

    """
    bounds = [limits.memory_bytes, int(limits.seconds) + 1, limits.result_bytes]
    try:
        done = subprocess.run(
            [*_PYTHON, module, *map(str, [*bounds, *arguments])],
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            input=said,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_slow(limits) from None
    if done.returncode in _SAID:
        raise Unmakeable(*_SAID[done.returncode])
    if done.returncode:
        raise _too_slow(limits) if done.returncode < 0 else Unmakeable(*_SAID[UNREADABLE])


def _too_slow(limits: Limits) -> Unmakeable:
    return Unmakeable(
        ProblemCode.PDF_TOO_SLOW, f"the PDF cannot be written anew in {limits.seconds:g} s"
    )
