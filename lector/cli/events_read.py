"""The events that lie in JetStream, and those that come: read, and nothing else."""

import asyncio
import fnmatch
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import nats
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from lector.cli.client import Json
from lector.runtime.failures import LectorError

_STREAMS = {"LECTOR": "lector", "LECTOR_DEAD": "dead.lector"}
_CONNECT_S, _SILENCE_S = 5.0, 2.0
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Wanted:
    """Which events: of a file, of types (patterns such as lector.page.*), not before a moment."""

    file_id: str | None
    types: Sequence[str]
    since: datetime | None

    def has(self, event: Json) -> bool:
        """Whether an event is among them."""
        types = [pattern.removeprefix("lector.") for pattern in self.types] or ["*"]
        own = event["type"].removeprefix("lector.")
        return any(fnmatch.fnmatchcase(own, pattern) for pattern in types)


async def kept(url: str, wanted: Wanted) -> list[Json]:
    """The events that are kept, in the order of their times; each as a structured CloudEvent."""
    async with await _connected(url) as client:
        streams = [_kept_in(client.jetstream(), name, wanted) for name in _STREAMS]
        found = [event for events in await asyncio.gather(*streams) for event in events]
    return sorted(found, key=lambda event: str(event["time"]))


async def coming(url: str, wanted: Wanted) -> AsyncIterator[Json]:
    """Events as they come, after those that are kept since the wanted moment, if there is one."""
    arrived: asyncio.Queue[Msg] = asyncio.Queue()
    async with await _connected(url) as client:
        for name in _STREAMS:
            await _read(client.jetstream(), name, wanted, arrived)
        while True:
            event = as_event(await arrived.get())
            if wanted.has(event):
                yield event


async def _connected(url: str) -> Any:
    try:
        async with asyncio.timeout(_CONNECT_S):
            return await nats.connect(
                url, name="lector events", allow_reconnect=False, error_cb=_silent
            )
    except (NatsError, OSError, TimeoutError) as error:
        raise LectorError(f"NATS cannot be reached: {error or type(error).__name__}") from error


async def _silent(_: Exception) -> None:
    """What goes wrong is raised where it matters."""


async def _kept_in(js: JetStreamContext, stream: str, wanted: Wanted) -> list[Json]:
    arrived: asyncio.Queue[Msg] = asyncio.Queue()
    left = await _read(js, stream, wanted, arrived)
    found = []
    while left > 0:
        try:
            message = await asyncio.wait_for(arrived.get(), _SILENCE_S)
        except TimeoutError:
            break  # some were dropped by age meanwhile
        left = message.metadata.num_pending
        event = as_event(message)
        if wanted.has(event):
            found.append(event)
    return found


async def _read(
    js: JetStreamContext, stream: str, wanted: Wanted, arrived: "asyncio.Queue[Msg]"
) -> int:
    """Have messages put into a queue; how many are there already.

    By an ordered consumer: it acknowledges nothing, is nobody else's, and goes with us.
    """
    policy = DeliverPolicy.BY_START_TIME if wanted.since else DeliverPolicy.NEW
    start = wanted.since.astimezone(UTC).isoformat() if wanted.since else None
    config = ConsumerConfig(deliver_policy=policy, opt_start_time=start)  # type: ignore[arg-type]
    subject = f"{_STREAMS[stream]}.*.*.{wanted.file_id or '*'}"
    try:
        subscription = await js.subscribe(
            subject, stream=stream, ordered_consumer=True, config=config, cb=arrived.put
        )
        consumer = await subscription.consumer_info()
    except (NotFoundError, NatsTimeoutError):
        return 0  # nothing was ever published
    begun = consumer.delivered.consumer_seq if consumer.delivered else 0
    return begun + (consumer.num_pending or 0)


def as_event(message: Msg) -> Json:
    """A message as a structured CloudEvent; what does not parse is shown as it is."""
    headers = message.headers or {}
    attributes = {n[3:]: unquote(v) for n, v in headers.items() if n.startswith("ce-")}
    return {"specversion": "1.0", "type": "", "time": "", **attributes, "data": _data(message.data)}


def _data(body: bytes) -> object:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


def ago(text: str) -> timedelta:
    """A length of time such as 90s, 30m, 2h or 7d; ValueError if it is none."""
    unit = _UNITS.get(text[-1:])
    if unit is None or not text[:-1].isdecimal():
        raise ValueError(f"{text!r} is no length of time such as 90s, 30m, 2h or 7d")
    return timedelta(**{unit: int(text[:-1])})
