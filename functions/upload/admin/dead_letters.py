"""Dead letters that could not be tied to a page or a file: listed, and replayed by hand."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from functions.upload.answers import Output, Time, from_row
from functions.upload.errors import ApiError
from functions.upload.problem_codes import ProblemCode
from lector.domain import outbox
from lector.runtime import database, events, queries
from lector.runtime.events import Event
from lector.runtime.failures import LectorError


@dataclass(frozen=True)
class StoredDeadLetter:
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


class DeadLetter(Output, frozen=True):
    """An event that a function gave up."""

    id: UUID
    function: str
    type: str | None
    subject: str | None
    error: str
    error_code: str
    attempts: int
    given_up_at: Time
    replays: int
    replayed_at: Time | None


_sql = queries.load(__file__)
DEAD_LETTERS = _sql.rows("dead_letters", StoredDeadLetter)
TAKE_DEAD_LETTER = _sql.rows("take_dead_letter", StoredDeadLetter)


def newest(before: datetime | None, limit: int) -> list[StoredDeadLetter]:
    """The newest first, given up before a moment."""
    with database.transaction() as connection:
        return DEAD_LETTERS.all(connection, before=before, limit=limit)


def replay(letter_id: UUID) -> StoredDeadLetter:
    """Announce the event anew, under an id of its own, to every function that listens to it."""
    with database.transaction() as connection:
        letter = TAKE_DEAD_LETTER.one(connection, id=letter_id)
        if letter is None:
            raise ApiError(
                404, ProblemCode.NO_SUCH_DEAD_LETTER, f"there is no dead letter {letter_id}"
            )
        outbox.announce(connection, [_event(letter)])
    return letter


def _event(letter: StoredDeadLetter) -> Event[Any]:
    try:
        event = events.from_request(json.loads(letter.headers), letter.body)
    except LectorError as error:
        detail = f"it cannot be announced again, because nobody understands it yet: {error}"
        raise ApiError(409, ProblemCode.NOT_UNDERSTOOD, detail) from error
    cause = f"{letter.id} replay {letter.replays}"
    return events.event(cause, event.subject, event.data, "upload")


def to_answer(letter: StoredDeadLetter) -> DeadLetter:
    """As the API shows it. The event's data stays out: it is for functions, not for eyes."""
    headers = json.loads(letter.headers)
    return from_row(
        DeadLetter,
        letter,
        type=headers.get("ce-type"),
        subject=headers.get("ce-subject"),
        given_up_at=letter.created_at,
    )
