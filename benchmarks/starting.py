"""start_<function>: from the start of a process to the first event handled, against a bare one."""

import socket
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import httpx2

from benchmarks.first_events import first_event
from benchmarks.reporting import Figure, say
from lector.domain.functions import FUNCTIONS
from lector.local import functions
from lector.local.process import Child, Part, free_port
from lector.local.tools import tool
from lector.runtime import events
from tests.support.parts import Parts

NAMES = tuple(f"start_{name}" for name in FUNCTIONS)

_ROUNDS = 5
_WITHIN_S = 30.0
_DONE = {
    "hello": "an empty answer",
    "upload": "a list of no files out of PostgreSQL",
    "render": "PostgreSQL asked for pages that are missing, answered 204",
    "register": "PostgreSQL asked for a file that is missing, answered 204",
    "llm": "PostgreSQL asked for a page that is missing, answered 204 without a model client",
    "notify": "PostgreSQL asked for webhooks of which there are none, answered 204",
    "outbox": "an empty outbox looked through and purged, answered 204",
}
_NOTE = (
    "start of the process to the first answer ({done}), one worker, bytecode and disk cache warm,"
    " median of {rounds}; limit: a bare functions-framework function, started in turn; ratio ="
    " value/limit"
)


def measure(parts: Parts, wanted: Collection[str]) -> Iterator[Figure]:
    """Start each in turn, the bare one too, several times over."""
    names = ("hello", *(name for name in FUNCTIONS if f"start_{name}" in wanted))
    took: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(_ROUNDS):
        for name in names:
            say(f"start: round {turn + 1} of {_ROUNDS}: {name}")
            took[name].append(_start_ms(name, parts))
    for name in names[1:]:
        note = _NOTE.format(done=_DONE[name], rounds=_ROUNDS)
        yield Figure(f"start_{name}", median(took[name]), "ms", median(took["hello"]), note)


def _start_ms(name: str, parts: Parts) -> float:
    port = free_port()
    part = _part(name, port, parts)
    started = time.perf_counter()
    child = Child(part, parts.folder.logs)
    try:
        await_listening(child, port)
        _first_answer(name, f"http://127.0.0.1:{port}")
        return (time.perf_counter() - started) * 1000
    finally:
        child.ask_to_stop()
        child.wait_stopped()


def _part(name: str, port: int, parts: Parts) -> Part:
    """The function as the local stack starts it, but with one worker, as in a container."""
    model = {
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "OPENAI_API_KEY": "bench",
        "READER_CHECK": "0",
    }
    if name != "hello":
        part = functions.function(name, port, {**parts.settings, **model})
        return replace(part, env={**part.env, "WORKERS": "1"})
    part = functions.function("register", port, {"WORKERS": "1"})
    source = str(Path(__file__).parent / "hello" / "main.py")
    command = [tool("functions-framework"), "--source", source, "--target", "hello"]
    return replace(part, name="hello", command=command)


def await_listening(child: Child, port: int) -> None:
    """Wait until a process listens; `RuntimeError` with its last words if it does not."""
    deadline = time.monotonic() + _WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline or not child.alive():
                raise RuntimeError(f"{child.part.name} does not start:\n{child.tail()}") from None
            time.sleep(0.005)
        else:
            return


def _first_answer(name: str, url: str) -> None:
    if name in ("upload", "hello"):
        answer = httpx2.get(f"{url}/v1/files", timeout=_WITHIN_S)
    else:
        headers, body = events.to_http(first_event(name))
        answer = httpx2.post(url, headers=headers, content=body, timeout=_WITHIN_S)
    if answer.status_code != (200 if name == "upload" else 204):
        raise RuntimeError(f"{name} answered {answer.status_code}: {answer.text[:200]}")
