"""Who is next: of each file only a share of its pages is in flight, the others wait in line.

What may be in flight in all is divided by the tenants whose files are being read, then by the
tenant's files, and is never less than one range. Ranges grow from one page, so that the first text
comes early. A file announces its next ranges when its share has room again, in the transaction in
which a page of it finished.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from lector.domain import pending_work
from lector.domain.pending_work import UnfinishedPage
from lector.runtime import queries, settings
from lector.runtime.database import Connection


@dataclass(frozen=True)
class WorkLeft:
    """What a file still waits for: pages `in_flight`, whether others wait in line, or for money.

    `share` is how many may be in flight, as last reckoned; `announced_pages` were so far.
    """

    share: int
    announced_pages: int
    tenant: str
    in_flight: int
    has_line: bool
    waits_for_money: bool


@dataclass(frozen=True)
class BeingRead:
    """Tenants whose files are being read, and how many of these are one tenant's."""

    tenants: int
    files: int


_sql = queries.load(__file__)
WORK_LEFT = _sql.rows("work_left", WorkLeft)
BEING_READ = _sql.rows("being_read", BeingRead)
NEXT_IN_LINE = _sql.rows("next_in_line", UnfinishedPage)
NOTE_IN_FLIGHT = _sql.statement("note_in_flight")
NOTE_SHARE = _sql.statement("note_share")


def work_left(connection: Connection, file_id: UUID) -> WorkLeft | None:
    """What a file still waits for; None if it is gone."""
    return WORK_LEFT.one(connection, file_id=file_id)


def announce_next(
    connection: Connection, file_id: UUID, generation: int, left: WorkLeft, source: str
) -> None:
    """Announce a locked file's next ranges, as far as its share has room for them."""
    longest = _longest_range(left, left.share)
    if left.in_flight and left.in_flight + _range_size(left.announced_pages, longest) > left.share:
        return  # by the share of before, which a range that finishes later reckons anew
    share = _share(connection, left.tenant)
    longest = _longest_range(left, share)
    room = share - left.in_flight
    if not left.in_flight:
        room = max(room, _range_size(left.announced_pages, longest))
    line = NEXT_IN_LINE.all(connection, file_id=file_id, limit=max(0, room) + longest)
    ranges = list(cut(line, left.announced_pages, longest, room))
    pages = [page for one in ranges for page in one]
    NOTE_SHARE.run(connection, file_id=file_id, share=share, count=len(pages))
    if pages:
        numbers = [page.number for page in pages]
        NOTE_IN_FLIGHT.run(connection, file_id=file_id, numbers=numbers)
        # A page is announced once in a generation, so whatever made room for it is no part of it.
        cause = f"{file_id} in flight {generation}"
        pending_work.announce(connection, file_id, generation, left.tenant, ranges, cause, source)


def cut(
    line: Sequence[UnfinishedPage], announced: int, longest: int, room: int
) -> Iterator[Sequence[UnfinishedPage]]:
    """Pages in ranges of 1, 2, 4 and so on to the `longest`; only whole ones that `room` takes."""
    start = 0
    while start < len(line):
        pages = line[start : start + _range_size(announced + start, longest)]
        start += len(pages)
        if start > room:
            return
        yield pages


def _longest_range(left: WorkLeft, share: int) -> int:
    """Shorter ones in a small share, so that a page that is stuck keeps no others in line."""
    longest: int = settings.current(settings.Ledger).pages_per_range
    return min(longest, max(1, share // 4)) if left.in_flight else longest


def _range_size(announced: int, longest: int) -> int:
    return min(announced + 1, longest)


def _share(connection: Connection, tenant: str) -> int:
    most: int = settings.current(settings.Ledger).pages_in_flight
    among = BEING_READ.one(connection, tenant=tenant)
    if among is None:
        return most
    return max(1, most // max(1, among.tenants) // max(1, among.files))
