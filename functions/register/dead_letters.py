"""What a dead letter was about, so that it can be shown where a person looks."""

import json
from collections.abc import Callable
from typing import Any

import ledger_entries
from lector import events, ledger, queries
from lector.contracts import (
    DeliveryFailed,
    FileOpened,
    FileUploaded,
    PageRegistered,
    PagesRendered,
    PagesRequested,
)
from lector.database import Connection
from lector.events import Event
from lector.failures import MalformedEvent, PermanentFailure

KEEP_DEAD_LETTER = queries.beside(__file__).effect("keep_dead_letter")

# The page numbers that can no longer be read; None: the file as a whole cannot.
AFFECTED_PAGES: dict[type, Callable[[Any], list[int] | None]] = {
    FileUploaded: lambda _: None,
    FileOpened: lambda _: None,
    PagesRequested: lambda data: list(data.page_numbers),
    PagesRendered: lambda data: [page.page_number for page in data.pages],
    PageRegistered: lambda data: [data.page_number],
}


def enter(connection: Connection, letter: Event[DeliveryFailed]) -> None:
    """Fail the pages, or the file, that the letter is about; keep one that is about neither."""
    event = _undelivered(letter)
    affected = AFFECTED_PAGES.get(type(event.data)) if event else None
    if event is None or affected is None:
        _keep(connection, letter)
        return
    generation = event.data.generation
    if ledger.lock(connection, event.file_id, generation) is None:
        return  # deleted, or retried since: it is about nothing any more
    numbers = affected(event.data)
    if numbers is None:
        ledger_entries.fail_file(connection, event, generation, letter.data.failure)
        return
    ledger_entries.fail_pages(
        connection, event, generation, numbers, letter.data.failure, letter.data.attempts
    )
    ledger.finish_if_done(connection, event.file_id, generation, "register")


def _undelivered(letter: Event[DeliveryFailed]) -> Event[Any] | None:
    """The event that could not be delivered; None if it is beyond understanding."""
    try:
        event = events.from_request(dict(letter.data.headers), letter.data.body)
        return event if event.file_id else None
    except (MalformedEvent, PermanentFailure):
        return None


def _keep(connection: Connection, letter: Event[DeliveryFailed]) -> None:
    """Where `lector dead` finds it; delivered twice, it is kept once."""
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
