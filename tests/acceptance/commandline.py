"""Lector as people run it: `lector` as a process, on a data folder of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
import psycopg

from lector.cli.outcome import FINISHED
from lector.domain.object_keys import FILES
from lector.local.data_folder import DataFolder
from lector.local.process import free_port
from lector.local.seaweedfs import BUCKET, PORTS_FILE, remove_sockets
from lector.runtime import settings
from lector.runtime.object_store import ObjectStore
from tests.support import without_model
from tests.support.model import ScriptedModel

# A shell starts what it puts into the background with SIGINT ignored, and so would we start ours:
# tests that press Ctrl-C must work there, too.
signal.signal(signal.SIGINT, signal.default_int_handler)

LECTOR = (sys.executable, "-m", "lector.cli")
_NO_FOLDER = "/dev/null/tests-must-say-which-folder"
# What the developer's shell may set, or a fixture of other tests in this process has set (a larger
# pool, a shorter time limit), and these tests must not depend on: every setting, and these.
_SETTINGS = {
    spec.name.upper()
    for kind in vars(settings).values()
    if isinstance(kind, type) and is_dataclass(kind)
    for spec in fields(kind)
}
_NOT_INHERITED = (
    "HOST",
    "LECTOR_",
    "LOG_FORMAT",
    "NATS_",
    "NOTIFY_",
    "OPENAI_",
    "OTEL_",
    "S3_",
    "TELEGRAM_",
    "FORCE_COLOR",
    "NO_COLOR",
    "COLUMNS",
)


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """What `--format json` wrote, by file name."""
        return {file["name"]: file for file in json.loads(self.out)["files"]}

    def messages_about(self, name: str) -> str:
        """The last words on a file, on stderr."""
        return "\n".join(
            line for line in self.err.splitlines() if line.startswith(f"lector: {name}")
        )


def environment(
    data: Path | None = None, settings: Mapping[str, str] | None = None
) -> dict[str, str]:
    """This process's environment, without what would lead to another Lector or model.

    Pages that carry their text are read by the model all the same, nobody asks it at the start, and
    no second reader checks it, so that its calls can be counted, unless `settings` say otherwise.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in _SETTINGS and not name.startswith(_NOT_INHERITED)
    }
    own = {
        **without_model.ASKING,
        "READER_CHECK": "0",
        "VERIFY": "never",
        "LECTOR_DATA": str(data or _NO_FOLDER),
    }
    return {**inherited, **own, **(settings or {})}


def lector(
    *words: str | Path,
    data: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    prefix: Sequence[str] = (),
    typed: str | None = None,
) -> Done:
    """Run `lector` with these words, on the data folder that LECTOR_DATA names.

    With `typed`, that is what somebody types at a terminal; else there is none.
    """
    start = time.monotonic()
    with _stdin(typed) as stdin:
        done = subprocess.run(
            [*prefix, *LECTOR, *map(str, words)],
            env=env or environment(data),
            cwd=cwd,
            stdin=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=240,
            check=False,
        )
    return Done(done.returncode, done.stdout, done.stderr, time.monotonic() - start)


@contextmanager
def _stdin(typed: str | None) -> Iterator[int]:
    """Standard input for a command: a terminal at which this was typed, or nothing."""
    if typed is None:
        yield subprocess.DEVNULL
        return
    keyboard, terminal = os.openpty()
    try:
        os.write(keyboard, typed.encode())
        yield terminal
    finally:
        os.close(keyboard)
        os.close(terminal)


def start_lector(*words: str, env: Mapping[str, str]) -> subprocess.Popen[str]:
    """`lector` with these words, under way."""
    return subprocess.Popen(
        [*LECTOR, *words],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Up:
    """`lector up` in the foreground."""

    def __init__(
        self,
        data: Path,
        env: Mapping[str, str] | None = None,
        port: int | None = None,
        more: Sequence[str] = (),
    ) -> None:
        self.data = data
        self._environment = environment(settings=env)
        options = ["--data", str(data), *(["--port", str(port)] if port else []), *more]
        self.log = data.with_name(f"{data.name}.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*LECTOR, "up", *options],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.url = ""

    def wait_ready(self) -> None:
        """Wait until it is ready; AssertionError with its messages if it ends instead."""
        folder = DataFolder(self.data)

        def ready() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            running = folder.running()
            self.url = running.url if running else ""
            return running is not None

        wait_until(ready, 60)

    def ocr(self, *words: str | Path) -> Done:
        """`lector ocr` on this data folder."""
        return lector("ocr", *words, data=self.data)

    def processes(self) -> list[psutil.Process]:
        """All that it has started."""
        children: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return children

    def part(self, *words: str) -> psutil.Process:
        """The process that it started with these words in its command."""
        [found] = [one for one in self.processes() if set(words) <= set(_command(one).split())]
        return found

    def database(self) -> psycopg.Connection[Any]:
        """A connection to its database, as the owner."""
        password = DataFolder(self.data).secret("postgres")
        port = self._find_in_commands(r" port=(\d+)")
        return psycopg.connect(
            f"postgresql://lector:{password}@127.0.0.1:{port}/lector", autocommit=True
        )

    def check_its_model_was_asked(self) -> None:
        """AssertionError if pages were read without its model, where that must be asked."""
        if without_model.ASKING.items() <= self._environment.items() and self._runs_well():
            with self.database() as connection:
                found = without_model.pages_without_model(connection)
                assert not found, list(found.values())

    def _runs_well(self) -> bool:
        return self.process.poll() is None and DataFolder(self.data).running() is not None

    def objects(self) -> list[str]:
        """The keys of everything that lies in its object store about files."""
        port = self._find_in_commands(r"-s3.port=(\d+)")
        store = ObjectStore(
            settings.Objects(
                s3_endpoint=f"http://127.0.0.1:{port}",
                s3_bucket=BUCKET,
                s3_access_key="lector",
                s3_secret_key=DataFolder(self.data).secret("s3"),
            )
        )
        return list(store.keys(FILES))

    def kill_object_store(self) -> None:
        """End SeaweedFS, which takes seconds to end in peace, where what it holds goes anyway."""
        with suppress(psutil.NoSuchProcess):
            kill([process.pid for process in self.processes() if process.name() == "weed"])

    def _find_in_commands(self, pattern: str) -> str:
        commands = " ".join(_command(process) for process in self.processes())
        [found] = set(re.findall(pattern, commands))
        return str(found)

    def interrupt(self) -> float:
        """Press Ctrl-C and wait for the end; how many seconds that took."""
        start = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        return time.monotonic() - start


@contextmanager
def up(
    data: Path,
    *,
    keep: bool = False,
    settings: Mapping[str, str] | None = None,
    port: int | None = None,
    more: Sequence[str] = (),
) -> Iterator[Up]:
    """A `lector up` that is ready, until the block ends; then its data goes too, unless kept.

    `more` are further words of the command.

    A port of its own is one that no other stack takes over when this one is killed.
    """
    started = Up(data, settings, port, more)
    try:
        started.wait_ready()
        yield started
        started.check_its_model_was_asked()
    finally:
        started.process.terminate()
        if not keep:
            started.kill_object_store()
        started.process.wait(60)
        if not keep:
            clear(data)
            shutil.rmtree(data)


@contextmanager
def up_with_model(
    folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[Up, ScriptedModel]]:
    """A `lector up` in a folder whose pages a scripted model reads; all of it goes at the end."""
    model = ScriptedModel()
    asked = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "test"}
    try:
        with up(folder / "data", settings={**asked, **(settings or {})}) as running:
            yield running, model
    finally:
        model.stop()
        clear(folder)
        shutil.rmtree(folder)


def kill(pids: Sequence[int]) -> None:
    """End processes that tests have started; their files can be removed afterwards."""
    killed = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            killed.append(psutil.Process(pid))
            killed[-1].kill()
    still_running(killed, 10)


def processes_using(folder: Path) -> list[int]:
    """The processes that have this folder in their command or in their environment's TMPDIR."""
    inside = str(folder.resolve())
    return [
        process.pid for process in psutil.process_iter() if inside in _command_and_tmpdir(process)
    ]


def still_running(processes: Sequence[psutil.Process], within_s: float) -> list[str]:
    """The commands of those processes that still run after so many seconds."""
    deadline = time.monotonic() + within_s
    while True:
        left = [command for process in processes if (command := _command(process))]
        if not left or time.monotonic() >= deadline:
            return left
        time.sleep(0.05)


def clear(path: Path) -> None:
    """End whatever uses a folder, and remove what SeaweedFS left outside of it."""
    kill(processes_using(path))
    for ports_file in path.rglob(PORTS_FILE):
        remove_sockets(ports_file.parent)


def wait_until(true: Callable[[], bool], within_s: float) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"not true after {within_s} s"
        time.sleep(0.05)


def finished(url: str, file_id: str, within_s: float = 60) -> Mapping[str, Any]:
    """A file as the API shows it when nothing more will happen to it."""
    file: dict[str, Any] = {}

    def done() -> bool:
        file.update(httpx2.get(f"{url}/v1/files/{file_id}").raise_for_status().json())
        return file["status"] in FINISHED

    wait_until(done, within_s)
    return file


def unused_port() -> int:
    """A port on which nobody listens."""
    return free_port()


def _command_and_tmpdir(process: psutil.Process) -> str:
    try:
        return f"{_command(process)} {process.environ().get('TMPDIR', '')}"
    except psutil.Error:
        return ""


def _command(process: psutil.Process) -> str:
    """The command of a process; empty when it has ended, even if nobody has collected it yet."""
    try:
        return " ".join(process.cmdline()) if process.is_running() else ""
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""
