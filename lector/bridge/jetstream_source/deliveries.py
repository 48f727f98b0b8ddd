"""What is seen of deliveries: a span for each, with what went wrong as its events, and metrics."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from nats.aio.msg import Msg
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind

from lector.bridge.jetstream import nats_cloudevents
from lector.bridge.jetstream_source.verdicts import Answer, Verdict
from lector.bridge.subscriptions import Subscription
from lector.telemetry import metrics, tracing


@contextmanager
def observed(subscription: Subscription, message: Msg) -> Iterator[None]:
    """A delivery, from the moment it was taken out of JetStream until it is settled."""
    headers, metadata = message.headers or {}, message.metadata
    waited_s = max(0.0, (datetime.now(UTC) - metadata.timestamp).total_seconds())
    if metadata.num_delivered > 1:
        metrics.REDELIVERED.add(1, labels(subscription))
    else:
        metrics.QUEUED.record(waited_s, labels(subscription))
    about: tracing.Attributes = {
        "messaging.system": "nats",
        "messaging.operation.name": "deliver",
        "messaging.operation.type": "process",
        "messaging.destination.name": subscription.type,
        "messaging.consumer.group.name": subscription.durable,
        "messaging.message.id": headers.get("ce-id", ""),
        tracing.FILE_ID: headers.get("ce-subject", ""),
        "lector.delivery.attempt": metadata.num_delivered,
        "lector.queue.waited_s": waited_s,
    }
    name = f"deliver {subscription.type}"
    with tracing.span(name, SpanKind.CONSUMER, nats_cloudevents.trace_of(headers), about):
        yield


@contextmanager
def posted(url: str) -> Iterator[Span]:
    """The request that hands an event to a function."""
    about = {"http.request.method": "POST", "url.full": url}
    with tracing.call("POST", {**about, **tracing.server(url)}) as span:
        yield span


def answered(subscription: Subscription, answer: Answer) -> None:
    """Note what a function's answer was."""
    outcome = answer.verdict.name.lower()
    metrics.DELIVERED.add(1, {**labels(subscription), "lector.outcome": outcome})
    if answer.verdict is not Verdict.DONE:
        tracing.failed(trace.get_current_span(), answer.code)


def sent_back(answer: Answer, delay_s: float) -> None:
    """Note that the event comes again."""
    about: tracing.Attributes = {"error.type": answer.code, "lector.retry.delay_s": delay_s}
    trace.get_current_span().add_event("retry", about)


def given_up(subscription: Subscription, answer: Answer, attempts: int) -> None:
    """Note that the event becomes a dead letter."""
    metrics.DEAD_LETTERS.add(1, labels(subscription))
    about: tracing.Attributes = {"error.type": answer.code, "lector.delivery.failures": attempts}
    trace.get_current_span().add_event("dead_letter", about)


def told(subscription: Subscription, message: Msg, answer: Answer) -> dict[str, object]:
    """What a line in the log is about, for `extra`."""
    headers = message.headers or {}
    return {
        "lector": {
            "function": subscription.function,
            "event_type": subscription.type,
            "event_id": headers.get("ce-id", ""),
            "file_id": headers.get("ce-subject", ""),
            "attempt": message.metadata.num_delivered,
            "failure": answer.code,
        }
    }


def labels(subscription: Subscription) -> dict[str, str]:
    """A subscription, as metrics tell it from others."""
    return {"faas.name": subscription.function, "messaging.destination.name": subscription.type}
