"""wake_p50, wake_p99: from commit to PubAck, through trigger, source, outbox function and sink."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from nats.js import JetStreamContext

from benchmarks import outbox_events
from benchmarks.outbox_events import Announced
from benchmarks.reporting import Figure, percentile, say
from lector.local import functions
from lector.local.process import Child, free_port, wait_ready
from tests.support.parts import Parts

NAMES = ("wake_p50", "wake_p99")

_PER_S = 100
_SECONDS = 8
_WARM_UP_S = 2
_NOTE = (
    "one event in each commit, {offered:.0f}/s for {seconds} s; from COMMIT being sent to"
    " JetStream's time stamp of the message (same clock, its PubAck leaves at once); limit: the"
    " same commit, then js.publish until its PubAck; ratio = value/limit"
)


def measure(parts: Parts, wanted: Collection[str]) -> Iterator[Figure]:
    """Two percentiles of the same events."""
    say("wake: a bare commit and publish")
    bare, _ = asyncio.run(_bare(parts.embedded.nats.url))
    outbox_events.empty()
    with _ringing(parts):
        say("wake: commits that ring")
        asyncio.run(_woken(parts.embedded.nats.url, _WARM_UP_S))
        woken, offered = asyncio.run(_woken(parts.embedded.nats.url, _SECONDS))
    note = _NOTE.format(offered=offered, seconds=_SECONDS)
    for name, percent in zip(NAMES, (50, 99), strict=True):
        if name in wanted:
            yield Figure(name, percentile(woken, percent), "ms", percentile(bare, percent), note)


@contextmanager
def _ringing(parts: Parts) -> Iterator[None]:
    """The outbox function and the PostgreSQL source as processes."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    children = [Child(functions.function("outbox", port, parts.settings), parts.folder.logs)]
    try:
        wait_ready(children[0], functions.healthy(port))
        env = {**parts.settings, "K_SINK": url, "SWEEP_SINK": url}
        source = functions.bridge("postgres-source", env, free_port())
        children.append(Child(source, parts.folder.logs))
        yield
    finally:
        for child in reversed(children):
            child.ask_to_stop()
            child.wait_stopped()


async def _bare(url: str) -> tuple[list[float], float]:
    connection, js = await outbox_events.connected(url)
    took_ms: list[float] = []

    async def commit_and_publish(event: Announced) -> None:
        message = outbox_events.as_message(event)
        started = time.time()
        outbox_events.commit([event])
        await outbox_events.publish(js, message)
        took_ms.append((time.time() - started) * 1000)

    offered = await _offer(outbox_events.registered(uuid4(), _PER_S * 3), commit_and_publish)
    await connection.close()
    return took_ms, offered


async def _woken(url: str, seconds: int) -> tuple[list[float], float]:
    """Milliseconds of each event, and the rate at which they were really offered."""
    connection, js = await outbox_events.connected(url)
    file_id, committed = uuid4(), dict[str, float]()

    async def commit(event: Announced) -> None:
        committed[event.id] = time.time()
        outbox_events.commit([event])

    offered = await _offer(outbox_events.registered(file_id, _PER_S * seconds), commit)
    stored = await _stored(js, file_id, len(committed))
    await connection.close()
    return [(stored[event_id] - at) * 1000 for event_id, at in committed.items()], offered


async def _offer(announced: list[Announced], one: Callable[[Announced], Awaitable[None]]) -> float:
    started = time.monotonic()
    for number, event in enumerate(announced):
        await asyncio.sleep(max(0.0, started + number / _PER_S - time.monotonic()))
        await one(event)
    return len(announced) / (time.monotonic() - started)


async def _stored(js: JetStreamContext, file_id: UUID, count: int) -> dict[str, float]:
    """When JetStream stored each event of a file, by event id."""
    subscription = await js.pull_subscribe(f"lector.page.registered.{file_id}", stream="LECTOR")
    stored: dict[str, float] = {}
    while len(stored) < count:
        for message in await subscription.fetch(100, timeout=10):
            headers = message.headers or {}
            stored.setdefault(headers["ce-id"], message.metadata.timestamp.timestamp())
            await message.ack()
    return stored
