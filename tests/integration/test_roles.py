"""Each function's database role: enough for its own queries, and nothing beyond them."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from functions.llm import lanes, page_texts
from functions.notify import digest, notifications
from functions.notify import webhooks as notify_webhooks
from functions.outbox import relay
from functions.register import dead_letters, ledger_entries, sweep
from functions.render import ledger as render_ledger
from functions.upload import authentication
from functions.upload.admin import dead_letters as letters
from functions.upload.admin import orphaned_objects, tokens, webhooks
from functions.upload.files import changes, file_model, idempotency, multipart, wakeup
from functions.upload.live import feed
from functions.upload.pages import page_model, search, texts, versions
from lector.bridge.postgres_source import backlog, doorbell
from lector.domain import file_completion, file_deletion, outbox, pending_work, shares
from lector.domain.functions import DATABASE_ROLES
from lector.local.tools import checkout
from lector.runtime.queries import Query
from tests.support.parts import Parts

# Which queries each function runs: those of its own folder, and those of the library that it uses.
MODULES = [
    backlog,
    changes,
    dead_letters,
    doorbell,
    file_model,
    orphaned_objects,
    ledger_entries,
    lanes,
    letters,
    page_texts,
]
MODULES += [
    authentication,
    idempotency,
    feed,
    page_model,
    multipart,
    relay,
    search,
    sweep,
    texts,
    tokens,
    versions,
]
MODULES += [digest, notifications, notify_webhooks, render_ledger, wakeup, webhooks]
# What closing a file, or announcing more of it, takes.
SHARES: list[Query[Any]] = [
    shares.WORK_LEFT,
    shares.BEING_READ,
    shares.NEXT_IN_LINE,
    shares.NOTE_IN_FLIGHT,
    shares.NOTE_SHARE,
]
SHARED: dict[str, list[Query[Any]]] = {
    "upload": [
        outbox.ANNOUNCE,
        file_deletion.BURY_FILE,
        *SHARES,
        file_completion.FINISH_FILE,
    ],
    "render": [pending_work.WANTED_PAGES],
    "register": [
        outbox.ANNOUNCE,
        file_deletion.BURY_FILE,
        pending_work.PAGES_IN_FLIGHT,
        file_completion.LOCK_FILE,
        *SHARES,
        file_completion.FINISH_FILE,
    ],
    "llm": [
        outbox.ANNOUNCE,
        file_completion.LOCK_FILE,
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
        "DELETE FROM pages",
        "SELECT FROM readings",
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
