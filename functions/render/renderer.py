"""A render process: started, asked, ended when it does not behave, and started anew."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from functions.render.admission import busy
from functions.render.channel import Channel
from functions.render.engine_messages import (
    READY,
    OutOfMemory,
    Reply,
    Request,
    reply_from,
    request_bytes,
)
from lector.runtime.failures import PermanentFailure, TransientFailure

# -P: the folder that somebody stands in holds no modules of ours.
_PROGRAM = ("-P", "-m", "functions.render.engine_process")
_START_S = 60.0
_END_S = 5.0  # a process that was killed is gone at once, unless it hangs in the kernel
# A process that reads hostile files gets no secrets by way of its environment.
_KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR")


class RendererEnded(Exception):
    """A render process was lost over a request."""

    def __init__(self, request: Request) -> None:
        super().__init__(request.task)
        self.request = request


class TooSlow(RendererEnded):
    """It took longer than a page may take."""


class TooLarge(RendererEnded):
    """It needed more memory than it may have."""


class Crashed(RendererEnded):
    """It died, or did not answer what it was asked."""


class Renderer:
    """One render process, or the place of one, and the file that it has open."""

    def __init__(self, program: Sequence[str] = _PROGRAM) -> None:
        self.path: Path | None = None
        self._program = program
        self._running: tuple[subprocess.Popen[bytes], Channel] | None = None
        self._ready = False

    def start(self) -> None:
        """Start the process unless it runs; it is not waited for.

        Raises:
            TransientFailure: the machine has no room for it now.

        """
        if self._running and self._running[0].poll() is None:
            return
        self.end()
        try:
            self._running = _started(self._program)
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

    def answer(self, request: Request, until: float) -> Reply:
        """Do what is asked for; to draw from another file, open that first.

        Opening and drawing may each take as long as a page may, and both end at `until`.

        Raises:
            PermanentFailure: the file that is to be drawn from cannot be opened.
            RendererEnded: the process was lost; the next request gets a fresh one.
            TransientFailure: it cannot be started, or the time was over.

        """
        self.start()
        if request.task == "draw" and self.path != request.path:
            reply = self._asked(replace(request, task="open"), until)
            if isinstance(reply, PermanentFailure | TransientFailure):
                raise reply
        return self._asked(request, until)

    def _asked(self, request: Request, until: float) -> Reply:
        channel = self._connected(until)
        too_slow_at = time.monotonic() + request.config.render_page_timeout_s
        try:
            reply = _exchanged(channel, request, min(until, too_slow_at))
        except TimeoutError:
            self.end()
            raise (TooSlow(request) if too_slow_at <= until else busy()) from None
        except (OSError, EOFError, ValueError) as error:
            self.end()
            raise Crashed(request) from error
        if isinstance(reply, OutOfMemory):
            self.end()
            raise TooLarge(request)
        self.path = request.path
        return reply

    def _connected(self, until: float) -> Channel:
        """The channel to the process, which has imported what it needs."""
        if self._running is None:
            raise RuntimeError("a renderer is asked before it is started")
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


def _exchanged(channel: Channel, request: Request, until: float) -> Reply:
    ticket = secrets.token_hex(8)
    channel.send(request_bytes(request, ticket), until)
    return reply_from(channel.receive(until), ticket)


def _started(program: Sequence[str]) -> tuple[subprocess.Popen[bytes], Channel]:
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(
                [sys.executable, *program, str(theirs.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env=_environment(),
            )
        except BaseException:
            ours.close()
            raise
    return process, Channel(ours)


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if name in os.environ}
