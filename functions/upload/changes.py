"""Retry, cancel, delete: what a person does to a file, each a transaction with its event."""

from dataclasses import dataclass
from uuid import UUID

from google.protobuf.message import Message

from checks import BadRequest
from lector import database, events, outbox, queries, selection, settings, tombstones, unfinished
from lector.contracts import FileCancelled, FileRetried
from lector.database import Connection


@dataclass(frozen=True)
class ChangingFile:
    """A file whose row this transaction holds."""

    id: UUID
    status: str
    generation: int
    name: str
    size_bytes: int
    page_count: int | None
    has_bytes: bool


@dataclass(frozen=True)
class Generation:
    """The generation that has just begun."""

    generation: int


_sql = queries.beside(__file__)
LOCK_FOR_CHANGE = _sql.bind("lock_for_change", ChangingFile)
CANCEL_PAGES = _sql.effect("cancel_pages")
CANCEL_FILE = _sql.effect("cancel_file")
FAILED_PAGES = _sql.bind("failed_pages", unfinished.PageNumber)
BEGIN_GENERATION = _sql.bind("begin_generation", Generation)
RETRY_PAGES = _sql.effect("retry_pages")
FORGET_READINGS = _sql.effect("forget_readings")
DELETE_PAGES = _sql.effect("delete_pages")

_OPEN = ("announced", "uploaded", "reading")


def cancel(file_id: UUID) -> None:
    """Stop what has not begun and have what comes late change nothing; once finished, no effect."""
    with database.transaction() as connection:
        file = _locked(connection, file_id)
        if file.status not in _OPEN:
            return
        CANCEL_PAGES.run(connection, file_id=file_id)
        CANCEL_FILE.run(connection, file_id=file_id)
        cause = f"{file_id} cancelled"
        _announce(connection, file_id, cause, FileCancelled(generation=file.generation))


def delete(file_id: UUID) -> None:
    """Remove a file's rows now and its objects soon, also while it is being read."""
    config = settings.current(settings.Ledger)
    with database.transaction() as connection:
        file = LOCK_FOR_CHANGE.one(connection, file_id=file_id)
        if file is None:
            raise _no_such(file_id)
        FORGET_READINGS.run(connection, file_id=file_id)
        DELETE_PAGES.run(connection, file_id=file_id)
        tombstones.bury(connection, file_id, config.removal_after_s, "upload")


def retry(file_id: UUID, pages: str | None) -> None:
    """Begin a new generation in which failed pages (all, or those selected) are tried once more."""
    config = settings.current(settings.Ledger)
    with database.transaction() as connection:
        file = _locked(connection, file_id)
        if not file.has_bytes:
            raise BadRequest("not_uploaded", "its bytes never arrived; upload the file again", 409)
        numbers = _to_retry(connection, file, pages)
        [begun] = BEGIN_GENERATION.all(
            connection, file_id=file_id, sweep_after_s=config.sweep_after_s
        )
        RETRY_PAGES.run(connection, file_id=file_id, generation=begun.generation, numbers=numbers)
        cause = f"{file_id} retried {begun.generation}"
        _announce(connection, file_id, cause, FileRetried(generation=begun.generation))
        if file.page_count is None:
            unfinished.announce_upload(
                connection, file_id, begun.generation, file.name, file.size_bytes, cause, "upload"
            )
        else:
            unfinished.announce_pages(
                connection, file_id, begun.generation, config.pages_per_range, cause, "upload"
            )


def _to_retry(connection: Connection, file: ChangingFile, pages: str | None) -> list[int]:
    failed = [page.number for page in FAILED_PAGES.all(connection, file_id=file.id)]
    if pages is None:
        if not failed and file.status not in ("failed", "cancelled"):
            raise BadRequest("nothing_to_retry", "no page of the file has failed", 409)
        return failed
    chosen = set(selection.chosen(pages, file.page_count or 0))
    numbers = [number for number in failed if number in chosen]
    if not numbers:
        raise BadRequest("nothing_to_retry", f"no failed page is among {pages}", 409)
    return numbers


def _locked(connection: Connection, file_id: UUID) -> ChangingFile:
    file = LOCK_FOR_CHANGE.one(connection, file_id=file_id)
    if file is None or file.status == "deleted":
        raise _no_such(file_id)
    return file


def _no_such(file_id: UUID) -> BadRequest:
    return BadRequest("no_such_file", f"there is no file {file_id}", 404)


def _announce(connection: Connection, file_id: UUID, cause: str, data: Message) -> None:
    outbox.announce(connection, [events.event(cause, file_id, data, "upload")])
