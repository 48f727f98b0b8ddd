"""The relay: from unpublished rows to the sink, in batches, until there are none."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from opentelemetry.trace import SpanKind

from lector.runtime import cloudevents, events, failpoints, queries
from lector.runtime.cloudevents import CloudEvent
from lector.runtime.database import Connection
from lector.runtime.failures import LectorError
from lector.runtime.queries import Sent
from lector.telemetry import metrics, tracing

log = logging.getLogger("lector")


@dataclass(frozen=True)
class Row:
    """An event that waits to be published."""

    id: UUID
    type: str
    source: str
    subject: str
    data: str
    traceparent: str | None
    tracestate: str | None
    created_at: datetime

    @property
    def trace(self) -> tracing.Trace:
        """What it carries of the trace it was announced in."""
        carried = {"traceparent": self.traceparent, "tracestate": self.tracestate}
        return {name: value for name, value in carried.items() if value}

    @property
    def cloudevent(self) -> CloudEvent:
        """The event, as it was announced."""
        attributes = {
            "specversion": "1.0",
            "id": str(self.id),
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.created_at.isoformat(),
            "datacontenttype": cloudevents.JSON,
            **self.trace,
        }
        if self.type in events.MESSAGES:  # a newer function may announce what is unknown here
            attributes["dataschema"] = events.dataschema(self.type)
        return CloudEvent(attributes, self.data.encode())


class BatchRefused(LectorError):
    """The sink will never take this batch: too large, or something in it is not an event."""


Transaction = Callable[[], AbstractContextManager[Connection]]
Publish = Callable[[Sequence[Row]], None]

_sql = queries.load(__file__)
TAKE_UNPUBLISHED = _sql.rows("take_unpublished", Row)
MARK_PUBLISHED = _sql.scalar("mark_published", bool)
SET_ASIDE = _sql.statement("set_aside")
PURGE = _sql.statement("purge")


def drain(
    transaction: Transaction, publish: Publish, batch: int, out_of_time: Callable[[], bool]
) -> int:
    """Publish everything unpublished, a transaction for each batch; how many rows it was.

    The transactions are pipelines: a batch is marked and committed in one go.
    A crash between the publication and the commit publishes a batch again: its events keep
    their ids, and whoever consumes them drops the repetition.
    """
    published = 0
    more = True
    while more and not out_of_time():
        with transaction() as connection:
            rows = TAKE_UNPUBLISHED.all(connection, batch=batch)
            if not rows:
                break
            marked = _publish(connection, rows, publish)
        published += len(rows)
        more = marked is None or bool(marked.first)
    return published


def purge(
    transaction: Transaction,
    keep_published_s: float,
    keep_refused_s: float,
    out_of_time: Callable[[], bool],
) -> None:
    """Drop rows published or set aside long ago, a bounded number in each transaction."""
    while not out_of_time():
        with transaction() as connection:
            dropped = PURGE.run(
                connection, keep_published_s=keep_published_s, keep_refused_s=keep_refused_s
            )
        if dropped == 0:
            break


def _publish(connection: Connection, rows: Sequence[Row], publish: Publish) -> Sent[bool] | None:
    """Publish rows; one that the sink refuses for good is found by halving and set aside.

    Whether others wait, as it was found while they were marked; None: they may.
    """
    try:
        with _publication_span(rows):
            publish(rows)
    except BatchRefused as refused:
        if len(rows) == 1:
            log.error("%s %s failed, set aside: %s", rows[0].type, rows[0].id, refused)
            SET_ASIDE.run(connection, id=rows[0].id, refusal=str(refused))
            return None
        middle = len(rows) // 2
        _publish(connection, rows[:middle], publish)
        _publish(connection, rows[middle:], publish)
        return None
    failpoints.passed("outbox.published")
    return MARK_PUBLISHED.send(connection, ids=[row.id for row in rows])


@contextmanager
def _publication_span(rows: Sequence[Row]) -> Iterator[None]:
    """Publish rows within a span that is linked to the trace of each; measure how long they waited.

    When that succeeds, each row's trace gets a span from its announcement to now.
    """
    about: tracing.Attributes = {
        "messaging.system": "nats",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.batch.message_count": len(rows),
    }
    traced = [row for row in rows if row.traceparent]
    links = [link for row in traced for link in tracing.link_to(row.trace)]
    with tracing.span("send outbox", SpanKind.CLIENT, attributes=about, links=links) as batch:
        yield
    to_batch, now = tracing.link_to(tracing.current_headers(batch)), datetime.now(UTC)
    for row in traced:
        tracing.add_past_span(
            f"relay {row.type}",
            row.created_at,
            row.trace,
            {tracing.FILE_ID: row.subject, "messaging.message.id": str(row.id)},
            to_batch,
        )
    for row in rows:
        # By two clocks, which may differ a little.
        metrics.OUTBOX_WAIT.record(max(0.0, (now - row.created_at).total_seconds()))
    metrics.PUBLISHED.add(len(rows))
