"""What a dead letter was about, so that it can be shown where a person looks."""

from collections.abc import Callable
from typing import Any

import ledger_entries
from lector import events, ledger
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

# The page numbers that can no longer be read; None: the file as a whole cannot.
AFFECTED_PAGES: dict[type, Callable[[Any], list[int] | None]] = {
    FileUploaded: lambda _: None,
    FileOpened: lambda _: None,
    PagesRequested: lambda data: list(data.page_numbers),
    PagesRendered: lambda data: [page.page_number for page in data.pages],
    PageRegistered: lambda data: [data.page_number],
}


def undelivered(letter: Event[DeliveryFailed]) -> Event[Any] | None:
    """The event that could not be delivered; None if it is beyond understanding."""
    try:
        event = events.from_request(dict(letter.data.headers), letter.data.body)
        return event if event.file_id else None
    except (MalformedEvent, PermanentFailure):
        return None


def show(connection: Connection, event: Event[Any], letter: DeliveryFailed) -> None:
    """Fail the pages, or the file, that the undelivered event was about."""
    affected = AFFECTED_PAGES.get(type(event.data))
    if affected is None:
        return
    generation = event.data.generation
    if ledger.lock(connection, event.file_id, generation) is None:
        return
    numbers = affected(event.data)
    if numbers is None:
        ledger_entries.fail_file(connection, event, generation, letter.failure)
        return
    ledger_entries.fail_pages(
        connection, event, generation, numbers, letter.failure, letter.attempts
    )
    ledger.finish_if_done(connection, event.file_id, generation, "register")
