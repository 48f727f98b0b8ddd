"""What a handler does, as an HTTP answer."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, Response, request

from lector.contracts import FileOpened, FileUploaded, OutboxWritten
from lector.runtime import endpoint, events, settings
from lector.runtime.events import Event
from lector.runtime.failures import MalformedEvent, PermanentFailure, TransientFailure

FILE = UUID("0190f3a0-0000-7000-8000-000000000001")
UPLOADED = FileUploaded(generation=1, object_key="key", name="a.pdf", size_bytes=1)
OPENED = FileOpened(generation=1, object_key="key", page_count=3)


def answered(
    handler: Callable[[Event[Any]], Event[Any] | None],
    message: FileUploaded | OutboxWritten = UPLOADED,
    **options: Any,
) -> Response:
    """The answer of a function with this handler to an event."""
    function = endpoint.function("test", {FileUploaded: handler})
    headers, body = events.to_http(events.event("cause", FILE, message, "test"))
    sent = {"path": "/", "method": "POST", "headers": headers, "data": body, **options}
    with Flask("test").test_request_context(**sent):
        return function(request)


def raising(error: Exception) -> Callable[[Event[Any]], None]:
    def handler(_: Event[Any]) -> None:
        raise error

    return handler


def nothing(_: Event[Any]) -> None:
    return None


def test_nothing_to_say_is_a_204_with_an_empty_body() -> None:
    answer = answered(nothing)
    assert (answer.status_code, answer.get_data()) == (204, b"")


def test_an_event_is_a_200_with_a_cloudevent() -> None:
    reply = events.event("cause", FILE, OPENED, "test")
    answer = answered(lambda _: reply)
    assert answer.status_code == 200
    assert events.from_request(dict(answer.headers), answer.get_data()) == reply


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (MalformedEvent("no"), 400, "malformed_event"),
        (PermanentFailure("not_a_pdf", "it is not"), 422, "not_a_pdf"),
        (TransientFailure("later"), 503, "not_now"),
        (ZeroDivisionError("bug"), 500, "unexpected"),
    ],
)
def test_a_failure_has_its_status_and_code(error: Exception, status: int, code: str) -> None:
    answer = answered(raising(error))
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"


def test_a_wait_that_was_asked_for_is_rounded_up_to_seconds() -> None:
    answer = answered(raising(TransientFailure("later", retry_after_s=1.2)))
    assert answer.headers["Retry-After"] == "2"


def test_an_unexpected_failure_tells_no_internals() -> None:
    answer = answered(raising(RuntimeError("password=hunter2")))
    assert "hunter2" not in answer.get_data(as_text=True)


def test_an_event_of_a_type_that_is_not_handled_is_a_422() -> None:
    answer = answered(nothing, OutboxWritten())
    assert (answer.status_code, answer.get_json()["code"]) == (422, "unexpected_event_type")


def test_what_is_not_a_cloudevent_is_a_400() -> None:
    assert answered(nothing, headers={}, data=b"hello").status_code == 400


def test_a_probe_is_answered_without_the_handler() -> None:
    answer = answered(raising(AssertionError()), method="GET", path="/health/readiness")
    assert answer.status_code == 200


def test_another_method_is_a_405() -> None:
    assert answered(nothing, method="PUT").status_code == 405


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("CALLER_SECRET", "the secret")
    settings.current.cache_clear()
    yield "the secret"
    settings.current.cache_clear()


def from_caller(secret: str | None) -> Response:
    headers, body = events.to_http(events.event("cause", FILE, UPLOADED, "test"))
    sent = {} if secret is None else {"Lector-Caller-Secret": secret}
    return answered(nothing, headers={**headers, **sent}, data=body)


def test_a_caller_with_the_secret_is_served(secret: str) -> None:
    assert from_caller(secret).status_code == 204


@pytest.mark.parametrize("sent", [None, "", "another", "the secret ", "th\u00e9 secret"])
def test_a_caller_without_the_secret_is_refused(secret: str, sent: str | None) -> None:
    answer = from_caller(sent)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "not_authenticated")
    assert secret not in answer.get_data(as_text=True)


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A function that knows two secrets, as while one is exchanged for the other."""
    monkeypatch.setenv("CALLER_SECRET", "the new secret,the secret")
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


@pytest.mark.parametrize("sent", ["the secret", "the new secret", "the new secret,the secret"])
@pytest.mark.usefixtures("exchange")
def test_while_a_secret_is_exchanged_callers_with_either_are_served(sent: str) -> None:
    assert from_caller(sent).status_code == 204


def test_a_function_that_knows_the_old_secret_serves_a_caller_that_has_both(secret: str) -> None:
    assert from_caller(f"a new secret,{secret}").status_code == 204


@pytest.mark.parametrize("sent", [None, "", ",", "another", "a third,a fourth"])
@pytest.mark.usefixtures("exchange")
def test_while_a_secret_is_exchanged_strangers_are_refused(sent: str | None) -> None:
    assert from_caller(sent).status_code == 503


def test_a_stranger_is_refused_before_anything_of_the_request_is_parsed(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr("lector.runtime.events.from_request", fail)
    assert from_caller("another").status_code == 503


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_stranger_does_not_learn_what_a_function_takes(secret: str, method: str) -> None:
    assert answered(nothing, method=method).status_code == 503


def test_a_probe_needs_no_secret(secret: str) -> None:
    assert answered(nothing, method="GET", path="/health/liveness").status_code == 200


def test_a_function_without_a_secret_asks_for_none() -> None:
    assert from_caller("whatever").status_code == 204


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8080",
        "localhost",
        "[::1]:8080",
        "render",
        "render.lector.svc",
        "render.lector.svc.cluster.local:80",
        "render.lector.svc.cluster.local.",
    ],
)
def test_a_caller_from_inside_is_served(host: str) -> None:
    assert answered(nothing, base_url=f"http://{host}").status_code == 204


@pytest.mark.parametrize(
    "host",
    [
        "render.example.com",
        "192.0.2.7:8080",
        "svc.cluster.local.example.com",
        "[2001:db8::1]:8080",
        "render.lector",
    ],
)
def test_a_caller_who_came_by_a_public_name_is_refused(host: str) -> None:
    answer = answered(nothing, base_url=f"http://{host}")
    assert answer.status_code == 403
    assert "not_cluster_local" in answer.get_data(as_text=True)


def test_a_web_page_in_a_browser_is_refused() -> None:
    headers, body = events.to_http(events.event("cause", FILE, UPLOADED, "test"))
    answer = answered(nothing, headers={**headers, "Origin": "http://127.0.0.1"}, data=body)
    assert answer.status_code == 403


def test_json_that_does_not_say_that_it_is_an_event_is_none() -> None:
    body = (
        '{"specversion": "1.0", "id": "i", "source": "s", "type": "lector.outbox.written",'
        ' "subject": "outbox", "data": {}}'
    )
    answer = answered(nothing, headers={"content-type": "text/plain"}, data=body)
    assert answer.status_code == 400


def test_the_log_of_an_unexpected_failure_does_not_quote_rows(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = RuntimeError("a check failed\nDETAIL: Failing row contains (confidential)")
    assert answered(raising(error)).status_code == 500
    assert "RuntimeError: a check failed" in caplog.text
    assert "confidential" not in caplog.text
