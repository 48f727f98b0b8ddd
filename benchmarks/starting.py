"""start_<function>: from the start of a process to the first event handled, against a bare one.

start_cpu_<function>: what that takes of a processor, with the clients made that an event will need.
"""

import compileall
import socket
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

import httpx2
import psutil

from benchmarks.first_events import first_event
from benchmarks.reporting import Figure, say
from lector.domain.functions import FUNCTIONS
from lector.local import functions
from lector.local.process import Child, Part, free_port
from lector.local.tools import checkout, tool
from lector.runtime import events
from tests.support.parts import Parts

NAMES = (
    *(f"start_{name}" for name in FUNCTIONS),
    *(f"start_cpu_{name}" for name in FUNCTIONS),
)

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
_CPU_NOTE = (
    "CPU from the start of the process to the first answer ({done}) and to the clients being made"
    " that an event will need (pool, object store, model), all its processes, one worker, median of"
    " {rounds}; limit: a bare functions-framework function, started in turn; ratio = value/limit"
)


def measure(parts: Parts, wanted: Collection[str]) -> Iterator[Figure]:
    """Start each in turn, the bare one too, several times over."""
    for folder in ("lector", "functions"):  # Python may have been told not to keep bytecode
        compileall.compile_dir(checkout() / folder, quiet=1)
    names = [name for name in FUNCTIONS if f"start_{name}" in wanted]
    if names:
        yield from _in_turn("start", names, parts)
    for name in FUNCTIONS:
        if f"start_cpu_{name}" in wanted:
            yield from _in_turn("start_cpu", [name], parts)


def _in_turn(kind: str, names: Sequence[str], parts: Parts) -> Iterator[Figure]:
    start, rounds, unit, note = _KINDS[kind]
    took: dict[str, list[float]] = {name: [] for name in ("hello", *names)}
    for turn in range(rounds):
        for name, figures in took.items():
            say(f"{kind}: round {turn + 1} of {rounds}: {name}")
            figures.append(start(name, parts))
    for name in names:
        words = note.format(done=_DONE[name], rounds=rounds)
        yield Figure(f"{kind}_{name}", median(took[name]), unit, median(took["hello"]), words)


def _start_ms(name: str, parts: Parts) -> float:
    started = time.perf_counter()
    with _answering(name, parts):
        return (time.perf_counter() - started) * 1000


def _start_cpu_ms(name: str, parts: Parts) -> float:
    """Until nothing goes on any more: Knative's variable has the clients made beside the answer."""
    with _answering(name, parts, K_SERVICE="bench") as child:
        before, now = -1.0, _cpu_s(child.pid)
        while now > before:
            time.sleep(0.5)
            before, now = now, _cpu_s(child.pid)
        return now * 1000


def _cpu_s(pid: int) -> float:
    process = psutil.Process(pid)
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(one.user + one.system for one in times)


@contextmanager
def _answering(name: str, parts: Parts, **env: str) -> Iterator[Child]:
    """A function that has given its first answer."""
    port = free_port()
    part = _part(name, port, parts)
    child = Child(replace(part, env={**part.env, **env}), parts.folder.logs)
    try:
        await_listening(child, port)
        _first_answer(name, f"http://127.0.0.1:{port}")
        yield child
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


_KINDS: dict[str, tuple[Callable[[str, Parts], float], int, str, str]] = {
    "start": (_start_ms, 5, "ms", _NOTE),
    "start_cpu": (_start_cpu_ms, 3, "ms of CPU", _CPU_NOTE),
}
