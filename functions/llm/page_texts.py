"""The cache of readings, and the row of a page that takes its text."""

import json
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from functions.llm.answers import Reading
from lector.contracts import PageRead, PageRegistered
from lector.domain import file_completion, outbox
from lector.domain.doubts import NO_DOUBTS, Doubts
from lector.runtime import events, queries
from lector.runtime.database import Connection
from lector.runtime.events import Event, page_id


@dataclass(frozen=True)
class PageToRead:
    """A rendered page that still waits for its text."""

    image_sha256: str
    was_read: bool
    wanted_prompt: str | None
    wanted_model: str | None
    wanted_describe: bool
    language: str | None
    tenant: str
    layer_sha256: str | None
    layer_verdict: str | None
    wanted_text_layer: str | None


# Between attempts to store a reading, in seconds.
STORE_PAUSES_S = (1.0, 4.0)

_sql = queries.load(__file__)
PAGE_TO_READ = _sql.rows("page_to_read", PageToRead)
KEPT_READING = _sql.rows("kept_reading", Reading)
KEEP_READING = _sql.statement("keep_reading")
DROP_STALE_READINGS = _sql.statement("drop_stale_readings")
STORE_TEXT = _sql.scalar("store_text", dict)


def page_to_read(connection: Connection, event: Event[PageRegistered]) -> PageToRead | None:
    """The page if it still waits for its text; None when there is nothing left to do."""
    return PAGE_TO_READ.one(connection, page_id=_page_id(event), generation=event.data.generation)


def cached_reading(connection: Connection, key: str, days: int) -> Reading | None:
    """An accepted answer to the same request, if there is one that is fresh enough."""
    return KEPT_READING.one(connection, key=key, days=days)


def cache_reading(
    connection: Connection,
    event: Event[PageRegistered],
    key: str,
    image_sha256: str,
    reading: Reading,
    days: int,
) -> None:
    """Keep an accepted answer, unless its file was deleted, and drop a few stale ones."""
    KEEP_READING.run(
        connection,
        file_id=event.file_id,
        key=key,
        image_sha256=image_sha256,
        **_columns(reading),
    )
    DROP_STALE_READINGS.run(connection, days=days)


def store_text(
    connection: Connection,
    event: Event[PageRegistered],
    reading: Reading,
    provenance: str,
    attempts: int | None = None,
    read_s: float = 0.0,
    doubts: Doubts = NO_DOUBTS,
) -> None:
    """Store a page's text and announce it; finish the file if it was the last page."""
    generation = event.data.generation
    if file_completion.lock(connection, event.file_id, generation) is None:
        return
    stored_doubts = STORE_TEXT.one(
        connection,
        page_id=_page_id(event),
        generation=generation,
        provenance=provenance,
        attempts=attempts,
        read_s=read_s,
        doubts=json.dumps(dict(doubts)),
        **_columns(reading),
    )
    if stored_doubts is not None:
        read = PageRead(
            generation=generation,
            page_number=event.data.page_number,
            provenance=provenance,
            model=reading.model,
            prompt_tokens=reading.prompt_tokens,
            completion_tokens=reading.completion_tokens,
            doubts=stored_doubts,
        )
        outbox.announce(connection, [events.event(event.id, event.subject, read, "llm")])
        file_completion.go_on(connection, event.file_id, generation, "llm")


def _columns(reading: Reading) -> dict[str, Any]:
    words = None if reading.words is None else json.dumps(reading.words)
    return {**asdict(reading), "words": words}


def _page_id(event: Event[PageRegistered]) -> UUID:
    return page_id(event.file_id, event.data.page_number)
