"""What a file still waits for: asked about before work is done, and announced again.

Announcing again is safe: whatever happens twice finds its row moved on. The ids of the events
follow from the cause that is given, so one cause announces once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from lector.contracts import (
    FileUploaded,
    PageImage,
    PageRegistered,
    PagesExtracted,
    PagesRequested,
)
from lector.domain import object_keys, outbox
from lector.domain.states import PageStatus
from lector.runtime import events, queries, settings
from lector.runtime.database import Connection
from lector.runtime.events import Event
from lector.runtime.queries import Sent


@dataclass(frozen=True)
class UnfinishedPage:
    """A page that waits for its image (pending) or for its text (rendered).

    With `from_layer`, that text is what the page carries itself. `reader` is None for the default.
    `tries` counts its answers that a second reader has spoken against. `text_unwanted`: nobody
    wants what it carries; whoever begins a file anew may, so that holds only until then.
    """

    number: int
    status: str
    image_key: str | None
    image_sha256: str | None
    image_width_px: int | None
    image_height_px: int | None
    from_layer: bool
    reader: str | None
    tries: int
    text_unwanted: bool


@dataclass(frozen=True)
class UploadedFile:
    """What is told of a file whose bytes are there."""

    id: UUID
    name: str
    size_bytes: int
    sha256: str | None
    tenant: str


_sql = queries.load(__file__)
PAGES_IN_FLIGHT = _sql.rows("pages_in_flight", UnfinishedPage)
WANTED_PAGES = _sql.scalar("wanted_pages", int)


def wanted_pages(
    connection: Connection, file_id: UUID, generation: int, numbers: Sequence[int]
) -> Sent[int]:
    """Ask for those of a file's pages, ascending, that still wait for their image."""
    return WANTED_PAGES.send(
        connection, file_id=file_id, generation=generation, numbers=list(numbers)
    )


def announce_upload(
    connection: Connection, file: UploadedFile, generation: int, cause: str, source: str
) -> None:
    """Announce a file that waits to be opened."""
    outbox.announce(connection, [upload_event(file, generation, cause, source)])


def upload_event(
    file: UploadedFile, generation: int, cause: str, source: str, *, text_unwanted: bool = False
) -> Event[FileUploaded]:
    """What announces a file that waits to be opened."""
    uploaded = FileUploaded(
        generation=generation,
        object_key=object_keys.original_key(file.id),
        name=file.name,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        tenant=file.tenant,
        text_unwanted=text_unwanted or None,
    )
    return events.event(cause, file.id, uploaded, source)


def announce_again(
    connection: Connection,
    file: UploadedFile,
    generation: int,
    cause: str,
    source: str,
    quiet_s: float,
) -> int:
    """Announce again what is in flight, but for pages that were refused in the last `quiet_s`.

    Returns:
        How many pages these are.

    """
    pages = PAGES_IN_FLIGHT.all(connection, file_id=file.id, quiet_s=quiet_s)
    per_range = settings.current(settings.Ledger).pages_per_range
    ranges = [pages[start : start + per_range] for start in range(0, len(pages), per_range)]
    announce(connection, file.id, generation, file.tenant, ranges, cause, source)
    return len(pages)


def announce(
    connection: Connection,
    file_id: UUID,
    generation: int,
    tenant: str,
    ranges: Sequence[Sequence[UnfinishedPage]],
    cause: str,
    source: str,
) -> None:
    """Announce pages: for reading one by one; for an image, or for their own text, by ranges."""
    work = [
        made
        for pages in ranges
        for made in (
            *_request(file_id, generation, pages),
            *_extraction(generation, pages),
            *_readings(generation, tenant, pages),
        )
    ]
    outbox.announce(
        connection, [events.event(cause, file_id, data, source, part) for data, part in work]
    )


def text_requests(
    file_id: UUID, generation: int, numbers: Sequence[int], cause: str, source: str
) -> list[Event[Any]]:
    """What asks for the text that pages carry which were read without it, by ranges."""
    per_range = settings.current(settings.Ledger).pages_per_range
    requests = [
        PagesRequested(
            generation=generation,
            object_key=object_keys.original_key(file_id),
            page_numbers=numbers[start : start + per_range],
            text_only=True,
        )
        for start in range(0, len(numbers), per_range)
    ]
    return [
        events.event(cause, file_id, request, source, f"text {request.page_numbers[0]}")
        for request in requests
    ]


def _request(
    file_id: UUID, generation: int, pages: Sequence[UnfinishedPage]
) -> Iterator[tuple[Message, str]]:
    pending = [page for page in pages if page.status == PageStatus.PENDING]
    for reader, unwanted in dict.fromkeys((page.reader, page.text_unwanted) for page in pending):
        alike = (
            page for page in pending if (page.reader, page.text_unwanted) == (reader, unwanted)
        )
        numbers = [page.number for page in alike]
        request = PagesRequested(
            generation=generation,
            object_key=object_keys.original_key(file_id),
            page_numbers=numbers,
            reader=reader,
            text_unwanted=unwanted or None,
        )
        yield request, str(numbers[0])


def _extraction(generation: int, pages: Sequence[UnfinishedPage]) -> Iterator[tuple[Message, str]]:
    numbers = [page.number for page in pages if _carries_text(page)]
    if numbers:
        extracted = PagesExtracted(generation=generation, page_numbers=numbers)
        yield extracted, str(numbers[0])


def _carries_text(page: UnfinishedPage) -> bool:
    return page.status == PageStatus.RENDERED and page.from_layer


def _readings(
    generation: int, tenant: str, pages: Sequence[UnfinishedPage]
) -> Iterator[tuple[Message, str]]:
    for page in pages:
        if page.status == PageStatus.RENDERED and not page.from_layer:
            image = PageImage(
                object_key=page.image_key,
                sha256=page.image_sha256,
                width_px=page.image_width_px,
                height_px=page.image_height_px,
            )
            registered = PageRegistered(
                generation=generation,
                page_number=page.number,
                image=image,
                reader=page.reader,
                tenant=tenant,
                tries=page.tries or None,
            )
            yield registered, str(page.number)
