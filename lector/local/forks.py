"""Starts Python parts as forks of the fork server, which has imported what they have in common.

See `lector.local.fork_server`, its side of it.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Collection, Mapping
from pathlib import Path

from lector.local.fork_server import Program
from lector.local.process import Child, Part, Process, spawn

NAME = "fork-server"
#: The exit code of a process that ended after the fork server had.
UNKNOWN_CODE = 255
_ANSWER_TIMEOUT_S = 30.0
_CODE_TIMEOUT_S = 5.0
_MODULE = "lector.local.fork_server"
# Room for the command and the environment of a fork, which are shown in place of its own.
_COMMAND_ROOM, _ENVIRONMENT_ROOM = " " * 2048, {"LECTOR_ROOM": " " * 32768}
_PART = Part(NAME, [sys.executable, "-m", _MODULE, _COMMAND_ROOM], {"PYTHONUNBUFFERED": "1"})


def are_possible() -> bool:
    """Whether processes can be forked and watched here: on Linux; elsewhere it is not safe."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


class Forked:
    """A process that the fork server has forked: its own child, but ours to watch and to stop."""

    def __init__(self, pid: int, process: int, connection: socket.socket) -> None:
        self.pid = pid
        self._process = process
        weakref.finalize(self, os.close, process)
        # By its end of the connection the process notices that ours is closed: that we have died.
        self._connection = connection
        weakref.finalize(self, connection.close)
        self._code: int | None = None
        self._reading = threading.Lock()

    def poll(self) -> int | None:
        """None while it runs, else its exit code, or less than 0: minus the signal that ended it.

        Where the fork server has died, nobody knows: it is UNKNOWN_CODE then.
        """
        return self._exit_code() if self._has_ended(0.0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended, for so many seconds at most; its exit code."""
        if not self._has_ended(timeout):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return self._exit_code()

    def _exit_code(self) -> int:
        with self._reading:
            if self._code is None:
                try:
                    self._code = int(self._connection.recv(32))
                except (OSError, ValueError):
                    self._code = UNKNOWN_CODE
            return self._code

    def send_signal(self, number: int, /) -> None:
        """Send it a signal, unless it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, number)

    def _has_ended(self, within_s: float | None) -> bool:
        ended = select.poll()
        ended.register(self._process, select.POLLIN)
        return bool(ended.poll(None if within_s is None else within_s * 1000))


class ForkServer(Child):
    """The fork server as a part. While it is away, programs start all the same, by themselves."""

    def __init__(self, logs: Path, withheld: Collection[str] = ()) -> None:
        self._requests = socket.socket()
        self._asking = threading.Lock()
        super().__init__(_PART, logs, withheld, self._spawn)

    def _spawn(self, part: Part, environment: Mapping[str, str], output: int) -> Process:
        """Start the fork server, for the first time or again."""
        ours, theirs = socket.socketpair()
        ours.settimeout(_ANSWER_TIMEOUT_S)
        with self._asking, theirs:
            self._requests.close()
            self._requests = ours
            return spawn(part, {**environment, **_ENVIRONMENT_ROOM}, output, theirs.fileno())

    def kill(self) -> None:
        """End it at once; what it has forked goes on."""
        super().kill()
        self._requests.close()

    def fork(self, part: Part, environment: Mapping[str, str], output: int) -> Process:
        """Start a part whose command is `python -m MODULE ARGUMENT…`; wait for imports to end."""
        _, _, module, *arguments = part.command
        folder = None if part.folder is None else str(part.folder)
        program = Program(module, arguments, environment, folder, part.stop_signal).encode()
        ours, theirs = socket.socketpair()
        ours.settimeout(_CODE_TIMEOUT_S)
        with theirs:
            try:
                pid, process = self._ask(theirs.fileno(), output)
            except OSError:
                ours.close()
                return spawn(part, environment, output)
        with contextlib.suppress(OSError):  # it has been killed
            ours.sendall(program)
        return Forked(pid, process, ours)

    def _ask(self, *descriptors: int) -> tuple[int, int]:
        """Have it fork a process that gets these; its pid, and a descriptor for it.

        Raises OSError if the fork server is away, or does not answer in time.
        """
        with self._asking:
            try:
                socket.send_fds(self._requests, [b"!"], descriptors)
                flags = socket.MSG_CMSG_CLOEXEC
                answer, received, _, _ = socket.recv_fds(self._requests, 32, 1, flags)
                if not answer:
                    raise ConnectionResetError
            except OSError:
                self._requests.close()  # whatever it answers later is for nobody
                raise
            return int(answer), received[0]
