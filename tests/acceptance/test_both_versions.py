"""The version before runs on the schema after: both at once, on one database and one stream.

The version before is the last commit before the newest migration, in a folder of its own.
Its functions and bridge get the environment of today's. So a rollout and a rollback lose nothing.
"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from lector.local import functions
from lector.local.process import free_port
from lector.local.tools import checkout
from tests.acceptance.commandline import Up, clear, up, wait_until
from tests.support.behaving_model import GOOD, BehavingModel
from tests.support.marked_files import Uploader

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NAMES = ("upload", "render", "register", "llm", "outbox", "notify")
FILES, PAGES = 6, 10
WITHIN_S = 150


def git(*words: str) -> bytes:
    done = subprocess.run(
        [str(shutil.which("git")), "-C", checkout(), *words],
        capture_output=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        said = done.stderr.decode().strip()
        pytest.skip(f"there is no version before: git {words[0]} says {said}")
    return done.stdout


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the version before, whose newest migration is not today's."""
    if shutil.which("git") is None:
        pytest.skip("there is no version before: git is not on the path")
    words = ("log", "-1", "--format=%H", "--diff-filter=A", "--", "migrations/*.sql")
    newest = git(*words).decode().strip()
    if not newest:
        pytest.skip("there is no version before: no commit of this clone adds a migration")
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", f"{newest}^"))) as files:
        files.extractall(folder, filter="data")
    return folder


@dataclass(frozen=True)
class Both:
    """A Lector of today, the version before beside it, and the model that each of them asks."""

    today: BehavingModel
    before: BehavingModel
    running: Up
    old_url: str


class Old:
    """The processes of the version before, each with the environment of today's."""

    def __init__(self, folder: Path, running: Up, logs: Path) -> None:
        self._folder = folder
        self._running = running
        self._logs = logs
        self._children: list[subprocess.Popen[bytes]] = []

    def function(self, name: str, **settings: str) -> int:
        """Start a function; the port on which it is ready."""
        source = str(self._folder / "functions" / name / "main.py")
        words = ["-m", "lector.runtime.serve", "--target", name, "--source", source]
        return self._start(self._running.part("--target", name), name, words, settings)

    def bridge(self, command: str, **settings: str) -> int:
        """Start a command of the bridge; the port on which it is ready."""
        of_today = self._running.part("lector.bridge", command)
        return self._start(of_today, command, ["-m", "lector.bridge", command], settings)

    def _start(
        self, of_today: psutil.Process, name: str, words: list[str], settings: dict[str, str]
    ) -> int:
        port = free_port()
        env = {**of_today.environ(), "PYTHONPATH": str(self._folder), "PORT": str(port), **settings}
        with (self._logs / f"{name}.log").open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, *words], env=env, cwd=self._folder, stdout=log, stderr=log
            )
        self._children.append(child)
        probe = functions.healthy(port)

        def ready() -> bool:
            assert child.poll() is None, (self._logs / f"{name}.log").read_text()
            return probe()

        wait_until(ready, 60)
        return port

    def stop(self) -> None:
        """End them, the last that was started first."""
        for child in reversed(self._children):
            child.terminate()
        for child in self._children:
            child.wait(60)


@contextmanager
def version_before(folder: Path, running: Up, logs: Path, model: BehavingModel) -> Iterator[str]:
    """All functions and sources of the version before, and the URL of its API."""
    old = Old(folder, running, logs)
    try:
        ports = {name: old.function(name) for name in NAMES if name != "llm"}
        ports["llm"] = old.function("llm", OPENAI_BASE_URL=model.base_url)
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        table = ",".join(f"{name}={url}" for name, url in urls.items())
        old.bridge("jetstream-source", FUNCTION_URLS=table)
        sinks = {"K_SINK": "outbox", "SWEEP_SINK": "register", "NOTIFY_SINK": "notify"}
        old.bridge("postgres-source", **{key: f"{urls[name]}/" for key, name in sinks.items()})
        yield urls["upload"]
    finally:
        old.stop()


@pytest.fixture(scope="module")
def both(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("both")
    today, of_before = BehavingModel(0.2, 8), BehavingModel(0.2, 8)
    settings = {
        "OPENAI_BASE_URL": today.base_url,
        "OPENAI_API_KEY": "test",
        "OPENAI_MODEL": GOOD,
        "READER_CHECK": "0",
    }
    with ExitStack() as stack:
        stack.callback(clear, folder)
        stack.callback(today.stop)
        stack.callback(of_before.stop)
        running = stack.enter_context(up(folder / "data", settings=settings))
        old_url = stack.enter_context(version_before(before, running, folder, of_before))
        yield Both(today, of_before, running, old_url)


def test_the_processes_of_the_version_before_run_its_code(before: Path) -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import lector; print(lector.__file__)"],
        env={**os.environ, "PYTHONPATH": str(before)},
        cwd=before,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()
    assert Path(where).is_relative_to(before)


def test_the_schema_is_newer_than_the_version_before(both: Both, before: Path) -> None:
    known = {path.name.partition("_")[0] for path in (before / "migrations").glob("*.sql")}
    with both.running.database() as connection:
        applied = {row[0] for row in connection.execute("SELECT version FROM schema_migrations")}
    assert applied > known


@pytest.mark.parametrize("by", ["today", "before"])
def test_every_page_is_read_while_both_versions_take_events(
    both: Both, tmp_path: Path, by: str
) -> None:
    url = both.running.url if by == "today" else both.old_url
    asked = len(both.today.calls), len(both.before.calls)
    with Uploader(url, tmp_path) as uploader:
        files = [uploader.upload(PAGES) for _ in range(FILES)]
        for file in files:
            assert file.wait_finished(WITHIN_S) is not None, file.state()
        assert [file.pages_read() for file in files] == [PAGES] * FILES
        assert [file.failures() for file in files] == [[]] * FILES
    # Else one of them only looked on.
    assert len(both.today.calls) > asked[0]
    assert len(both.before.calls) > asked[1]


def test_nothing_that_was_announced_is_left(both: Both) -> None:
    with both.running.database() as connection:

        def drained() -> bool:
            [row] = connection.execute("SELECT count(*) FROM outbox WHERE published_at IS NULL")
            return bool(row[0] == 0)

        wait_until(drained, 60)
        [row] = connection.execute("SELECT count(*) FROM dead_letters")
        assert row[0] == 0
