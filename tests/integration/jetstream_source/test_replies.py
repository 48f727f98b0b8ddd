"""A function answers with an event, or with nothing."""

from uuid import uuid4

import pytest

from lector.contracts import Failure, FileOpened
from tests.support.bridging import (
    NO_CONTENT,
    ScriptedFunction,
    Source,
    answer,
    as_event,
    event_of,
    uploaded,
    wait_until,
)
from tests.support.model import Answer


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
