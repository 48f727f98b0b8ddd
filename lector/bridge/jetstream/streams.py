"""The two JetStream streams: the connection to them, and publishing into them."""

import contextlib
import logging

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError
from opentelemetry.trace import SpanKind

from lector.bridge.jetstream import nats_cloudevents
from lector.runtime import cloudevents, settings
from lector.telemetry import tracing

log = logging.getLogger("lector")

LECTOR = "LECTOR"
DEAD = "LECTOR_DEAD"
PUBACK_S = 5.0
_DAY_S = 24 * 3600


def configs(replicas: int) -> list[StreamConfig]:
    """Events stay 7 days whoever has read them, so that a later consumer can replay them."""
    return [
        _stream(LECTOR, "lector.>", 7 * _DAY_S, replicas),
        _stream(DEAD, "dead.>", 30 * _DAY_S, replicas),
    ]


def _stream(name: str, subjects: str, max_age_s: float, replicas: int) -> StreamConfig:
    return StreamConfig(
        name=name,
        subjects=[subjects],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=max_age_s,
        duplicate_window=120,
        num_replicas=replicas,
    )


async def connect(name: str) -> Client:
    """A connection that reconnects for as long as it takes."""

    async def report(error: Exception) -> None:
        log.warning("NATS: %s", error or type(error).__name__)

    return await nats.connect(
        settings.current(settings.Jetstream).nats_url,
        name=name,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,
        error_cb=report,
    )


async def disconnect(client: Client) -> None:
    """Send what waits to be sent and close, also a connection that is lost already."""
    with contextlib.suppress(NatsError, TimeoutError, OSError):
        await client.close()


async def ensure(js: JetStreamContext) -> None:
    """Create the streams, or bring them up to date; several processes may do so at once."""
    for config in configs(settings.current(settings.Jetstream).nats_replicas):
        try:
            await js.add_stream(config)
        except BadRequestError:
            await js.update_stream(config)


async def publish(js: JetStreamContext, message: nats_cloudevents.Message) -> None:
    """Publish a message and await its PubAck, within a span that its deliveries follow.

    As a CloudEvent it keeps the trace context it was made in; the message's own names this span.

    Raises:
        NatsError: JetStream refused it.
        TimeoutError: nobody confirmed it; it may be there all the same.

    """
    if not tracing.is_recording():
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
    links = tracing.link_to(tracing.current_headers())
    with tracing.span(f"publish {event_type}", SpanKind.PRODUCER, carried, about, links):
        headers = {**message.headers, **tracing.current_headers()}
        await js.publish(message.subject, message.body, timeout=PUBACK_S, headers=headers)
