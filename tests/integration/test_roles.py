"""Each function's database role: enough for its own queries, and nothing beyond them."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

import access
import backlog
import changes
import creations
import dead_letters
import digest
import doorbell
import fan_out
import feed
import files
import garbage
import ledger_entries
import letters
import page_rows
import page_texts
import parts
import relay
import searching
import sending
import sweep
import texts
import tokens
import versions
import wakeup
import webhooks
from lector import ledger, outbox, tombstones, unfinished
from lector.local.services import ROLES
from lector.queries import Query
from support.parts import Parts

# Which queries each function runs: those of its own folder, and those of the library that it uses.
MODULES = [
    backlog,
    changes,
    dead_letters,
    doorbell,
    files,
    garbage,
    ledger_entries,
    letters,
    page_texts,
]
MODULES += [
    access,
    creations,
    feed,
    page_rows,
    parts,
    relay,
    searching,
    sweep,
    texts,
    tokens,
    versions,
]
MODULES += [digest, fan_out, sending, wakeup, webhooks]
SHARED: dict[str, list[Query[Any]]] = {
    "upload": [
        outbox.ANNOUNCE,
        tombstones.BURY_FILE,
        unfinished.UNFINISHED_PAGES,
        ledger.HAS_UNFINISHED_PAGES,
        ledger.FINISH_FILE,
    ],
    "render": [unfinished.WANTED_PAGES, unfinished.WANTS_OPENING],
    "register": [
        outbox.ANNOUNCE,
        tombstones.BURY_FILE,
        unfinished.UNFINISHED_PAGES,
        ledger.LOCK_FILE,
        ledger.HAS_UNFINISHED_PAGES,
        ledger.FINISH_FILE,
    ],
    "llm": [outbox.ANNOUNCE, ledger.LOCK_FILE, ledger.HAS_UNFINISHED_PAGES, ledger.FINISH_FILE],
    "outbox": [],
    "notify": [outbox.ANNOUNCE],
    "bridge": [],
}
USED = [
    (name, query)
    for name, shared in SHARED.items()
    for query in [*(q for q in Query.bound if q.path.parent.name == name), *shared]
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


@pytest.mark.parametrize("role", ROLES)
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


@pytest.mark.parametrize("role", ROLES)
def test_a_role_logs_in_with_a_password_of_its_own(services: Parts, role: str) -> None:
    url = services.embedded.postgres.url_as(role)
    with psycopg.connect(url) as connected:
        assert connected.execute("SELECT current_user").fetchone() == (role,)
    others = services.embedded.postgres.url_as("lector").replace("//lector:", f"//{role}:")
    with pytest.raises(psycopg.OperationalError, match="authentication"):
        psycopg.connect(others)


def test_every_function_with_queries_has_a_role(services: Parts) -> None:
    owners = {query.path.parent.name for query in Query.bound} - {"lector"}
    assert {f"lector_{name}" for name in owners} <= set(ROLES)
