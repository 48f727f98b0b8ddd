"""A function says "not now": the message is retried, and it is no failure."""

import time
from dataclasses import replace
from uuid import uuid4

import pytest

from lector.local.process import free_port
from tests.support.bridging import (
    NO_CONTENT,
    ScriptedFunction,
    Source,
    delays,
    problem,
    uploaded,
    wait_until,
)
from tests.support.model import Answer


@pytest.mark.parametrize("status", [404, 408, 409, 425, 429, 503])
def test_not_now_is_tried_again_and_never_counted(
    source: Source, function: ScriptedFunction, status: int
) -> None:
    delivering = source.serves(attempts=1)
    function.answers(problem(status), NO_CONTENT)
    event = uploaded()
    delivering.publish(event)
    function.got(2)
    delivering.settled()
    assert delivering.letters(event) == []


def test_not_now_waits_for_longer_each_time(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves()
    function.answers(problem(503), problem(503), problem(503), NO_CONTENT)
    delivering.publish(uploaded())
    first, second, third = delays(function.got(4))
    assert (first > 0.37, second > 0.74, third > 1.49) == (True, True, True)
    assert first < third


def test_retry_after_is_waited_for(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves()
    # Slow enough that all four are under way before the first of them is refused.
    function.answers(*[replace(problem(429, retry_after="4"), delay_s=0.5)] * 4)
    sent = [uploaded() for _ in range(4)]
    delivering.publish(*sent)
    function.got(8)
    waits = [delays(function.about(event))[0] for event in sent]
    # From one request to the next, with the half second that the answer took.
    assert min(waits) > 4.5
    assert max(waits) < 7


def test_retry_after_holds_for_the_whole_subscription(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(problem(429, retry_after="1"))
    delivering.publish(uploaded())
    function.got(1)
    time.sleep(0.1)
    delivering.publish(uploaded())
    delivering.settled()
    refused, *others = function.requests
    assert min(request.at for request in others) - refused.at > 1.0


def test_retry_after_is_waited_for_although_another_source_is_free(
    source: Source, function: ScriptedFunction
) -> None:
    one = source.serves()
    other = source.serves(function=one.subscription.function, type=one.subscription.type)
    function.answers(*[problem(429, retry_after="1")] * 6)
    sent = [uploaded() for _ in range(6)]
    other.publish(*sent)
    function.got(12)
    # Which of them were refused, and whether one was twice, is up to who was faster.
    waited = [delay for event in sent for delay in delays(function.about(event))]
    assert len(waited) == 6
    assert min(waited) > 1.0


@pytest.mark.parametrize("value", ["soon", "nan", "-1", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_retry_after_that_says_nothing_is_passed_over(
    source: Source, function: ScriptedFunction, value: str
) -> None:
    delivering = source.serves()
    waited_s = []
    for _ in range(3):  # the machine may be busy
        function.answers(problem(503, retry_after=value))
        event = uploaded()
        delivering.publish(event)
        wait_until(lambda event=event: len(function.about(event)) == 2)  # type: ignore[misc]
        waited_s += delays(function.about(event))
    assert min(waited_s) < 0.8


def test_a_function_that_nobody_listens_for_is_not_now(
    source: Source, function: ScriptedFunction
) -> None:
    port = free_port()
    name = f"test{uuid4().hex[:12]}"
    url = f"http://127.0.0.1:{port}"
    delivering = source.serves({name: url}, function=name, attempts=1)
    event = uploaded()
    delivering.publish(event)
    wait_until(lambda: delivering.consumer().num_redelivered)
    late = ScriptedFunction(port)
    try:
        late.got(1)
        delivering.settled()
    finally:
        late.stop()
    assert delivering.letters(event) == []


def test_patience_has_an_end(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves(patience_h=0.3 / 3600)
    function.answers(otherwise=problem(503, "not_now", "the database is away"))
    event = uploaded()
    delivering.publish(event)
    assert delivering.letter(event).failure.detail == "the database is away"


def test_an_event_that_waited_long_for_its_first_delivery_has_all_patience_before_it(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(patience_h=3 / 3600)
    delivering.pause()
    function.answers(problem(503, "not_now", "a moment, please"), otherwise=Answer(204))
    event = uploaded()
    delivering.publish(event)
    time.sleep(4)
    delivering.resume()
    delivering.settled()
    assert delivering.letters(event) == []


@pytest.mark.slow
def test_what_is_sent_back_keeps_nothing_from_coming_again(
    source: Source, function: ScriptedFunction, caplog: pytest.LogCaptureFixture
) -> None:
    delivering = source.serves(slots_at_start=1, slots_at_most=1)  # and four sent back, at most
    function.answers(*[problem(503, retry_after="1")] * 6)
    sent = [uploaded() for _ in range(8)]
    delivering.publish(*sent)
    delivering.settled()
    assert "re-creating consumer" not in caplog.text


def test_a_function_that_allows_two_at_once_hardly_ever_refuses(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(slots_at_start=8, slots_at_most=64)
    function.ceiling = 2
    function.answers(otherwise=Answer(204, delay_s=0.02))
    delivering.publish(*[uploaded() for _ in range(400)])
    delivering.settled(60)
    assert function.refused / len(function.requests) < 0.05


def test_refusals_lead_to_fewer_deliveries_at_once(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(slots_at_start=8, slots_at_most=8)
    function.answers(*[problem(429)] * 8, otherwise=Answer(204, delay_s=0.05))
    sent = [uploaded() for _ in range(8)]
    delivering.publish(*sent)
    wait_until(lambda: len(function.requests) >= 8)
    function.most_busy = 0
    delivering.settled()
    assert function.most_busy < 8
