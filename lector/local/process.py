"""Child processes that end with their parent; when one fails, the end of its log is shown."""

import contextlib
import http.client
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from typing import Protocol

import psutil

from lector.local.log_files import LogFile
from lector.runtime.backoff import Backoff
from lector.runtime.failures import LectorError

_TAIL_LINES = 15
PID_FILE = "process.json"
_PREDECESSOR_TIMEOUT_S = 30.0
# A process that lived for less than this is restarted after a growing pause.
_STABLE_S = 10.0
# How long what an ended process has printed may take into its log, if others hold its pipe open.
_LAST_WORDS_S = 1.0
# How often to look whether a process has ended, where the system cannot say so.
_ASK_EVERY_S = 0.25
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
# Below the range from which systems draw ports for outgoing connections.
_PORTS = range(20000, 32000)


class StackError(LectorError):
    """A part of the local stack did not do what it should; the message says which and why."""


@dataclass(frozen=True)
class Listening:
    """On which address API and object store take connections; all others stay on loopback."""

    host: str = "127.0.0.1"
    objects_port: int | None = None
    """The object store's; None: a free one."""


ON_LOOPBACK = Listening()


def free_port() -> int:
    """A port of the loopback interface on which nothing listens, claimed for this process."""
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
    """Send requests to this machine past any proxy that is set, in child processes too."""
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    hosts = ",".join([*([direct] if direct else []), "127.0.0.1", "localhost"])
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = hosts


@dataclass(frozen=True)
class Part:
    """A process to run, and how it is stopped.

    One that `owns_data` waits until its predecessor has ended: two servers would ruin its folder.
    While it lives it may take `start_timeout_s` to be ready.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 10.0
    start_timeout_s: float = 60.0
    folder: Path | None = None
    owns_data: bool = False


class Process(Protocol):
    """A process that was started; as `subprocess.Popen` has it."""

    @property
    def pid(self) -> int:
        """Its id."""

    def poll(self) -> int | None:
        """None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; raises `subprocess.TimeoutExpired` if that takes longer."""

    def send_signal(self, number: int, /) -> None:
        """Send it a signal, unless it has ended."""


Begin = Callable[[Part, Mapping[str, str], int], Process]
"""What starts a part's process with an environment, and a descriptor to print to."""


def spawn(
    part: Part,
    environment: Mapping[str, str],
    output: int,
    stdin: int = subprocess.DEVNULL,
) -> "subprocess.Popen[bytes]":
    """Start a part's command as a process of its own."""
    return subprocess.Popen(
        [*with_parent_death_signal(part.stop_signal), *part.command],
        cwd=part.folder,
        env=environment,
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        # Ctrl-C must reach only the parent, which stops the parts in order.
        start_new_session=True,
    )


class Child:
    """A part that was started, with its log file."""

    def __init__(
        self, part: Part, logs: Path, withheld: Collection[str] = (), begin: Begin = spawn
    ) -> None:
        """Start a part; of our environment it does not get the variables that are `withheld`."""
        self.part = part
        self._begin = begin
        self._withheld = frozenset(withheld)
        self._log = LogFile(logs / f"{part.name}.log")
        self._runtime = logs.parent / "run" / part.name
        if part.owns_data:
            _wait_for_predecessor(self._runtime / PID_FILE, part.name)
        shutil.rmtree(self._runtime, ignore_errors=True)
        self._runtime.mkdir(parents=True)
        self.starts = 0
        self._backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        self._pause_s = 0.0
        self._started_at = float("-inf")
        self.start()

    def start(self) -> None:
        """Start the process, for the first time or again."""
        self.starts += 1
        if time.monotonic() - self._started_at > _STABLE_S:
            self._backoff.reset()
            self._pause_s = 0.0
        else:
            self._pause_s = self._backoff.next_s()
        self._started_at = time.monotonic()
        self._group_ended = False
        environment = {
            **_inherited_environment(self._withheld),
            **self._own_folders(),
            **self.part.env,
        }
        output = self._log.pipe()
        try:
            self._process = self._begin(self.part, environment, output)
        finally:
            os.close(output)
        self._write_pid_file()

    def _write_pid_file(self) -> None:
        """Write down which process it is, for the next start of the part."""
        with contextlib.suppress(psutil.NoSuchProcess):
            identity = [self.pid, psutil.Process(self.pid).create_time()]
            (self._runtime / PID_FILE).write_text(json.dumps(identity))

    def _own_folders(self) -> dict[str, str]:
        """Folders for temporary files below the data folder, emptied at the start of the part.

        Without a runtime folder of its own, every gunicorn puts its control socket at the same
        path in HOME.
        """
        return {"TMPDIR": str(self._runtime), "XDG_RUNTIME_DIR": str(self._runtime)}

    @property
    def log(self) -> Path:
        """The newest of its log files."""
        return self._log.path

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def alive(self) -> bool:
        """Whether the process runs; if it has ended, kill the processes that it had started."""
        if self._process.poll() is None:
            return True
        self._end_group()
        return False

    def may_start_again(self) -> bool:
        """Whether the pause is over; it grows while the process ends soon after every start."""
        return time.monotonic() >= self._started_at + self._pause_s

    def ask_to_stop(self) -> None:
        """Send the part's stop signal, without waiting."""
        if self.alive():
            self._process.send_signal(self.part.stop_signal)

    def wait_ended(self, timeout_s: float | None = None) -> int:
        """Wait until it has ended by itself; its exit code.

        On an interrupt, or when it takes longer, it is killed.
        """
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout_s)
        finally:
            self.kill()
        return self._process.wait()

    def wait_stopped(self) -> None:
        """Wait until it has ended or its grace period is over; then kill what is left of it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self.part.grace_s)
        self.kill()

    def restart(self) -> None:
        """Start it again without a pause; call `ask_to_stop` before if it runs."""
        self.wait_stopped()
        self._started_at = float("-inf")
        self.start()

    def kill(self) -> None:
        """End the process, and what it started, at once."""
        # By itself, too: what begins it may not have it lead a group.
        self._process.send_signal(signal.SIGKILL)
        self._end_group()
        self._process.wait()
        self._log.wait_written(_LAST_WORDS_S)

    def _end_group(self) -> None:
        """Kill its process group, once only: later its number may belong to another process."""
        if not self._group_ended:
            self._group_ended = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def tail(self, lines: int = _TAIL_LINES) -> str:
        """The last lines of its log; all of them, if it has ended."""
        if self._process.poll() is not None:
            self._log.wait_written(_LAST_WORDS_S)
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _inherited_environment(withheld: Collection[str]) -> dict[str, str]:
    """Our environment without the keys of models and Telegram, which only some parts get."""
    others = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "TELEGRAM_"))}
    return {k: v for k, v in others.items() if k not in withheld}


def _wait_for_predecessor(pid_file: Path, name: str) -> None:
    """Wait for the process of an earlier start, which may still be ending after a kill."""
    with contextlib.suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess):
        pid, created = json.loads(pid_file.read_text())
        predecessor = psutil.Process(pid)
        if predecessor.create_time() != created or predecessor.status() == psutil.STATUS_ZOMBIE:
            return
        try:
            predecessor.wait(_PREDECESSOR_TIMEOUT_S)
        except psutil.TimeoutExpired:
            raise StackError(f"{name} (pid {pid}) of an earlier start still runs") from None


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; on an interrupt, kill it and what it has started."""
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


def wait_ready(
    child: Child,
    probe: Callable[[], bool],
    timeout_s: float | None = None,
    report: Callable[[str], None] = lambda _: None,
    report_every_s: float = 10.0,
) -> None:
    """Wait until `probe` is true; meanwhile `report` what it says last, now and then.

    Raises:
        StackError: with the end of its log, if it dies, or needs longer than `timeout_s`, by
            default the time that its part has to start.

    """
    timeout_s = child.part.start_timeout_s if timeout_s is None else timeout_s
    name, began = child.part.name, time.monotonic()
    report_at = began + report_every_s
    while not probe():
        if not child.alive():
            raise StackError(f"{name} ended while starting:\n{child.tail()}")
        now = time.monotonic()
        if now > began + timeout_s:
            raise StackError(f"{name} is not ready after {timeout_s:.0f} s:\n{child.tail()}")
        if now > report_at:
            report_at = now + report_every_s
            report(f"{name} is still starting ({now - began:.0f} s): {child.tail(1)}")
        time.sleep(0.03)


class Watch:
    """Waits until a process ends or somebody wants to be heard, and costs nothing meanwhile."""

    def __init__(self) -> None:
        self._waking, self._wake = os.pipe()

    def wake(self) -> None:
        """End the wait that is under way, or else the next one."""
        os.write(self._wake, b"!")

    def wait(self, children: Iterable[Child], timeout_s: float) -> None:
        """Return when one of the children ends, at `wake`, or after so many seconds."""
        with contextlib.ExitStack() as descriptors:
            waiting = select.poll()
            waiting.register(self._waking, select.POLLIN)
            if not hasattr(os, "pidfd_open"):  # outside of Linux
                timeout_s = min(timeout_s, _ASK_EVERY_S)
            else:
                for child in children:
                    try:
                        process = os.pidfd_open(child.pid)
                    except ProcessLookupError:
                        return
                    descriptors.callback(os.close, process)
                    waiting.register(process, select.POLLIN)
            if self._waking in dict(waiting.poll(timeout_s * 1000)):
                os.read(self._waking, 1)

    def close(self) -> None:
        """Close its pipe; it cannot be used any more."""
        os.close(self._waking)
        os.close(self._wake)


def http_status(port: int, path: str, timeout_s: float) -> int | None:
    """The status of a GET on loopback; None where nobody answers.

    It is asked often, by the standard library: a client of httpx2 loads all certificates first,
    20 ms of a processor each time.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def with_parent_death_signal(stop_signal: signal.Signals) -> list[str]:
    """What to put before a command so that the kernel stops it when its parent was killed.

    Empty where setpriv is missing, as outside of Linux.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", stop_signal.name.removeprefix("SIG")] if setpriv else []
