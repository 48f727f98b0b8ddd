"""A process that opens and draws PDFs, one request after the other, and keeps the last file open.

    python -m functions.render.engine_process FD

FD is its end of a socket pair; the function has the other end.

It may die of what it reads. Its standard input tells it when the function has died.
"""

import fcntl
import os
import resource
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from functions.render import engine, engine_memory
from functions.render.channel import Channel
from functions.render.engine_messages import (
    READY,
    Opened,
    OutOfMemory,
    Reply,
    Request,
    reply_bytes,
    request_from,
)
from lector.runtime.failures import PermanentFailure, TransientFailure

_STDIN = 0
# Where the kernel does not tell of the function's end, a page drawn for ever ends by this clock.
_GRACE_S = 5.0


class _Desk:
    """Answers requests; `file` is the path and the document that was opened last."""

    def __init__(self) -> None:
        self._file: tuple[Path, Any] | None = None

    def answer(self, request: Request) -> Reply:
        """Do what is asked for, within its memory."""
        try:
            with engine_memory.limited(request.config.render_memory_bytes):
                return self._done(request)
        except (PermanentFailure, TransientFailure) as failure:
            return failure
        except MemoryError:
            return OutOfMemory()

    def _done(self, request: Request) -> Reply:
        document = self._document(request.path)
        if request.task == "inspect":
            return engine.inspect(document, request.number)
        if request.task == "draw":
            began = time.perf_counter()
            image = engine.draw(document, request.number, request.config)
            return replace(image, render_s=time.perf_counter() - began)
        return Opened()

    def _document(self, path: Path) -> Any:
        if self._file is None or self._file[0] != path:
            if self._file:
                self._file[1].close()
            self._file = None
            self._file = (path, engine.opened(path))
        return self._file[1]


def main() -> None:
    """Answer until the function hangs up."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _end_with_the_function()
    desk = _Desk()
    end = socket.socket(fileno=int(sys.argv[1]))
    with suppress(EOFError, OSError), Channel(end) as function:
        function.send(READY)
        while True:
            request, ticket = request_from(function.receive())
            signal.setitimer(signal.ITIMER_REAL, request.config.render_page_timeout_s + _GRACE_S)
            function.send(reply_bytes(desk.answer(request), ticket))
            signal.setitimer(signal.ITIMER_REAL, 0)


def _end_with_the_function() -> None:
    """Have the kernel end this process when the function's end of standard input is closed.

    The engine holds the interpreter while it draws, so no thread of ours could notice it.
    """
    fcntl.fcntl(_STDIN, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(_STDIN, fcntl.F_GETFL)
    fcntl.fcntl(_STDIN, fcntl.F_SETFL, flags | os.O_ASYNC)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the function
    main()
