"""The digest: one message about all files that have finished, instead of hundreds."""

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
    """A file that has finished and is not yet in a digest."""

    file_id: UUID
    generation: int
    tenant: str
    name: str
    status: str
    pages_read: int
    pages_failed: int
    pages_doubted: int
    reason: str | None


_sql = queries.load(__file__)
RECORD_FINISHED = _sql.statement("record_finished")
TAKE_FINISHED = _sql.rows("take_finished", Finished)


def record_finished(connection: Connection, event: Event[Any]) -> None:
    """Record a file that has finished, unless it has begun anew since, or is gone."""
    if isinstance(event.data, _FINISHING):
        about = {"file_id": event.file_id, "generation": event.data.generation}
        RECORD_FINISHED.run(connection, **about)


def request(connection: Connection, config: settings.Digest) -> None:
    """Request a message about what has finished, for each tenant whose digest is due."""
    due = TAKE_FINISHED.all(
        connection, quiet_s=config.digest_quiet_s, at_most_s=config.digest_at_most_s
    )
    by_tenant = sorted(due, key=lambda file: (file.tenant, file.file_id))
    for _, files in groupby(by_tenant, key=lambda file: file.tenant):
        message = telegram.message(summarize(list(files)))
        # The rows go in this transaction: nobody else can make a message of them.
        event = events.event(str(uuid4()), "digest", message, "notify", message.destination)
        outbox.announce(connection, [event])


def summarize(files: Sequence[Finished]) -> str:
    """The text about files: how many, and of each what is wrong with it."""
    if len(files) == 1:
        return _line(files[0])
    broken = [file for file in files if file.status != "completed"]
    doubted = [file for file in files if file.status == "completed" and file.pages_doubted]
    pages = sum(file.pages_read for file in files)
    whole = len(files) - len(broken)
    to_look_at = _doubted(sum(file.pages_doubted for file in files))
    lines = [f"{len(files)} files finished, {whole} of them whole; {_read(pages)}{to_look_at}"]
    amiss = [*broken, *doubted]
    lines += [_line(file) for file in amiss[:_NAMED]]
    if len(amiss) > _NAMED:
        what = "are not whole" + (" or have pages to look at" if doubted else "")
        lines.append(f"… and {len(amiss) - _NAMED} more that {what}")
    return "\n".join(lines)


def _line(file: Finished) -> str:
    name = telegram.display_name(file.name)
    doubted = _doubted(file.pages_doubted)
    if file.status == "completed":
        return f"{name}: {_read(file.pages_read)}{doubted}"
    pages = f"{_read(file.pages_read)}, {file.pages_failed} failed{doubted}"
    reason = f" ({telegram.shorten(file.reason, 200)})" if file.reason else ""
    return f"{name}: {file.status}, {pages}{reason}"


def _read(count: int) -> str:
    return f"{count} {'page' if count == 1 else 'pages'} read"


def _doubted(count: int) -> str:
    return f", {count} {'page' if count == 1 else 'pages'} to look at" if count else ""
