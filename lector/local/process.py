"""Child processes that end when we do, and whose last words are shown when they fail."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom

import psutil

from lector.runtime.failures import LectorError

_TAIL_LINES = 15
_NOTED = "process.json"
_PREDECESSOR_S = 30.0
_LIVED_S, _LONGEST_PAUSE_S = 10.0, 30.0
# Below the range from which systems draw ports for outgoing connections.
_PORTS = range(20000, 32000)


class StackError(LectorError):
    """A part of the local stack did not do what it should; the message says which and why."""


def free_port() -> int:
    """A port of the loopback interface that nothing listens on and that is now ours."""
    random = SystemRandom()
    for _ in range(200):
        port = random.choice(_PORTS)
        if is_free(port) and claim(port):
            return port
    raise StackError("found no free port on 127.0.0.1")


def claim(port: int) -> bool:
    """Keep a port from other stacks until this process ends; False if another was faster.

    Between its choice and the moment at which a server listens on it a port looks free. The
    claim is the UDP port of the same number, which none of the servers uses.
    """
    mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        mark.bind(("127.0.0.1", port))
    except OSError:
        mark.close()
        return False
    mark.detach()  # from here on only the end of the process closes it
    return True


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def keep_loopback_direct() -> None:
    """Have no process of ours look for another behind the proxy that the user may have."""
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    hosts = ",".join([*([direct] if direct else []), "127.0.0.1", "localhost"])
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = hosts


@dataclass(frozen=True)
class Part:
    """A process to run, and how it wants to be stopped.

    One that `owns_data` waits for its predecessor: two servers on one folder would ruin it.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 10.0
    folder: Path | None = None
    owns_data: bool = False


class Child:
    """A part that was started, with its log file."""

    def __init__(self, part: Part, logs: Path) -> None:
        self.part = part
        self.log = logs / f"{part.name}.log"
        self._runtime = logs.parent / "run" / part.name
        if part.owns_data:
            _wait_for_predecessor(self._runtime / _NOTED, part.name)
        shutil.rmtree(self._runtime, ignore_errors=True)
        self._runtime.mkdir(parents=True)
        self.starts = 0
        self._pause_s = 0.0
        self._started_at = float("-inf")
        self.start()

    def start(self) -> None:
        """Start the process; also used to start it again."""
        self.starts += 1
        lived_s = time.monotonic() - self._started_at
        self._pause_s = (
            0.0 if lived_s > _LIVED_S else min(_LONGEST_PAUSE_S, 2 * self._pause_s + 0.5)
        )
        self._started_at = time.monotonic()
        self._group_ended = False
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*ends_with_parent(self.part.stop_signal), *self.part.command],
                cwd=self.part.folder,
                env={**_inherited(), **self._own_folders(), **self.part.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for us: we stop the parts, and in order.
                start_new_session=True,
            )
        self._note()

    def _note(self) -> None:
        """Write down which process it is, for whoever starts the part after us."""
        with contextlib.suppress(psutil.NoSuchProcess):
            noted = [self.pid, psutil.Process(self.pid).create_time()]
            (self._runtime / _NOTED).write_text(json.dumps(noted))

    def _own_folders(self) -> dict[str, str]:
        """What a process leaves when it is killed lies in the data folder, and goes at its start.

        Without a runtime folder of its own, every gunicorn puts its control socket at one place
        in HOME.
        """
        return {"TMPDIR": str(self._runtime), "XDG_RUNTIME_DIR": str(self._runtime)}

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def alive(self) -> bool:
        """Whether the process runs; when it has ended, so does at once what it had started."""
        if self._process.poll() is None:
            return True
        self._end_group()
        return False

    def may_start_again(self) -> bool:
        """Whether enough time has passed: ever more for what ends soon after every start."""
        return time.monotonic() >= self._started_at + self._pause_s

    def ask_to_stop(self) -> None:
        """Send the part's stop signal, without waiting."""
        if self.alive():
            self._process.send_signal(self.part.stop_signal)

    def wait_stopped(self) -> None:
        """Wait for the end; kill what is left when the grace period is over, or the process is."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self.part.grace_s)
        self.kill()

    def renew(self) -> None:
        """Start it anew at once, whether it runs or has ended; asked to stop before."""
        self.wait_stopped()
        self._started_at = float("-inf")
        self.start()

    def kill(self) -> None:
        """End the process, and what it started, at once."""
        self._end_group()
        self._process.wait()

    def _end_group(self) -> None:
        """Once only: later its number may belong to somebody else."""
        if not self._group_ended:
            self._group_ended = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])


def _inherited() -> dict[str, str]:
    """Our environment, without the keys to others: they are for whoever asks those."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "TELEGRAM_"))}


def _wait_for_predecessor(noted: Path, name: str) -> None:
    """After our predecessor was killed, what it had started may still be on its way out."""
    with contextlib.suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess):
        pid, created = json.loads(noted.read_text())
        before = psutil.Process(pid)
        if before.create_time() != created or before.status() == psutil.STATUS_ZOMBIE:
            return
        try:
            before.wait(_PREDECESSOR_S)
        except psutil.TimeoutExpired:
            raise StackError(f"{name} (pid {pid}) of an earlier start still runs") from None


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; when we are interrupted, end it and what it started at once."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(command, process.returncode, output)


def wait_ready(child: Child, probe: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Wait until `probe` is true; `StackError` with the log's end if the child dies or is late."""
    deadline = time.monotonic() + timeout_s
    while not probe():
        if not child.alive():
            raise StackError(f"{child.part.name} ended while starting:\n{child.tail()}")
        if time.monotonic() > deadline:
            raise StackError(
                f"{child.part.name} is not ready after {timeout_s:.0f} s:\n{child.tail()}"
            )
        time.sleep(0.03)


def ends_with_parent(stop_signal: signal.Signals) -> list[str]:
    """Where setpriv is (Linux), have the kernel stop a child whose parent was killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", stop_signal.name.removeprefix("SIG")] if setpriv else []
