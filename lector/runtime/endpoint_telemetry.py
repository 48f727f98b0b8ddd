"""What is seen of an event's handling in a function: its span, its metrics, its line in the log."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from opentelemetry.trace import SpanKind

from lector.runtime import cloudevents
from lector.runtime.events import Event
from lector.telemetry import metrics, tracing

log = logging.getLogger("lector")

# How often JetStream has delivered the event, this time included: said by the source.
ATTEMPT = "lector-attempt"

_first_event = threading.Lock()  # taken once, never given back


@dataclass
class Outcome:
    """The HTTP status that answers an event, and the kind of its failure, if it failed."""

    status: int = 500
    failure: str | None = None


@contextmanager
def handling_span(
    function: str, event: Event[Any], headers: Mapping[str, str]
) -> Iterator[Outcome]:
    """Handle an event within its span; tell the log and the metrics how it ended.

    `headers` are those of the request: the trace that it came with, and which attempt it is.
    """
    outcome, began = Outcome(), time.perf_counter()
    trace = cloudevents.trace_context(headers)
    with tracing.span(
        f"process {event.type}", SpanKind.CONSUMER, trace or event.trace, _attributes(event)
    ) as span:
        if _first_event.acquire(blocking=False):
            span.set_attributes({"faas.coldstart": True})
            metrics.COLD_STARTS.add(1, {"faas.name": function})
        yield outcome
        span.set_attribute("http.response.status_code", outcome.status)
        if outcome.failure:
            tracing.mark_failed(span, outcome.failure)
        _report(function, event, headers.get(ATTEMPT), outcome, time.perf_counter() - began)


def _attributes(event: Event[Any]) -> dict[str, str | int]:
    page = getattr(event.data, "page_number", None)
    return {
        "messaging.system": "nats",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": event.type,
        "messaging.message.id": event.id,
        tracing.FILE_ID: event.subject,
        **({tracing.PAGE_NUMBER: page} if page else {}),
    }


def _report(
    function: str, event: Event[Any], attempt: str | None, outcome: Outcome, took_s: float
) -> None:
    labels = {"faas.name": function, "messaging.destination.name": event.type}
    if outcome.failure:
        labels["error.type"] = outcome.failure
    metrics.PROCESSED.record(took_s, labels)
    about = {
        "function": function,
        "event_type": event.type,
        "event_id": event.id,
        "file_id": event.subject,
        "page": getattr(event.data, "page_number", None),
        "attempt": int(attempt) if attempt and attempt.isdecimal() else None,
        "status": outcome.status,
        "failure": outcome.failure,
        "duration_ms": round(took_s * 1000, 1),
    }
    log.info(
        "%s answered %s %s with %d in %.0f ms",
        function,
        event.type,
        event.subject,
        outcome.status,
        took_s * 1000,
        extra={"lector": {name: value for name, value in about.items() if value is not None}},
    )
