"""The two JetStream streams, and the connection to them."""

import contextlib
import logging

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

from lector.runtime import settings

log = logging.getLogger("lector")

LECTOR = "LECTOR"
DEAD = "LECTOR_DEAD"
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
