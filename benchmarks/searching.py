"""search: what searches among 200,000 pages take, against fetching one page by its key."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import in_process
from benchmarks.reporting import Figure, say
from functions.upload.pages import search
from tests.support import cpu_time, filled, parts

NAMES = ("search",)
#: The database is filled first.
LONGEST_S = 900
_PAGES, _WORDS = 200_000, 500
_QUERIES = {
    "rare": ("seal54321", 30),
    "rare_and_everywhere": (f"seal54321 {filled.EVERYWHERE}", 30),
    "beginning": ("seal5432*", 9),
    "everywhere": (filled.EVERYWHERE, 9),
    "phrase": (f'"seal54321 {filled.EVERYWHERE}" or "{filled.EVERYWHERE} seal54321"', 9),
    "did_you_mean": ("lighthuse", 9),
}
_NOTE = (
    "CPU of the caller and of PostgreSQL, the median; {pages:,} pages of {words} words in four"
    " languages; limit: a page by its key over the same pool; ratio = value/limit"
)


def measure(folder: Path, _: Collection[str]) -> Iterator[Figure]:
    """Milliseconds of CPU for each kind of search."""
    with parts.alone(folder / "search", "postgres") as embedded:
        embedded.migrate()
        say(f"search: filling {_PAGES:,} pages")
        with psycopg.connect(embedded.postgres.url) as owner:
            filled.fill(owner, _PAGES, words=_WORDS)
            [page] = owner.execute("SELECT id FROM pages WHERE number = 3 LIMIT 1").fetchall()
        pool = {"DATABASE_URL": embedded.postgres.url, "DATABASE_POOL_SIZE": "1"}
        with in_process.settled({**pool, "SEARCH_TIMEOUT_S": "60"}):
            yield from _figures(page)


def _figures(page: Sequence[Any]) -> Iterator[Figure]:
    limit = _cpu_ms(partial(in_process.fetch_page, page), 100)
    note = _NOTE.format(pages=_PAGES, words=_WORDS)
    for name, (query, times) in _QUERIES.items():
        wanted = search.Wanted(filled.TENANT, query)
        value = _cpu_ms(partial(search.search, wanted, None, 20), times)
        yield Figure(f"search_{name}", value, "ms", limit, note)


def _cpu_ms(work: Callable[[], object], times: int) -> float:
    return cpu_time.with_database(work, times) * 1000
