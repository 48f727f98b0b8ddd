"""Events of one subscription for several readers: trouble with one costs the others nothing."""

import json
import time
from typing import Any
from uuid import UUID, uuid4

from lector.contracts import PageImage, PageRegistered
from lector.runtime import events
from lector.runtime.events import Event
from tests.support.bridging import (
    Delivering,
    Request,
    ScriptedFunction,
    Source,
    problem,
    wait_until,
)
from tests.support.model import Answer

AWAY = "reader-that-is-away"
NOT_THIS_NOW = Answer(503, b'{"code": "model_failed", "detail": "no", "scope": "event"}')


def page(
    number: int = 1, reader: str | None = None, file: UUID | None = None, tenant: str = "default"
) -> Event[PageRegistered]:
    image = PageImage(object_key="image", sha256="0" * 64, width_px=1, height_px=1)
    data = PageRegistered(
        generation=1, page_number=number, image=image, reader=reader, tenant=tenant
    )
    return events.event(str(uuid4()), file or uuid4(), data, "test")


def pages(count: int, reader: str | None = None) -> list[Event[PageRegistered]]:
    file = uuid4()
    return [page(number, reader, file) for number in range(1, count + 1)]


def reading(source: Source, **changes: Any) -> Delivering:
    return source.serves(lane_field="reader", waiting_at_most=64, pending_limit=1000, **changes)


def reader_of(request: Request) -> str:
    return str(json.loads(request.body).get("reader", "default"))


def refuse_one_reader(answer: Answer, function: ScriptedFunction) -> None:
    function.rule = lambda request: answer if reader_of(request) == AWAY else None


def read(function: ScriptedFunction, reader: str = "default") -> list[Request]:
    return [request for request in list(function.requests) if reader_of(request) == reader]


def test_a_lane_that_asks_for_a_pause_keeps_no_other_waiting(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = reading(source)
    refuse_one_reader(problem(429, retry_after="20"), function)
    delivering.publish(*pages(40, AWAY))
    wait_until(lambda: len(read(function, AWAY)) > 0, what="nothing was tried")
    began = time.monotonic()
    delivering.publish(*pages(60))
    wait_until(lambda: len(read(function)) == 60, what="the other lane waits")
    assert time.monotonic() - began < 5
    assert len(read(function, AWAY)) <= 4  # its slots


def test_more_of_a_closed_lane_than_may_wait_here_keep_no_other_waiting(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = reading(source)
    refuse_one_reader(problem(429, retry_after="20"), function)
    delivering.publish(*pages(200, AWAY))
    wait_until(lambda: len(read(function, AWAY)) > 0, what="nothing was tried")
    delivering.publish(*pages(10))
    wait_until(lambda: len(read(function)) == 10, what="the other lane waits")
    assert len(read(function, AWAY)) <= 4


def test_events_that_fail_by_themselves_take_no_slots_from_others(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = reading(source, slots_at_start=8)
    bad, good = pages(1)[0], pages(30)
    function.rule = lambda request: NOT_THIS_NOW if request.headers["ce-id"] == bad.id else None
    delivering.publish(bad, *good)
    wait_until(lambda: len(function.requests) >= 33, what="the bad page is not tried again")
    assert delivering.subscriber.lanes["default"].slots.limit == 8
    assert all(len(function.about(event)) == 1 for event in good)


def test_a_lane_of_which_several_fail_is_probed_and_opens_at_the_first_success(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = reading(source)
    function.answers(otherwise=NOT_THIS_NOW)
    sent = pages(20)
    delivering.publish(*sent)
    time.sleep(4)
    assert len(function.requests) <= 4 + 3  # its slots, and probes after 1, 3 and 7 s
    function.answers()
    wait_until(delivering.is_settled, what="the lane did not open")
    assert all(function.about(event) for event in sent)


def test_a_letter_is_read_while_a_book_is(source: Source, function: ScriptedFunction) -> None:
    delivering = reading(source, slots_at_start=2, slots_at_most=2)
    function.answers(otherwise=Answer(204, delay_s=0.2))
    delivering.publish(*pages(60))
    wait_until(lambda: len(function.requests) >= 6, what="the book is not read")
    [letter] = pages(1)
    delivering.publish(letter)
    wait_until(lambda: bool(function.about(letter)), what="the letter is not read")
    place = [request.headers["ce-id"] for request in function.requests].index(letter.id)
    assert place < 6 + 8
    delivering.pause()


def test_what_waits_here_at_the_end_is_given_to_others(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = reading(source, slots_at_start=1, slots_at_most=1, ack_wait_s=30)
    function.answers(otherwise=Answer(204, delay_s=0.1))
    sent = pages(20)
    delivering.publish(*sent)
    wait_until(lambda: len(function.requests) >= 2, what="nothing is read")
    delivering.pause()
    delivering.finish()
    delivering.resume()
    wait_until(delivering.is_settled, what="what had waited was not delivered again")
    assert all(len(function.about(event)) == 1 for event in sent)
