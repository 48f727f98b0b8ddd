"""relay, relay_rings: from committed outbox rows to PubAck, against publishing them directly."""

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

NAMES = ("relay", "relay_rings")

_ROUNDS = 5
_EVENTS = 2000
_ONE_BY_ONE = 1000
_IN_A_RING = 8  # what a range of pages announces: the pipeline's rings find about as many
_RINGS = 125
_NOTE = (
    "{count} committed rows, one ring of the outbox function, sink and NATS as processes; limit:"
    " js.publish of the same events concurrently (one after the other: {single:.0f}/s); ratio ="
    " value/limit"
)
_RINGS_NOTE = (
    "{rings} commits of {size} rows, each with a ring of its own, as the pipeline has them; limit:"
    " js.publish of {size} events concurrently, {rings} times; ratio = value/limit"
)


def measure(parts: Parts, wanted: Collection[str]) -> Iterator[Figure]:
    """Events a second through the relay, and through nats-py alone."""
    client, url = in_process.function("outbox"), parts.embedded.nats.url
    _relayed_per_s(client, 1, _EVENTS)
    if "relay" in wanted:
        yield _relay(client, url)
    if "relay_rings" in wanted:
        yield _relay_rings(client, url)


def _relay(client: FlaskClient, url: str) -> Figure:
    relayed, single, concurrent = [], [], []
    for turn in range(_ROUNDS):
        say(f"relay: round {turn + 1} of {_ROUNDS}")
        relayed.append(_relayed_per_s(client, 1, _EVENTS))
        single.append(asyncio.run(_published_per_s(url, _ONE_BY_ONE, 1)))
        concurrent.append(asyncio.run(_published_per_s(url, 1, _EVENTS)))
    note = _NOTE.format(count=_EVENTS, single=median(single))
    return Figure("relay", median(relayed), "events/s", median(concurrent), note)


def _relay_rings(client: FlaskClient, url: str) -> Figure:
    relayed, published = [], []
    for turn in range(_ROUNDS):
        say(f"relay_rings: round {turn + 1} of {_ROUNDS}")
        relayed.append(_relayed_per_s(client, _RINGS, _IN_A_RING))
        published.append(asyncio.run(_published_per_s(url, _RINGS, _IN_A_RING)))
    note = _RINGS_NOTE.format(rings=_RINGS, size=_IN_A_RING)
    return Figure("relay_rings", median(relayed), "events/s", median(published), note)


def _relayed_per_s(client: FlaskClient, rings: int, size: int) -> float:
    """Rings over rows that were committed just before each; only the rings are timed."""
    took_s = 0.0
    for _ in range(rings):
        outbox_events.commit(outbox_events.registered(uuid4(), size))
        bell = events.event(str(uuid4()), "outbox", OutboxWritten(), "bench")
        started = perf_counter()
        in_process.handled(client, bell, 204)
        took_s += perf_counter() - started
    return rings * size / took_s


async def _published_per_s(url: str, groups: int, size: int) -> float:
    """Groups one after the other, the events of a group concurrently."""
    connection, js = await outbox_events.connected(url)
    announced = outbox_events.registered(uuid4(), groups * size)
    messages = [outbox_events.as_message(event) for event in announced]
    started = perf_counter()
    for first in range(0, len(messages), size):
        some = messages[first : first + size]
        await asyncio.gather(*(outbox_events.publish(js, message) for message in some))
    took_s = perf_counter() - started
    await connection.close()
    return groups * size / took_s
