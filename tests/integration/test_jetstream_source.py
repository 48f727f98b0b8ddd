"""The JetStream source: what every answer of a function means for the message."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from lector.bridge import subscriptions
from lector.bridge.jetstream import nats_cloudevents, streams
from lector.bridge.process import run_until_stopped
from lector.contracts import DeliveryFailed, Failure, FileOpened
from lector.local import functions as processes
from lector.local.process import Child, free_port
from lector.runtime import events
from lector.runtime.events import Event
from tests.support.bridging import (
    BROKEN_OFF,
    NO_CONTENT,
    Loop,
    Nats,
    ScriptedFunction,
    Source,
    answer,
    as_event,
    delays,
    environment,
    event_of,
    post,
    problem,
    uploaded,
    wait_until,
)
from tests.support.model import Answer
from tests.support.parts import Parts

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def function() -> Iterator[ScriptedFunction]:
    """A function that obeys, on a socket."""
    server = ScriptedFunction()
    yield server
    server.stop()


@pytest.fixture
def source(services: Parts, function: ScriptedFunction) -> Iterator[Source]:
    """The JetStream source's parts; nothing may escape from their tasks."""
    with environment(services.settings):
        loop = Loop()
        nats = Nats(loop, services)
        started = Source(loop, nats, function)
        yield started
        started.end()
        nats.close()
        loop.close()
        assert loop.escaped == []


@pytest.fixture
def nothing_kept(source: Source) -> None:
    """What other tests have left in the streams is not delivered to a source with all consumers."""
    for stream in (streams.LECTOR, streams.DEAD):
        source.nats.purge(stream)


# An event, or nothing, in answer


def test_a_reply_is_published_under_the_id_of_its_event(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    reply = event_of(FileOpened(generation=1, object_key="k", page_count=3))
    function.answers(answer(reply))
    delivering.publish(uploaded())
    wait_until(lambda: source.nats.published(reply))
    [message] = source.nats.published(reply)
    assert message.headers is not None
    assert message.headers["Nats-Msg-Id"] == reply.id


def test_a_reply_arrives_as_it_was_sent(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves()
    reply = event_of(FileOpened(generation=1, object_key="k", page_count=3))
    function.answers(answer(reply))
    delivering.publish(uploaded())
    wait_until(lambda: source.nats.published(reply))
    assert as_event(source.nats.published(reply)[0]) == reply


def test_a_message_whose_reply_is_published_is_acked(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(answer(uploaded()))
    delivering.publish(uploaded())
    function.got(1)
    delivering.settled()


def test_a_message_is_not_acked_while_its_reply_cannot_be_published(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    source.nats.limit_message_size(3000)
    try:
        function.answers(otherwise=answer(uploaded(name="x" * 4000)))
        delivering.publish(uploaded())
        wait_until(lambda: len(function.requests) >= 2)
        assert not delivering.is_settled()
    finally:
        source.nats.limit_message_size(-1)


def test_a_reply_that_could_not_be_published_is_published_after_the_next_delivery(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    reply = uploaded(name="x" * 4000)
    source.nats.limit_message_size(3000)
    try:
        function.answers(otherwise=answer(reply))
        delivering.publish(uploaded())
        function.got(1)
    finally:
        source.nats.limit_message_size(-1)
    delivering.settled()
    assert len(source.nats.published(reply)) == 1


def test_the_same_reply_to_two_deliveries_is_stored_once(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    reply = uploaded()
    function.answers(otherwise=answer(reply))
    delivering.publish(uploaded(), uploaded())
    function.got(2)
    delivering.settled()
    assert len(source.nats.published(reply)) == 1


def test_a_reply_in_structured_mode_is_published(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    file_id = str(uuid4())
    body = (
        '{"specversion": "1.0", "id": "i", "source": "/x", "type": "lector.file.opened",'
        ' "subject": "%s", "data": {"generation": 1, "objectKey": "k", "pageCount": 3}}'
    )
    structured = {"content-type": "application/cloudevents+json"}
    function.answers(Answer(200, (body % file_id).encode(), structured))
    delivering.publish(uploaded())
    wait_until(lambda: source.nats.stored(f"lector.file.opened.{file_id}"))


def test_an_answer_200_without_an_event_is_a_failure_and_tried_again(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(Answer(200, b"OK"), NO_CONTENT)
    delivering.publish(uploaded())
    function.got(2)
    delivering.settled()


def test_an_answer_200_without_an_event_counts(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves(attempts=1)
    function.answers(Answer(200, b"OK"))
    event = uploaded()
    delivering.publish(event)
    assert delivering.letter(event).failure == Failure(
        code="unexpected_answer", detail="the function answered 200"
    )


def test_a_malformed_reply_is_tried_again(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves()
    function.answers(Answer(200, b"{}", {"ce-type": "lector.file.opened"}), NO_CONTENT)
    delivering.publish(uploaded())
    function.got(2)
    delivering.settled()


def test_a_malformed_reply_counts(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves(attempts=1)
    function.answers(Answer(200, b"{}", {"ce-type": "lector.file.opened"}))
    event = uploaded()
    delivering.publish(event)
    assert delivering.letter(event).failure.code == "malformed_reply"


def test_a_reply_larger_than_nats_takes_ends_as_a_dead_letter(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(attempts=1)
    function.answers(otherwise=answer(uploaded(name="x" * 5_000_000)))
    event = uploaded()
    delivering.publish(event)
    assert delivering.letter(event).failure.code == "reply_too_large"


def test_an_answer_with_a_broken_encoding_counts(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(attempts=1)
    function.answers(Answer(200, b"no gzip", {"content-encoding": "gzip"}))
    event = uploaded()
    delivering.publish(event)
    assert delivering.letter(event).failure.code == "broken_off"


@pytest.mark.parametrize("status", [202, 204])
def test_an_empty_answer_acks_the_message(
    source: Source, function: ScriptedFunction, status: int
) -> None:
    delivering = source.serves()
    function.answers(Answer(status))
    delivering.publish(uploaded())
    function.got(1)
    delivering.settled()


def test_an_acked_message_leaves_no_dead_letter(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves(attempts=1)
    event = uploaded()
    delivering.publish(event)
    function.got(1)
    delivering.settled()
    assert delivering.letters(event) == []


# Never


@pytest.mark.parametrize("status", [400, 401, 403, 405, 410, 413, 415, 422])
def test_a_permanent_failure_becomes_a_dead_letter_after_one_delivery(
    source: Source, function: ScriptedFunction, status: int
) -> None:
    delivering = source.serves()
    function.answers(problem(status, "not_a_pdf", "it is a letter"))
    event = uploaded()
    delivering.publish(event)
    failed = delivering.letter(event)
    assert failed.failure == Failure(code="not_a_pdf", detail="it is a letter")
    function.got(1)


def test_a_dead_letter_names_the_function_and_the_attempts_that_failed(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(problem(500), problem(503), problem(422, "no"))
    event = uploaded()
    delivering.publish(event)
    failed = delivering.letter(event)
    assert (failed.function, failed.attempts) == (delivering.subscription.function, 2)


def test_what_was_never_more_than_not_now_was_attempted_once(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(patience_h=0.3 / 3600)
    function.answers(otherwise=problem(503, "not_now", "the database is away"))
    event = uploaded()
    delivering.publish(event)
    assert delivering.letter(event).attempts == 1


def test_a_dead_letter_tells_when_the_event_was_given_up(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(problem(422, "no"))
    event = uploaded()
    began = datetime.now(UTC)
    delivering.publish(event)
    delivering.letter(event)
    [letter] = delivering.letters(event)
    assert began < letter.time < datetime.now(UTC)


def test_a_dead_letter_holds_the_event_as_it_was_sent(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(problem(422, "no"))
    event = uploaded(name='naïve "100 %" – Grüße.pdf', source='/käse/100% "x"')
    delivering.publish(event)
    failed = delivering.letter(event)
    assert events.from_request(dict(failed.headers), failed.body) == event


def test_a_dead_letter_is_about_the_same_file(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves()
    function.answers(problem(422, "no"))
    event = uploaded()
    delivering.publish(event)
    delivering.letter(event)
    [letter] = delivering.letters(event)
    assert letter.subject == event.subject


def test_a_dead_letter_carries_the_trace_on(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves()
    function.answers(problem(422, "no"))
    event = uploaded(trace={"traceparent": TRACEPARENT, "tracestate": "a=b"})
    delivering.publish(event)
    delivering.letter(event)
    [letter] = delivering.letters(event)
    assert letter.trace == event.trace


def test_a_failure_without_problem_details_is_described_by_its_status(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(Answer(422, b"<h1>no</h1>"))
    event = uploaded()
    delivering.publish(event)
    assert delivering.letter(event).failure.detail == "the function answered 422"


def test_problem_details_that_say_nothing_still_make_a_letter_that_can_be_read(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(problem(422, "", ""))
    event = uploaded()
    delivering.publish(event)
    assert delivering.letter(event).failure.detail == "the function answered 422"


def test_a_message_given_up_twice_leaves_one_dead_letter(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(otherwise=problem(422, "no"))
    event = uploaded()
    delivering.publish(event)
    delivering.letter(event)
    delivering.pause()
    delivering.forget()  # and so everything is delivered anew
    delivering.resume()
    function.got(2)
    delivering.letter(event)


def test_an_event_too_large_to_fit_into_a_letter_leaves_one_without_its_body(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(otherwise=problem(422, "no"))
    big = uploaded(name="x" * 3_500_000)  # in base64 it is too large for a NATS message
    delivering.publish(big)
    assert delivering.letter(big).body == b""


def test_a_reason_of_any_length_fits_into_a_letter(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(otherwise=problem(422, "no", "x" * 5_000_000))
    event = uploaded()
    delivering.publish(event)
    assert len(delivering.letter(event).failure.detail) == 2000


def test_a_message_stays_while_its_dead_letter_cannot_be_written(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(ack_wait_s=0.5)
    function.answers(otherwise=problem(422, "no"))
    event = uploaded()
    source.nats.limit_message_size(100, streams.DEAD)
    try:
        delivering.publish(event)
        wait_until(lambda: len(function.requests) >= 2)
    finally:
        source.nats.limit_message_size(-1, streams.DEAD)
    assert delivering.letter(event).attempts > 1


@pytest.mark.parametrize(
    "refusing", [problem(422, "no"), problem(400, "no"), problem(500, "boom")], ids=str
)
def test_a_dead_letter_that_cannot_be_taken_stays_and_comes_again(
    source: Source, function: ScriptedFunction, refusing: Answer
) -> None:
    function.answers(otherwise=refusing)
    letter = given_up(source)
    delivering = source.serves(type="lector.delivery.failed", attempts=2)
    wait_until(lambda: len(function.about(letter)) >= 3)
    assert not delivering.is_settled()


def test_a_dead_letter_whose_patience_is_over_stays_and_comes_again(
    source: Source, function: ScriptedFunction
) -> None:
    function.answers(otherwise=problem(503))
    source.nats.purge(streams.DEAD)
    letter = given_up(source)
    delivering = source.serves(type="lector.delivery.failed", patience_h=0)
    wait_until(lambda: len(function.about(letter)) >= 2)
    assert not delivering.is_settled()


def test_a_dead_letter_comes_after_a_longer_time_each_time(
    source: Source, function: ScriptedFunction
) -> None:
    function.answers(otherwise=problem(422, "no"))
    letter = given_up(source)
    source.serves(type="lector.delivery.failed", attempts=1)
    wait_until(lambda: len(function.about(letter)) >= 3)
    first, second = delays(function.about(letter)[:3])
    assert 0.37 < first < 0.74 < second


def test_a_dead_letter_that_cannot_be_taken_is_not_about_another_dead_letter(
    source: Source, function: ScriptedFunction
) -> None:
    function.answers(otherwise=problem(422, "no"))
    letter = given_up(source)
    before = source.nats.last_sequence(streams.DEAD)
    source.serves(type="lector.delivery.failed", attempts=1)
    wait_until(lambda: len(function.about(letter)) >= 2)
    assert source.nats.last_sequence(streams.DEAD) == before


def test_dead_letters_that_cannot_be_taken_do_not_keep_others_out(
    source: Source, function: ScriptedFunction
) -> None:
    function.answers(otherwise=problem(422, "no"))
    refused = [given_up(source) for _ in range(20)]  # more than four times the slots
    delivering = source.serves(type="lector.delivery.failed", slots_at_start=1, slots_at_most=4)
    wait_until(lambda: all(function.about(letter) for letter in refused))
    late = given_up(source)
    wait_until(lambda: function.about(late))
    assert not delivering.is_settled()


def given_up(source: Source) -> Event[DeliveryFailed]:
    """A dead letter about an event that nobody subscribed to."""
    failed = DeliveryFailed(
        function="llm",
        failure=Failure(code="c", detail="d"),
        attempts=1,
        headers={"ce-id": "1"},
    )
    letter = event_of(failed)
    [message] = nats_cloudevents.from_request(*events.to_http(letter))
    source.nats.publish(f"dead.lector.test.{letter.subject}", message.body, message.headers)
    return letter


def test_garbage_on_a_subject_becomes_a_dead_letter(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(attempts=1)
    function.answers(problem(400, "malformed_event", "not a CloudEvent"))
    subject = f"{delivering.subscription.type}.{uuid4()}"
    source.nats.publish(subject, b"\xff\x00 rubbish")
    wait_until(lambda: source.nats.stored(f"dead.{subject}", streams.DEAD))
    [letter] = source.nats.stored(f"dead.{subject}", streams.DEAD)
    assert as_event(letter).data.body == b"\xff\x00 rubbish"


@pytest.mark.parametrize(
    "headers",
    [
        {"ce-subject": "a%20b"},
        {"ce-subject": "a.b"},
        {"ce-subject": "über"},
        {"ce-id": "grün", "ce-specversion": "1.0"},
        {"ce-käse": "x"},
        {"ce-": "x"},
        {"ce-datacontenttype": "grün%0d%0a"},
        {"traceparent": "grün"},
        {"ce-traceparent": "%0d%0a", "tracestate": "%"},
        {"ce-type": ""},
    ],
    ids=str,
)
def test_no_header_whatsoever_keeps_a_message_from_becoming_a_dead_letter(
    source: Source, function: ScriptedFunction, headers: dict[str, str]
) -> None:
    delivering = source.serves(attempts=1)
    function.answers(otherwise=problem(400, "malformed_event", "not a CloudEvent"))
    subject = f"{delivering.subscription.type}.{uuid4()}"
    source.nats.publish_raw(subject, headers, b"rubbish")
    wait_until(lambda: source.nats.stored(f"dead.{subject}", streams.DEAD))
    delivering.settled()


def test_garbage_does_not_hold_up_what_comes_after_it(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(slots_at_start=1, slots_at_most=1)
    function.answers(problem(400, "malformed_event", "not a CloudEvent"))
    source.nats.publish(f"{delivering.subscription.type}.x", b"\xff rubbish", {"ce-id": "ü"})
    delivering.publish(uploaded())
    function.got(2)
    delivering.settled()


# Not now


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
    function.answers(problem(503), problem(503), NO_CONTENT)
    delivering.publish(uploaded())
    first, second = delays(function.got(3))
    assert 0.37 < first < 0.74 < second


def test_retry_after_is_waited_for(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves()
    function.answers(*[problem(429, retry_after="1")] * 4)
    sent = [uploaded() for _ in range(4)]
    delivering.publish(*sent)
    function.got(8)
    waits = [delays(function.about(event))[0] for event in sent]
    assert min(waits) > 1.0
    assert max(waits) < 2.0


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
    function.answers(problem(503, retry_after=value))
    delivering.publish(uploaded())
    [wait] = delays(function.got(2))
    assert wait < 0.8


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
    delivering = source.serves(patience_h=0.4 / 3600)
    delivering.pause()
    function.answers(problem(503, "not_now", "a moment, please"), otherwise=Answer(204))
    event = uploaded()
    delivering.publish(event)
    time.sleep(1)
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
    delivering.settled(20)
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


# Failures


@pytest.mark.parametrize("failing", [problem(500), problem(502), BROKEN_OFF], ids=str)
def test_a_failure_is_tried_again(
    source: Source, function: ScriptedFunction, failing: Answer
) -> None:
    delivering = source.serves()
    function.answers(failing, NO_CONTENT)
    delivering.publish(uploaded())
    function.got(2)
    delivering.settled()


@pytest.mark.parametrize("failing", [problem(500, "boom"), BROKEN_OFF], ids=str)
def test_a_failure_becomes_a_dead_letter_at_the_limit(
    source: Source, function: ScriptedFunction, failing: Answer
) -> None:
    delivering = source.serves(attempts=2)
    function.answers(otherwise=failing)
    event = uploaded()
    delivering.publish(event)
    assert delivering.letter(event).attempts == 2
    function.got(2)


def test_failures_are_counted_apart_from_not_now(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(attempts=2)
    function.answers(problem(500), problem(503), NO_CONTENT)
    event = uploaded()
    delivering.publish(event)
    function.got(3)
    delivering.settled()
    assert delivering.letters(event) == []


def test_a_function_that_takes_too_long_counts(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves(attempts=1, post_timeout_s=0.3)
    function.answers(Answer(204, delay_s=1))
    event = uploaded()
    delivering.publish(event)
    assert delivering.letter(event).failure == Failure(
        code="broken_off", detail="the function did not answer (it took too long)"
    )


# Long work


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
    function.answers(Answer(204, delay_s=2))
    delivering.publish(uploaded())
    first, second = function.got(2)
    assert 0.7 < second.at - first.at < 1.8


def test_no_more_deliveries_are_under_way_than_there_are_slots(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(slots_at_start=2, slots_at_most=2)
    function.answers(otherwise=Answer(204, delay_s=0.05))
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
    function.answers(otherwise=Answer(204, delay_s=0.05))
    delivering.publish(*[uploaded() for _ in range(30)])
    delivering.settled()
    assert function.most_busy == 6


def test_a_single_message_is_delivered_at_once(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves()
    delivering.publish(uploaded())
    function.got(1)
    time.sleep(0.1)
    began = time.monotonic()
    delivering.publish(uploaded())
    assert function.got(2)[1].at - began < 0.5


def test_every_one_of_many_messages_is_delivered(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    sent = [uploaded() for _ in range(200)]
    delivering.publish(*sent)
    delivering.settled()
    assert {request.headers["ce-id"] for request in function.requests} == {e.id for e in sent}


# What goes along


def test_the_trace_of_an_event_arrives_as_http_headers(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    delivering.publish(uploaded(trace={"traceparent": TRACEPARENT, "tracestate": "a=b"}))
    [request] = function.got(1)
    assert (request.headers["traceparent"], request.headers["tracestate"]) == (TRACEPARENT, "a=b")


def test_the_trace_of_a_reply_becomes_nats_headers(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    reply = uploaded(trace={"traceparent": TRACEPARENT, "tracestate": "a=b"})
    function.answers(answer(reply))
    delivering.publish(uploaded())
    wait_until(lambda: source.nats.published(reply))
    headers = source.nats.published(reply)[0].headers or {}
    assert (headers["traceparent"], headers["tracestate"]) == (TRACEPARENT, "a=b")


def test_an_event_arrives_as_it_was_sent(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves()
    event = uploaded(name='naïve "100 %".pdf', source='/käse/100% "x"')
    delivering.publish(event)
    [request] = function.got(1)
    assert request.event == event


# Waking


def test_the_functions_that_a_file_will_need_are_touched(
    source: Source, function: ScriptedFunction
) -> None:
    sleeper = ScriptedFunction()
    try:
        delivering = source.serves({"llm": sleeper.url}, wakes=("llm",))
        delivering.publish(uploaded())
        wait_until(lambda: sleeper.health_requests)
        assert sleeper.health_requests == ["/health/readiness"]
    finally:
        sleeper.stop()


def test_a_function_is_touched_once_however_many_events_pass(
    source: Source, function: ScriptedFunction
) -> None:
    sleeper = ScriptedFunction()
    try:
        delivering = source.serves({"llm": sleeper.url}, wakes=("llm",))
        delivering.publish(*[uploaded() for _ in range(20)])
        function.got(20)
        delivering.settled()
        assert len(sleeper.health_requests) == 1
    finally:
        sleeper.stop()


def test_a_delivery_does_not_wait_for_a_function_that_cannot_be_woken(
    source: Source, function: ScriptedFunction
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        delivering = source.serves({"llm": url}, wakes=("llm",))
        delivering.publish(uploaded())
        function.got(1, 1)
        delivering.settled()


# Ends and restarts


def test_a_delivery_under_way_is_settled_when_the_source_ends(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(Answer(204, delay_s=0.5))
    delivering.publish(uploaded())
    function.got(1)
    delivering.pause()
    delivering.finish()
    assert delivering.is_settled()


def test_what_a_source_that_ends_did_not_begin_goes_to_another_at_once(
    source: Source, function: ScriptedFunction
) -> None:
    one = source.serves(ack_wait_s=60)
    other = source.serves(
        function=one.subscription.function, type=one.subscription.type, ack_wait_s=60
    )
    one.stop_asking()
    sent = [uploaded() for _ in range(12)]
    one.publish(*sent)
    other.settled()
    assert [len(function.about(event)) for event in sent] == [1] * 12
    assert one.deliveries() > 12  # some were handed back


def test_a_source_that_is_replaced_under_load_hands_each_event_on_once(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(ack_wait_s=60)
    function.answers(otherwise=Answer(204, delay_s=0.05))
    sent = [uploaded() for _ in range(60)]
    delivering.publish(*sent)
    for begun in (5, 20, 40):
        wait_until(partial(function.has, begun))
        delivering.pause()
        delivering.finish()
        assert function.busy == 0
        delivering.resume()
    delivering.settled()
    assert [len(function.about(event)) for event in sent] == [1] * 60


def test_what_was_published_while_the_source_was_away_is_delivered(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    delivering.pause()
    delivering.publish(uploaded(), uploaded())
    delivering.resume()
    function.got(2)
    delivering.settled()


@pytest.mark.usefixtures("nothing_kept")
def test_a_source_process_asked_to_stop_settles_its_delivery_first(
    services: Parts, source: Source, function: ScriptedFunction
) -> None:
    names = ("upload", "render", "register", "llm", "outbox", "notify")
    urls = ",".join(f"{name}={function.url}" for name in names)
    env = {**services.settings, "FUNCTION_URLS": urls}
    # Of a type that only one function listens to.
    event = event_of(FileOpened(generation=1, object_key="k", page_count=3))
    [message] = nats_cloudevents.from_request(*events.to_http(event))
    child = Child(processes.bridge("jetstream-source", env, free_port()), services.folder.logs)
    try:
        function.answers(otherwise=Answer(204, delay_s=0.7))
        source.nats.publish(message.subject, message.body, message.headers)
        wait_until(lambda: function.about(event))
        child.ask_to_stop()
        child.wait_stopped()
        delivered = len(function.about(event))
    finally:
        child.kill()
    assert (delivered, function.busy) == (1, 0)


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("order", ["before", "after"])
def test_a_source_process_ends_soon_although_nats_is_gone(
    services: Parts, source: Source, function: ScriptedFunction, order: str
) -> None:
    names = ("upload", "render", "register", "llm", "outbox", "notify")
    urls = ",".join(f"{name}={function.url}" for name in names)
    env = {**services.settings, "FUNCTION_URLS": urls}
    part = processes.bridge("jetstream-source", env, free_port())
    if order == "before":
        with source.nats.down():
            ended_after_s, said = ended(Child(part, services.folder.logs), 2)
    else:
        event = uploaded()
        [message] = nats_cloudevents.from_request(*events.to_http(event))
        function.answers(otherwise=Answer(204, delay_s=20))
        child = Child(part, services.folder.logs)
        try:
            source.nats.publish(message.subject, message.body, message.headers)
            wait_until(lambda: function.about(event), 20)
            with source.nats.down():
                ended_after_s, said = ended(child)
        finally:
            child.kill()
    assert ended_after_s < 9
    assert "Traceback" not in said


def ended(child: Child, after_s: float = 0) -> tuple[float, str]:
    """How long a process takes to end when it is asked to, and what it said."""
    written = child.log.stat().st_size
    time.sleep(after_s)
    began = time.monotonic()
    child.ask_to_stop()
    child.wait_stopped()
    return time.monotonic() - began, child.log.read_text()[written:]


@pytest.mark.usefixtures("nothing_kept")
def test_a_source_process_ends_rather_than_go_on_without_a_subscription(
    services: Parts, source: Source, function: ScriptedFunction, tmp_path: Path
) -> None:
    table = subscriptions.DEFAULT_FILE.read_text()
    assert "wakes: [register, llm]" in table
    broken = tmp_path / "subscriptions.yaml"  # with its first event it has to wake a stranger
    broken.write_text(table.replace("wakes: [register, llm]", "wakes: [nobody]"))
    urls = ",".join(f"{name}={function.url}" for name in ("render", "register", "llm", "notify"))
    env = {**services.settings, "FUNCTION_URLS": urls, "SUBSCRIPTIONS_FILE": str(broken)}
    child = Child(processes.bridge("jetstream-source", env, free_port()), services.folder.logs)
    try:
        assert post(services, uploaded()).status_code == 202
        wait_until(lambda: not child.alive(), 20, child.tail())
    finally:
        child.kill()


def test_deliveries_go_on_after_a_restart_of_nats(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    before, after = uploaded(), uploaded()
    delivering.publish(before)
    wait_until(lambda: function.about(before))
    with source.nats.down():
        time.sleep(0.2)
    delivering.publish(after)
    wait_until(lambda: function.about(after), 10)
    delivering.settled()


def test_an_answer_given_while_nats_is_away_is_not_lost(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    reply = uploaded()
    function.answers(otherwise=Answer(200, answer(reply).body, answer(reply).headers, 0.3))
    delivering.publish(uploaded())
    wait_until(lambda: function.requests)
    with source.nats.down():
        time.sleep(0.5)
    delivering.settled(20)
    assert len(source.nats.published(reply)) == 1


# When there is no room


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
        wait_until(lambda: len(function.requests) >= 2, 20)
        assert not delivering.is_settled()
    delivering.settled(20)
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
    delivering.settled(30)


def test_a_part_that_overhears_its_cancellation_is_cancelled_again() -> None:
    async def stubborn() -> None:
        with suppress(asyncio.CancelledError):  # as asyncio.wait_for can in Python 3.11
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    async def story() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, stop.set)
        await asyncio.wait_for(run_until_stopped(stop, stubborn()), 5)

    asyncio.run(story())


def test_what_breaks_one_part_ends_the_others_and_is_told() -> None:
    async def broken() -> None:
        raise ValueError("broken")

    async def story() -> None:
        await asyncio.wait_for(run_until_stopped(asyncio.Event(), asyncio.sleep(60), broken()), 5)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(story())
