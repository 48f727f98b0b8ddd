"""Each function's database role: enough for its own queries, and nothing beyond them."""

import re
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from functions.llm import budgets as page_budgets
from functions.llm import further_tries, lanes, later_verification, page_texts
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
    multipart,
    quotas,
    same_readings,
    verification,
    wakeup,
)
from functions.upload.live import feed
from functions.upload.pages import (
    corrections,
    doubted,
    page_model,
    search,
    search_limits,
    suggestions,
    texts,
    versions,
)
from functions.upload.reports import content, original, own_key
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
from lector.domain.functions import DATABASE_ROLES
from lector.local.tools import checkout
from lector.runtime import database, problems, settings
from lector.runtime.failures import DatabaseTimeout, TransientFailure
from lector.runtime.queries import Query
from tests.support.parts import Parts

# Which queries each function runs: those of its own folder, and those of the library that it uses.
MODULES = [
    backlog,
    changes,
    corrections,
    doubted,
    dead_letters,
    doorbell,
    file_model,
    orphaned_objects,
    ledger_entries,
    further_tries,
    later_verification,
    lanes,
    letters,
    page_budgets,
    page_texts,
    estimates,
    quotas,
]
MODULES += [
    authentication,
    idempotency,
    feed,
    page_model,
    multipart,
    relay,
    search,
    search_limits,
    suggestions,
    sweep,
    texts,
    tokens,
    verification,
    versions,
]
MODULES += [bucket_events, content, keeping, original, own_key, same_readings]
MODULES += [digest, notifications, notify_webhooks, render_ledger, wakeup, webhooks]
# What closing a file, or announcing more of it, takes.
SHARES: list[Query[Any]] = [
    shares.WORK_LEFT,
    shares.BEING_READ,
    shares.NEXT_IN_LINE,
    shares.NOTE_IN_FLIGHT,
    shares.NOTE_SHARE,
    budgets.AFFORDABLE_PAGES,
    budgets.END_WAITS,
]
DELETING: list[Query[Any]] = [
    file_deletion.BURY_FILE,
    file_deletion.WAIT_FOR_DELETIONS,
    file_deletion.FORGET_READINGS,
    file_deletion.DELETE_PAGES,
]
SHARED: dict[str, list[Query[Any]]] = {
    "upload": [
        outbox.ANNOUNCE,
        *DELETING,
        *SHARES,
        file_completion.FINISH_FILE,
    ],
    "render": [pending_work.WANTED_PAGES],
    "register": [
        outbox.ANNOUNCE,
        *DELETING,
        pending_work.PAGES_IN_FLIGHT,
        file_completion.LOCK_FILE,
        candidates.SETTLE_TRIES,
        *SHARES,
        file_completion.FINISH_FILE,
        budgets.RELEASE_STALE,
        budgets.DROP_OLD_DAYS,
    ],
    "llm": [
        outbox.ANNOUNCE,
        file_completion.LOCK_FILE,
        candidates.SETTLE_TRIES,
        *SHARES,
        file_completion.FINISH_FILE,
    ],
    "outbox": [],
    "notify": [outbox.ANNOUNCE],
    "bridge": [],
}


def owner(query: Query[Any]) -> str:
    """The function, or the part of lector, in whose folder a query stands."""
    _, name, *_ = query.path.relative_to(checkout()).parts
    return name


USED = [
    (name, query)
    for name, shared in SHARED.items()
    for query in [*(q for q in Query.bound if owner(q) == name), *shared]
]
FORBIDDEN = {
    "upload": [
        "SELECT secret FROM webhooks",
        "UPDATE pages SET image_key = 'forged'",
        "UPDATE page_versions SET text = 'forged'",
        "SELECT text FROM readings",
        "DELETE FROM files",
        "UPDATE tokens SET scopes = '{admin}'",
        "SELECT traceparent FROM outbox",
        "UPDATE report_keys SET public_key = ''",
        "DELETE FROM report_keys",
        "UPDATE outbox SET published_at = now()",
    ],
    "render": [
        "SELECT text FROM pages",
        "SELECT name FROM files",
        "SELECT resume_after_restore()",
        "UPDATE pages SET status = 'read'",
        "SELECT FROM outbox",
        "SELECT FROM readings",
    ],
    "register": [
        "SELECT text FROM pages",
        "DELETE FROM page_versions",
        "SELECT text FROM readings",
        "UPDATE readings SET text = 'forged'",
        "SELECT FROM tenant_keeping",
        "SELECT FROM tokens",
        "SELECT body FROM dead_letters",
        "SELECT data FROM outbox",
    ],
    "llm": [
        "SELECT text FROM pages",
        "SELECT name FROM files",
        "DELETE FROM pages",
        "DELETE FROM files",
        "SELECT FROM dead_letters",
    ],
    "outbox": [
        "SELECT FROM files",
        "SELECT FROM pages",
        "SELECT FROM readings",
        "UPDATE outbox SET data = '{}'",
    ],
    "notify": [
        "SELECT text FROM pages",
        "SELECT FROM tokens",
        "UPDATE files SET name = 'forged'",
        "UPDATE webhooks SET url = 'http://forged'",
        "SELECT data FROM outbox",
    ],
    "bridge": [
        "SELECT name FROM files",
        "SELECT text FROM pages",
        "SELECT data FROM outbox",
        "DELETE FROM outbox",
    ],
}


@pytest.fixture
def connection(services: Parts) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(services.embedded.postgres.url) as connected:
        yield connected
        connected.rollback()


def become(connection: psycopg.Connection[Any], name: str) -> None:
    connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(f"lector_{name}")))


@pytest.mark.parametrize(
    ("name", "query"), USED, ids=[f"{name}-{query.name}" for name, query in USED]
)
def test_a_function_may_run_its_queries(
    connection: psycopg.Connection[Any], name: str, query: Query[Any]
) -> None:
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", query.sql)))
    numbered = re.sub(r"%\((\w+)\)s", lambda m: f"${names.index(m[1]) + 1}", query.sql)
    become(connection, name)
    plan = f"EXPLAIN (GENERIC_PLAN) {numbered.replace('%%', '%')}"
    result = connection.pgconn.exec_(plan.encode())
    assert result.status == psycopg.pq.ExecStatus.TUPLES_OK, result.error_message.decode()


@pytest.mark.parametrize(
    ("name", "statement"),
    [(name, statement) for name, statements in FORBIDDEN.items() for statement in statements],
)
def test_a_function_may_not_do_what_is_not_its_work(
    connection: psycopg.Connection[Any], name: str, statement: str
) -> None:
    become(connection, name)
    with pytest.raises(InsufficientPrivilege):
        connection.execute(statement.encode())


@pytest.mark.parametrize("role", DATABASE_ROLES)
def test_no_role_may_create_tables_or_other_roles(
    connection: psycopg.Connection[Any], role: str
) -> None:
    connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    with pytest.raises(InsufficientPrivilege):
        connection.execute("CREATE TABLE mine ()")
    connection.rollback()
    connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    with pytest.raises(InsufficientPrivilege):
        connection.execute("CREATE ROLE friend")


@pytest.mark.parametrize("role", DATABASE_ROLES)
def test_a_role_logs_in_with_a_password_of_its_own(services: Parts, role: str) -> None:
    url = services.embedded.postgres.url_as(role)
    with psycopg.connect(url) as connected:
        assert connected.execute("SELECT current_user").fetchone() == (role,)
    others = services.embedded.postgres.url_as("lector").replace("//lector:", f"//{role}:")
    with pytest.raises(psycopg.OperationalError, match="authentication"):
        psycopg.connect(others)


def test_every_function_with_queries_has_a_role(services: Parts) -> None:
    owners = {owner(query) for query in Query.bound} - {"domain"}
    assert {f"lector_{name}" for name in owners} <= set(DATABASE_ROLES)


TIMEOUTS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def as_role(services: Parts, role: str, **settings: str) -> psycopg.Connection[Any]:
    """A connection of this role, whose settings are its own but for those given."""
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return psycopg.connect(services.embedded.postgres.url_as(role), options=options)


@pytest.mark.parametrize("role", DATABASE_ROLES)
def test_a_role_has_a_limit_for_statements_locks_and_open_transactions(
    services: Parts, role: str
) -> None:
    with as_role(services, role) as connection:
        query = "SELECT name, setting::integer FROM pg_settings WHERE name = ANY (%s)"
        limits_ms = dict(connection.execute(query, [list(TIMEOUTS)]).fetchall())
    assert limits_ms.keys() == set(TIMEOUTS)
    assert 5_000 <= limits_ms["lock_timeout"] < limits_ms["statement_timeout"] <= 60_000
    # The relay calls the sink within a transaction; nobody may do so for longer than a request.
    assert 30_000 <= limits_ms["idle_in_transaction_session_timeout"] <= 300_000


def test_migrations_have_no_limit(services: Parts) -> None:
    with psycopg.connect(services.embedded.postgres.url) as connection:
        for name in TIMEOUTS:
            assert connection.execute(f"SHOW {name}".encode()).fetchone() == ("0",)


@pytest.mark.parametrize("role", DATABASE_ROLES)
def test_what_takes_too_long_under_a_role_is_not_now(
    services: Parts, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{services.embedded.postgres.url_as(role)}&options=-c%20statement_timeout%3D50"
    monkeypatch.setenv("DATABASE_URL", url)
    settings.current.cache_clear()
    database.pool.forget()
    try:
        with pytest.raises(DatabaseTimeout) as timeout, database.transaction() as connection:
            connection.execute("SELECT pg_sleep(10)")
        assert problems.problem_of(timeout.value).status == 503
        assert problems.problem_of(timeout.value).code == "timed_out"
        with database.transaction() as connection:  # the connection is as good as before
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        database.pool().close()
        database.pool.forget()
        settings.current.cache_clear()


def pause_within_a_transaction(seconds: float) -> None:
    with database.transaction() as connection:
        connection.execute("SELECT 1")
        time.sleep(seconds)
        connection.execute("SELECT 1")


def test_a_transaction_that_is_left_open_is_broken_off_and_is_not_now(
    services: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    option = "options=-c%20idle_in_transaction_session_timeout%3D50"
    url = f"{services.embedded.postgres.url_as('lector_upload')}&{option}"
    monkeypatch.setenv("DATABASE_URL", url)
    settings.current.cache_clear()
    database.pool.forget()
    try:
        with pytest.raises(TransientFailure):
            pause_within_a_transaction(0.5)
        with database.transaction() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        database.pool().close()
        database.pool.forget()
        settings.current.cache_clear()


def test_whoever_listens_hears_also_after_longer_than_a_statement_may_take(
    services: Parts,
) -> None:
    limits = {"statement_timeout": "100", "idle_in_transaction_session_timeout": "100"}
    with as_role(services, "lector_bridge", **limits) as listener:
        listener.autocommit = True
        listener.execute("LISTEN outbox")
        assert list(listener.notifies(timeout=0.5)) == []
        with psycopg.connect(services.embedded.postgres.url, autocommit=True) as writer:
            writer.execute("NOTIFY outbox")
        assert len(list(listener.notifies(timeout=2, stop_after=1))) == 1
