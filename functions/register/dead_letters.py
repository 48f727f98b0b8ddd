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
    PagesExtracted,
    PagesRendered,
    PagesRequested,
)
from lector.domain import file_completion
from lector.domain.states import PageStatus
from lector.runtime import events, queries
from lector.runtime.database import LARGEST_INTEGER, Connection
from lector.runtime.events import Event
from lector.runtime.failures import MalformedEvent, PermanentFailure, ProtocolCode

_sql = queries.load(__file__)
KEEP_DEAD_LETTER = _sql.statement("keep_dead_letter")
DROP_OLD_DEAD_LETTERS = _sql.statement("drop_old_dead_letters")

AffectedPages = Callable[[Any], tuple[list[int], PageStatus] | None]

# Whose work it was, and the pages that can no longer be read, if they still wait for their image,
# or for their text. None: the file as a whole cannot. Nothing depends on what another function,
# such as notify, was to do with the same event.
AFFECTED_PAGES: dict[type, tuple[str, AffectedPages]] = {
    FileUploaded: ("render", lambda _: None),
    FileOpened: ("register", lambda _: None),
    PagesRequested: ("render", lambda data: (list(data.page_numbers), PageStatus.PENDING)),
    PagesRendered: (
        "register",
        lambda data: ([page.page_number for page in data.pages], PageStatus.PENDING),
    ),
    PagesExtracted: ("llm", lambda data: (list(data.page_numbers), PageStatus.RENDERED)),
    PageRegistered: ("llm", lambda data: ([data.page_number], PageStatus.RENDERED)),
}


def record(connection: Connection, letter: Event[DeliveryFailed]) -> None:
    """Fail the pages, or the file, that the letter is about; keep one that is about neither.

    One about an event that was not believed is kept, too: it says nothing about its file.
    """
    event = _original_event(letter)
    affected = _affected_pages(letter, event) if event else None
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
    attempts = min(letter.data.attempts, LARGEST_INTEGER)
    ledger_entries.fail_pages(
        connection,
        event,
        generation,
        numbers,
        failure,
        [waiting],
        attempts,
        from_layer_only=isinstance(event.data, PagesExtracted),
    )
    file_completion.go_on(connection, event.file_id, generation, "register")


def _affected_pages(letter: Event[DeliveryFailed], event: Event[Any]) -> AffectedPages | None:
    """What waits in vain for the event; None if nothing does."""
    function, affected = AFFECTED_PAGES.get(type(event.data), ("", None))
    disbelieved = letter.data.failure.code == ProtocolCode.CONTRADICTS_LEDGER
    return affected if letter.data.function == function and not disbelieved else None


def _original_event(letter: Event[DeliveryFailed]) -> Event[Any] | None:
    """The event that could not be delivered; None if it cannot be parsed, or is another file's."""
    try:
        event = events.from_request(dict(letter.data.headers), letter.data.body)
        return event if event.file_id and event.subject == letter.subject else None
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
        attempts=min(failed.attempts, LARGEST_INTEGER),
        headers=json.dumps(dict(failed.headers)),
        body=failed.body,
        given_up_at=letter.time,
    )
