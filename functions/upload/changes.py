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


@dataclass(frozen=True)
class Lock:
    """A lock that this transaction holds."""

    held: bool


_sql = queries.beside(__file__)
LOCK_FOR_CHANGE = _sql.bind("lock_for_change", ChangingFile)
CANCEL_PAGES = _sql.effect("cancel_pages")
CANCEL_FILE = _sql.effect("cancel_file")
FAILED_PAGES = _sql.bind("failed_pages", unfinished.PageNumber)
BEGIN_GENERATION = _sql.bind("begin_generation", Generation)
RETRY_PAGES = _sql.effect("retry_pages")
FORGET_READINGS = _sql.effect("forget_readings")
WAIT_FOR_DELETIONS = _sql.bind("wait_for_deletions", Lock)
DELETE_PAGES = _sql.effect("delete_pages")


def cancel(file_id: UUID) -> bool:
    """Stop what has not begun and have what comes late change nothing; once finished, no effect.

    Returns:
        Whether the file is gone by that: its bytes had not come, so there is nothing to keep.

    """
    with database.transaction() as connection:
        file = _locked(connection, file_id)
        if file.status == "announced":
            return _bury(connection, file_id)
        if file.status in ("uploaded", "reading"):
            CANCEL_PAGES.run(connection, file_id=file_id)
            CANCEL_FILE.run(connection, file_id=file_id)
            cause = f"{file_id} cancelled {file.generation}"
            _announce(connection, file_id, cause, FileCancelled(generation=file.generation))
        return False


def delete(file_id: UUID) -> None:
    """Remove a file's rows now and its objects soon, also while it is being read."""
    with database.transaction() as connection:
        if LOCK_FOR_CHANGE.one(connection, file_id=file_id) is None:
            raise _no_such(file_id)
        # One after the other, as each must see whether another file still shows the same page.
        WAIT_FOR_DELETIONS.one(connection)
        FORGET_READINGS.run(connection, file_id=file_id)
        DELETE_PAGES.run(connection, file_id=file_id)
        _bury(connection, file_id)


def delete_unconfirmed(file_id: UUID) -> bool:
    """Remove a file if it still waits for its bytes; whether it did."""
    with database.transaction() as connection:
        file = LOCK_FOR_CHANGE.one(connection, file_id=file_id)
        return file is not None and file.status == "announced" and _bury(connection, file_id)


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


def _bury(connection: Connection, file_id: UUID) -> bool:
    """Leave a tombstone, for longer than any upload URL that was given out is good for."""
    url_lifetime_s = settings.current(settings.Objects).s3_url_lifetime_s
    removal_after_s = settings.current(settings.Ledger).removal_after_s
    return tombstones.bury(connection, file_id, max(removal_after_s, 2 * url_lifetime_s), "upload")


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
