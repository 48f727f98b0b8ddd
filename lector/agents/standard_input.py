"""Standard input that signals can end, as an agent does that closes it."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_CHUNK_BYTES = 65536
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """For the block, end standard input when a signal asks for an end, and obey it after that.

    A thread that waits for standard input cannot be stopped, and Python waits for it when it ends.
    So what reads it reads a pipe, which another thread fills that nobody waits for.

    Raises:
        KeyboardInterrupt: SIGINT has come.
        SystemExit: SIGTERM or SIGHUP has come; its code is 128 and the signal's number.

    """
    original = os.dup(0)
    reading, writing = os.pipe()
    os.dup2(reading, 0)
    os.close(reading)
    threading.Thread(target=_copy, args=(original, writing), daemon=True).start()
    came: list[int] = []

    def end(number: int, _: FrameType | None) -> None:
        came.append(number)
        _close(writing)

    before = {number: signal.signal(number, end) for number in _SIGNALS if _is_heeded(number)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.dup2(original, 0)
    if came:
        raise KeyboardInterrupt if came[0] == signal.SIGINT else SystemExit(128 + came[0])


def _is_heeded(number: int) -> bool:
    return signal.getsignal(number) is not signal.SIG_IGN  # nohup ignores SIGHUP


def _copy(source: int, target: int) -> None:
    with suppress(OSError):  # a terminal that is gone
        while chunk := os.read(source, _CHUNK_BYTES):
            os.write(target, chunk)
    _close(target)


def _close(descriptor: int) -> None:
    """Let what reads a pipe find its end; its number stays taken, so a late write does no harm."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
