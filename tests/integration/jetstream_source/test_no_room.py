"""JetStream has no room for what an answer leads to."""

import time

from lector.bridge.jetstream import streams
from tests.support.bridging import (
    ScriptedFunction,
    Source,
    answer,
    problem,
    uploaded,
    wait_until,
)
from tests.support.model import Answer


def test_a_message_stays_while_there_is_no_room_for_its_reply(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(ack_wait_s=0.5)
    reply = uploaded()
    function.answers(otherwise=Answer(200, answer(reply).body, answer(reply).headers, 0.5))
    delivering.publish(uploaded())
    wait_until(lambda: function.requests)
    with source.nats.without_room():
        wait_until(lambda: len(function.requests) >= 2)
        assert not delivering.is_settled()
    delivering.settled()
    assert len(source.nats.published(reply)) == 1


def test_a_message_stays_while_there_is_no_room_for_its_dead_letter(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(ack_wait_s=0.5)
    function.answers(otherwise=problem(422, "no"))
    event = uploaded()
    with source.nats.without_room(streams.DEAD):
        delivering.publish(event)
        wait_until(lambda: len(function.about(event)) >= 2)
        assert not delivering.is_settled()
        assert delivering.letters(event) == []
    delivering.letter(event)


def test_a_message_stays_while_the_disk_is_full(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves(ack_wait_s=0.5)
    reply = uploaded()
    function.answers(otherwise=Answer(200, answer(reply).body, answer(reply).headers, 0.5))
    delivering.publish(uploaded())
    wait_until(lambda: function.requests)
    with source.nats.disk_full():
        wait_until(lambda: len(function.requests) >= 2)
        assert not delivering.is_settled()
    delivering.settled()
    assert len(source.nats.published(reply)) == 1


def test_while_there_is_no_room_not_everything_is_tried_all_the_time(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(ack_wait_s=0.2, slots_at_start=8)
    slow = [Answer(200, answer(uploaded()).body, answer(uploaded()).headers, 1)] * 8
    function.answers(*slow, otherwise=answer(uploaded()))
    delivering.publish(*[uploaded() for _ in range(30)])
    wait_until(lambda: len(function.requests) >= 8)
    with source.nats.without_room():
        time.sleep(4)
        assert len(function.requests) < 15
    delivering.settled(60)
