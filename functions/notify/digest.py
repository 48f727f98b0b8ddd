"""Files that have finished, told of together: one message for a pile instead of hundreds."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from functions.notify import telegram
from lector.contracts import FileCancelled, FileCompleted, FileFailed
from lector.domain import outbox
from lector.runtime import events, queries, settings
from lector.runtime.database import Connection
from lector.runtime.events import Event

_FINISHING = (FileCompleted, FileFailed, FileCancelled)
_NAMED = 20


@dataclass(frozen=True)
class Finished:
    """A file that has finished and of which nobody was told."""

    file_id: UUID
    generation: int
    tenant: str
    name: str
    status: str
    pages_read: int
    pages_failed: int
    reason: str | None


_sql = queries.load(__file__)
NOTE_FINISHED = _sql.statement("note_finished")
TAKE_FINISHED = _sql.rows("take_finished", Finished)


def note(connection: Connection, event: Event[Any]) -> None:
    """Write down a file that has finished, unless it has begun anew since, or is gone."""
    if isinstance(event.data, _FINISHING):
        about = {"file_id": event.file_id, "generation": event.data.generation}
        NOTE_FINISHED.run(connection, **about)


def announce(connection: Connection, config: settings.Digest) -> None:
    """Have people told of what has finished, where it is time."""
    due = TAKE_FINISHED.all(
        connection, quiet_s=config.digest_quiet_s, at_most_s=config.digest_at_most_s
    )
    by_tenant = sorted(due, key=lambda file: (file.tenant, file.file_id))
    for _, files in groupby(by_tenant, key=lambda file: file.tenant):
        told = telegram.message(in_words(list(files)))
        # The rows go in this transaction: nobody else can make a message of them.
        said = events.event(str(uuid4()), "digest", told, "notify", told.destination)
        outbox.announce(connection, [said])


def in_words(files: Sequence[Finished]) -> str:
    """One message about files: how many, and of each that is not whole what is wrong."""
    if len(files) == 1:
        return _line(files[0])
    amiss = [file for file in files if file.status != "completed"]
    pages = sum(file.pages_read for file in files)
    whole = len(files) - len(amiss)
    lines = [f"{len(files)} files finished, {whole} of them whole; {pages} pages read"]
    lines += [_line(file) for file in amiss[:_NAMED]]
    if len(amiss) > _NAMED:
        lines.append(f"… and {len(amiss) - _NAMED} more that are not whole")
    return "\n".join(lines)


def _line(file: Finished) -> str:
    name = telegram.shown_name(file.name)
    if file.status == "completed":
        return f"{name}: {file.pages_read} pages read"
    pages = f"{file.pages_read} pages read, {file.pages_failed} failed"
    reason = f" ({telegram.shortened(file.reason, 200)})" if file.reason else ""
    return f"{name}: {file.status}, {pages}{reason}"
