"""The folder in which a local stack keeps everything, and who uses it now."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import platformdirs
import psutil

from lector.domain import report_keys
from lector.local.process import StackError
from lector.runtime import source_tree

_EXIT_TIMEOUT_S = 5.0


def default() -> Path:
    """LECTOR_DATA, or the place where this system keeps users' data."""
    return Path(os.environ.get("LECTOR_DATA") or platformdirs.user_data_path("lector"))


def languages() -> Path:
    """LECTOR_LANGUAGES, or a place beside the default data folder, for all that runs here."""
    named = os.environ.get("LECTOR_LANGUAGES")
    return Path(named or platformdirs.user_data_path("lector-languages")).expanduser().resolve()


@dataclass(frozen=True)
class Running:
    """A stack that runs on a data folder."""

    pid: int
    url: str
    nats_url: str = field(default="", repr=False)  # a password is in it
    services: dict[str, str] = field(default_factory=dict, repr=False)
    """The settings with which its database and object store are reached, for their owner."""
    function_urls: dict[str, str] = field(default_factory=dict)
    token: str = field(default="", repr=False)  # where it asks for one


class DataFolder:
    """A data folder: private to its owner, used by one stack at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()

    @property
    def logs(self) -> Path:
        """Where the parts' logs are."""
        return self.path / "logs"

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Create the folder if it is missing, and lock it against other stacks."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.logs.mkdir(exist_ok=True)
        with (self.path / "lock").open("w") as lock:
            if not _lock(lock.fileno()):
                raise StackError(self._describe_use())
            self._state.unlink(missing_ok=True)  # of a stack that was killed
            try:
                yield
            finally:
                self._state.unlink(missing_ok=True)

    def secret(self, name: str) -> str:
        """A random secret, made once and kept."""
        path = self.path / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if name not in known:
            known[name] = secrets.token_urlsafe(24)
            write_private(path, json.dumps(known))
        return known[name]

    @property
    def report_key_file(self) -> Path:
        """Where the key is with which this Lector signs reports."""
        return self.path / "report.key"

    def report_key(self) -> str:
        """The key with which this Lector signs reports, made once and kept.

        Raises:
            StackError: what is in its file is none.

        """
        if not self.report_key_file.exists():
            write_private(self.report_key_file, report_keys.draw())
        key = self.report_key_file.read_text(encoding="utf-8").strip()
        if not report_keys.is_private_key(key):
            raise StackError(f"{self.report_key_file} does not hold {report_keys.KEY_WORDS}")
        return key

    @property
    def sign_in_file(self) -> Path:
        """Where the code of the address is that signs a browser in, until it was used."""
        return self.path / "sign-in"

    def draw_sign_in_code(self) -> str:
        """A new code for that; the one before is worth nothing any more."""
        code = secrets.token_urlsafe(24)
        write_private(self.sign_in_file, code)
        return code

    def announce(self, running: Running) -> None:
        """Write down how the running stack is reached."""
        write_private(self._state, json.dumps(asdict(running)))

    def running(self) -> Running | None:
        """The stack that runs on this folder, if one does and is ready."""
        if not self._is_locked():
            return None  # what is written there is of a stack that was killed
        try:
            return Running(**json.loads(self._state.read_text()))
        except FileNotFoundError:
            return None

    def settled(self) -> Running | None:
        """The stack that runs on this folder, None if none does.

        Raises:
            StackError: one is starting or ending.

        """
        running = self.running()
        if running is None and self._is_locked():
            raise StackError(self._describe_use())
        return running

    def _describe_use(self) -> str:
        """What uses the folder, and the way out."""
        running = self.running()
        if running is None:
            return f"Lector is starting or ending on {self.path}; try again in a moment"
        by_make = not source_tree.is_installed() and self.path == DataFolder(default()).path
        ends = "`make stop`" if by_make else "`lector stop`"
        return f"Lector runs already at {running.url}, on {self.path}; {ends} ends it"

    def stop(self, timeout_s: float = 60.0) -> bool:
        """Stop the stack that runs here and wait for its end; False if there was none."""
        running = self.settled()
        if running is None:
            return False
        os.kill(running.pid, signal.SIGTERM)
        deadline = time.monotonic() + timeout_s
        while self.running() is not None:
            if time.monotonic() > deadline:
                raise StackError(f"the stack (pid {running.pid}) did not stop in {timeout_s:.0f} s")
            time.sleep(0.1)
        with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
            psutil.Process(running.pid).wait(_EXIT_TIMEOUT_S)
        return True

    def is_empty(self) -> bool:
        """Whether nothing is there, or only an empty folder."""
        return not self.path.exists() or not any(self.path.iterdir())

    def is_ours(self) -> bool:
        """Whether a stack ever ran here, so that nothing else is deleted by mistake."""
        return (self.path / "lock").exists() and (self.path / "secrets.json").exists()

    def delete(self) -> None:
        """Delete the folder and all in it; processes that are ending may still write there."""
        for _ in range(50):
            shutil.rmtree(self.path, ignore_errors=True)
            if not self.path.exists():
                return
            time.sleep(0.1)
        shutil.rmtree(self.path)

    def _is_locked(self) -> bool:
        try:
            with (self.path / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    @property
    def _state(self) -> Path:
        return self.path / "stack.json"


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    partial = path.with_name(f"{path.name}.part")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(content, encoding="utf-8")
    partial.rename(path)


def _lock(descriptor: int) -> bool:
    """Lock a file for this process; retry, as `running` elsewhere holds it for a moment."""
    for _ in range(5):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False
