"""States of files and pages stand once: database, SQL and every statement are held against them."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from functions.upload.files import file_model
from lector.domain.failure_codes import FailureCode
from lector.domain.states import (
    FILE_TRANSITIONS,
    PAGE_TRANSITIONS,
    VISIBLE_FILES,
    FileStatus,
    PageStatus,
    Provenance,
)
from lector.runtime.queries import Query
from tests.integration import test_sql  # every module that binds queries
from tests.support.parts import Parts

assert test_sql.MODULES
CHANGES = re.compile(r"UPDATE (files|pages)\b.*?\bSET\b(.*?)\b(?:WHERE|FROM)\b", re.DOTALL)
SETS_STATUS = re.compile(r"(?<![\w.])status = ")
LITERALS = re.compile(r"'([a-z_]+)'")


def changing(table: str) -> list[Query[Any]]:
    """The statements that may change the status of a row of a table."""
    return [
        query
        for query in Query.bound
        for changed, assignments in CHANGES.findall(query.sql)
        if changed == table and SETS_STATUS.search(assignments)
    ]


@pytest.fixture
def connection(services: Parts) -> Iterator[psycopg.Connection[Any]]:
    """A connection of which nothing is left."""
    with psycopg.connect(services.embedded.postgres.url) as connected:
        yield connected
        connected.rollback()


def checked(connection: psycopg.Connection[Any], constraint: str) -> set[str]:
    """The values that a CHECK of the database allows."""
    found = connection.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [constraint]
    ).fetchone()
    assert found
    return set(LITERALS.findall(found[0]))


def test_the_database_allows_the_states_that_there_are(
    connection: psycopg.Connection[Any],
) -> None:
    assert checked(connection, "files_status_check") == set(FileStatus)
    assert checked(connection, "pages_status_check") == set(PageStatus)
    assert checked(connection, "pages_provenance_check") == set(Provenance)


def test_the_api_shows_every_state_but_that_of_tombstones() -> None:
    assert [*file_model.FileStatus] == VISIBLE_FILES


def test_every_state_and_code_that_a_statement_names_exists() -> None:
    states = {*FileStatus, *PageStatus}
    for query in Query.bound:
        for named in re.findall(r"status (?:=|<>|IN|CASE)[^;]*?'([a-z_]+)'", query.sql):
            assert named in states, query
        for named in re.findall(r"error_code = (?:CASE WHEN [^']*? THEN )?'([a-z_]+)'", query.sql):
            assert named in set(FailureCode), query


class Row:
    """A file in a state, with pages in a state each, and what statements are given about them."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        file: FileStatus,
        *pages: PageStatus,
        opened: bool = True,
        text: str | None = None,
    ) -> None:
        self._connection = connection
        self.id, self.page_id = uuid4(), uuid4()
        connection.execute(
            "INSERT INTO files (id, name, size_bytes, status, page_count, tenant)"
            " VALUES (%s, 'a.pdf', 1, %s, %s, 'default')",
            [self.id, file, 1 if opened else None],
        )
        for number, page in enumerate(pages, 1):
            self._add_page(number, page, text or ("" if page is PageStatus.READ else None))

    def _add_page(self, number: int, status: PageStatus, text: str | None) -> None:
        page_id = self.page_id if number == 1 else uuid4()
        error = "it failed" if status is PageStatus.FAILED else None
        provenance = None if text is None else Provenance.MODEL
        self._connection.execute(
            "INSERT INTO pages (id, file_id, number, generation, status, text, provenance, error,"
            " from_layer) VALUES (%s, %s, %s, 1, %s, %s, %s, %s, true)",
            [page_id, self.id, number, status, text, provenance, error],
        )
        self._connection.execute(
            "INSERT INTO page_versions (page_id, version, text, provenance)"
            " VALUES (%s, 7, 'kept', 'model')",
            [page_id],
        )

    @property
    def given(self) -> dict[str, object]:
        return {
            "file_id": self.id,
            "page_id": self.page_id,
            "page_ids": [self.page_id],
            "generation": 1,
            "numbers": [1],
            "waiting": list(PageStatus),
            "page_count": 1,
            "version": 7,
            "provenance": Provenance.MODEL,
            "text": "text",
            "turned_degrees": 0,
            "doubts": "{}",
            "texts": ["text"],
            "word_lists": ["[]"],
            "doubt_sets": ["{}"],
            "attempts": 1,
            "detail": "it failed",
            "ids": [self.id],
            "media_types": [None],
            "details": ["it failed"],
            "event_id": uuid4(),
            "event_type": "lector.page.read",
            "event_source": "llm",
            "event_subject": str(self.id),
            "event_data": "{}",
        }

    def run(self, query: Query[Any]) -> tuple[str | None, str | None]:
        """The states of file and page after a statement."""
        names = set(re.findall(r"%\((\w+)\)s", query.sql))
        numbers = {name: 1 for name in names if name.endswith("_s")} | {"describe": False}
        parameters = {**dict.fromkeys(names), **numbers, **self.given}
        query.run(self._connection, **{name: parameters[name] for name in names})
        return self._status("files", self.id), self._status("pages", self.page_id)

    def _status(self, table: str, row_id: object) -> str | None:
        found = self._connection.execute(
            f"SELECT status FROM {table} WHERE id = %s".encode(), [row_id]
        ).fetchone()
        return found[0] if found else None


def test_statements_change_files_as_the_table_of_transitions_says(
    connection: psycopg.Connection[Any],
) -> None:
    seen: dict[FileStatus, set[str]] = {before: set() for before in FileStatus}
    cases = [
        (query, before, pages, opened)
        for query in changing("files")
        for before in FileStatus
        for pages in [(), *((page,) for page in PageStatus), (PageStatus.READ, PageStatus.FAILED)]
        for opened in opened_or_not(before)
    ]
    for query, before, pages, opened in cases:
        after, _ = Row(connection, before, *pages, opened=opened).run(query)
        if after and after != before:
            seen[before].add(after)
    assert seen == FILE_TRANSITIONS


def opened_or_not(status: FileStatus) -> tuple[bool, ...]:
    """Whether a file in a state has been opened: some may be either."""
    match status:
        case FileStatus.ANNOUNCED | FileStatus.UPLOADED:
            return (False,)
        case FileStatus.FAILED | FileStatus.CANCELLED | FileStatus.DELETED:
            return (True, False)
    return (True,)


def test_statements_change_pages_as_the_table_of_transitions_says(
    connection: psycopg.Connection[Any],
) -> None:
    seen: dict[PageStatus, set[str]] = {before: set() for before in PageStatus}
    for query in changing("pages"):
        for before in PageStatus:
            for text in (None, "text"):
                row = Row(connection, FileStatus.READING, before, text=text)
                _, after = row.run(query)
                if after and after != before:
                    seen[before].add(after)
    assert seen == PAGE_TRANSITIONS


def test_every_kind_of_change_was_found() -> None:
    assert {query.name for query in changing("files")} == {
        "start_reading",
        "fail_file",
        "finish_file",
        "bury_file",
        "confirm_files",
        "refuse_files",
        "settle_file",
        "cancel_file",
        "begin_generation",
    }
    assert {query.name for query in changing("pages")} == {
        "register_images",
        "register_blank",
        "fail_pages",
        "store_text",
        "store_layers",
        "restore_version",
        "correct_page",
        "cancel_pages",
        "retry_pages",
        "seek_text",
        "settle_tries",
    }
