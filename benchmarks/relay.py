"""relay: from committed outbox rows to PubAck, against publishing the same events directly."""

import asyncio
from collections.abc import Collection, Iterator
from statistics import median
from time import perf_counter
from uuid import uuid4

from flask.testing import FlaskClient

from benchmarks import in_process, outbox_events
from benchmarks.reporting import Figure, say
from lector.contracts import OutboxWritten
from lector.runtime import events
from tests.support.parts import Parts

NAMES = ("relay",)

_ROUNDS = 5
_EVENTS = 2000
_ONE_BY_ONE = 1000
_NOTE = (
    "{count} committed rows, one ring of the outbox function, sink and NATS as processes;"
    " limit: js.publish one after the other, same events (concurrently: {concurrent:.0f}/s,"
    " ratio {share:.2f}); ratio = value/limit"
)


def measure(parts: Parts, _: Collection[str]) -> Iterator[Figure]:
    """Events a second through the relay, and through nats-py alone."""
    client = in_process.function("outbox")
    relayed, single, concurrent = [], [], []
    _relayed_per_s(client)
    for turn in range(_ROUNDS):
        say(f"relay: round {turn + 1} of {_ROUNDS}")
        relayed.append(_relayed_per_s(client))
        one_by_one, together = asyncio.run(_published_per_s(parts.embedded.nats.url))
        single.append(one_by_one)
        concurrent.append(together)
    value, best = median(relayed), median(concurrent)
    note = _NOTE.format(count=_EVENTS, concurrent=best, share=value / best)
    yield Figure("relay", value, "events/s", median(single), note)


def _relayed_per_s(client: FlaskClient) -> float:
    outbox_events.commit(outbox_events.registered(uuid4(), _EVENTS))
    bell = events.event(str(uuid4()), "outbox", OutboxWritten(), "bench")
    started = perf_counter()
    in_process.handled(client, bell, 204)
    return _EVENTS / (perf_counter() - started)


async def _published_per_s(url: str) -> tuple[float, float]:
    connection, js = await outbox_events.connected(url)
    announced = outbox_events.registered(uuid4(), _ONE_BY_ONE + _EVENTS)
    messages = [outbox_events.as_message(event) for event in announced]
    started = perf_counter()
    for message in messages[:_ONE_BY_ONE]:
        await outbox_events.publish(js, message)
    between = perf_counter()
    await asyncio.gather(*(outbox_events.publish(js, m) for m in messages[_ONE_BY_ONE:]))
    ended = perf_counter()
    await connection.close()
    return _ONE_BY_ONE / (between - started), _EVENTS / (ended - between)
