"""The render processes, who gets the next one that is free, and how much is taken on at once.

Each process has a socket pair of its own and serves one thread at a time, so that whatever happens
to one touches only the request that it was working on.
"""

import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from functions.render.engine_messages import (
    READY,
    Channel,
    OutOfMemory,
    Reply,
    Request,
    decode_reply,
    encode_request,
)
from lector.runtime.failures import PermanentFailure, TransientFailure

# Time for a range of eight pages that take 30 s each, on one processor, with a new render process
# after each. It leaves 40 s of the 300 s of a function's request for images that are being stored.
BUDGET_S = 260.0

# -P: the current folder holds no modules of ours.
_PROGRAM = ("-P", "-m", "functions.render.engine_process")
_START_S = 60.0
_END_S = 5.0  # a process that was killed is gone at once, unless it hangs in the kernel
# A process that reads hostile files gets no secrets by way of its environment.
_KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR")


class ProcessLost(Exception):
    """A render process was lost over a request."""

    def __init__(self, request: Request) -> None:
        super().__init__(request.task)
        self.request = request


class TimedOut(ProcessLost):
    """It took longer than a page may take."""


class MemoryExceeded(ProcessLost):
    """It needed more memory than it may have."""


class Crashed(ProcessLost):
    """It died, or did not answer what it was asked."""


class ConcurrencyLimit:
    """So many requests at once; nobody waits for a slot.

    A request that waits here counts as under way for the source, whose POST times out at some
    point; one that is refused makes the source send less.
    """

    def __init__(self, slots: int) -> None:
        self._slots = threading.BoundedSemaphore(slots)

    @contextmanager
    def acquire(self) -> Iterator[float]:
        """Hold a slot for the length of the block; its value is the request's deadline (monotonic).

        Raises:
            TransientFailure: all slots are held.

        """
        if not self._slots.acquire(blocking=False):
            raise busy()
        try:
            yield deadline()
        finally:
            self._slots.release()


def deadline() -> float:
    """When a request that begins now must be done, by the monotonic clock."""
    return time.monotonic() + BUDGET_S


def busy() -> TransientFailure:
    """There is more to render than can be rendered now."""
    return TransientFailure("the renderer is busy")


class RenderProcess:
    """One render process, or the place of one, and the file that it has open."""

    def __init__(self, program: Sequence[str] = _PROGRAM) -> None:
        self.path: Path | None = None
        self._program = program
        self._running: tuple[subprocess.Popen[bytes], Channel] | None = None
        self._ready = False

    def start(self) -> None:
        """Start the process unless it runs; do not wait for it.

        Raises:
            TransientFailure: the machine has no room for it now.

        """
        if self._running and self._running[0].poll() is None:
            return
        self.end()
        try:
            self._running = _spawn(self._program)
        except OSError as error:
            raise TransientFailure("a renderer cannot be started now") from error

    def end(self) -> None:
        """End the process, whatever it does."""
        if self._running:
            process, channel = self._running
            process.kill()
            channel.close()
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_END_S)
        self.path, self._running, self._ready = None, None, False

    def request(self, request: Request, until: float) -> Reply:
        """Have a request answered; to draw from another file, that is opened first.

        Opening and drawing may each take as long as a page may, and both end at `until`.

        Raises:
            PermanentFailure: the file that is to be drawn from cannot be opened.
            ProcessLost: the process was lost; the next request gets a fresh one.
            TransientFailure: it cannot be started, or the time was over.

        """
        self.start()
        if request.task == "draw" and self.path != request.path:
            reply = self._request(replace(request, task="open"), until)
            if isinstance(reply, PermanentFailure | TransientFailure):
                raise reply
        return self._request(request, until)

    def _request(self, request: Request, until: float) -> Reply:
        channel = self._connect(until)
        too_slow_at = time.monotonic() + request.config.render_page_timeout_s
        try:
            reply = _exchange(channel, request, min(until, too_slow_at))
        except TimeoutError:
            self.end()
            raise (TimedOut(request) if too_slow_at <= until else busy()) from None
        except (OSError, EOFError, ValueError) as error:
            self.end()
            raise Crashed(request) from error
        if isinstance(reply, OutOfMemory):
            self.end()
            raise MemoryExceeded(request)
        self.path = request.path
        return reply

    def _connect(self, until: float) -> Channel:
        """The channel to the process, which has imported what it needs."""
        if self._running is None:
            raise RuntimeError("a request to a render process that is not started")
        if until <= time.monotonic():
            raise busy()
        _, channel = self._running
        try:
            if (
                not self._ready
                and channel.receive(min(until, time.monotonic() + _START_S)) != READY
            ):
                raise ValueError
        except (OSError, EOFError, ValueError) as error:
            self.end()
            raise TransientFailure("the renderer does not start; the log says why") from error
        self._ready = True
        return channel


def _exchange(channel: Channel, request: Request, until: float) -> Reply:
    ticket = secrets.token_hex(8)
    channel.send(encode_request(request, ticket), until)
    return decode_reply(channel.receive(until), ticket)


def _spawn(program: Sequence[str]) -> tuple[subprocess.Popen[bytes], Channel]:
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(
                [sys.executable, *program, str(theirs.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
            )
        except BaseException:
            ours.close()
            raise
    return process, Channel(ours)


class RenderPool:
    """So many render processes, and a thread for each.

    One is started at once, which the first page of a file waits for; the others are with the first
    request: where there is nothing to draw, no more than that one has imported the engine.
    """

    def __init__(self, count: int) -> None:
        self._all = [RenderProcess() for _ in range(count)]
        self._idle = list(self._all)
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()
        self.threads = ThreadPoolExecutor(count, "render")
        _start_early(self._all[0])

    def request(self, request: Request, until: float) -> Reply:
        """As `RenderProcess.request`, by the next one that is free.

        A process may crash, or run out of memory, because of what it did before: a fresh one tries
        the request once more.
        """
        with self._acquire(request.path, until) as process:
            try:
                return process.request(request, until)
            except (Crashed, MemoryExceeded):
                return process.request(request, until)

    def close_file(self, path: Path) -> None:
        """Replace the idle processes that have a file open."""
        with self._changed:
            holding = [process for process in self._idle if process.path == path]
            self._idle = [process for process in self._idle if process not in holding]
        try:
            for process in holding:
                process.end()
                _start_early(process)
        finally:
            self._release(holding)

    def close(self) -> None:
        """End all processes."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        for process in self._all:
            process.end()

    @contextmanager
    def _acquire(self, path: Path, until: float) -> Iterator[RenderProcess]:
        """A process for this thread alone, if possible one that has the file open."""
        with self._changed:
            self._wait_for_turn(until)
            fitting = (process for process in self._idle if process.path == path)
            process = next(fitting, self._idle[0])
            self._idle.remove(process)
            for one in (process, *self._idle):  # nobody else has these now
                _start_early(one)
        try:
            yield process
        finally:
            self._release([process])

    def _wait_for_turn(self, until: float) -> None:
        """First come, first served: else a file is opened only when nobody draws any more."""
        place = object()
        self._waiting.append(place)
        try:
            if not self._changed.wait_for(
                lambda: self._idle and self._waiting[0] is place, until - time.monotonic()
            ):
                raise busy()
        finally:
            self._waiting.remove(place)
            self._changed.notify_all()

    def _release(self, processes: list[RenderProcess]) -> None:
        with self._changed:
            self._idle += processes
            self._changed.notify_all()


def _start_early(process: RenderProcess) -> None:
    with suppress(TransientFailure):  # the next request tries again
        process.start()
