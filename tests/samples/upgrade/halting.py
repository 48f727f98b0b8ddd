"""A Lector whose parts can be halted, with what they have in hand; in the end it is killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import psutil
import psycopg
from support import streams

from .contents import File

_PATIENCE_S = 60.0
_COMMANDS = ("jetstream-source", "jetstream-sink", "postgres-source")


class Lector:
    """A `lector up`, seen through its API, its database, its streams and its processes."""

    def __init__(self, data: Path, settings: Mapping[str, str]) -> None:
        self.data = data
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lector.local.cli", "up", "--data", str(data)],
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._mine = psutil.Process(self._process.pid)
        running = data / "stack.json"
        wait_for(running.exists, "Lector is ready")
        url = json.loads(running.read_text())["url"]
        self.http = httpx2.Client(base_url=f"{url}/v1", timeout=30)
        self._parts = {_name(part): part for part in self._mine.children()}

    def __enter__(self) -> "Lector":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    # --- its processes ---

    def halt(self, name: str) -> None:
        """Have a part stand still."""
        os.killpg(self._parts[name].pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Have a part go on."""
        os.killpg(self._parts[name].pid, signal.SIGCONT)

    def end_for_good(self, name: str) -> None:
        """Kill a part that nobody shall start again: who watches over them is halted."""
        os.killpg(self._process.pid, signal.SIGSTOP)
        os.killpg(self._parts[name].pid, signal.SIGKILL)

    def end(self) -> None:
        """End all of it as Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)
        if self._process.wait(_PATIENCE_S):
            raise RuntimeError("Lector did not end well")

    def kill(self) -> None:
        """End all of it in one moment."""
        if self._process.poll() is not None:
            return
        everything = [self._mine, *self._mine.children(recursive=True)]
        for process in everything:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        psutil.wait_procs(everything, timeout=_PATIENCE_S)

    def port(self, name: str) -> int:
        """Where a part listens."""
        return int(self._parts[name].environ()["PORT"])

    # --- its database and its streams ---

    def database(self) -> psycopg.Connection[Any]:
        """A connection as the owner."""
        command = " ".join(self._parts["postgres"].cmdline())
        port = command.partition(" port=")[2].split()[0]
        password = json.loads((self.data / "secrets.json").read_text())["postgres"]
        return psycopg.connect(f"postgresql://lector:{password}@127.0.0.1:{port}/lector")

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.database() as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def lock(self, file: File, event_type: str, place: int = 0) -> psycopg.Connection[Any]:
        """Keep the relay from an event about a file, for as long as the connection lives."""
        query = (
            "SELECT FROM outbox WHERE id ="
            " (SELECT id FROM outbox WHERE subject = %s AND type = %s AND published_at IS NULL"
            f" ORDER BY position LIMIT 1 OFFSET {place}) FOR UPDATE"
        )
        connection = self.database()
        if not connection.execute(query.encode(), [file.id, event_type]).fetchall():
            raise RuntimeError(f"there is no {event_type} of {file.name} to keep")
        return connection

    def wait_until_published(self, file: File, event_type: str) -> None:
        """Wait until an event of a type about a file is published."""
        query = (
            "SELECT count(*) > 0 FROM outbox"
            " WHERE subject = %s AND type = %s AND published_at IS NOT NULL"
        )
        what = f"{event_type} of {file.name} is published"
        wait_for(lambda: self.rows(query, file.id, event_type) == [(True,)], what)

    def wait_until_drained(self) -> None:
        """Wait until all events are published."""
        query = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        wait_for(lambda: self.rows(query) == [(0,)], "the outbox is empty")

    def wait_until_in_hand(self, durable: str, messages: int) -> None:
        """Wait until a function was given so many messages that are not acked."""
        what = f"{messages} in hand: {durable}"
        wait_for(lambda: streams.consumers(self.data)[durable].in_hand == messages, what)

    def wait_until_quiet(self) -> None:
        """Wait until every event was handled."""
        self.wait_until_drained()

        def quiet() -> bool:
            consumers = streams.consumers(self.data).values()
            return not any(one.unread or one.in_hand for one in consumers)

        wait_for(quiet, "every message is handled")

    # --- its API ---

    def post(self, path: str, **request: Any) -> Any:
        """The answer to a POST."""
        return self.http.post(path, **request).raise_for_status().json()

    def announce(self, file: File, **headers: str) -> Any:
        """Announce a file, whose bytes are to come."""
        body = {"name": file.name, "size_bytes": len(file.body)}
        answer = self.post("/files", json=body, headers=headers)
        file.id = answer["id"]
        return answer

    def send(self, file: File, **options: str) -> None:
        """Upload a file, so that work on it begins."""
        form = {"file": (file.name, file.body, "application/pdf")}
        file.id = self.post("/files", files=form, data=options)["id"]

    def delete(self, file: File) -> None:
        """Delete a file."""
        self.http.delete(f"/files/{file.id}").raise_for_status()

    def get(self, file: File) -> Any:
        """A file as the API shows it."""
        return self.http.get(f"/files/{file.id}").raise_for_status().json()

    def last_event_id(self) -> str:
        """Where somebody who watches now would go on."""
        with self.http.stream("GET", "/events") as stream:
            for line in stream.iter_lines():
                if line.startswith("id: "):
                    return line.removeprefix("id: ")
        raise RuntimeError("there is no end of the events")

    def wait_until(self, file: File, **progress: int) -> None:
        """Wait until so many pages of a file have come so far."""

        def come() -> bool:
            progress_now = self.get(file)["progress"]
            return all(progress_now[name] == pages for name, pages in progress.items())

        wait_for(come, f"{file.name}: {progress}")

    def wait_until_state(self, file: File, state: str) -> None:
        """Wait until a file is in a state."""
        wait_for(lambda: self.get(file)["status"] == state, f"{file.name}: {state}")


def wait_for(true: Callable[[], object], what: str) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + _PATIENCE_S
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {_PATIENCE_S:.0f} s: {what}")
        time.sleep(0.05)
    sys.stderr.write(f"  {what}\n")


def _name(part: psutil.Process) -> str:
    """What a process is called: a function by its target, others by their command."""
    words = part.cmdline()
    if "--target" in words:
        return words[words.index("--target") + 1]
    return words[-1] if words[-1] in _COMMANDS else Path(words[0]).name
