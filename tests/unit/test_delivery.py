"""A delivery against stand-ins in memory: what a function's answer makes of a message.

The stand-ins only note what is asked of them, in order, and answer as a test says. What JetStream
then does is held by tests/integration, on a real one.
"""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import httpx2
import pytest
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from lector.bridge import subscriptions
from lector.bridge.http_client import RequestError, UnreachableError
from lector.bridge.jetstream import nats_cloudevents
from lector.bridge.jetstream_source.adaptive_concurrency import Slots
from lector.bridge.jetstream_source.delivery import Deliverer
from lector.bridge.jetstream_source.lane import Lane
from lector.bridge.jetstream_source.waiting import Job
from lector.bridge.subscriptions import Subscription
from lector.contracts import DeliveryFailed, FileOpened, FileUploaded
from lector.runtime import events, settings
from lector.runtime.events import Event

URL = "http://render.example/"
UPLOADED = "lector.file.uploaded"


@dataclass
class Stream:
    """What was done to messages and what was published, in order."""

    done: list[str] = field(default_factory=list)
    published: list[Event[Any]] = field(default_factory=list)
    delays_s: list[float] = field(default_factory=list)
    refuses: bool = False

    async def publish(self, subject: str, payload: bytes, **options: Any) -> None:
        if self.refuses:
            raise NatsError
        self.done.append(f"published {subject.rpartition('.')[0]}")
        headers = nats_cloudevents.to_request(options["headers"])
        self.published.append(events.from_request(headers, payload))


class Message:
    """A message of a stream that was delivered once or more often."""

    def __init__(self, stream: Stream, event: Event[Any]) -> None:
        [sent] = nats_cloudevents.from_request(*events.to_http(event))
        self._stream = stream
        self.subject, self.headers, self.data = sent.subject, sent.headers, sent.body
        self.metadata = SimpleNamespace(
            stream="LECTOR",
            num_delivered=1,
            timestamp=datetime.now(UTC),
            sequence=SimpleNamespace(stream=7),
        )

    async def ack_sync(self, **_: Any) -> None:
        self._stream.done.append("acked")

    async def nak(self, delay: float) -> None:
        self._stream.done.append("back")
        self._stream.delays_s.append(delay)

    async def term(self) -> None:
        self._stream.done.append("terminated")

    async def in_progress(self) -> None:
        self._stream.done.append("in progress")


def render_of_uploads() -> Subscription:
    [row] = [r for r in subscriptions.load() if (r.function, r.type) == ("render", UPLOADED)]
    return row


def uploaded() -> Event[Any]:
    data = FileUploaded(generation=1, object_key="k", name="a.pdf", size_bytes=1)
    return events.event("a cause", str(uuid4()), data, "test")


def reply() -> httpx2.Response:
    """An answer with an event."""
    opened = FileOpened(generation=1, object_key="k", page_count=2)
    headers, body = events.to_http(events.event("a cause", str(uuid4()), opened, "render"))
    return httpx2.Response(200, headers=headers, content=body)


def problem(status: int, code: str = "why", **headers: str) -> httpx2.Response:
    return httpx2.Response(status, json={"code": code, "detail": "in words"}, headers=headers)


def deliver(stream: Stream, *answers: httpx2.Response | Exception) -> Sequence[httpx2.Request]:
    """Deliver one message as often as there are answers; the requests that the function got."""
    requests: list[httpx2.Request] = []
    left = iter(answers)

    def respond(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def post(url: str, content: bytes, headers: Mapping[str, str]) -> httpx2.Response:
        return respond(httpx2.Request("POST", url, content=content, headers=dict(headers)))

    async def run() -> None:
        message = Message(stream, uploaded())
        js = cast(JetStreamContext, stream)
        deliverer = Deliverer(js, post, render_of_uploads(), URL)
        for _ in answers:
            lane = Lane(Slots(1, 1), judges=False)
            lane.waiting.add(Job(cast(Msg, message), "default"))
            job = lane.take_next()
            assert job is not None
            await deliverer.deliver(job, lane)
            message.metadata.num_delivered += 1

    asyncio.run(run())
    return requests


@pytest.fixture
def stream() -> Stream:
    return Stream()


def test_a_message_is_posted_as_a_cloud_event(stream: Stream) -> None:
    [request] = deliver(stream, httpx2.Response(204))
    assert (request.method, str(request.url)) == ("POST", URL)
    assert events.from_request(dict(request.headers), request.content).type == UPLOADED


@pytest.mark.parametrize("status", [202, 204])
def test_an_answer_that_says_nothing_acks(stream: Stream, status: int) -> None:
    deliver(stream, httpx2.Response(status))
    assert stream.done == ["acked"]


def test_a_reply_is_published_before_the_ack(stream: Stream) -> None:
    deliver(stream, reply())
    assert stream.done == ["published lector.file.opened", "acked"]
    [opened] = stream.published
    assert opened.data.page_count == 2


def test_a_reply_that_cannot_be_published_leaves_the_message_with_jetstream(
    stream: Stream,
) -> None:
    stream.refuses = True
    deliver(stream, reply())
    assert stream.done == []


@pytest.mark.parametrize("status", [400, 401, 410, 413, 422])
def test_a_permanent_failure_is_dead_lettered_before_it_is_terminated(
    stream: Stream, status: int
) -> None:
    deliver(stream, problem(status, "not_a_pdf"))
    assert stream.done == [f"published dead.{UPLOADED}", "terminated"]
    [letter] = stream.published
    assert isinstance(letter.data, DeliveryFailed)
    assert (letter.data.function, letter.data.failure.code) == ("render", "not_a_pdf")
    assert letter.data.attempts == 1


@pytest.mark.parametrize("status", [400, 422])
def test_a_dead_letter_that_cannot_be_published_leaves_the_message_with_jetstream(
    stream: Stream, status: int
) -> None:
    stream.refuses = True
    deliver(stream, problem(status))
    assert stream.done == []


@pytest.mark.parametrize("code", ["not_authenticated", "unknown_caller"])
def test_a_source_that_a_function_does_not_know_dead_letters_nothing_however_long_it_lasts(
    stream: Stream, code: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    days = itertools.count(step=24 * 3600.0)
    monkeypatch.setattr("time.monotonic", lambda: next(days))
    deliver(stream, *[problem(503, code)] * 5)
    assert stream.done == ["back"] * 5
    assert "CALLER_SECRET" in caplog.text


def test_the_secret_goes_with_every_event(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLER_SECRET", "a secret")
    settings.current.cache_clear()
    try:
        [request] = deliver(stream, httpx2.Response(204))
    finally:
        settings.current.cache_clear()
    assert request.headers["Lector-Caller-Secret"] == "a secret"


@pytest.mark.parametrize("status", [404, 408, 409, 425, 429, 503])
def test_not_now_is_never_dead_lettered(stream: Stream, status: int) -> None:
    times = 3 * render_of_uploads().attempts
    deliver(stream, *[problem(status)] * times)
    assert stream.done == ["back"] * times


def test_retry_after_is_the_least_wait(stream: Stream) -> None:
    deliver(stream, problem(429, **{"Retry-After": "20"}))
    [delay_s] = stream.delays_s
    assert 20 <= delay_s <= 25


@pytest.mark.parametrize(
    "failure",
    [problem(500), problem(502), RequestError("late"), RequestError("broken off")],
    ids=["500", "502", "late", "broken off"],
)
def test_a_failure_comes_back_until_the_limit_and_is_then_dead_lettered(
    stream: Stream, failure: httpx2.Response | Exception
) -> None:
    attempts = render_of_uploads().attempts
    deliver(stream, *[failure] * attempts)
    back = ["back"] * (attempts - 1)
    assert stream.done == [*back, f"published dead.{UPLOADED}", "terminated"]
    assert stream.published[0].data.attempts == attempts


def test_a_failure_waits_for_longer_each_time(stream: Stream) -> None:
    deliver(stream, *[problem(500)] * 5)
    # Half a second, doubled each time, with a quarter of jitter either way at most.
    for number, delay_s in enumerate(stream.delays_s):
        assert 0.375 * 2**number <= delay_s <= 0.625 * 2**number


def test_not_now_between_failures_is_not_counted(stream: Stream) -> None:
    attempts = render_of_uploads().attempts
    deliver(stream, *[problem(500), problem(503)] * (attempts - 1), problem(500))
    assert stream.done.count("back") == 2 * (attempts - 1)
    assert stream.published[0].data.attempts == attempts


def test_nobody_listening_is_not_now(stream: Stream) -> None:
    times = 2 * render_of_uploads().attempts
    deliver(stream, *[UnreachableError("nobody")] * times)
    assert stream.done == ["back"] * times


def test_what_is_no_answer_of_a_function_is_a_failure(stream: Stream) -> None:
    deliver(stream, httpx2.Response(200, text="OK"))
    assert stream.done == ["back"]
