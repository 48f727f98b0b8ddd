"""Events come again, old and new ones, in another order, and JetStream takes them for new."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, TypeVar

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from .patience import retry

Result = TypeVar("Result")

LECTOR, DEAD = "LECTOR", "LECTOR_DEAD"
_MESSAGE_ID = "Nats-Msg-Id"
_AT_ONCE, _RECENT = 30, 60
_PATIENCE_S = 5.0
_CONNECT_TIMEOUT_S, _ANSWER_TIMEOUT_S = 10.0, 30.0
_TRIES_OF_ONE = 5
AWAY = (NatsError, TimeoutError, OSError)


@dataclass(frozen=True)
class Consumed:
    """What the consumers have still to settle, by name, and how much each has settled so far."""

    left: dict[str, int]
    settled: dict[str, int]


def replay(url: str, which: float) -> int:
    """Publish some events of both streams again; how many. 0 if NATS is away."""
    with contextlib.suppress(*AWAY):
        return asyncio.run(asyncio.wait_for(_replayed(url, Random(which)), _PATIENCE_S))
    return 0


def consumed(url: str) -> Consumed:
    """How far the consumers are. One try, which raises what is in `AWAY`."""

    async def ask() -> Consumed:
        async with await _connected(url) as client:
            js = client.jetstream(timeout=_ANSWER_TIMEOUT_S)
            found = [info for name in (LECTOR, DEAD) for info in await js.consumers_info(name)]
        left = {info.name: (info.num_pending or 0) + (info.num_ack_pending or 0) for info in found}
        floors = {i.name: i.ack_floor.stream_seq if i.ack_floor else 0 for i in found}
        return Consumed({name: count for name, count in left.items() if count}, floors)

    return asyncio.run(ask())


def event_ids(url: str, stream: str) -> set[str]:
    """The ids of all events in a stream."""

    async def collect() -> set[str]:
        async with await _connected(url) as client:
            js = client.jetstream(timeout=_ANSWER_TIMEOUT_S)
            state = (await js.stream_info(stream)).state
            numbers = range(state.first_seq, state.last_seq + 1) if state.messages else ()
            messages = [await _again(partial(js.get_msg, stream, n)) for n in numbers]
        return {(message.headers or {}).get("ce-id", "") for message in messages}

    return retry(f"reading the stream {stream}", lambda: asyncio.run(collect()), *AWAY)


async def _again(ask: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """An answer that may time out a few times: a stream is too long to begin anew each time."""
    for _ in range(_TRIES_OF_ONE - 1):
        with contextlib.suppress(TimeoutError):
            return await ask()
    return await ask()


async def _connected(url: str) -> Client:
    return await nats.connect(url, connect_timeout=_CONNECT_TIMEOUT_S, allow_reconnect=False)


async def _replayed(url: str, chance: Random) -> int:
    async with await _connected(url) as client:
        js = client.jetstream()
        chosen = [(LECTOR, n) for n in await _numbers(js, LECTOR, chance, _AT_ONCE)]
        chosen += [(DEAD, n) for n in await _numbers(js, DEAD, chance, 1)]
        chance.shuffle(chosen)
        for stream, number in chosen:
            message = await js.get_msg(stream, number)
            headers = {k: v for k, v in (message.headers or {}).items() if k != _MESSAGE_ID}
            await js.publish(message.subject or "", message.data or b"", headers=headers)
        return len(chosen)


async def _numbers(js: JetStreamContext, stream: str, chance: Random, count: int) -> list[int]:
    """Some sequence numbers of a stream, half of them from its end."""
    state = (await js.stream_info(stream)).state
    if not state.messages:
        return []
    every = range(state.first_seq, state.last_seq + 1)
    recent = every[-_RECENT:]
    old = chance.sample(every, min(count // 2, len(every)))
    return [*old, *chance.sample(recent, min(count - count // 2, len(recent)))]
