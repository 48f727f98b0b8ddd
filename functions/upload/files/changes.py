"""Retry, cancel, delete: what a person does to a file, each a transaction with its event."""

from dataclasses import dataclass
from uuid import UUID

from google.protobuf.message import Message

from functions.upload.errors import ApiError, NoSuchFile
from functions.upload.files import reader_choice, reader_costs, wakeup
from functions.upload.files.options import Retry
from functions.upload.files.wakeup import Work
from functions.upload.problem_codes import ProblemCode
from lector.contracts import FileCancelled, FileRetried
from lector.domain import (
    carried_text,
    file_completion,
    file_deletion,
    outbox,
    page_selection,
    pending_work,
)
from lector.domain.states import TextLayerUse, VerifyUse
from lector.runtime import database, events, queries, settings
from lector.runtime.database import Connection


@dataclass(frozen=True)
class ChangingFile(pending_work.UploadedFile):
    """A file whose row this transaction holds."""

    status: str
    generation: int
    page_count: int | None
    has_bytes: bool
    reader: str | None
    language: str | None
    model: str | None
    text_layer: str | None
    verify: str | None
    max_cost_usd: float | None


@dataclass(frozen=True)
class FinishedPage:
    """A page that was read, or failed; `corrected`: a person wrote the text that it has."""

    number: int
    status: str
    corrected: bool


_sql = queries.load(__file__)
LOCK_FOR_CHANGE = _sql.rows("lock_for_change", ChangingFile)
SET_CEILING = _sql.statement("set_ceiling")
SET_KEEPING = _sql.statement("set_keeping")
CANCEL_PAGES = _sql.statement("cancel_pages")
CANCEL_FILE = _sql.statement("cancel_file")
FINISHED_PAGES = _sql.rows("finished_pages", FinishedPage)
KEEP_VERSIONS = _sql.statement("keep_versions")
BEGIN_GENERATION = _sql.scalar("begin_generation", int)
RETRY_PAGES = _sql.statement("retry_pages")


def cancel(tenant: str, file_id: UUID) -> bool:
    """Stop what has not begun and have what comes late change nothing; once finished, no effect.

    Returns:
        Whether the file is gone by that: its bytes had not come, so there is nothing to keep.

    """
    with database.transaction() as connection:
        file = lock_file(connection, tenant, file_id)
        if file.status == "announced":
            return _bury(connection, file_id)
        if file.status in ("uploaded", "reading"):
            CANCEL_PAGES.run(connection, file_id=file_id)
            CANCEL_FILE.run(connection, file_id=file_id)
            cause = f"{file_id} cancelled {file.generation}"
            _announce(connection, file_id, cause, FileCancelled(generation=file.generation))
        return False


def delete(tenant: str, file_id: UUID) -> None:
    """Remove a file's rows now and its objects soon, also while it is being read."""
    with database.transaction() as connection:
        if LOCK_FOR_CHANGE.one(connection, file_id=file_id, tenant=tenant) is None:
            raise NoSuchFile(file_id)
        file_deletion.delete_with_pages(connection, file_id, _removal_after_s(), "upload")


def delete_unconfirmed(file_id: UUID) -> bool:
    """Remove a file if it still waits for its bytes; whether it did."""
    with database.transaction() as connection:
        file = LOCK_FOR_CHANGE.one(connection, file_id=file_id, tenant=None)
        return file is not None and file.status == "announced" and _bury(connection, file_id)


def retry(tenant: str, file_id: UUID, wanted: Retry) -> None:
    """Begin a new generation in which pages are read once more: all that failed, or those selected.

    Those that were read keep their text, as a version, until there is another. What a person wrote
    is left alone, unless it is said that it is meant, too.
    """
    own_way = wanted.prompt or wanted.model or wanted.describe or wanted.reader
    config = settings.current(settings.Ledger)
    with database.transaction() as connection:
        file = lock_file(connection, tenant, file_id)
        if not file.has_bytes:
            raise ApiError(
                409, ProblemCode.NOT_UPLOADED, "its bytes are not stored; upload the file again"
            )
        reader = wanted.reader or file.reader
        language = wanted.language or file.language
        # Not the file's own: one of before may say what nobody reads, and is read all the same.
        said = language if wanted.reader else wanted.language
        reader_choice.check(reader, wanted, said, wanted.on_doubt)
        if problem := wanted.language and reader_choice.warning(reader, Retry(), language):
            raise ApiError(422, ProblemCode.CONFLICTING_OPTIONS, problem)
        if file.max_cost_usd is not None:
            model = wanted.model or (None if wanted.reader else file.model)
            reader_costs.check(reader, model, wanted.text_layer)
        numbers = _to_retry(connection, file, wanted)
        [generation] = BEGIN_GENERATION.all(
            connection, file_id=file_id, language=language, sweep_after_s=config.sweep_after_s
        )
        KEEP_VERSIONS.run(connection, file_id=file_id, numbers=numbers)
        RETRY_PAGES.run(
            connection,
            file_id=file_id,
            generation=generation,
            numbers=numbers,
            prompt=wanted.prompt,
            model=wanted.model,
            text_layer=TextLayerUse.NEVER if own_way else wanted.text_layer,
            describe=wanted.describe,
            reader=wanted.reader,
            verify=wanted.verify,
            usual_verify=_usual_verify(file.verify, reader),
            on_doubt=wanted.on_doubt,
        )
        cause = f"{file_id} retried {generation}"
        _announce(connection, file_id, cause, FileRetried(generation=generation))
        _announce_work(connection, file, generation, cause)
    wakeup.wake(Work(reader, wanted.verify))


def _usual_verify(verify: str | None, reader: str | None) -> VerifyUse:
    usual = settings.current(settings.Verification).verify
    is_verified = carried_text.is_verified(verify, reader, usual)
    return VerifyUse.AUTO if is_verified else VerifyUse.NEVER


def set_ceiling(tenant: str, file_id: UUID, max_cost_usd: float | None) -> None:
    """Change what a file may cost; pages that waited go on as far as there is money now."""
    with database.transaction() as connection:
        file = lock_file(connection, tenant, file_id)
        if max_cost_usd is not None:
            reader_costs.check(file.reader, file.model, file.text_layer)
        SET_CEILING.run(connection, file_id=file_id, max_cost_usd=max_cost_usd)
        if file.status == "reading":
            file_completion.go_on(connection, file_id, file.generation, "upload")


def set_keeping(tenant: str, file_id: UUID, keep_days: int | None) -> None:
    """Change for how many days from now a file is kept; None: until somebody deletes it."""
    with database.transaction() as connection:
        lock_file(connection, tenant, file_id)
        SET_KEEPING.run(connection, file_id=file_id, keep_days=keep_days)


def _announce_work(connection: Connection, file: ChangingFile, generation: int, cause: str) -> None:
    """Announce what a file waits for in its new generation; it may be nothing."""
    if file.page_count is None:
        pending_work.announce_upload(connection, file, generation, cause, "upload")
        return
    file_completion.go_on(connection, file.id, generation, "upload")


def _bury(connection: Connection, file_id: UUID) -> bool:
    return file_deletion.delete(connection, file_id, _removal_after_s(), "upload")


def _removal_after_s() -> float:
    """How long a tombstone stays: longer than any upload URL that was given out is good for."""
    url_lifetime_s: float = settings.current(settings.Objects).s3_url_lifetime_s
    removal_after_s: float = settings.current(settings.Ledger).removal_after_s
    return max(removal_after_s, 2 * url_lifetime_s)


def _to_retry(connection: Connection, file: ChangingFile, wanted: Retry) -> list[int]:
    finished = FINISHED_PAGES.all(connection, file_id=file.id)
    if wanted.pages is None:
        chosen = [page for page in finished if page.status == "failed"]
        if not chosen and file.status not in ("failed", "cancelled"):
            detail = "no page of the file has failed; name pages to have them read again"
            raise ApiError(409, ProblemCode.NOTHING_TO_RETRY, detail)
    else:
        selected = set(page_selection.select(wanted.pages, file.page_count or 0))
        chosen = [page for page in finished if page.number in selected]
        if not chosen:
            detail = f"no finished page is among {wanted.pages}"
            raise ApiError(409, ProblemCode.NOTHING_TO_RETRY, detail)
    numbers = [page.number for page in chosen if wanted.include_corrected or not page.corrected]
    if chosen and not numbers:
        detail = (
            "a person wrote the text of each of these pages; with include_corrected they are read"
            " all the same, and what was written is kept as a version"
        )
        raise ApiError(409, ProblemCode.ONLY_CORRECTED, detail)
    return numbers


def lock_file(connection: Connection, tenant: str, file_id: UUID) -> ChangingFile:
    """A file for the rest of the transaction: nobody else changes it or its pages meanwhile."""
    file = LOCK_FOR_CHANGE.one(connection, file_id=file_id, tenant=tenant)
    if file is None or file.status == "deleted":
        raise NoSuchFile(file_id)
    return file


def _announce(connection: Connection, file_id: UUID, cause: str, data: Message) -> None:
    outbox.announce(connection, [events.event(cause, file_id, data, "upload")])
