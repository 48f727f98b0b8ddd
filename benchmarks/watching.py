"""watch_idle, watch_busy: what a hundred people who watch cost the database, beside one."""

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psycopg

from benchmarks import full_stack, in_process
from benchmarks.reporting import Figure, say
from lector.cli.client import Client
from lector.local.stack import Stack

NAMES = ("watch_idle", "watch_busy")

_WATCHERS = 100
_IDLE_S = 10.0
_PAGES = 64
_WITHIN_S = 90.0
_SETTLED_S = 2.0
_GONE_S = 35.0  # who has left is noticed at the second heartbeat
_IDLE_NOTE = (
    f"transactions/s of the whole database with {_WATCHERS} watching and nothing happening; limit:"
    " the same with one watching; every part of Lector asks now and then, too"
)
_BUSY_NOTE = (
    f"transactions while {_PAGES} pages are read with {_WATCHERS} watching; limit: with one; "
    "each watcher was told of every page ({told} events in all)"
)
_TRANSACTIONS = """
    SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()
"""


def measure(folder: Path, wanted: Collection[str]) -> Iterator[Figure]:
    """One stack for each, with a model that answers at once."""
    [name] = wanted
    unlimited = {"EVENTS_WATCHERS_PER_TENANT": "0", "EVENTS_WATCHERS_PER_ADDRESS": "0"}
    with (
        in_process.environment(unlimited),
        full_stack.running(folder / name, model_delay_s=0.0) as stack,
    ):
        if name == "watch_idle":
            yield _idle(stack)
        else:
            yield _busy(stack, folder)


def _idle(stack: Stack) -> Figure:
    rates = {}
    for count in (_WATCHERS, 1):
        say(f"watch_idle: {count} watching")
        with _watching(stack, count):
            before = _transactions(stack)
            time.sleep(_IDLE_S)
            rates[count] = (_transactions(stack) - before) / _IDLE_S
        time.sleep(_GONE_S)
    return Figure("watch_idle", rates[_WATCHERS], "transactions/s", rates[1], _IDLE_NOTE)


def _busy(stack: Stack, folder: Path) -> Figure:
    counts, told = {}, 0
    for count in (_WATCHERS, 1):
        say(f"watch_busy: {count} watching")
        paths = full_stack.pdfs(folder / f"watched-{count}", 4, _PAGES // 4)
        with _watching(stack, count) as seen:
            before = _transactions(stack)
            full_stack.read(stack, paths, _PAGES, _WITHIN_S)
            time.sleep(_SETTLED_S)
            counts[count] = _transactions(stack) - before
        told = max(told, sum(seen))
        time.sleep(_GONE_S)
    note = _BUSY_NOTE.format(told=told)
    return Figure("watch_busy", counts[_WATCHERS], "transactions", counts[1], note)


@contextmanager
def _watching(stack: Stack, count: int) -> Iterator[list[int]]:
    """So many who watch everything; how many events each has seen."""
    seen, ready, end = [0] * count, threading.Barrier(count + 1), threading.Event()
    threads = [
        threading.Thread(target=_watch, args=[stack.url, n, seen, ready, end]) for n in range(count)
    ]
    for thread in threads:
        thread.start()
    ready.wait(timeout=60)
    try:
        yield seen
    finally:
        end.set()
        with Client(stack.url) as client:  # something happens, so that all wake
            client.send("POST", "/v1/files", json={"name": "end.pdf", "size_bytes": 1})
        for thread in threads:
            thread.join(timeout=60)


def _watch(
    url: str, number: int, seen: list[int], ready: threading.Barrier, end: threading.Event
) -> None:
    with httpx2.stream("GET", f"{url}/v1/events", timeout=httpx2.Timeout(30.0)) as answer:
        for line in answer.iter_lines():
            if line == "event: hello":
                ready.wait(timeout=60)
            seen[number] += line.startswith('data: {"specversion"')
            if end.is_set():
                return


def _transactions(stack: Stack) -> int:
    """Of the database, all roles; this very question is one of them."""
    with psycopg.connect(stack.embedded.postgres.url, autocommit=True) as connection:
        time.sleep(1.1)  # statistics are told once a second
        row = connection.execute(_TRANSACTIONS).fetchone()
    return int(row[0]) if row else 0
