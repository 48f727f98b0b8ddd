"""Verdicts: what an HTTP answer means for the message, without any network."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from lector.bridge.http_client import RequestError, UnreachableError
from lector.bridge.jetstream_source import responses
from lector.bridge.jetstream_source.responses import Verdict

EVENT = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/x",
    "ce-type": "lector.file.opened",
    "ce-subject": "f",
}


def verdict(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Verdict:
    return responses.classify_response(
        httpx2.Response(status, headers=headers, content=body)
    ).verdict


def test_an_event_is_done() -> None:
    assert verdict(200, EVENT, b"{}") is Verdict.DONE


def test_an_event_is_the_reply() -> None:
    answer = responses.classify_response(httpx2.Response(200, headers=EVENT, content=b"{}"))
    assert [reply.subject for reply in answer.replies] == ["lector.file.opened.f"]


@pytest.mark.parametrize("status", [202, 204])
def test_an_empty_answer_is_done(status: int) -> None:
    assert verdict(status) is Verdict.DONE


@pytest.mark.parametrize("status", [404, 408, 409, 425, 429, 503])
def test_what_may_pass_is_not_now(status: int) -> None:
    assert verdict(status) is Verdict.NOT_NOW


@pytest.mark.parametrize("status", sorted(set(range(400, 500)) - responses.NOT_NOW))
def test_every_other_refusal_is_permanent(status: int) -> None:
    assert verdict(status) is Verdict.PERMANENT


@pytest.mark.parametrize("status", [500, 501, 502, 504, 599])
def test_every_other_error_of_a_server_is_a_failure(status: int) -> None:
    assert verdict(status) is Verdict.FAILED


@pytest.mark.parametrize("status", [201, 206, 301, 302, 304])
def test_an_answer_that_no_function_gives_is_a_failure(status: int) -> None:
    assert verdict(status) is Verdict.FAILED


def test_an_accepted_event_must_not_carry_another() -> None:
    assert verdict(202, EVENT, b"{}") is Verdict.FAILED


@pytest.mark.parametrize("body", [b"", b"OK", b"{}"])
def test_a_200_without_an_event_is_a_failure(body: bytes) -> None:
    assert verdict(200, {}, body) is Verdict.FAILED


@pytest.mark.parametrize("absent", ["ce-specversion", "ce-id", "ce-source", "ce-subject"])
def test_a_reply_without_an_attribute_is_a_failure(absent: str) -> None:
    headers = {name: value for name, value in EVENT.items() if name != absent}
    assert verdict(200, headers, b"{}") is Verdict.FAILED


def test_a_reply_of_a_type_that_no_stream_takes_is_a_failure() -> None:
    assert verdict(200, {**EVENT, "ce-type": "dead.lector"}, b"{}") is Verdict.FAILED


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0), ("7", 7), ("1.5", 1.5), ("3600", 60), ("inf", 0), ("nan", 0), ("-3", 0), ("x", 0)],
)
def test_retry_after_is_read_within_reason(value: str, seconds: float) -> None:
    answer = responses.classify_response(httpx2.Response(503, headers={"retry-after": value}))
    assert answer.retry_after_s == seconds


def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    answer = responses.classify_response(httpx2.Response(503, headers={"retry-after": date}))
    assert 28 < answer.retry_after_s <= 30


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2415 07:28:00 GMT", 60),
        ("Wed, 21 Oct 2415 07:28:00", 0),
        ("Wed, 99 Oct 2415 07:28:00 GMT", 0),
    ],
)
def test_a_date_is_read_within_reason(date: str, seconds: float) -> None:
    answer = responses.classify_response(httpx2.Response(503, headers={"retry-after": date}))
    assert answer.retry_after_s == seconds


def test_a_request_that_was_never_sent_is_not_now() -> None:
    assert responses.classify_error(UnreachableError("refused")).verdict is Verdict.NOT_NOW


def test_a_request_that_was_sent_and_broke_off_is_a_failure() -> None:
    assert responses.classify_error(RequestError("gone")).verdict is Verdict.FAILED


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b'{"code": "x"}', b"<html>", b"\xff"])
def test_an_answer_without_problem_details_is_told_by_its_status(body: bytes) -> None:
    answer = responses.classify_response(httpx2.Response(422, content=body))
    assert (answer.code, answer.detail) == ("unexpected_answer", "the function answered 422")


def test_problem_details_are_handed_on() -> None:
    body = b'{"code": "not_a_pdf", "detail": "it is a letter"}'
    answer = responses.classify_response(httpx2.Response(422, content=body))
    assert (answer.code, answer.detail) == ("not_a_pdf", "it is a letter")
