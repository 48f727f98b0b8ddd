"""watch_idle, watch_busy: what a thousand people who watch cost, beside one."""

import asyncio
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from benchmarks import full_stack, in_process
from benchmarks.footprint import ProcessTree
from benchmarks.reporting import Figure, say
from lector.cli.client import Client
from lector.local.stack import Stack

NAMES = ("watch_idle", "watch_busy")
LONGEST_S = 400

_WATCHERS = 1000
_IDLE_S = 10.0
_PAGES = 64
_WITHIN_S = 90.0
_SETTLED_S = 2.0
_GONE_S = 35.0  # who has left is noticed at the second heartbeat
_IDLE_NOTE = (
    f"transactions/s of the whole database with {_WATCHERS} watching and nothing happening; limit:"
    " the same with one watching; every part of Lector asks now and then, too; upload takes"
    " {upload} % of a core, with one {alone} %"
)
_BUSY_NOTE = (
    f"transactions while {_PAGES} pages are read with {_WATCHERS} watching; limit: with one; "
    "each watcher was told of every page ({told} events in all); upload takes {upload} ms of a"
    " processor a page, with one {alone} ms"
)
_EVENT = b'data: {"specversion"'
_JOIN_AT_ONCE, _JOINED_S = 50, 60.0
# Then the transactions in which they joined are counted: a connection that idles tells so late.
_COUNTED_S = 11.0
_TRANSACTIONS = """
    SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()
"""


def measure(folder: Path, wanted: Collection[str]) -> Iterator[Figure]:
    """One stack for each, with a model that answers at once."""
    [name] = wanted
    unlimited = dict.fromkeys(
        (
            "EVENTS_WATCHERS",
            "EVENTS_WATCHERS_PER_TENANT",
            "EVENTS_WATCHERS_PER_ADDRESS",
        ),
        str(2 * _WATCHERS),
    )
    with (
        in_process.environment(unlimited),
        full_stack.running(folder / name, model_delay_s=0.0) as stack,
    ):
        if name == "watch_idle":
            yield _idle(stack)
        else:
            yield _busy(stack, folder)


def _idle(stack: Stack) -> Figure:
    rates, cpu_percent = {}, {}
    upload = ProcessTree(stack.child("upload").pid)
    for count in (_WATCHERS, 1):
        say(f"watch_idle: {count} watching")
        with _watching(stack, count):
            before, cpu_s = _transactions(stack), upload.cpu_s()
            time.sleep(_IDLE_S)
            rates[count] = (_transactions(stack) - before) / _IDLE_S
            cpu_percent[count] = round(100 * (upload.cpu_s() - cpu_s) / _IDLE_S, 1)
        time.sleep(_GONE_S)
    note = _IDLE_NOTE.format(upload=cpu_percent[_WATCHERS], alone=cpu_percent[1])
    return Figure("watch_idle", rates[_WATCHERS], "transactions/s", rates[1], note)


def _busy(stack: Stack, folder: Path) -> Figure:
    counts, cpu_ms, told = {}, {}, 0
    upload = ProcessTree(stack.child("upload").pid)
    for count in (_WATCHERS, 1):
        say(f"watch_busy: {count} watching")
        paths = full_stack.pdfs(folder / f"watched-{count}", 4, _PAGES // 4)
        with _watching(stack, count) as seen:
            before, cpu_s = _transactions(stack), upload.cpu_s()
            full_stack.read(stack, paths, _PAGES, _WITHIN_S)
            time.sleep(_SETTLED_S)
            counts[count] = _transactions(stack) - before
            cpu_ms[count] = round(1000 * (upload.cpu_s() - cpu_s) / _PAGES, 1)
        told = max(told, sum(seen))
        time.sleep(_GONE_S)
    note = _BUSY_NOTE.format(told=told, upload=cpu_ms[_WATCHERS], alone=cpu_ms[1])
    return Figure("watch_busy", counts[_WATCHERS], "transactions", counts[1], note)


@contextmanager
def _watching(stack: Stack, count: int) -> Iterator[list[int]]:
    """So many who watch everything; how many events each has seen."""
    seen, ready, end = [0] * count, threading.Event(), threading.Event()
    watching = threading.Thread(
        target=lambda: asyncio.run(_watch_all(stack.url, seen, ready, end)), name="watching"
    )
    watching.start()
    try:
        if not ready.wait(timeout=_JOINED_S):
            raise TimeoutError(f"{count} do not watch in time")
        time.sleep(_COUNTED_S)
        yield seen
    finally:
        end.set()
        with Client(stack.url) as client:  # something happens, so that all wake
            client.send("POST", "/v1/files", json={"name": "end.pdf", "size_bytes": 1})
        watching.join(timeout=60)


async def _watch_all(
    url: str, seen: list[int], ready: threading.Event, end: threading.Event
) -> None:
    greeted = asyncio.Semaphore(0)
    slots = asyncio.Semaphore(_JOIN_AT_ONCE)
    watching = [
        asyncio.create_task(_watch(url, number, seen, greeted, slots, end))
        for number in range(len(seen))
    ]
    for _ in seen:
        await greeted.acquire()
    ready.set()
    await asyncio.gather(*watching)


async def _watch(
    url: str,
    number: int,
    seen: list[int],
    greeted: asyncio.Semaphore,
    slots: asyncio.Semaphore,
    end: threading.Event,
) -> None:
    """By the bytes, as a thousand clients that parse would be what is measured."""
    address = urlsplit(url)
    async with slots:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(f"GET /v1/events HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        await reader.readuntil(b"event: hello\n")
    greeted.release()
    left = b""
    while not end.is_set() and (chunk := await reader.read(65536)):
        text = left + chunk
        seen[number] += text.count(_EVENT)
        left = text[-len(_EVENT) + 1 :]
    writer.close()


def _transactions(stack: Stack) -> int:
    """Of the database, all roles; this very question is one of them."""
    with psycopg.connect(stack.embedded.postgres.url, autocommit=True) as connection:
        time.sleep(1.1)  # statistics are told once a second
        row = connection.execute(_TRANSACTIONS).fetchone()
    return int(row[0]) if row else 0
