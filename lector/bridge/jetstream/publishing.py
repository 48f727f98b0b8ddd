"""An event on its way into JetStream, within a span that its deliveries follow."""

from nats.js import JetStreamContext
from opentelemetry.trace import SpanKind

from lector.bridge.jetstream import nats_cloudevents
from lector.runtime import cloudevents
from lector.telemetry import tracing

PUBACK_S = 5.0


async def publish(js: JetStreamContext, message: nats_cloudevents.Message) -> None:
    """Publish a message and await its PubAck.

    As a CloudEvent it keeps the trace context it was made in; the message's own names this span.

    Raises:
        NatsError: JetStream refused it.
        TimeoutError: nobody confirmed it; it may be there all the same.

    """
    if not tracing.recorded():
        await js.publish(message.subject, message.body, timeout=PUBACK_S, headers=message.headers)
        return
    event_type = message.headers.get("ce-type", "")
    about: tracing.Attributes = {
        "messaging.system": "nats",
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
        "messaging.destination.name": event_type,
        "messaging.message.id": message.headers.get("ce-id", ""),
        "messaging.message.body.size": len(message.body),
        tracing.FILE_ID: message.headers.get("ce-subject", ""),
    }
    carried = cloudevents.trace_context(message.headers)
    # Whoever asked, such as the relay's request with its batch, is another trace: it is linked.
    links = tracing.link(tracing.carried())
    with tracing.span(f"publish {event_type}", SpanKind.PRODUCER, carried, about, links):
        headers = {**message.headers, **tracing.carried()}
        await js.publish(message.subject, message.body, timeout=PUBACK_S, headers=headers)
