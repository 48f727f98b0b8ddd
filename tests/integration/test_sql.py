"""Every named query against the migrated schema, and the migrations themselves."""

import dataclasses
import re
import types
import typing
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from functions.llm import budgets as page_budgets
from functions.llm import (
    fallback,
    further_tries,
    lanes,
    later_verification,
    layer_texts,
    page_texts,
    unsought_text,
)
from functions.notify import digest, notifications
from functions.notify import webhooks as notify_webhooks
from functions.outbox import relay
from functions.register import dead_letters, ledger_entries, sweep
from functions.render import ledger as render_ledger
from functions.upload import authentication
from functions.upload.admin import dead_letters as letters
from functions.upload.admin import orphaned_objects, tokens, webhooks
from functions.upload.files import (
    bucket_events,
    changes,
    estimates,
    file_model,
    idempotency,
    keeping,
    listing,
    multipart,
    quotas,
    same_readings,
    subfolders,
    totals,
    verification,
    wakeup,
)
from functions.upload.live import backlog as own_backlog
from functions.upload.live import feed, past_events
from functions.upload.pages import (
    corrections,
    doubted,
    page_model,
    page_places,
    search,
    search_limits,
    suggestions,
    texts,
    versions,
)
from functions.upload.reports import content, original, own_key
from functions.upload.searchable_pdf import of_file
from functions.upload.word_formats import pages
from lector.bridge import migrate as bridge_migrate
from lector.bridge.jetstream_source import interest
from lector.bridge.postgres_source import backlog, doorbell
from lector.domain import (
    budgets,
    candidates,
    file_completion,
    file_deletion,
    outbox,
    pending_work,
    shares,
)
from lector.local.services import migrate
from lector.local.tools import checkout
from lector.runtime import settings
from lector.runtime.failures import LectorError
from lector.runtime.queries import Queries, Query
from tests.support.called import Functions
from tests.support.parts import Parts

# Importing a module binds its queries.
MODULES = [
    estimates,
    bucket_events,
    authentication,
    backlog,
    candidates,
    budgets,
    changes,
    corrections,
    content,
    doubted,
    idempotency,
    interest,
    keeping,
    listing,
    dead_letters,
    digest,
    doorbell,
    fallback,
    further_tries,
    later_verification,
    feed,
    file_model,
    orphaned_objects,
    file_completion,
    ledger_entries,
    letters,
    outbox,
    page_budgets,
    quotas,
    page_model,
    page_places,
    page_texts,
    multipart,
    of_file,
    pages,
    lanes,
    relay,
    render_ledger,
    same_readings,
    search,
    search_limits,
    suggestions,
    notifications,
    notify_webhooks,
    past_events,
    own_backlog,
    original,
    own_key,
    sweep,
    subfolders,
    texts,
    tokens,
    totals,
    unsought_text,
    file_deletion,
    layer_texts,
    pending_work,
    shares,
    verification,
    versions,
    wakeup,
    webhooks,
]
TYPES = {
    "bool": bool,
    "bytea": bytes,
    "float8": float,
    "int4": int,
    "int8": int,
    "jsonb": list,
    "text": str,
    "timestamptz": datetime,
    "uuid": UUID,
}


@pytest.fixture(scope="session")
def connection(services: Parts) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(services.embedded.postgres.url) as connected:
        yield connected


def described(connection: psycopg.Connection[Any], sql: str) -> dict[str, type]:
    """Column names and Python types of a query, as PostgreSQL itself describes them."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", sql)))
    numbered = re.sub(r"%\((\w+)\)s", lambda m: f"${names.index(m[1]) + 1}", sql)
    prepared = connection.pgconn.prepare(b"", numbered.replace("%%", "%").encode())
    assert prepared.status == psycopg.pq.ExecStatus.COMMAND_OK, prepared.error_message.decode()
    result = connection.pgconn.describe_prepared(b"")
    return {
        (result.fname(i) or b"").decode(): python_type(connection, result.ftype(i))
        for i in range(result.nfields)
    }


def python_type(connection: psycopg.Connection[Any], oid: int) -> type:
    known = connection.adapters.types[oid]
    return list if oid == known.array_oid else TYPES[known.name]


def expected(row: type) -> dict[str, type]:
    """Field names and types of a row's dataclass, `X | None` taken as X."""
    hints = typing.get_type_hints(row)
    return {f.name: without_none(hints[f.name]) for f in dataclasses.fields(row)}


def without_none(hint: Any) -> type:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        [hint] = [a for a in typing.get_args(hint) if a is not types.NoneType]
    plain = typing.get_origin(hint) or hint
    assert isinstance(plain, type)
    return list if plain is dict else plain  # jsonb is either


@pytest.mark.parametrize("query", Query.bound, ids=lambda q: f"{q.path.parent.name}-{q.name}")
def test_a_query_prepares_and_its_columns_fit_their_type(
    connection: psycopg.Connection[Any], query: Query[Any]
) -> None:
    columns = described(connection, query.sql)
    connection.rollback()
    if query.scalar:
        assert list(columns.values()) == [without_none(query.row)]
    else:
        assert columns == (expected(query.row) if query.row else {})


def test_every_query_that_is_written_is_bound() -> None:
    root = checkout()
    found = [*root.glob("functions/**/queries.sql"), *root.glob("lector/**/queries.sql")]
    written = {(path, name) for path in found for name in Queries(path).statements}
    assert written == {(query.path, query.name) for query in Query.bound}


@pytest.fixture
def empty_database(services: Parts) -> Iterator[str]:
    server = services.embedded.postgres.url
    with psycopg.connect(server, autocommit=True) as connected:
        connected.execute("DROP DATABASE IF EXISTS migrating WITH (FORCE)")
    yield server.replace("/lector?", "/migrating?")
    with psycopg.connect(server, autocommit=True) as connected:
        connected.execute("DROP DATABASE IF EXISTS migrating WITH (FORCE)")


def objects_in(url: str) -> set[tuple[str, str]]:
    """Names and kinds of everything in the public schema but dbmate's own table."""
    with psycopg.connect(url) as connected:
        found = connected.execute(
            "SELECT relname::text, relkind::text FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace"
            " UNION ALL SELECT proname::text, 'f' FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace"
        ).fetchall()
    return {(name, kind) for name, kind in found if not name.startswith("schema_migrations")}


def test_the_migrations_go_down_to_nothing_and_up_again(empty_database: str) -> None:
    migrate(empty_database)
    full = objects_in(empty_database)
    for _ in Path(checkout() / "migrations").glob("*.sql"):
        migrate(empty_database, "down")
    assert objects_in(empty_database) == set()
    migrate(empty_database)
    assert objects_in(empty_database) == full


NEWER = "29991231000001"


@pytest.fixture
def newer_database(empty_database: str) -> str:
    """A database that a Lector of the future has migrated."""
    migrate(empty_database)
    with psycopg.connect(empty_database) as connected:
        connected.execute("INSERT INTO schema_migrations VALUES (%s)", [NEWER])
    return empty_database


def test_a_database_that_a_newer_lector_migrated_is_refused_by_the_migration(
    newer_database: str,
) -> None:
    last = max(path.name for path in (checkout() / "migrations").glob("*.sql"))
    with pytest.raises(LectorError, match=f"newer Lector.*{NEWER}.*{last}"):
        migrate(newer_database)


def test_the_command_of_a_cluster_refuses_it_too_and_lets_nobody_log_in(
    newer_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "owner").write_text(newer_database)
    (tmp_path / "render").write_text("postgresql://nobody_yet:secret@127.0.0.1/lector")
    monkeypatch.setenv("MIGRATIONS", str(checkout() / "migrations"))
    monkeypatch.setenv("DATABASE_URLS", str(tmp_path))
    settings.current.cache_clear()
    try:
        with pytest.raises(LectorError, match=NEWER):
            bridge_migrate.run()
    finally:
        settings.current.cache_clear()


def test_operations_says_of_every_table_what_bounds_it(empty_database: str) -> None:
    migrate(empty_database)
    with psycopg.connect(empty_database) as connected:
        tables = connected.execute(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall()
    page = (checkout() / "docs/operations.md").read_text("utf-8")
    section = page.partition("## What grows")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", section, re.MULTILINE)
    assert sorted(listed) == sorted(name for (name,) in tables)


def test_migrating_twice_changes_nothing(empty_database: str) -> None:
    migrate(empty_database)
    full = objects_in(empty_database)
    migrate(empty_database)
    assert objects_in(empty_database) == full


@pytest.mark.parametrize(
    ("types", "payload"),
    [
        (["lector.page.registered"], ""),
        (["lector.page.read"], "later"),
        (["lector.page.read", "lector.file.completed"], ""),
    ],
)
def test_one_statement_rings_the_doorbell_once(
    functions: Functions, services: Parts, types: list[str], payload: str
) -> None:
    with psycopg.connect(services.embedded.postgres.url, autocommit=True) as listener:
        listener.execute("LISTEN outbox")
        with psycopg.connect(services.embedded.postgres.url) as writer:
            writer.execute(
                "INSERT INTO outbox (id, type, source, subject, data)"
                " SELECT gen_random_uuid(), type, '/t', 'ring', '{}'"
                " FROM unnest(%s::text[]) AS type CROSS JOIN generate_series(1, 100)",
                [types],
            )
        heard = list(listener.notifies(timeout=0.5))
        listener.execute("DELETE FROM outbox WHERE subject = 'ring'")
    assert [notification.payload for notification in heard] == [payload]
