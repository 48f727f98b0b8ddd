"""large_file, many_pages: whether the last page of a file, or of a day, costs what the first did.

Pages are tiny, the model answers at once in a few words: what is left is what Lector does for any
page. Costs are those of a processor, as the clock of a busy machine says little.
"""

import json
import os
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pymupdf

from benchmarks import full_stack, in_process
from benchmarks.footprint import most_memory, parts_of
from benchmarks.reporting import Figure, say
from lector.cli.client import Client
from lector.local.stack import Stack

NAMES = ("large_file", "many_pages")
LONGEST_S = 24 * 3600

# How many files of how many pages are read.
_FILES = {10: 60, 100: 8, 1000: 1, 3000: 1}
_WARM_UP_PAGES = 200
_PAGES, _PAGES_PER_FILE = 100_000, 1000
_QUARTERS = 4
# A few are always on their way, and never so many that what waits is what is measured.
_FILES_AT_ONCE = 4
_POLL_S = 1.0
_SIDE_PT = 100
_ANSWER_WORDS = "8"
_CPU_NOTE = (
    "ms of a processor for a page of a file of {most:,} pages, all processes; limit: of files of"
    " {least} pages; by pages of a file: {by_pages}; ratio = value/limit"
)
_CLOCK_NOTE = (
    "s by the clock for a page of a file of {most:,} pages; limit: of files of {least} pages;"
    " on a busy machine believe the processor"
)
_LAST_NOTE = (
    "{unit} in the last quarter of {pages:,} pages, in files of {per_file:,}; limit: in the first;"
    " by quarter: {quarters}; ratio = value/limit"
)
_READ = "SELECT count(*) FROM pages WHERE status = 'read'"
_UNREAD = """
    SELECT count(*) FROM files WHERE status IN ('announced', 'uploaded', 'reading')
"""
_FAILED = "SELECT count(*) FROM pages WHERE status = 'failed'"
_SIZES = """
    SELECT relname::text, pg_total_relation_size(relid), n_live_tup, n_dead_tup
    FROM pg_stat_user_tables WHERE relname IN ('files', 'pages', 'outbox', 'readings')
    ORDER BY relname
"""


@dataclass(frozen=True)
class Sample:
    """What a number of pages has cost, by part of Lector: CPU ms a page, and the most MiB."""

    pages: int
    cpu_ms: Mapping[str, float]
    pss_mib: Mapping[str, float]
    clock_s: float

    @property
    def page_cpu_ms(self) -> float:
        """Of all parts."""
        return sum(self.cpu_ms.values())

    @property
    def page_clock_s(self) -> float:
        """By the clock."""
        return self.clock_s / self.pages


@dataclass(frozen=True)
class Part:
    """A part of Lector: what it takes at each size, or in each quarter."""

    name: str
    part: str
    cpu_ms: Mapping[str, float]
    pss_mib: Mapping[str, float]
    passed = True  # the sum is what was promised

    def line(self) -> str:
        """It as JSON."""
        members = {"name": self.name, "part": self.part}
        cpu_ms = {key: round(value, 2) for key, value in self.cpu_ms.items()}
        pss_mib = {key: round(value, 1) for key, value in self.pss_mib.items()}
        return json.dumps({**members, "cpu_ms_a_page": cpu_ms, "most_pss_mib": pss_mib})


def measure(folder: Path, wanted: Collection[str]) -> Iterator[Figure | Part]:
    """One stack for each."""
    [name] = wanted
    with (
        in_process.environment({"ANSWER_WORDS": _ANSWER_WORDS, "MAX_PAGES": str(max(_FILES))}),
        full_stack.running(folder / name, model_delay_s=0.0) as stack,
    ):
        run = _Run(stack, folder / name)
        run.read([_WARM_UP_PAGES])
        yield from _of_one_file(run) if name == "large_file" else _of_many_pages(run)


def _of_one_file(run: "_Run") -> Iterator[Figure | Part]:
    """The same pages in small and in large files."""
    samples_of = {}
    for pages, files in _FILES.items():
        say(f"large_file: {files} files of {pages} pages")
        samples_of[str(pages)] = run.measured([pages] * files)
    yield from _parts("large_file", samples_of)
    first, *_, last = samples_of.values()
    note = {"most": max(_FILES), "least": min(_FILES)}
    by_pages = ", ".join(f"{key}: {one.page_cpu_ms:.1f}" for key, one in samples_of.items())
    cpu_note = _CPU_NOTE.format(**note, by_pages=by_pages)
    yield Figure("large_file_cpu", last.page_cpu_ms, "ms", first.page_cpu_ms, cpu_note)
    clock_note = _CLOCK_NOTE.format(**note)
    yield Figure("large_file_clock", last.page_clock_s, "s", first.page_clock_s, clock_note)


def _of_many_pages(run: "_Run") -> Iterator[Figure | Part]:
    """As many pages as PAGES says, in files of a thousand, quarter by quarter."""
    pages = int(os.environ.get("PAGES", _PAGES))
    per_file = min(_PAGES_PER_FILE, pages // _QUARTERS)
    quarters = {}
    for number in range(1, _QUARTERS + 1):
        quarters[str(number)] = run.measured([per_file] * (pages // _QUARTERS // per_file))
        say(f"many_pages: quarter {number}: {quarters[str(number)].page_cpu_ms:.1f} ms a page")
        run.say_sizes()
    yield from _parts("many_pages", quarters)
    cpu_ms = [one.page_cpu_ms for one in quarters.values()]
    rates = [1 / one.page_clock_s for one in quarters.values()]
    for name, unit, values in (
        ("many_pages_cpu", "ms of a processor a page", cpu_ms),
        ("many_pages_rate", "pages/s", rates),
    ):
        by_quarter = ", ".join(f"{value:.1f}" for value in values)
        note = _LAST_NOTE.format(unit=unit, pages=pages, per_file=per_file, quarters=by_quarter)
        yield Figure(name, values[-1], unit, values[0], note)


def _parts(name: str, found: Mapping[str, Sample]) -> Iterator[Part]:
    for part in next(iter(found.values())).cpu_ms:
        cpu_ms = {key: sample.cpu_ms[part] for key, sample in found.items()}
        yield Part(name, part, cpu_ms, {key: one.pss_mib[part] for key, one in found.items()})


class _Run:
    """A Lector, what it has been given to read, and what that has cost."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._parts = parts_of(folder)
        self._made = 0

    def measured(self, files: Sequence[int]) -> Sample:
        """Have files of so many pages read, and look at what it costs."""
        before = {name: tree.cpu_s() for name, tree in self._parts.items()}
        began = time.monotonic()
        with most_memory(self._parts) as memory:
            self.read(files)
        clock_s = time.monotonic() - began
        pages = sum(files)
        cpu_ms = {
            name: 1000 * (tree.cpu_s() - before[name]) / pages for name, tree in self._parts.items()
        }
        return Sample(pages, cpu_ms, memory, clock_s)

    def read(self, files: Sequence[int]) -> None:
        """Have them read, a few at a time.

        Raises:
            RuntimeError: not every page was read by the model.

        """
        with Client(self._stack.url) as client, self._asking() as connection:
            before = _count(connection, _READ)
            for pages in files:
                self._made += 1
                path = tiny_pdf(self._folder / "tiny.pdf", pages, str(self._made))
                client.upload(path, None)
                _wait(connection, _FILES_AT_ONCE - 1)
            _wait(connection, 0)
            count = _count(connection, _READ) - before
        if count != sum(files):
            raise RuntimeError(f"{count} of {sum(files)} pages were read")

    def say_sizes(self) -> None:
        """What the tables take."""
        with self._asking() as connection:
            for name, size, live, dead in connection.execute(_SIZES).fetchall():
                say(f"many_pages: {name}: {size / 2**20:.1f} MiB, {live:,} rows, {dead:,} dead")
        nats = sum(path.stat().st_size for path in self._folder.glob("nats/**/*") if path.is_file())
        say(f"many_pages: NATS keeps {nats / 2**20:.1f} MiB")

    @contextmanager
    def _asking(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self._stack.embedded.postgres.url, autocommit=True) as connection:
            yield connection


def tiny_pdf(path: Path, pages: int, seed: str) -> Path:
    """Pages of a few words, of which no two look alike."""
    with pymupdf.open() as document:
        for number in range(1, pages + 1):
            page = document.new_page(width=_SIDE_PT, height=_SIDE_PT)
            page.insert_text((5, 40), f"file {seed}", fontsize=12)
            page.insert_text((5, 70), f"page {number}", fontsize=12)
        document.save(path)
    return path


def _wait(connection: psycopg.Connection, most: int) -> None:
    """Until no more than so many files are being read."""
    while _count(connection, _UNREAD) > most:
        if _count(connection, _FAILED):
            raise RuntimeError("a page failed")
        time.sleep(_POLL_S)


def _count(connection: psycopg.Connection, statement: str) -> int:
    row = connection.execute(statement.encode()).fetchone()
    return int(row[0]) if row else 0
