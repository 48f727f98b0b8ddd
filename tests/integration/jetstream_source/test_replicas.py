"""Several replicas of the source share the durable consumers: each event goes to one of them."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.support.bridging import Delivering, ScriptedFunction, Source, uploaded, wait_until
from tests.support.model import Answer

EVENTS = 60


@pytest.fixture
def another() -> Iterator[ScriptedFunction]:
    """What the other replica hands its events to, so that it can be told which had which."""
    server = ScriptedFunction()
    yield server
    server.stop()


def replica_of(source: Source, one: Delivering, function: ScriptedFunction) -> Delivering:
    row = one.subscription
    return source.serves(
        {row.function: function.url},
        function=row.function,
        type=row.type,
        ack_wait_s=row.ack_wait_s,
    )


def test_two_replicas_share_events_and_no_event_goes_to_both(
    source: Source, function: ScriptedFunction, another: ScriptedFunction
) -> None:
    one = source.serves(ack_wait_s=60)
    replica_of(source, one, another)
    for server in (function, another):
        server.answers(otherwise=Answer(204, delay_s=0.05))
    sent = [uploaded() for _ in range(EVENTS)]
    one.publish(*sent)
    one.settled()
    handled = [len(function.about(event)) + len(another.about(event)) for event in sent]
    assert handled == [1] * EVENTS
    assert min(len(function.requests), len(another.requests)) > EVENTS / 10


def test_what_a_replica_had_in_hand_when_it_went_away_goes_to_the_other(
    source: Source, function: ScriptedFunction, another: ScriptedFunction
) -> None:
    one = source.serves(ack_wait_s=60)
    other = replica_of(source, one, another)
    for server in (function, another):
        server.answers(otherwise=Answer(204, delay_s=0.2))
    sent = [uploaded() for _ in range(EVENTS)]
    one.publish(*sent)
    wait_until(partial(another.has, 5))
    other.pause()
    other.finish()
    one.settled()
    handled = [len(function.about(event)) + len(another.about(event)) for event in sent]
    assert handled == [1] * EVENTS
    assert len(another.requests) < EVENTS / 2 + 10
