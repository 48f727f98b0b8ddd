"""A function refuses for good: the message becomes a dead letter."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from lector.bridge.jetstream import nats_cloudevents, streams
from lector.contracts import DeliveryFailed, Failure
from lector.runtime import events
from lector.runtime.events import Event
from tests.support.bridging import (
    ScriptedFunction,
    Source,
    as_event,
    delays,
    event_of,
    problem,
    uploaded,
    wait_until,
)
from tests.support.model import Answer

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


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
    version, trace_id, span_id, flags = letter.trace["traceparent"].split("-")
    # Where this process traces, by another test, what published the letter is a span of its own.
    assert f"{version}-{trace_id}-{flags}" == TRACEPARENT.replace("-b7ad6b7169203331", "")
    assert len(span_id) == 16
    assert letter.trace["tracestate"] == "a=b"


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
    wait_until(lambda: len(function.about(letter)) >= 4)
    first, second, third = delays(function.about(letter)[:4])
    assert (first > 0.37, second > 0.74, third > 1.49) == (True, True, True)
    assert first < third


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
    wait_until(lambda: all(function.about(letter) for letter in refused), 60)
    late = given_up(source)
    wait_until(lambda: function.about(late), 30)
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
