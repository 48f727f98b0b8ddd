"""What is seen of a publication: the batch's span, and each row's wait in the trace of its file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from opentelemetry.trace import SpanKind

from lector import metrics, tracing

if TYPE_CHECKING:
    from relay import Row


@contextmanager
def observed(rows: "Sequence[Row]") -> Iterator[None]:
    """Publish rows within a span that is linked to the trace of each.

    When that succeeds, each row's trace gets a span from its announcement to now.
    """
    about: tracing.Attributes = {
        "messaging.system": "nats",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.batch.message_count": len(rows),
    }
    traced = [row for row in rows if row.traceparent]
    links = [link for row in traced for link in tracing.link(row.trace)]
    with tracing.span("send outbox", SpanKind.CLIENT, attributes=about, links=links) as batch:
        yield
    to_batch, now = tracing.link(tracing.carried(batch)), datetime.now(UTC)
    for row in traced:
        tracing.past(
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
