"""What happened, read from the outbox in the order of commits, once for all who watch.

Rows of the outbox become visible when their transactions commit, which is not the order of their
positions. So a place in the feed is a transaction's id and a position, and nobody reads beyond the
oldest transaction that still runs: what it commits would otherwise come too late.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from functions.upload.files.file_model import FILES_BY_ID, StoredFile
from lector.runtime import database, queries, shutdown
from lector.runtime.database import Connection
from lector.runtime.failures import TransientFailure

log = logging.getLogger("lector")

_BATCH = 500
_LOOK_UP_S = 1.0  # how soon a shutdown is noticed
_BACKLOG = 2000  # batches that a slow subscriber may leave lying before it is told to load anew


@dataclass(frozen=True, order=True)
class Place:
    """A place in the feed, behind a row."""

    xact: int
    position: int

    def __str__(self) -> str:
        return f"{self.xact}-{self.position}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """The place that a client was told; its form has been checked."""
        xact, _, position = text.partition("-")
        return cls(int(xact), int(position))


BEGINNING = Place(0, 0)


@dataclass(frozen=True)
class Row:
    """An event in the outbox. `data` is JSON."""

    xact: int
    position: int
    id: UUID
    type: str
    source: str
    file_id: UUID
    tenant: str
    data: str
    created_at: datetime

    @property
    def place(self) -> Place:
        """Where whoever has seen this row goes on."""
        return Place(self.xact, self.position)


@dataclass(eq=False)
class EventBatch:
    """Events, and the files that they are about as they are now; those deleted are missing.

    It is shared by all who watch the same, and so are its bytes, `encoded` by who sends it first.
    """

    rows: Sequence[Row]
    files: dict[UUID, StoredFile]
    encoded: bytes | None = None
    _parts: "dict[tuple[str, UUID | None], EventBatch]" = field(default_factory=dict)

    def part(self, tenant: str, file_id: UUID | None) -> "EventBatch":
        """What of it concerns those of a tenant who watch one file, or all."""
        key = (tenant, file_id)
        if key not in self._parts:
            rows = [
                row for row in self.rows if row.tenant == tenant and file_id in (None, row.file_id)
            ]
            self._parts[key] = EventBatch(rows, self.files)
        return self._parts[key]


_sql = queries.load(__file__)
FEED_HEAD = _sql.rows("feed_head", Place)
FEED_TAIL = _sql.rows("feed_tail", Place)
FEED_AFTER = _sql.rows("feed_after", Row)


@dataclass
class Subscriber:
    """Somebody who watches; None in the queue says that too much was left lying."""

    tenant: str
    file_id: UUID | None
    queue: "queue.Queue[EventBatch | None]" = field(default_factory=lambda: queue.Queue(_BACKLOG))
    notify: Callable[[], object] = lambda: None
    """Called by a thread of the feed when there is something in the queue, or it is to stop."""

    def take(self, batch: EventBatch) -> None:
        """What of a batch concerns this subscriber."""
        part = batch.part(self.tenant, self.file_id)
        if part.rows:
            self._put(part)

    def _put(self, batch: EventBatch) -> None:
        try:
            self.queue.put_nowait(batch)
        except queue.Full:
            self.queue.queue.clear()
            self.queue.put(None)
        self.notify()


class Feed:
    """Follows the outbox while somebody watches: as many queries for a hundred as for one."""

    def __init__(self, poll_s: float) -> None:
        self._poll_s = poll_s
        self._lock = threading.Lock()
        self._subscribers: list[Subscriber] = []
        self._place: Place | None = None
        self._stop = threading.Event()

    def join(self, subscriber: Subscriber) -> Place:
        """Take part; what comes behind the returned place will be in the subscriber's queue."""
        place = head()  # before the lock, which nobody may hold while the database is asked
        with self._lock:
            if self._place is None:
                self._place = place
                self._stop = threading.Event()
                for work in (self._follow, self._tell_of_shutdown):
                    threading.Thread(target=work, args=[self._stop], daemon=True).start()
            self._subscribers.append(subscriber)
            return self._place

    def leave(self, subscriber: Subscriber) -> None:
        """Take part no more; with the last one the following ends."""
        with self._lock:
            self._subscribers.remove(subscriber)
            if not self._subscribers:
                self._place = None
                self._stop.set()

    def count(self) -> int:
        """How many watch."""
        with self._lock:
            return len(self._subscribers)

    def _follow(self, stop: threading.Event) -> None:
        while not stop.wait(self._poll_s):
            try:
                while self._look(stop):
                    pass
            except TransientFailure as failure:
                log.warning("event feed: retrying: %s", failure.detail)
            except Exception:  # who watches would otherwise wait for ever, and nobody would know
                log.exception("event feed failed, retrying")

    def _tell_of_shutdown(self, stop: threading.Event) -> None:
        """Wake all, who would else each have to look once in a while, and so would cost something.

        Not by the thread that follows, as that may be waiting for the database.
        """
        while not stop.wait(_LOOK_UP_S):
            if shutdown.asked.is_set():
                with self._lock:
                    for subscriber in self._subscribers:
                        with suppress(RuntimeError):  # its event loop has ended by now
                            subscriber.notify()

    def _look(self, stop: threading.Event) -> bool:
        """Hand out what is new; whether there may be more at once."""
        place = self._place
        if place is None:
            return False
        with database.transaction() as connection:
            batch = _with_files(connection, rows_after(connection, place))
        with self._lock:
            if stop.is_set():
                return False
            for subscriber in self._subscribers:
                subscriber.take(batch)
            self._place = batch.rows[-1].place if batch.rows else place
        return len(batch.rows) == _BATCH


def head() -> Place:
    """Where whoever begins now begins."""
    with database.transaction() as connection:
        [place] = FEED_HEAD.all(connection)
    return place


def is_kept(place: Place) -> bool:
    """Whether everything behind a place is still there.

    A place beyond the end is of another server: from before a backup was restored.
    """
    if place == BEGINNING:
        return True
    with database.transaction() as connection:
        tail = FEED_TAIL.one(connection)
    return tail is not None and tail <= place <= head()


def missed(subscriber: Subscriber, place: Place, until: Place) -> Iterable[EventBatch]:
    """What happened between two places, for one who comes back."""
    while place < until:
        with database.transaction() as connection:
            rows = rows_after(connection, place, until, subscriber.file_id, subscriber.tenant)
            batch = _with_files(connection, rows)
        if not rows:
            return
        yield batch
        place = rows[-1].place


def rows_after(
    connection: Connection,
    place: Place,
    until: Place | None = None,
    file_id: UUID | None = None,
    tenant: str | None = None,
) -> list[Row]:
    """The rows behind a place, up to another, at most 500."""
    return FEED_AFTER.all(
        connection,
        xact=place.xact,
        position=place.position,
        until_xact=until.xact if until else None,
        until_position=until.position if until else None,
        file_id=str(file_id) if file_id else None,
        tenant=tenant,
        limit=_BATCH,
    )


def _with_files(connection: Connection, rows: Sequence[Row]) -> EventBatch:
    ids = list({row.file_id for row in rows})
    files = FILES_BY_ID.all(connection, ids=ids, tenant=None) if ids else []
    return EventBatch(rows, {file.id: file for file in files})
