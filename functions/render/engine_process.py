"""The render process: opens and draws PDFs, one request after the other; keeps the last one open.

    python -m functions.render.engine_process FD

FD is its end of a socket pair; the function has the other end.

It may crash on what it reads. Its standard input tells it when the function has died.
"""

import fcntl
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from functions.render import engine
from functions.render.engine_messages import (
    READY,
    Channel,
    Opened,
    OutOfMemory,
    Reply,
    Request,
    decode_request,
    encode_reply,
)
from lector.runtime.failures import PermanentFailure, TransientFailure

_STDIN = 0
# Where the kernel does not tell that the function has died, drawing for ever ends by this clock.
_GRACE_S = 5.0


class Worker:
    """Answers requests, and keeps the document that it opened last."""

    def __init__(self) -> None:
        self._last: tuple[Path, Any] | None = None

    def answer(self, request: Request) -> Reply:
        """Do what a request asks for, within its limit of memory."""
        try:
            with limit_memory(request.config.render_memory_bytes):
                return self._perform(request)
        except (PermanentFailure, TransientFailure) as failure:
            return failure
        except MemoryError:
            return OutOfMemory()

    def _perform(self, request: Request) -> Reply:
        document = self._document(request.path)
        if request.task == "inspect":
            return engine.inspect(document, request.number)
        if request.task == "draw":
            began = time.perf_counter()
            image = engine.draw(document, request.number, request.config)
            return replace(image, render_s=time.perf_counter() - began)
        return Opened()

    def _document(self, path: Path) -> Any:
        if self._last is None or self._last[0] != path:
            if self._last:
                self._last[1].close()
            self._last = None
            self._last = (path, engine.open_document(path))
        return self._last[1]


@contextmanager
def limit_memory(size_bytes: int) -> Iterator[None]:
    """Have allocations fail that would take the process's address space beyond a size."""
    if sys.platform != "linux":  # elsewhere the kernel knows RLIMIT_AS but does not hold it
        yield
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size_bytes, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main() -> None:
    """Answer requests until the function closes the channel."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _end_with_the_function()
    worker = Worker()
    end = socket.socket(fileno=int(sys.argv[1]))
    with suppress(EOFError, OSError), Channel(end) as channel:
        channel.send(READY)
        while True:
            request, ticket = decode_request(channel.receive())
            signal.setitimer(signal.ITIMER_REAL, request.config.render_page_timeout_s + _GRACE_S)
            channel.send(encode_reply(worker.answer(request), ticket))
            signal.setitimer(signal.ITIMER_REAL, 0)


def _end_with_the_function() -> None:
    """Have the kernel end this process when the function closes its end of standard input.

    The engine holds the interpreter while it draws, so no thread of ours could notice it.
    """
    fcntl.fcntl(_STDIN, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(_STDIN, fcntl.F_GETFL)
    fcntl.fcntl(_STDIN, fcntl.F_SETFL, flags | os.O_ASYNC)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the function
    main()
