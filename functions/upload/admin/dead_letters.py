"""Dead letters that could not be tied to a page or a file: listed, and replayed by hand."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from functions.upload.files.file_model import shown_time
from functions.upload.validation import BadRequest
from lector.domain import outbox
from lector.runtime import database, events, queries
from lector.runtime.events import Event
from lector.runtime.failures import LectorError


@dataclass(frozen=True)
class DeadLetter:
    """An event that a function gave up, as it was delivered. `headers` is JSON."""

    id: UUID
    function: str
    error_code: str
    error: str
    attempts: int
    headers: str
    body: bytes
    created_at: datetime
    replays: int
    replayed_at: datetime | None


_sql = queries.load(__file__)
DEAD_LETTERS = _sql.rows("dead_letters", DeadLetter)
TAKE_DEAD_LETTER = _sql.rows("take_dead_letter", DeadLetter)


def newest(before: datetime | None, limit: int) -> list[DeadLetter]:
    """The newest first, given up before a moment."""
    with database.transaction() as connection:
        return DEAD_LETTERS.all(connection, before=before, limit=limit)


def replay(letter_id: UUID) -> DeadLetter:
    """Announce the event anew, under an id of its own, to every function that listens to it."""
    with database.transaction() as connection:
        letter = TAKE_DEAD_LETTER.one(connection, id=letter_id)
        if letter is None:
            raise BadRequest("no_such_dead_letter", f"there is no dead letter {letter_id}", 404)
        outbox.announce(connection, [_event(letter)])
    return letter


def _event(letter: DeadLetter) -> Event[Any]:
    try:
        event = events.from_request(json.loads(letter.headers), letter.body)
    except LectorError as error:
        detail = f"it cannot be announced again, because nobody understands it yet: {error}"
        raise BadRequest("not_understood", detail, 409) from error
    cause = f"{letter.id} replay {letter.replays}"
    return events.event(cause, event.subject, event.data, "upload")


def shown(letter: DeadLetter) -> dict[str, object]:
    """A dead letter as JSON. The event's data stays out: it is for functions, not for eyes."""
    headers = json.loads(letter.headers)
    return {
        "id": str(letter.id),
        "function": letter.function,
        "type": headers.get("ce-type"),
        "subject": headers.get("ce-subject"),
        "error": letter.error,
        "error_code": letter.error_code,
        "attempts": letter.attempts,
        "given_up_at": shown_time(letter.created_at),
        "replays": letter.replays,
        "replayed_at": shown_time(letter.replayed_at),
    }
