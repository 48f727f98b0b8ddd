"""What a dead letter was about, so that it can be shown where a person looks."""

import json
from collections.abc import Callable
from typing import Any

from functions.register import ledger_entries
from lector.contracts import (
    DeliveryFailed,
    FileOpened,
    FileUploaded,
    PageRegistered,
    PagesRendered,
    PagesRequested,
)
from lector.domain import file_completion
from lector.domain.states import PageStatus
from lector.runtime import events, queries
from lector.runtime.database import Connection
from lector.runtime.events import Event
from lector.runtime.failures import MalformedEvent, PermanentFailure

_sql = queries.load(__file__)
KEEP_DEAD_LETTER = _sql.statement("keep_dead_letter")
DROP_OLD_DEAD_LETTERS = _sql.statement("drop_old_dead_letters")

# The pages that can no longer be read, if they still wait for their image, or for their text. None:
# the file as a whole cannot.
AFFECTED_PAGES: dict[type, Callable[[Any], tuple[list[int], PageStatus] | None]] = {
    FileUploaded: lambda _: None,
    FileOpened: lambda _: None,
    PagesRequested: lambda data: (list(data.page_numbers), PageStatus.PENDING),
    PagesRendered: lambda data: ([page.page_number for page in data.pages], PageStatus.PENDING),
    PageRegistered: lambda data: ([data.page_number], PageStatus.RENDERED),
}


def record(connection: Connection, letter: Event[DeliveryFailed]) -> None:
    """Fail the pages, or the file, that the letter is about; keep one that is about neither."""
    event = _original_event(letter)
    affected = AFFECTED_PAGES.get(type(event.data)) if event else None
    if event is None or affected is None:
        _store(connection, letter)
        return
    generation = event.data.generation
    if file_completion.lock(connection, event.file_id, generation) is None:
        return  # deleted, or retried since: it is about nothing any more
    pages = affected(event.data)
    failure = letter.data.failure
    if pages is None:
        ledger_entries.fail_file(connection, event, generation, failure)
        return
    numbers, waiting = pages
    ledger_entries.fail_pages(
        connection, event, generation, numbers, failure, [waiting], letter.data.attempts
    )
    file_completion.go_on(connection, event.file_id, generation, "register")


def _original_event(letter: Event[DeliveryFailed]) -> Event[Any] | None:
    """The event that could not be delivered; None if it cannot be parsed."""
    try:
        event = events.from_request(dict(letter.data.headers), letter.data.body)
        return event if event.file_id else None
    except (MalformedEvent, PermanentFailure):
        return None


def _store(connection: Connection, letter: Event[DeliveryFailed]) -> None:
    """Where `lector dead` finds it, as long as the stream keeps it; once, if delivered twice."""
    DROP_OLD_DEAD_LETTERS.run(connection)
    failed = letter.data
    KEEP_DEAD_LETTER.run(
        connection,
        id=letter.id,
        function=failed.function,
        code=failed.failure.code,
        detail=failed.failure.detail,
        attempts=failed.attempts,
        headers=json.dumps(dict(failed.headers)),
        body=failed.body,
        given_up_at=letter.time,
    )
