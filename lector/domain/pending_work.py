"""What a file still waits for: asked about before work is done, and announced again.

Announcing again is safe: whatever happens twice finds its row moved on. The ids of the events
follow from the cause that is given, so one cause announces once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from lector.contracts import FileUploaded, PageImage, PageRegistered, PagesRequested
from lector.domain import object_keys, outbox, page_selection
from lector.domain.states import PageStatus
from lector.runtime import events, queries
from lector.runtime.database import Connection
from lector.runtime.events import Event


@dataclass(frozen=True)
class UnfinishedPage:
    """A page that waits for its image (pending) or for its text (rendered)."""

    number: int
    status: str
    image_key: str | None
    image_sha256: str | None
    image_width_px: int | None
    image_height_px: int | None


@dataclass(frozen=True)
class UploadedFile:
    """What is told of a file whose bytes are there."""

    id: UUID
    name: str
    size_bytes: int
    sha256: str | None
    tenant: str


_sql = queries.load(__file__)
UNFINISHED_PAGES = _sql.rows("unfinished_pages", UnfinishedPage)
WANTED_PAGES = _sql.scalar("wanted_pages", int)
WANTS_OPENING = _sql.scalar("wants_opening", bool)


def wants_opening(connection: Connection, file_id: UUID, generation: int) -> bool:
    """Whether a file still waits to be opened."""
    return bool(WANTS_OPENING.one(connection, file_id=file_id, generation=generation))


def wanted_pages(
    connection: Connection, file_id: UUID, generation: int, numbers: Sequence[int]
) -> list[int]:
    """Those of a file's pages, ascending, that still wait for their image."""
    waiting = WANTED_PAGES.all(
        connection, file_id=file_id, generation=generation, numbers=list(numbers)
    )
    return sorted(waiting)


def announce_upload(
    connection: Connection, file: UploadedFile, generation: int, cause: str, source: str
) -> None:
    """Announce a file that waits to be opened."""
    uploaded = FileUploaded(
        generation=generation,
        object_key=object_keys.original_key(file.id),
        name=file.name,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        tenant=file.tenant,
    )
    outbox.announce(connection, [events.event(cause, file.id, uploaded, source)])


def announce_pages(
    connection: Connection,
    file_id: UUID,
    generation: int,
    pages_per_range: int,
    cause: str,
    source: str,
) -> int:
    """Announce every page that waits for its image or its text; how many pages these are."""
    pages = UNFINISHED_PAGES.all(connection, file_id=file_id)
    work = [
        *_ranges(file_id, generation, pages, pages_per_range),
        *_readings(generation, pages),
    ]
    announcements: list[Event[Any]] = [
        events.event(cause, file_id, data, source, part) for data, part in work
    ]
    outbox.announce(connection, announcements)
    return len(pages)


def _ranges(
    file_id: UUID, generation: int, pages: Sequence[UnfinishedPage], pages_per_range: int
) -> Iterator[tuple[Message, str]]:
    pending = [page.number for page in pages if page.status == PageStatus.PENDING]
    for numbers in page_selection.batches(pending, pages_per_range):
        request = PagesRequested(
            generation=generation,
            object_key=object_keys.original_key(file_id),
            page_numbers=numbers,
        )
        yield request, str(numbers[0])


def _readings(generation: int, pages: Sequence[UnfinishedPage]) -> Iterator[tuple[Message, str]]:
    for page in pages:
        if page.status == PageStatus.RENDERED:
            image = PageImage(
                object_key=page.image_key,
                sha256=page.image_sha256,
                width_px=page.image_width_px,
                height_px=page.image_height_px,
            )
            registered = PageRegistered(generation=generation, page_number=page.number, image=image)
            yield registered, str(page.number)
