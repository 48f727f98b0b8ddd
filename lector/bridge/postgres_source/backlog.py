"""What waits, for metrics: in the outbox to be published, in the ledger to be read."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from opentelemetry.metrics import Observation

from lector.runtime import queries, settings
from lector.telemetry import metrics

_REFRESH_EVERY_S = 15.0


@dataclass(frozen=True)
class Backlog:
    """Rows of the outbox that wait, and for how long the oldest has; pages and files that do.

    `stalled_s` tells for how long nothing was read although something waited.
    """

    unpublished: int
    oldest_s: float
    uploaded: int
    pending: int
    rendered: int
    stalled_s: float


BACKLOG = queries.load(__file__).rows("backlog", Backlog)


class BacklogGauge:
    """The backlog as it was measured last; nothing before the first time."""

    def __init__(self) -> None:
        self._last: Backlog | None = None
        self._next_refresh_at = 0.0

    async def refresh(self, connection: psycopg.AsyncConnection[object]) -> None:
        """Ask the database, if metrics are sent and the last time is a while ago."""
        measured_every_s = settings.current(settings.Telemetry).metrics_interval_s
        if measured_every_s is None or time.monotonic() < self._next_refresh_at:
            return
        self._next_refresh_at = time.monotonic() + min(_REFRESH_EVERY_S, measured_every_s)
        cursor = connection.cursor(row_factory=BACKLOG.factory)
        await cursor.execute(BACKLOG.sql.encode())
        self._last = await cursor.fetchone()

    def clear(self) -> None:
        """Tell nothing rather than what was so before the database went away."""
        self._last, self._next_refresh_at = None, 0.0

    def unpublished(self) -> Iterator[Observation]:
        """How many rows wait in the outbox."""
        if self._last:
            yield Observation(self._last.unpublished)

    def oldest_s(self) -> Iterator[Observation]:
        """For how long the oldest of them has."""
        if self._last:
            yield Observation(self._last.oldest_s)

    def waiting(self) -> Iterator[Observation]:
        """Files to be opened, pages to be drawn, and pages to be read."""
        if self._last:
            for state in ("uploaded", "pending", "rendered"):
                yield Observation(getattr(self._last, state), {"lector.state": state})

    def stalled_s(self) -> Iterator[Observation]:
        """For how long nothing was read although something waited."""
        if self._last:
            yield Observation(self._last.stalled_s)


gauge = BacklogGauge()
metrics.gauge(
    "lector.outbox.unpublished", "{row}", "Rows that wait for publication", gauge.unpublished
)
metrics.gauge("lector.outbox.oldest", "s", "For how long the oldest waits", gauge.oldest_s)
metrics.gauge(
    "lector.waiting",
    "{item}",
    "Files (uploaded) and pages (pending, rendered) that wait",
    gauge.waiting,
)
metrics.gauge(
    "lector.stalled",
    "s",
    "For how long nothing was read although something waited",
    gauge.stalled_s,
)
