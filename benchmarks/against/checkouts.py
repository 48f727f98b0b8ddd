"""Checkouts to measure: this one, and a worktree of another commit with what its own lock says."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from benchmarks.footprint import ProcessTree
from benchmarks.reporting import say
from lector.local.process import free_port
from lector.local.tools import checkout

_START_S, _STOP_S = 180.0, 90.0
_READY = "open http://"


@dataclass(frozen=True)
class Checkout:
    """A folder with a Lector, and the Python that runs it."""

    folder: Path
    python: Path

    def command(self) -> list[str]:
        """Its command line, whatever its module is called."""
        project = tomllib.loads((self.folder / "pyproject.toml").read_text())
        module = project["project"]["scripts"]["lector"].partition(":")[0]
        return [str(self.python), "-m", module.removesuffix(".__main__")]

    def environment(self) -> dict[str, str]:
        """That of this process, but its own modules come first, also in what it starts."""
        ours = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "LECTOR_"))}
        return {**ours, "PYTHONPATH": str(self.folder)}


def this_one() -> Checkout:
    """The checkout that this runs from."""
    return Checkout(checkout(), Path(sys.executable))


def of_commit(ref: str) -> Checkout:
    """A worktree of a commit below `.bench/`, made if it is not there.

    Where its lock is the same, it runs on our packages, else on its own.
    """
    here = checkout()
    commit = _git(here, "rev-parse", "--short=7", f"{ref}^{{commit}}")
    folder = here / ".bench" / commit
    if not folder.exists():
        say(f"making a worktree of {commit}")
        _git(here, "worktree", "add", "--detach", str(folder), commit)
    lock = "requirements.lock"
    if (folder / lock).read_bytes() == (here / lock).read_bytes():
        return Checkout(folder, Path(sys.executable))
    say(f"installing what {commit} needs, if it is not there")
    setup = [_program("make"), "--no-print-directory", "setup"]
    subprocess.run(setup, cwd=folder, check=True, stdout=sys.stderr)
    return Checkout(folder, folder / ".venv" / "bin" / "python")


def _git(folder: Path, *arguments: str) -> str:
    command = [_program("git"), *arguments]
    done = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode().strip()


def _program(name: str) -> str:
    """Where a program is: `RuntimeError` if it is not there."""
    if path := shutil.which(name):
        return path
    raise RuntimeError(f"{name} is not there")


@dataclass(frozen=True)
class Lector:
    """One that runs: where its API is, and all of its processes."""

    url: str
    tree: ProcessTree


@contextmanager
def running(source: Checkout, settings: Mapping[str, str]) -> Iterator[Lector]:
    """`lector up` of a checkout, on a data folder that is deleted afterwards.

    Raises:
        RuntimeError: it does not start; with the end of what it said.

    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="lector-against-") as scratch:
        log = Path(scratch, "up.log")
        with log.open("wb") as output:
            up = subprocess.Popen(
                [*source.command(), "up", "--data", f"{scratch}/data", "--port", str(port)],
                cwd=source.folder,
                env={**source.environment(), **settings},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            url = f"http://127.0.0.1:{port}"
            _await_ready(up, f"{url}/v1/files", log)
            yield Lector(url, ProcessTree(up.pid))
        finally:
            up.terminate()
            up.wait(_STOP_S)


def _await_ready(up: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Wait for the line that says that it is ready, and for its first answer."""
    deadline = time.monotonic() + _START_S
    while _READY not in log.read_text() or not _answers(url):
        if up.poll() is not None or time.monotonic() > deadline:
            last = log.read_text(errors="replace").strip()[-500:]
            raise RuntimeError(f"Lector does not start: {last or 'it said nothing'}")
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5.0).is_success
    except httpx2.TransportError:
        return False
