"""How many requests a render pod of one processor should take at once.

`python -m benchmarks.render_concurrency` prints a JSON line for each kind of page, number of render
processes and number of requests at once. The function is the real one in its own process, pinned
with its render processes to one core; PostgreSQL, S3 and whoever asks share the others.
"""

import argparse
import json
import os
import queue
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from uuid import uuid4

import httpx2
import psutil

from benchmarks import in_process, samples
from benchmarks.reporting import percentile, say
from lector.contracts import PagesRequested
from lector.domain import object_keys, originals, page_selection
from lector.local import functions
from lector.local.process import Child, free_port, wait_ready
from lector.runtime import database, events, object_store
from lector.runtime.settings import Ledger
from tests.support import parts

_MAKERS = {"text": samples.text_pdf, "scan": samples.scan_pdf}
_PAGES = {"text": 96, "scan": 48}
# With one render process the function has two seats, with two it has four: the third request of
# one process is refused, which the source answers with fewer slots, and this one with a pause.
_CASES = ((1, 1), (1, 2), (1, 3), (2, 2), (2, 3))
_AGAIN_S = 0.05
_FILE = b"INSERT INTO files (id, name, size_bytes, status) VALUES (%s, 'bench.pdf', %s, 'reading')"
_LEDGER = (
    b"INSERT INTO pages (id, file_id, number, generation)"
    b" SELECT gen_random_uuid(), %s, number, 1 FROM generate_series(1, %s) AS number"
)


class Round(NamedTuple):
    """What came out of one file: rates, each request's time and how many were refused."""

    pages_per_s: float
    cpu_ms_per_page: float
    took_s: list[float]
    refused: int


def main(arguments: list[str]) -> int:
    """Measure every case, several rounds of each in turn."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.render_concurrency", description=__doc__
    )
    parser.add_argument("--rounds", type=int, default=5, help="files for each case (5)")
    rounds = parser.parse_args(arguments).rounds
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        parser.error("two cores are needed: one for the function, one for all others")
    os.sched_setaffinity(0, cores[1:])  # and everything that is started from here on
    with (
        tempfile.TemporaryDirectory(prefix="lector-bench-") as folder,
        parts.running(Path(folder, "parts")) as started,
        in_process.settled(started.settings),
    ):
        for kind in _MAKERS:
            _measure(kind, started, cores[0], rounds)
    return 0


def _measure(kind: str, started: parts.Parts, core: int, rounds: int) -> None:
    path = _MAKERS[kind](started.folder.path / f"{kind}.pdf", _PAGES[kind])
    found: dict[tuple[int, int], list[Round]] = {case: [] for case in _CASES}
    for processes in sorted({processes for processes, _ in _CASES}):
        with _function(started, core, processes) as (child, url):
            _round(child, url, path, _PAGES[kind], at_once=1)
            for turn in range(rounds):
                for case in _CASES:
                    if case[0] == processes:
                        say(f"{kind}: round {turn + 1}, {processes} processes, {case[1]} at once")
                        found[case].append(_round(child, url, path, _PAGES[kind], case[1]))
    for (processes, at_once), some in found.items():
        print(json.dumps(_line(kind, processes, at_once, some)), flush=True)


def _line(kind: str, processes: int, at_once: int, rounds: list[Round]) -> dict[str, Any]:
    took = [s for each in rounds for s in each.took_s]
    rates = [each.pages_per_s for each in rounds]
    return {
        "pages": kind,
        "processes": processes,
        "at_once": at_once,
        "pages_per_s": round(median(rates), 1),
        "lowest": round(min(rates), 1),
        "highest": round(max(rates), 1),
        "cpu_ms_per_page": round(median(each.cpu_ms_per_page for each in rounds), 1),
        "request_p50_ms": round(1000 * median(took)),
        "request_p95_ms": round(1000 * percentile(took, 95)),
        "refused": sum(each.refused for each in rounds),
        "requests": len(took),
    }


@contextmanager
def _function(started: parts.Parts, core: int, processes: int) -> Iterator[tuple[Child, str]]:
    """The render function as in its container, pinned to one core."""
    port = free_port()
    settings = {**started.settings, "RENDER_PROCESSES": str(processes), "DATABASE_POOL_SIZE": "2"}
    part = functions.function("render", port, settings)
    part = replace(part, env={**part.env, "WORKERS": "1", "THREADS": "4"})
    others = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        child = Child(part, started.folder.logs)
    finally:
        os.sched_setaffinity(0, others)
    try:
        wait_ready(child, functions.healthy(port))
        yield child, f"http://127.0.0.1:{port}/"
    finally:
        child.ask_to_stop()
        child.wait_stopped()


def _round(child: Child, url: str, path: Path, pages: int, at_once: int) -> Round:
    """One new file, its ranges asked for by so many threads."""
    waiting: queue.SimpleQueue[events.Event[Any]] = queue.SimpleQueue()
    for event in _requests(path, pages):
        waiting.put(event)
    took: list[float] = []
    refused: list[float] = []
    askers = [
        threading.Thread(target=_ask, args=[url, waiting, took, refused]) for _ in range(at_once)
    ]
    cpu_s, began = _cpu_s(child), time.perf_counter()
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    wall_s = time.perf_counter() - began
    if 8 * len(took) != pages:
        raise RuntimeError("a range was not rendered")
    cpu_ms = 1000 * (_cpu_s(child) - cpu_s) / pages
    return Round(pages / wall_s, cpu_ms, took, len(refused))


def _requests(path: Path, pages: int) -> list[events.Event[PagesRequested]]:
    """All ranges of a new file, which no render process has open yet."""
    file_id = uuid4()
    key = object_keys.original_key(file_id)
    object_store.store().put(key, path.read_bytes(), originals.PDF.media_type)
    with database.transaction() as connection:
        connection.execute(_FILE, [file_id, path.stat().st_size])
        connection.execute(_LEDGER, [file_id, pages])
    ranges = page_selection.batches(list(range(1, pages + 1)), Ledger.pages_per_range)
    sent = [PagesRequested(generation=1, object_key=key, page_numbers=some) for some in ranges]
    return [events.event(str(file_id), file_id, r, "bench", str(i)) for i, r in enumerate(sent)]


def _ask(
    url: str,
    waiting: "queue.SimpleQueue[events.Event[Any]]",
    took: list[float],
    refused: list[float],
) -> None:
    with httpx2.Client(timeout=60) as client:
        while not waiting.empty():
            try:
                event = waiting.get_nowait()
            except queue.Empty:
                return
            headers, body = events.to_http(event)
            began = time.perf_counter()
            while (answer := client.post(url, headers=headers, content=body)).status_code == 503:
                refused.append(time.perf_counter())
                time.sleep(_AGAIN_S)
            if answer.status_code != 200:
                raise RuntimeError(f"render answered {answer.status_code}: {answer.text[:200]}")
            took.append(time.perf_counter() - began)


def _cpu_s(child: Child) -> float:
    """Processor time of the function and all its processes so far."""
    root = psutil.Process(child.pid)
    times = [each.cpu_times() for each in (root, *root.children(recursive=True))]
    return sum(t.user + t.system for t in times)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
