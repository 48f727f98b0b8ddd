"""What is seen of a publication: the batch's span, and each row's wait in the trace of its file."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
    began = time.perf_counter()
    about: tracing.Attributes = {
        "messaging.system": "nats",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.batch.message_count": len(rows),
    }
    links = [link for row in rows for link in tracing.link(row.trace)]
    with tracing.span("send outbox", SpanKind.CLIENT, attributes=about, links=links) as batch:
        yield
    to_batch = tracing.link(tracing.carried(batch))
    took_s = time.perf_counter() - began
    for row in rows:
        tracing.past(
            f"relay {row.type}",
            row.waited_s + took_s,
            row.trace,
            {tracing.FILE_ID: row.subject, "messaging.message.id": str(row.id)},
            to_batch,
        )
        metrics.OUTBOX_WAIT.record(row.waited_s + took_s)
    metrics.PUBLISHED.add(len(rows))
