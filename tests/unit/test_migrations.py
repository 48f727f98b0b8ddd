"""Migrations expand first and contract later: the version before runs on the schema after."""

from hashlib import sha256

import pytest

from lector.local.tools import checkout
from tests.support import expand_only

# The newest migration of the version that may still run somewhere. Move it when one is released.
RELEASED = "20261127000005"

FOLDER = checkout() / "migrations"
OLD = sorted(set(FOLDER.glob("*.sql")) - set(expand_only.newer_than(FOLDER, RELEASED)))
BEFORE = {table for path in OLD for table in expand_only.tables(path.read_text())}
NEWER = expand_only.newer_than(FOLDER, RELEASED)


@pytest.mark.parametrize("name", [path.name for path in NEWER])
def test_what_came_since_takes_nothing_from_the_version_before(name: str) -> None:
    assert expand_only.faults((FOLDER / name).read_text(), BEFORE) == []


def test_no_migration_is_edited_that_may_have_run_somewhere() -> None:
    """Add a line for a new one when it is landed (`sha256sum`)."""
    lines = (checkout() / "tests" / "samples" / "migrations.sha256").read_text().splitlines()
    landed = {name: digest for digest, name in map(str.split, lines)}
    there = {path.name: sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.sql")}
    assert {name: there.get(name) for name in landed} == landed


def test_the_version_before_has_the_tables_that_it_works_on() -> None:
    assert {"files", "pages", "outbox", "readings"} <= BEFORE
    assert len(NEWER) >= 8


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE pages DROP COLUMN text",
        "ALTER TABLE pages RENAME COLUMN text TO words",
        "ALTER TABLE pages RENAME TO sheets",
        "DROP TABLE outbox",
        "DROP FUNCTION settle_reservation",
        "ALTER TABLE pages ADD COLUMN shade text NOT NULL",
        "ALTER TABLE pages ADD COLUMN a int, ADD COLUMN b numeric(20, 10) NOT NULL CHECK (b > 0)",
        "ALTER TABLE pages ALTER COLUMN text SET NOT NULL",
        "ALTER TABLE pages ALTER COLUMN number TYPE smallint",
        "ALTER TABLE pages ALTER COLUMN status DROP DEFAULT",
        "ALTER TABLE pages ADD CONSTRAINT short CHECK (length(text) < 9)",
        "REVOKE UPDATE ON pages FROM lector_llm",
    ],
)
def test_a_step_that_breaks_the_version_before_is_found(statement: str) -> None:
    sql = f"-- migrate:up\n\n{statement};\n\n-- migrate:down\n"
    assert len(expand_only.faults(sql, BEFORE)) == 1
    marked = f"-- migrate:up\n\n-- contract: unused since 0.2\n{statement};\n\n-- migrate:down\n"
    assert expand_only.faults(marked, BEFORE) == []
    assert len(expand_only.faults(f"{marked[:-16]}\n{statement};\n", BEFORE)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE pages ADD COLUMN shade text",
        "ALTER TABLE pages ADD COLUMN tries integer NOT NULL DEFAULT 0",
        "CREATE TABLE shades (name text PRIMARY KEY, dark boolean NOT NULL)",
        "ALTER TABLE shades ADD COLUMN light boolean NOT NULL",  # of a table that is new
        "ALTER TABLE pages DROP CONSTRAINT p, ADD CONSTRAINT p CHECK (provenance <> '')",
        "DROP INDEX pages_waiting",
        "GRANT SELECT ON pages TO lector_llm",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DROP TABLE pages; $$",
    ],
)
def test_a_step_that_only_adds_passes(statement: str) -> None:
    sql = f"-- migrate:up\n\n{statement};\n\n-- migrate:down\n\nDROP TABLE pages;\n"
    assert expand_only.faults(sql, BEFORE) == []
