"""The fork server: a process that has imported what Lector's parts import, and forks them.

    python -m lector.local.fork_server

On standard input it has a Unix socket. For every message it gets there, with two descriptors, it
forks a process and answers with its pid and a descriptor for it (pidfd). The first of the two is a
socket by which the new process, and nobody else, learns what to run: the fork server knows no
secrets, so no process finds another's in its memory. By the same socket the fork server tells with
which exit code that process has ended. The second is where it prints.

What was imported before the fork is in memory once, however many processes use it.
"""

import contextlib
import fcntl
import gc
import importlib
import json
import os
import runpy
import select
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from lector.local import process_words
from lector.runtime import source_tree

# What parts import when they start, but for the module that each begins with: also what only one of
# them does, as an import after the fork writes into pages that all of them share. Nothing here may
# read the environment, start a thread or open a connection while it is imported.
PRELOADED = (
    "PIL.ImageDraw",
    "PIL.ImageFilter",
    "PIL.ImageOps",
    "PIL.ImageStat",
    "aiohttp.web",
    "anyio._backends._asyncio",
    "cloudevents.http",
    "concurrent.futures.thread",
    "flask",
    "functions.llm.checks",
    "functions.llm.fallback",
    "functions.llm.further_tries",
    "functions.llm.lanes",
    "functions.llm.layer_texts",
    "functions.llm.own_text",
    "functions.llm.later_verification",
    "functions.llm.page_reading",
    "functions.llm.piece_reader",
    "functions.llm.start_check",
    "functions.llm.text_doubts",
    "functions.llm.unsought_text",
    "functions.notify.digest",
    "functions.notify.notifications",
    "functions.outbox.relay",
    "functions.register.dead_letters",
    "functions.register.ledger_entries",
    "functions.register.sweep",
    "functions.render.ledger",
    "functions.render.original_cache",
    "functions.render.rendering",
    "functions.upload.api",
    "functions_framework._http.gunicorn",
    "functions_framework.aio",
    "gunicorn.workers.gthread",
    "httpcore2",
    "httpx2",
    "lector.bridge.http_client",
    "lector.bridge.jetstream.nats_cloudevents",
    "lector.bridge.jetstream.streams",
    "lector.bridge.jetstream_sink.sink",
    "lector.bridge.jetstream_source.source",
    "lector.bridge.postgres_source.doorbell",
    "lector.bridge.process",
    "lector.domain.budgets",
    "lector.domain.candidates",
    "lector.domain.carried_text",
    "lector.domain.failure_codes",
    "lector.domain.file_completion",
    "lector.domain.file_deletion",
    "lector.domain.originals",
    "lector.domain.page_selection",
    "lector.domain.readers",
    "lector.domain.shares",
    "lector.domain.text_layers",
    "lector.domain.verification",
    "lector.domain.word_places",
    "lector.runtime.backoff",
    "lector.runtime.connections",
    "lector.runtime.database",
    "lector.runtime.endpoint",
    "lector.runtime.failpoints",
    "lector.runtime.object_store",
    "lector.runtime.safe_urls",
    "lector.runtime.shutdown",
    "lector.runtime.uvicorn_server",
    "lector.runtime.wakeup",
    "lector.telemetry.exporters",
    "msgspec.json",
    "nats",
    "psycopg_binary",
    "starlette.applications",
    "urllib3",
    "uvicorn.lifespan.off",
    "uvicorn.protocols.http.h11_impl",
    "yaml",
)


@dataclass(frozen=True)
class Program:
    """A Python program to run, as `python -m MODULE ARGUMENT…` would.

    The process leads a session of its own; it has this environment and no other, and works in
    `folder` (None: where the fork server does). The kernel sends it `stop_signal` when whoever
    asked for it has died.
    """

    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: str | None
    stop_signal: int

    def encode(self) -> bytes:
        """It as a line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def receive(cls, connection: socket.socket) -> "Program":
        """Read it from a connection; raises EOFError if that ends before."""
        line = bytearray()
        while not line.endswith(b"\n"):
            piece = connection.recv(65536)
            if not piece:
                raise EOFError
            line += piece
        return cls(**json.loads(line))


def main() -> None:
    """Fork processes until nobody can ask for more; in each, run its program."""
    preload()
    process_words.show([sys.executable, "-m", "lector.local.fork_server"], {})
    gc.collect()
    gc.freeze()  # collections would write into all objects, and so end that they are shared
    child = _Forks(socket.socket(fileno=os.dup(sys.stdin.fileno()))).serve()
    if child is not None:
        _run(*child)


def preload() -> None:
    """Import what the parts import."""
    source_tree.import_functions()
    for name in PRELOADED:
        importlib.import_module(name)


class _Forks:
    """What was forked and has not ended yet, and the requests for more."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._running: dict[int, tuple[int, socket.socket]] = {}  # by the descriptor of the process
        self._waiting = select.poll()
        self._waiting.register(requests, select.POLLIN)

    def serve(self) -> tuple[socket.socket, int] | None:
        """None when no more requests can come; in a new process, the descriptors it was given."""
        while True:
            for ready, _ in self._waiting.poll():
                if ready in self._running:
                    self._tell_end(ready)
                    continue
                flags = socket.MSG_CMSG_CLOEXEC
                message, received, _, _ = socket.recv_fds(self._requests, 1, 2, flags)
                if not message:
                    return None
                connection, output = socket.socket(fileno=received[0]), received[1]
                pid = _fork_with_session()
                if pid == 0:
                    self._forget_all()
                    return connection, output
                os.close(output)
                self._answer(pid, connection)

    def _answer(self, pid: int, connection: socket.socket) -> None:
        process = os.pidfd_open(pid)
        self._running[process] = pid, connection
        self._waiting.register(process, select.POLLIN)
        with contextlib.suppress(OSError):  # whoever asked has gone
            socket.send_fds(self._requests, [b"%d" % pid], [process])

    def _tell_end(self, process: int) -> None:
        pid, connection = self._running.pop(process)
        self._waiting.unregister(process)
        os.close(process)
        _, status = os.waitpid(pid, 0)
        with connection, contextlib.suppress(OSError):
            connection.send(b"%d" % os.waitstatus_to_exitcode(status))

    def _forget_all(self) -> None:
        """Close, in a new process, what belongs to the fork server."""
        self._requests.close()
        for process, (_, connection) in self._running.items():
            os.close(process)
            connection.close()


def _fork_with_session() -> int:
    """As `os.fork`, but the new process leads a session of its own before anybody knows of it.

    Until it does it is in the fork server's process group, and would be killed with that.
    """
    led, leads = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
    os.close(leads)
    if pid:
        os.read(led, 1)  # nothing ever comes: it ends when the other side closes its end, or dies
    os.close(led)
    return pid


def _run(connection: socket.socket, output: int) -> None:
    """Become the process that is asked for on the connection."""
    try:
        program = Program.receive(connection)
    except EOFError:
        return
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(ours, theirs)
    os.close(nothing)
    os.close(output)
    _stop_with(connection, program.stop_signal)
    os.environ.clear()
    os.environ.update(program.environment)
    tempfile.tempdir = None
    if program.folder is not None:
        os.chdir(program.folder)
    words = [sys.executable, "-m", program.module, *program.arguments]
    process_words.show(words, program.environment)
    sys.argv[1:] = program.arguments
    runpy.run_module(program.module, run_name="__main__", alter_sys=True)


def _stop_with(connection: socket.socket, stop_signal: int) -> None:
    """Have the kernel send a signal to this process when the other end of a connection closes."""
    fcntl.fcntl(connection, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(connection, fcntl.F_SETSIG, stop_signal)
    flags = fcntl.fcntl(connection, fcntl.F_GETFL)
    fcntl.fcntl(connection, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        if not connection.recv(1):  # it was closed before
            sys.exit(0)
    connection.detach()


if __name__ == "__main__":
    main()
