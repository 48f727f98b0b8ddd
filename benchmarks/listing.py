"""lists: what pages of lists of 500,000 files take, against fetching one page by its key."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import psycopg

from benchmarks import in_process
from benchmarks.reporting import Figure, say
from functions.upload import cursors
from functions.upload.authentication import Caller
from functions.upload.files import routes
from functions.upload.files.file_model import FileStatus
from tests.support import cpu_time, filled, parts

NAMES = ("lists",)
#: The database is filled first.
LONGEST_S = 900
_FILES = 500_000
_TIMES = 9
_Sort = Literal["newest", "oldest", "name", "largest"]
_MIDDLES: Mapping[_Sort, str] = {
    "newest": "SELECT id, '' FROM files ORDER BY id OFFSET %s LIMIT 1",
    "oldest": "SELECT id, '' FROM files ORDER BY id OFFSET %s LIMIT 1",
    "name": "SELECT id, lower(name) FROM files ORDER BY lower(name), id OFFSET %s LIMIT 1",
    "largest": "SELECT id, size_bytes::text FROM files ORDER BY size_bytes, id OFFSET %s LIMIT 1",
}
# What most files are, what few are, and a name that one file, a third of all, or none has.
_CHOSEN: Mapping[str, Mapping[str, Any]] = {
    "all": {},
    "completed": {"status": [FileStatus.COMPLETED]},
    "failed": {"status": [FileStatus.FAILED]},
    "failed_or_incomplete": {"status": [FileStatus.FAILED, FileStatus.INCOMPLETE]},
    "doubted": {"doubted": True},
    "not_doubted": {"doubted": False},
    "failed_not_doubted": {"doubted": False, "status": [FileStatus.FAILED]},
    "named_once": {"name": "-123457-"},
    "named_often": {"name": "scan"},
    "named_never": {"name": "zebra"},
    "failed_named_often": {"name": "scan", "status": [FileStatus.FAILED]},
}
_NOTE = (
    "CPU of the caller and of PostgreSQL for a page of 50 files, the median; {files:,} files;"
    " limit: a page by its key over the same pool; ratio = value/limit"
)


def measure(folder: Path, _: Collection[str]) -> Iterator[Figure]:
    """Milliseconds of CPU for each kind of list: its first page, and one in its middle."""
    with parts.alone(folder / "lists", "postgres") as embedded:
        embedded.migrate()
        say(f"lists: filling {_FILES:,} files")
        with psycopg.connect(embedded.postgres.url) as owner:
            filled.fill(owner, _FILES, words=4, per_file=1)
            middle = {sort: _middle(owner, sort) for sort in _MIDDLES}
            [page] = owner.execute("SELECT id FROM pages LIMIT 1").fetchall()
        pool = {"DATABASE_URL": embedded.postgres.url, "DATABASE_POOL_SIZE": "1"}
        with in_process.settled(pool):
            yield from _figures(middle, page)


def _middle(owner: psycopg.Connection[Any], sort: _Sort) -> str:
    """The cursor behind the file in the middle of a sort."""
    [[file_id, value]] = owner.execute(_MIDDLES[sort].encode(), [_FILES // 2]).fetchall()
    return cursors.encode(str(file_id), value)


def _figures(middle: Mapping[_Sort, str], page: Sequence[Any]) -> Iterator[Figure]:
    limit = _cpu_ms(partial(in_process.fetch_page, page), 100)
    note = _NOTE.format(files=_FILES)
    for name, chosen in _CHOSEN.items():
        for sort, cursor in middle.items():
            for place, after in (("first", None), ("middle", cursor)):
                wanted = routes.ListFiles(sort=sort, cursor=after, **chosen)
                caller = Caller("somebody", filled.TENANT, frozenset(["read"]))
                value = _cpu_ms(partial(routes.list_files, caller, wanted), _TIMES)
                yield Figure(f"lists_{name}_{sort}_{place}", value, "ms", limit, note)


def _cpu_ms(work: Callable[[], object], times: int) -> float:
    return cpu_time.with_database(work, times) * 1000
