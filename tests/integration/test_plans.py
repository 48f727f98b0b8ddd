"""How PostgreSQL carries out every named query on a database that is full: by an index."""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

import psycopg
import pytest

from functions.upload import cursors
from functions.upload.authentication import Caller
from functions.upload.files import routes as files
from functions.upload.files import subfolders
from functions.upload.files.file_model import FileStatus
from functions.upload.pages import search
from lector.local.services import migrate
from lector.local.tools import checkout
from lector.runtime import database, settings
from lector.runtime.queries import Queries
from tests.support import filled
from tests.support.parts import Parts

# They have as many rows as there are people, endpoints and webhooks, or as files that wait to be
# told to Telegram.
SMALL = {"finished_files", "lanes", "report_keys", "schema_migrations", "token_limits", "tokens"}
SMALL |= {"tenant_keeping", "webhooks"}
# It adds up all files of a tenant that has a limit.
ADDS_UP = {"files-used_so_far"}

ROOT = checkout()
STATEMENTS = [
    pytest.param(sql, id=f"{path.parent.name}-{name}")
    for path in sorted(
        [*ROOT.glob("functions/**/queries.sql"), *ROOT.glob("lector/**/queries.sql")]
    )
    for name, sql in Queries(path).statements.items()
    if f"{path.parent.name}-{name}" not in ADDS_UP
]

# The database is filled for half a minute, on a busy machine for some.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
_PARAMETER = re.compile(r"%\((\w+)\)s")
_OPTIONAL = re.compile(r"%\((\w+)\)s(?:::\w+(?:\[\])?)? IS NULL")


@dataclass(frozen=True)
class Full:
    """A full database, its growing tables, and what a query may be asked about there."""

    url: str
    connection: psycopg.Connection[Any]
    growing: set[str]
    file_id: Any
    page_id: Any

    def value(self, name: str, kind: str, *, flag: bool) -> object:
        """Something plausible for a parameter; the `flag` for a bool."""
        if kind.endswith("[]"):
            return [self.value(name, kind.removesuffix("[]"), flag=flag)]
        named = {
            "after_s": 600,
            "any_query": "turbin",
            "announced_at": datetime.now(UTC) - timedelta(minutes=1),
            "data": "{}",
            "doubt_sets": "{}",
            "doubts": "{}",
            "event_data": "{}",
            "from_xact": "900",
            "headers": "{}",
            "key": "12345",
            "languages": "english",
            "most": 1000,
            "most_folders": 100,
            "below": "shelf/",
            "name": "%scan%",
            "part": "scan",
            "sort": "newest",
            "queries": "turbin",
            "query": "turbines",
            "read_with": "{}",
            "status": "read",
            "statuses": "failed",
            "tenant": filled.TENANT,
            "until_xact": "100000",
            "verification": "{}",
            "words": "[]",
            "xact": "1000",
        }
        if name in ("file_id", "file_ids", "after", "id", "ids", "page_id", "page_ids"):
            found = self.page_id if "page" in name else self.file_id
            return str(found) if kind == "text" else found if kind == "uuid" else 5
        by_type = {
            "text": "x",
            "uuid": uuid4(),
            "bool": True,
            "bytea": b"",
            "timestamptz": datetime.now(UTC),
        }
        return named.get(name, by_type.get(kind, 5))


@contextmanager
def full_database(services: Parts, pages: int) -> Iterator[Full]:
    """A database of its own with as many pages."""
    server = services.embedded.postgres.url
    with psycopg.connect(server, autocommit=True) as maker:
        maker.execute("DROP DATABASE IF EXISTS full_of_pages WITH (FORCE)")
    url = server.replace("/lector?", "/full_of_pages?")
    migrate(url)
    with psycopg.connect(url) as connection:
        filled.fill(connection, pages)
        found = connection.execute(
            "SELECT file_id, id FROM pages WHERE number = 3 ORDER BY file_id DESC LIMIT 1"
        ).fetchone()
        tables = connection.execute(
            "SELECT relname::text FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        assert found is not None
        yield Full(url, connection, {name for (name,) in tables} - SMALL, *found)
    with psycopg.connect(server, autocommit=True) as maker:
        maker.execute("DROP DATABASE IF EXISTS full_of_pages WITH (FORCE)")


@pytest.fixture(scope="module")
def full(services: Parts) -> Iterator[Full]:
    with full_database(services, 200_000) as found:
        yield found


@pytest.fixture
def searches(full: Full, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Searches of this process are on the full database, over one connection."""
    monkeypatch.setenv("DATABASE_URL", full.url)
    monkeypatch.setenv("DATABASE_POOL_SIZE", "1")
    monkeypatch.setenv("SEARCH_TIMEOUT_S", "60")
    settings.current.cache_clear()
    database.pool.forget()
    yield
    database.pool().close()
    database.pool.forget()
    settings.current.cache_clear()


@pytest.mark.parametrize("statement", STATEMENTS)
def test_no_query_reads_all_of_a_table_that_grows(full: Full, statement: str) -> None:
    optional = set(_OPTIONAL.findall(statement))
    for left_out, flag in itertools.product([set(), optional], [True, False]):
        assert read_whole(full, statement, left_out, flag=flag) == set()


def test_every_table_that_grows_is_full(full: Full) -> None:
    for table in full.growing:
        counted = full.connection.execute(f"SELECT count(*) >= 1000 FROM {table}".encode())
        assert counted.fetchone() == (True,), table


@pytest.mark.usefixtures("searches")
@pytest.mark.parametrize(
    ("query", "times"),
    [
        ("seal54321", 10),
        (f"seal54321 {filled.EVERYWHERE}", 10),
        ("seal5432*", 20),
        # What is on every page: some six blocks of each of the newest 2,000, which are ranked.
        (filled.EVERYWHERE, 1300),
        (f'"{filled.EVERYWHERE} seal54321"', 1300),
        (f"{filled.EVERYWHERE} -seal54321", 1300),
        ("lighthuse", 2600),
    ],
)
def test_a_search_reads_no_more_blocks_than_so_many_look_ups_by_key(
    full: Full, query: str, times: float
) -> None:

    def fetch_page() -> None:
        with database.transaction() as connection:
            connection.execute("SELECT text FROM pages WHERE id = %s", [full.page_id]).fetchall()

    wanted = search.Wanted(filled.TENANT, query)
    found = blocks_read(lambda: search.search(wanted, None, 20))
    assert found <= times * blocks_read(fetch_page)


@pytest.mark.usefixtures("searches")
@pytest.mark.parametrize("sort", ["newest", "oldest", "name", "largest"])
@pytest.mark.parametrize(
    "chosen",
    [
        {"status": [FileStatus.FAILED]},
        {"status": [FileStatus.FAILED, FileStatus.INCOMPLETE]},
        {"doubted": True},
        {"doubted": True, "status": [FileStatus.COMPLETED]},
        {"need_a_look": True},
        {"name": "-12347-"},
        {"name": "of no file"},
        {"name": "scan"},
        {"folder": "shelf/box 123"},
        {"folder": "of no file"},
        {"folder": "shelf"},
    ],
    ids=lambda chosen: " ".join(map(str, chosen.values())),
)
def test_a_list_of_some_of_many_files_reads_no_more_blocks_than_twice_one_of_all(
    full: Full, sort: Literal["newest", "oldest", "name", "largest"], chosen: dict[str, Any]
) -> None:
    caller = Caller("somebody", filled.TENANT, frozenset(["read"]))

    def blocks(cursor: str | None = None, **wanted: Any) -> int:
        query = files.ListFiles(sort=sort, cursor=cursor, **wanted)
        return blocks_read(lambda: files.list_files(caller, query))

    assert blocks(**chosen) <= 2 * blocks()
    behind = middle_of_files(full, sort)
    assert blocks(behind, **chosen) <= 2 * blocks(behind)


@pytest.mark.usefixtures("searches")
@pytest.mark.parametrize("folder", ["shelf/box 123", "of no file"])
def test_that_a_folder_has_none_below_it_is_seen_in_a_few_blocks(full: Full, folder: str) -> None:
    # From the sixth time on the plan knows no parameter.
    for _ in range(7):
        read = blocks_read(lambda: subfolders.find(filled.TENANT, folder))
        assert read <= 20


def middle_of_files(full: Full, sort: str) -> str:
    """The cursor behind the file in the middle of all, in an order."""
    keys = {"name": "lower(name)", "largest": "size_bytes"}
    key = keys.get(sort, "''::text")
    statement = f"SELECT id, ({key})::text FROM files ORDER BY {key}, id OFFSET 20000 LIMIT 1"
    [[file_id, value]] = full.connection.execute(statement.encode()).fetchall()
    return cursors.encode(str(file_id), value)


@pytest.mark.usefixtures("searches")
def test_a_word_on_every_page_is_found_on_the_newest_of_the_tenant(full: Full) -> None:
    for tenant in (filled.TENANT, filled.OTHER_TENANT):
        found = search.search(search.Wanted(tenant, filled.EVERYWHERE), None, 100)
        assert found.ranked_newest == search.MOST_RANKED
        found_in = {hit.file_id for hit in found.hits}
        newest = full.connection.execute(
            "SELECT id FROM files WHERE tenant = %s ORDER BY id DESC LIMIT 500", [tenant]
        )
        assert found_in <= {file_id for (file_id,) in newest}


def blocks_read(work: Callable[[], object]) -> int:
    """How many blocks of tables and their indexes it reads, over the pool's one connection.

    A count, which is the same on a busy machine; what it costs a processor is benchmarked.
    """
    work()  # what a connection learns once about tables and statements is not counted
    before = _blocks_so_far()
    work()
    return _blocks_so_far() - before


def _blocks_so_far() -> int:
    with database.transaction() as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
    with database.transaction() as connection:
        [[total]] = connection.execute(
            "SELECT sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0)"
            " + coalesce(toast_blks_hit + toast_blks_read, 0)"
            " + coalesce(tidx_blks_hit + tidx_blks_read, 0))::integer FROM pg_statio_user_tables"
        ).fetchall()
    return int(total)


def read_whole(full: Full, statement: str, left_out: set[str], *, flag: bool) -> set[str]:
    """The growing tables that a query reads from their beginning to their end."""
    parameters = {
        name: None if name in left_out else full.value(name, kind, flag=flag)
        for name, kind in kinds_of_parameters(full.connection, statement).items()
    }
    explain = f"EXPLAIN (FORMAT JSON) {statement}".encode()
    with full.connection.transaction(force_rollback=True):
        [[[plan]]] = full.connection.execute(explain, parameters).fetchall()
    return {
        node["Relation Name"]
        for node in nodes(plan["Plan"])
        if node["Node Type"] == "Seq Scan"
        and node["Relation Name"] in full.growing
        # Whether there is any row at all is known after the first.
        and ("Filter" in node or node["Parent Relationship"] != "InitPlan")
    }


def kinds_of_parameters(connection: psycopg.Connection[Any], statement: str) -> dict[str, str]:
    """The types of a query's parameters, as PostgreSQL itself finds them."""
    names = list(dict.fromkeys(_PARAMETER.findall(statement)))
    numbered = _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", statement)
    prepared = connection.pgconn.prepare(b"", numbered.replace("%%", "%").encode())
    assert prepared.status == psycopg.pq.ExecStatus.COMMAND_OK, prepared.error_message.decode()
    described = connection.pgconn.describe_prepared(b"")
    oids = {name: described.param_type(place) for place, name in enumerate(names)}
    known = connection.adapters.types
    return {
        name: known[oid].name + "[]" * (oid == known[oid].array_oid) for name, oid in oids.items()
    }


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's steps."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)
