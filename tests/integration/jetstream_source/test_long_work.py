"""Work that takes its time, and how much of it is under way at once."""

import time

import pytest

from tests.support.bridging import (
    ScriptedFunction,
    Source,
    uploaded,
)
from tests.support.model import Answer


def test_a_function_slower_than_the_ack_wait_gets_its_message_once(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(ack_wait_s=0.5)
    function.answers(otherwise=Answer(204, delay_s=1.3))
    delivering.publish(uploaded())
    delivering.settled()
    function.got(1)


def test_beyond_the_deadline_a_message_goes_to_somebody_else(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(ack_wait_s=0.4, deadline_s=0.4)
    function.answers(Answer(204, delay_s=10))
    delivering.publish(uploaded())
    first, second = function.got(2)
    assert 0.7 < second.at - first.at < 9


def test_no_more_deliveries_are_under_way_than_there_are_slots(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(slots_at_start=2, slots_at_most=2)
    function.answers(otherwise=Answer(204, delay_s=0.2))
    delivering.publish(*[uploaded() for _ in range(12)])
    delivering.settled()
    assert function.most_busy == 2


@pytest.mark.slow
def test_what_comes_after_silence_is_not_taken_before_there_is_a_slot_for_it(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(slots_at_start=2, slots_at_most=2, ack_wait_s=0.5)
    time.sleep(6)  # until whatever asks for messages has asked twice
    function.answers(otherwise=Answer(204, delay_s=1.2))
    delivering.publish(uploaded())
    function.got(1)
    sent = [uploaded() for _ in range(5)]
    delivering.publish(*sent)
    delivering.settled()
    # One that waited here, unclaimed, would have been delivered again meanwhile.
    assert [len(function.about(event)) for event in sent] == [1, 1, 1, 1, 1]


def test_successes_lead_to_more_deliveries_at_once(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(slots_at_start=1, slots_at_most=6)
    function.answers(otherwise=Answer(204, delay_s=0.2))
    delivering.publish(*[uploaded() for _ in range(30)])
    delivering.settled()
    assert function.most_busy == 6


def test_a_single_message_is_delivered_at_once(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves()
    delivering.publish(uploaded())
    function.got(1)
    took_s = []
    for deliveries in range(2, 7):  # the machine may be busy
        time.sleep(0.1)
        began = time.monotonic()
        delivering.publish(uploaded())
        took_s.append(function.got(deliveries)[-1].at - began)
    assert sorted(took_s)[2] < 0.5


def test_every_one_of_many_messages_is_delivered(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    sent = [uploaded() for _ in range(200)]
    delivering.publish(*sent)
    delivering.settled()
    assert {request.headers["ce-id"] for request in function.requests} == {e.id for e in sent}
