"""small_files: what a file of one page costs beside a page of a larger file, in counts and by part.

Parts of Lector speak through proxies that count, and the same pages are read as files of one page
and as one file. Pages are tiny, the model answers at once in a few words.
"""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks import full_stack, in_process, large
from benchmarks.footprint import ProcessTree, parts_of
from benchmarks.reporting import Figure, say
from lector.cli.client import Client
from lector.cli.outcome import Document
from lector.cli.uploading import Uploads
from lector.local.stack import Stack
from tests.support import page_counts
from tests.support.counting_proxies import Traffic
from tests.support.page_counts import PageCounts

NAMES = ("small_files",)
LONGEST_S = 600
_PAGES = 60
_QUIET_S = 1.5
_POLL_S = 0.05
_UNFINISHED = """
    SELECT FROM files WHERE status IN ('announced', 'uploaded', 'reading')
    UNION ALL
    SELECT FROM outbox WHERE published_at IS NULL
"""
_NOTE = (
    "ms of a processor for a file of one page, {pages} of them sent together, all processes;"
    " limit: for a page of one file of as many; ratio = value/limit"
)


@dataclass(frozen=True)
class Counted:
    """What a page has cost: counts, and milliseconds of a processor by part."""

    of: str
    counts: PageCounts
    cpu_ms: Mapping[str, float]
    passed = True

    def line(self) -> str:
        """It as JSON."""
        rounded = {what: round(count, 2) for what, count in self.counts.totals.items()}
        by_function = {
            name: {what: round(count, 2) for what, count in counts.items()}
            for name, counts in self.counts.by_function.items()
        }
        members = {
            "name": "small_files",
            "of": self.of,
            "counts": rounded,
            "by_function": by_function,
            "cpu_ms": {part: round(ms, 2) for part, ms in self.cpu_ms.items()},
            "statements": {what: round(n, 2) for what, n in self.counts.statements.items()},
        }
        return json.dumps(members)


def measure(folder: Path, _: Collection[str]) -> Iterator[Counted | Figure]:
    """A page of a file of many, then files of one."""
    traffic = Traffic()
    try:
        with (
            in_process.environment({"ANSWER_WORDS": "8"}),
            full_stack.running(folder / "small_files", 0.0, reroute=traffic.through) as stack,
        ):
            run = _Run(stack, folder / "small_files", traffic)
            for name in ("warm-up", "again"):
                run.send([_PAGES], name)
                run.send([1] * 8, f"{name}-small")
            one_file = run.counted("a page of one file", [_PAGES], "one")
            files = run.counted("a file of one page", [1] * _PAGES, "many")
    finally:
        traffic.stop()
    yield from (one_file, files)
    value, limit = (sum(one.cpu_ms.values()) for one in (files, one_file))
    yield Figure("small_files", value, "ms", limit, _NOTE.format(pages=_PAGES))


class _Run:
    def __init__(self, stack: Stack, folder: Path, traffic: Traffic) -> None:
        self._stack, self._folder, self._traffic = stack, folder, traffic

    def counted(self, of: str, files: list[int], name: str) -> Counted:
        """What the pages of some files cost, each."""
        say(f"small_files: {of}")
        parts = parts_of(self._folder)
        before, cpu_s = self._look(), _used(parts)
        self.send(files, name)
        after, pages = self._look(), sum(files)
        cpu_ms = {part: 1000 * (s - cpu_s[part]) / pages for part, s in _used(parts).items()}
        counts = page_counts.between(self._stack, before, after, pages)
        return Counted(of, counts, cpu_ms)

    def send(self, files: list[int], name: str) -> None:
        """Have files of so many pages read that are sent together, and everything published."""
        made = [
            large.tiny_pdf(self._folder / f"{name}-{n}.pdf", pages, f"{name} {n}")
            for n, pages in enumerate(files)
        ]
        with Client(self._stack.url) as client:
            uploads = Uploads(client, [Document(path, path.name) for path in made], {})
            _wait(uploads.collect)
        with psycopg.connect(self._stack.embedded.postgres.url, autocommit=True) as asking:
            _wait(lambda: asking.execute(_UNFINISHED.encode()).fetchone() is None)
        time.sleep(_QUIET_S)  # what was published is on its way

    def _look(self) -> page_counts.Look:
        return page_counts.look(self._traffic, self._folder)


def _used(parts: Mapping[str, ProcessTree]) -> dict[str, float]:
    return {name: tree.cpu_s() for name, tree in parts.items()}


def _wait(is_done: Callable[[], object]) -> None:
    while not is_done():
        time.sleep(_POLL_S)
