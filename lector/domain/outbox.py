"""Announce events in the transaction that makes them true."""

from collections.abc import Sequence
from typing import Any

from lector.runtime import queries
from lector.runtime.database import Connection
from lector.runtime.events import Event, to_json
from lector.telemetry import metrics

ANNOUNCE = queries.load(__file__).statement("announce")


def columns(event: Event[Any]) -> dict[str, object]:
    """An event's row, for a statement that announces it together with what makes it true."""
    return {
        "event_id": event.id,
        "event_type": event.type,
        "event_source": event.source,
        "event_subject": event.subject,
        "event_data": to_json(event.data),
        "traceparent": event.trace.get("traceparent"),
        "tracestate": event.trace.get("tracestate"),
    }


def count(event: Event[Any]) -> None:
    """Count an event that is announced."""
    metrics.ANNOUNCED.add(1, {"messaging.destination.name": event.type})


def announce(connection: Connection, events: Sequence[Event[Any]]) -> None:
    """Write events into the outbox; the relay publishes them after the commit."""
    if not events:
        return
    for event in events:
        count(event)
    ANNOUNCE.run(
        connection,
        ids=[event.id for event in events],
        types=[event.type for event in events],
        sources=[event.source for event in events],
        subjects=[event.subject for event in events],
        data=[to_json(event.data) for event in events],
        traceparents=[event.trace.get("traceparent") for event in events],
        tracestates=[event.trace.get("tracestate") for event in events],
    )
