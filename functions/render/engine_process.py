"""The render process: opens and draws documents, one by one; keeps the last one open.

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

from functions.render import engine, images
from functions.render.engine_messages import (
    READY,
    Channel,
    Inspection,
    Opened,
    OutOfMemory,
    RenderedImage,
    Reply,
    Request,
    decode_request,
    encode_reply,
)
from lector.domain import originals
from lector.domain.failure_codes import FailureCode
from lector.domain.unsupported import Unsupported
from lector.runtime.failures import PermanentFailure, TransientFailure

_STDIN = 0
# Where the kernel does not tell that the function has died, drawing for ever ends by this clock.
_GRACE_S = 5.0


class Worker:
    """Answers requests, and keeps the document that it opened last."""

    def __init__(self) -> None:
        self._last: tuple[Path, Any, Any] | None = None

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
        opener, document = self._document(request.path)
        if request.task == "inspect":
            inspection: Inspection = opener.inspect(document, request.number)
            return inspection
        if request.task == "draw":
            began = time.perf_counter()
            image: RenderedImage = opener.draw(
                document, request.number, request.config, seeks_text=request.seeks_text
            )
            return replace(image, render_s=time.perf_counter() - began)
        return Opened()

    def _document(self, path: Path) -> tuple[Any, Any]:
        """The module that opens a file, and the document that it has open."""
        if self._last is None or self._last[0] != path:
            if self._last:
                self._last[2].close()
            self._last = None
            opener = _opener(path)
            self._last = (path, opener, opener.open_document(path))
        return self._last[1:]


def _opener(path: Path) -> Any:
    """The module for a file, by its content; what nobody knows may be a PDF to be repaired.

    Raises:
        PermanentFailure: it is of a kind that Lector does not read.
        TransientFailure: it is gone.

    """
    try:
        with path.open("rb") as file:
            kind = originals.identify(file.read(originals.HEAD_BYTES))
    except FileNotFoundError as error:
        # Ours, not the person's: it says nothing about the file.
        raise TransientFailure("the local copy of the file is gone") from error
    if isinstance(kind, Unsupported):
        raise PermanentFailure(FailureCode.UNSUPPORTED_TYPE, kind.sentence())
    return images if kind is not None and kind.is_image else engine


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
