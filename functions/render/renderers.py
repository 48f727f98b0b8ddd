"""Render processes: started, asked, ended when they do not behave, and started anew.

Each has a socket pair of its own and serves one thread at a time, so that whatever happens to one
touches nobody but the request it was working on.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from engine_messages import READY, OutOfMemory, Reply, Request, reply_from, request_bytes
from lector.failures import PermanentFailure, TransientFailure

_SCRIPT = Path(__file__).with_name("engine_process.py")
_START_S = 60.0
_LONGEST_REPLY_BYTES = 256 * 1024 * 1024
# A process that reads hostile files gets no secrets by way of its environment.
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR")


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
    """It died."""


class Renderer:
    """One render process, or the place of one, and the file that it has open."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self._running: tuple[subprocess.Popen[bytes], Connection] | None = None
        self._ready = False

    def start(self) -> None:
        """Start the process unless it runs; it is not waited for."""
        if self._running and self._running[0].poll() is None:
            return
        self.end()
        ours, theirs = Pipe()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, str(_SCRIPT), str(theirs.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env=_environment(),
            )
        self._running = process, ours

    def end(self) -> None:
        """End the process, whatever it does."""
        if self._running:
            process, connection = self._running
            process.kill()
            connection.close()
            process.communicate()
        self.path, self._running, self._ready = None, None, False

    def answer(self, request: Request) -> Reply:
        """Do what is asked for; to draw from another file, open that first.

        Opening and drawing may each take as long as a page may.

        Raises:
            PermanentFailure: the file that is to be drawn from cannot be opened.
            RendererEnded: the process was lost; the next request gets a fresh one.
            TransientFailure: it cannot be started.

        """
        self.start()
        if request.task == "draw" and self.path != request.path:
            reply = self._asked(replace(request, task="open"))
            if isinstance(reply, PermanentFailure | TransientFailure):
                raise reply
        return self._asked(request)

    def _asked(self, request: Request) -> Reply:
        connection = self._connected()
        try:
            connection.send_bytes(request_bytes(request))
            if not connection.poll(request.config.render_page_timeout_s):
                raise TooSlow(request)
            reply = reply_from(connection.recv_bytes(_LONGEST_REPLY_BYTES))
            if isinstance(reply, OutOfMemory):
                raise TooLarge(request)
        except RendererEnded:
            self.end()
            raise
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            self.end()
            raise Crashed(request) from error
        self.path = request.path
        return reply

    def _connected(self) -> Connection:
        """The connection to the process, which has imported what it needs."""
        if self._running is None:
            raise RuntimeError("a renderer is asked before it is started")
        _, connection = self._running
        try:
            if not self._ready and not (
                connection.poll(_START_S) and connection.recv_bytes() == READY
            ):
                raise TimeoutError
        except (OSError, EOFError) as error:
            self.end()
            raise TransientFailure("the renderer does not start; the log says why") from error
        self._ready = True
        return connection


class Renderers:
    """So many render processes, and a thread for each."""

    def __init__(self, count: int) -> None:
        self._all = [Renderer() for _ in range(count)]
        self._idle = list(self._all)
        self._one_is_idle = threading.Condition()
        self.threads = ThreadPoolExecutor(count, "render")
        for renderer in self._all:
            renderer.start()

    def answer(self, request: Request) -> Reply:
        """As `Renderer.answer`, by the next one that is free.

        A process may crash over, and be too full because of, what it did before: a fresh one tries
        the request once more.
        """
        with self._taken(request.path) as renderer:
            try:
                return renderer.answer(request)
            except (Crashed, TooLarge):
                return renderer.answer(request)

    def close(self) -> None:
        """End all processes."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        for renderer in self._all:
            renderer.end()

    @contextmanager
    def _taken(self, path: Path) -> Iterator[Renderer]:
        """A renderer for this thread alone, if possible one that has the file open."""
        with self._one_is_idle:
            self._one_is_idle.wait_for(lambda: self._idle)
            fitting = (renderer for renderer in self._idle if renderer.path == path)
            taken = next(fitting, self._idle[0])
            self._idle.remove(taken)
        try:
            yield taken
        finally:
            with self._one_is_idle:
                self._idle.append(taken)
                self._one_is_idle.notify()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
