"""The sweep: files that stand still are announced again, and failed when that does not help.

A file is looked at when its time has come (`look_at`). If anything of it moved since, its time is
put off; so it is while it waits for a model that is away, or for money, as nothing is lost then.
Otherwise the work it has in flight is announced again, but for what was refused lately, with pauses
that double. When that was done often enough it has failed, unless it may merely wait in line: older
pages are still being finished. What was kept for as long as somebody said is deleted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from functions.register import ledger_entries
from lector.contracts import Failure, LedgerStalled
from lector.domain import file_completion, file_deletion, pending_work, shares
from lector.domain.failure_codes import FailureCode
from lector.domain.states import WAITING_PAGES, FileStatus
from lector.runtime import events, queries, settings
from lector.runtime.database import Connection
from lector.telemetry import tracing


@dataclass(frozen=True)
class StalledFile(pending_work.UploadedFile):
    """A file whose time to be looked at has come. Seconds are counted by the database's clock."""

    status: str
    generation: int
    traceparent: str | None
    announced_again: int
    announced_again_at: datetime | None
    still_s: float
    moved_since: bool
    waits_for_model: bool
    money_is_under_way: bool
    until_tomorrow_s: float


_MONEY_UNDER_WAY_S = 30.0  # of which some may be left over

_sql = queries.load(__file__)
NEXT_TO_LOOK_AT = _sql.rows("next_to_look_at", StalledFile)
NEXT_TO_DELETE = _sql.scalar("next_to_delete", UUID)
MODEL_IS_AWAY = _sql.scalar("model_is_away", bool)
OLDER_WORK_IS_FINISHED = _sql.scalar("older_work_is_finished", bool)
LOOK_LATER = _sql.statement("look_later")
NOTE_ANNOUNCEMENT = _sql.statement("note_announcement")
PAGES_LEFT = _sql.scalar("pages_left", int)


def check_next(connection: Connection, config: settings.Ledger) -> bool:
    """Look at the file whose time has come first; False when there is none."""
    file = NEXT_TO_LOOK_AT.one(connection)
    if file is None:
        return False
    with tracing.continue_file_trace(file.traceparent):
        _CHECKS[file.status](connection, file, config)
    return True


def delete_next(connection: Connection, config: settings.Ledger) -> bool:
    """Delete the file whose days are over first; False when there is none."""
    file_id = NEXT_TO_DELETE.one(connection)
    if file_id is None:
        return False
    file_deletion.delete_with_pages(
        connection, file_id, config.removal_after_s, "register", days_over=True
    )
    return True


def _check_unconfirmed(connection: Connection, file: StalledFile, config: settings.Ledger) -> None:
    """Its bytes never came, or nobody said that they did."""
    file_deletion.delete(connection, file.id, config.removal_after_s, "register")


def _check_tombstone(connection: Connection, file: StalledFile, config: settings.Ledger) -> None:
    """Nothing is in flight any more: remove what was stored late."""
    file_deletion.announce_removal(connection, file.id, file.announced_again + 1, "register")
    _note(connection, file, file.announced_again + 1, config.removal_after_s)


def _check_reading(connection: Connection, file: StalledFile, config: settings.Ledger) -> None:
    """Have pages go on for which there is money again; without others nothing can be lost."""
    left = shares.work_left(connection, file.id)
    if left is None or not left.waits_for_money:
        _check_work(connection, file, config)
        return
    file_completion.go_on(connection, file.id, file.generation, "register")
    if left.in_flight:
        _check_work(connection, file, config)
        return
    new_money_s = _MONEY_UNDER_WAY_S if file.money_is_under_way else file.until_tomorrow_s + 1
    LOOK_LATER.run(connection, file_id=file.id, after_s=min(config.sweep_after_s, new_money_s))


def _check_work(connection: Connection, file: StalledFile, config: settings.Ledger) -> None:
    times = 0 if file.moved_since else file.announced_again
    patience_s = config.sweep_after_s * 2**times
    if file.still_s < patience_s:
        LOOK_LATER.run(connection, file_id=file.id, after_s=patience_s - file.still_s)
        return
    exhausted = times >= config.sweep_attempts
    if _waits_for_model(connection, file, config) or (
        exhausted and _is_queued(connection, file, config)
    ):
        LOOK_LATER.run(connection, file_id=file.id, after_s=config.sweep_after_s)
    elif exhausted:
        _fail(connection, file)
    else:
        _announce_again(connection, file, times + 1, config)


def _waits_for_model(connection: Connection, file: StalledFile, config: settings.Ledger) -> bool:
    if not file.waits_for_model:
        return False
    return bool(MODEL_IS_AWAY.one(connection, since_s=config.sweep_after_s))


def _is_queued(connection: Connection, file: StalledFile, config: settings.Ledger) -> bool:
    return bool(
        OLDER_WORK_IS_FINISHED.one(
            connection, since_s=config.sweep_after_s, announced_at=file.announced_again_at
        )
    )


def _announce_again(
    connection: Connection, file: StalledFile, times: int, config: settings.Ledger
) -> None:
    cause = f"{file.id} stood still {times} {file.announced_again_at}"
    if file.status == FileStatus.UPLOADED:
        pending_work.announce_upload(connection, file, file.generation, cause, "register")
        _note(connection, file, times, config.sweep_after_s * 2**times)
        return
    after_s = config.sweep_after_s
    announced = pending_work.announce_again(
        connection, file, file.generation, cause, "register", after_s
    )
    if announced:
        _note(connection, file, times, after_s * 2**times)
    else:  # all were refused lately, so none is lost
        LOOK_LATER.run(connection, file_id=file.id, after_s=after_s)
    file_completion.go_on(connection, file.id, file.generation, "register")


def _fail(connection: Connection, file: StalledFile) -> None:
    """Turn what stands still into a visible failure, which a person may retry."""
    times = file.announced_again
    failure = Failure(
        code=FailureCode.STALLED,
        detail=f"nothing happened although it was announced again {times} times",
    )
    cause = events.event(f"{file.id} stalled", file.id, LedgerStalled(), "register")
    if file.status == FileStatus.UPLOADED:
        ledger_entries.fail_file(connection, cause, file.generation, failure)
        return
    numbers = PAGES_LEFT.all(connection, file_id=file.id)
    ledger_entries.fail_pages(
        connection, cause, file.generation, numbers, failure, WAITING_PAGES, times + 1
    )
    file_completion.go_on(connection, file.id, file.generation, "register")


def _note(connection: Connection, file: StalledFile, times: int, look_after_s: float) -> None:
    NOTE_ANNOUNCEMENT.run(connection, file_id=file.id, times=times, after_s=look_after_s)


_CHECKS: dict[str, Callable[[Connection, StalledFile, settings.Ledger], None]] = {
    FileStatus.ANNOUNCED: _check_unconfirmed,
    FileStatus.UPLOADED: _check_work,
    FileStatus.READING: _check_reading,
    FileStatus.DELETED: _check_tombstone,
}
