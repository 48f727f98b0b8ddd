"""One delivery: POST a message to its function, act on the answer, dead-letter what failed.

What is seen of it stands at the end: a span for each delivery, with what went wrong as its events,
metrics, and the fields of its lines in the log. The log names subjects and codes, no reasons: those
may quote what a page says.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind

from lector.bridge.http_client import RequestError
from lector.bridge.jetstream import nats_cloudevents, streams
from lector.bridge.jetstream_source.lane import Lane
from lector.bridge.jetstream_source.responses import (
    Answer,
    Response,
    Verdict,
    classify_error,
    classify_response,
    request_failed,
)
from lector.bridge.jetstream_source.waiting import Job
from lector.bridge.subscriptions import Subscription
from lector.contracts import DeliveryFailed, Failure
from lector.runtime import callers, cloudevents, endpoint_telemetry, events, failpoints
from lector.runtime.backoff import Backoff
from lector.runtime.failures import ProtocolCode
from lector.telemetry import metrics, tracing

log = logging.getLogger("lector")

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[Response]]
"""Sends a body with headers to a URL; raises `RequestError` if no answer comes."""

_NOT_AUTHENTICATED = {ProtocolCode.NOT_AUTHENTICATED, ProtocolCode.UNKNOWN_CALLER}
_MOST_HISTORIES = 10_000
_PAUSE_S, _JITTER = 0.5, 0.25
_LONGEST_LETTER_PAUSE_S = 0.8 * 3600  # and jitter, makes an hour
# Nothing else is tried meanwhile: its answer could not be stored either.
_STORE_PAUSE_S = 1.0


@dataclass
class _History:
    failures: int = 0
    not_now_since: float = field(default_factory=time.monotonic)


class Deliverer:
    """Delivers the messages of one subscription; what goes wrong leaves them with JetStream."""

    def __init__(
        self,
        js: JetStreamContext,
        post: Post,
        subscription: Subscription,
        url: str,
        on_answer: Callable[[], None] = lambda: None,
    ) -> None:
        self._js = js
        self._on_answer = on_answer
        self._send = post
        self._subscription = subscription
        self._url = url
        self._pause = Backoff(_PAUSE_S, subscription.pause_at_most_s, jitter=_JITTER)
        self._letter_pause = Backoff(_PAUSE_S, _LONGEST_LETTER_PAUSE_S, jitter=_JITTER)
        # By stream sequence. JetStream's own count would mix "not now" with failures.
        self._histories: dict[int, _History] = {}

    async def deliver(self, job: Job, lane: Lane) -> None:
        """Hand a job's message to the function and settle it; its lane hears what came of it."""
        message = job.message
        with _delivery_span(self._subscription, message):
            try:
                await self._deliver(message, job, lane)
            finally:
                lane.end(job)

    async def _deliver(self, message: Msg, job: Job, lane: Lane) -> None:
        try:
            answer = await self._post(message)
            _record_answer(self._subscription, answer)
            failpoints.passed("source.answered")
            await self._settle(message, answer, job, lane)
        except (NatsError, TimeoutError) as error:
            # JetStream is away, or full: it will deliver the message again, which is not at fault.
            reason = error or "timed out"
            log.warning("settling %s failed, JetStream redelivers it: %s", message.subject, reason)
            lane.record_refusal(job, _STORE_PAUSE_S)
        except Exception as error:
            log.exception("delivering %s failed", message.subject)
            with contextlib.suppress(NatsError, TimeoutError):
                answer = request_failed(f"{type(error).__name__} at the source")
                await self._count_failure(message, answer)

    async def _post(self, message: Msg) -> Answer:
        attempt = {endpoint_telemetry.ATTEMPT: str(message.metadata.num_delivered)}
        carried = nats_cloudevents.to_request(message.headers or {})
        with _request_span(self._url) as span:
            headers = {**carried, **attempt, **callers.headers(), **tracing.current_headers()}
            heartbeat = asyncio.create_task(self._heartbeat(message))
            try:
                async with asyncio.timeout(self._subscription.post_timeout_s):
                    response = await self._send(self._url, message.data, headers)
                self._on_answer()
                span.set_attribute("http.response.status_code", response.status_code)
                return classify_response(response)
            except TimeoutError:
                return request_failed("it took too long")
            except RequestError as error:
                return classify_error(error)
            finally:
                heartbeat.cancel()

    async def _heartbeat(self, message: Msg) -> None:
        """Keep the message ours while the function works, up to the deadline."""
        pause_s = self._subscription.ack_wait_s / 3
        for _ in range(int(self._subscription.deadline_s / pause_s)):
            await asyncio.sleep(pause_s)
            with contextlib.suppress(NatsError):
                await message.in_progress()

    async def _settle(self, message: Msg, answer: Answer, job: Job, lane: Lane) -> None:
        match answer.verdict:
            case Verdict.DONE:
                for reply in answer.replies:
                    await streams.publish(self._js, reply)
                    failpoints.passed("source.replied")
                await message.ack_sync(timeout=5)
                self._forget(message)
                lane.record_success(job)
            case Verdict.PERMANENT:
                self._history(message).failures += 1
                await self._give_up(message, answer)
            case Verdict.NOT_NOW:
                lane.record_refusal(job, answer.retry_after_s)
                await self._wait_patiently(message, answer)
            case Verdict.NOT_THIS_NOW:
                lane.record_failure(job)
                await self._wait_patiently(message, answer)
            case Verdict.FAILED:
                lane.record_failure(job)
                await self._count_failure(message, answer)

    async def _wait_patiently(self, message: Msg, answer: Answer) -> None:
        """After "not now": retry, until the subscription's patience with the message is over."""
        waited_s = time.monotonic() - self._history(message).not_now_since
        # That the secrets differ says nothing about the event.
        patient = answer.code in _NOT_AUTHENTICATED
        if waited_s > self._subscription.patience_h * 3600 and not patient:
            await self._give_up(message, answer)
        else:
            pause_s = self._pause.after_s(message.metadata.num_delivered)
            await self._retry(message, answer, pause_s)

    async def _count_failure(self, message: Msg, answer: Answer) -> None:
        """After a failure: retry, up to the subscription's limit."""
        history = self._history(message)
        history.failures += 1
        if history.failures >= self._subscription.attempts:
            await self._give_up(message, answer)
        else:
            await self._retry(message, answer, self._pause.after_s(history.failures))

    def _history(self, message: Msg) -> "_History":
        """What went wrong with a message so far; of many, the longest known are forgotten."""
        while len(self._histories) >= _MOST_HISTORIES:
            del self._histories[next(iter(self._histories))]
        return self._histories.setdefault(message.metadata.sequence.stream, _History())

    def _forget(self, message: Msg) -> None:
        self._histories.pop(message.metadata.sequence.stream, None)

    async def _retry(self, message: Msg, answer: Answer, pause_s: float) -> None:
        """Have JetStream deliver it again, after the wait that was asked for or this pause."""
        delay_s = max(answer.retry_after_s * random.uniform(1.0, 1.25), pause_s)  # noqa: S311
        log.info(
            "%s: %s failed (%s), retrying in %.1f s",
            self._subscription.function,
            message.subject,
            answer.code,
            delay_s,
            extra=_log_fields(self._subscription, message, answer),
        )
        _record_retry(answer, delay_s)
        await message.nak(delay=delay_s)

    async def _give_up(self, message: Msg, answer: Answer) -> None:
        """Dead-letter a message; only when that is confirmed is it taken from the subscription."""
        if self._subscription.reads_dead_letters:
            await self._retry_dead_letter(message, answer)
            return
        function = self._subscription.function
        attempts = max(1, self._history(message).failures)
        _record_dead_letter(self._subscription, answer, attempts)
        await streams.publish(self._js, make_dead_letter(function, message, answer, attempts))
        fields = _log_fields(self._subscription, message, answer)
        what = function, message.subject, answer.code
        log.warning("%s: %s dead-lettered (%s)", *what, extra=fields)
        failpoints.passed("source.dead_lettered")
        await message.term()
        self._forget(message)

    async def _retry_dead_letter(self, message: Msg, answer: Answer) -> None:
        """A dead letter does not die again: it is retried until its stream drops it."""
        what = self._subscription.function, message.subject, answer.code
        fields = _log_fields(self._subscription, message, answer)
        log.error("%s: dead letter %s failed (%s)", *what, extra=fields)
        pause_s = self._letter_pause.after_s(message.metadata.num_delivered)
        await self._retry(message, answer, pause_s)


def make_dead_letter(
    function: str, message: Msg, answer: Answer, attempts: int
) -> nats_cloudevents.Message:
    """The lector.delivery.failed event about a message, on the subject `dead.` + its own.

    It says who refused it and why, and carries it. Its id follows from the message's place in its
    stream, so giving up twice writes one letter.
    """
    original = dict(message.headers or {})
    failed = DeliveryFailed(
        function=function,
        failure=Failure(code=answer.code, detail=answer.detail),
        attempts=attempts,
        headers=nats_cloudevents.to_request(original),
        body=message.data if len(message.data) <= nats_cloudevents.MAX_EVENT_BYTES else b"",
    )
    metadata = message.metadata
    cause = f"{metadata.stream} {metadata.sequence.stream} {function}"
    subject = original.get("ce-subject", "")
    known = subject if nats_cloudevents.is_subject(subject) else "unknown"
    letter = events.event(cause, known, failed, "jetstream-source")
    headers, body = events.to_http(letter)
    [sent] = nats_cloudevents.from_request(headers, body)
    return nats_cloudevents.Message(f"dead.{message.subject}", sent.headers, sent.body)


def labels(subscription: Subscription) -> dict[str, str]:
    """A subscription, as metrics tell it from others."""
    return {"faas.name": subscription.function, "messaging.destination.name": subscription.type}


@contextmanager
def _delivery_span(subscription: Subscription, message: Msg) -> Iterator[None]:
    """A delivery, from the moment it was taken out of JetStream until it is settled."""
    headers, metadata = message.headers or {}, message.metadata
    waited_s = max(0.0, (datetime.now(UTC) - metadata.timestamp).total_seconds())
    if metadata.num_delivered > 1:
        metrics.REDELIVERED.add(1, labels(subscription))
    else:
        metrics.QUEUED.record(waited_s, labels(subscription))
    about: tracing.Attributes = {
        "messaging.system": "nats",
        "messaging.operation.name": "deliver",
        "messaging.operation.type": "process",
        "messaging.destination.name": subscription.type,
        "messaging.consumer.group.name": subscription.durable,
        "messaging.message.id": headers.get("ce-id", ""),
        tracing.FILE_ID: headers.get("ce-subject", ""),
        "lector.delivery.attempt": metadata.num_delivered,
        "lector.queue.waited_s": waited_s,
    }
    name = f"deliver {subscription.type}"
    with tracing.span(name, SpanKind.CONSUMER, cloudevents.trace_context(headers), about):
        yield


@contextmanager
def _request_span(url: str) -> Iterator[Span]:
    """The request that hands an event to a function."""
    about = {"http.request.method": "POST", "url.full": url}
    with tracing.client_span("POST", {**about, **tracing.server_attributes(url)}) as span:
        yield span


def _record_answer(subscription: Subscription, answer: Answer) -> None:
    outcome = answer.verdict.name.lower()
    metrics.DELIVERED.add(1, {**labels(subscription), "lector.outcome": outcome})
    if answer.code in _NOT_AUTHENTICATED:
        log.error("%s refuses the source: their CALLER_SECRET differs", subscription.function)
    if answer.verdict is not Verdict.DONE:
        tracing.mark_failed(trace.get_current_span(), answer.code)


def _record_retry(answer: Answer, delay_s: float) -> None:
    about: tracing.Attributes = {"error.type": answer.code, "lector.retry.delay_s": delay_s}
    trace.get_current_span().add_event("retry", about)


def _record_dead_letter(subscription: Subscription, answer: Answer, attempts: int) -> None:
    metrics.DEAD_LETTERS.add(1, labels(subscription))
    about: tracing.Attributes = {"error.type": answer.code, "lector.delivery.failures": attempts}
    trace.get_current_span().add_event("dead_letter", about)


def _log_fields(subscription: Subscription, message: Msg, answer: Answer) -> dict[str, object]:
    """What a line in the log is about, for `extra`."""
    headers = message.headers or {}
    return {
        "lector": {
            "function": subscription.function,
            "event_type": subscription.type,
            "event_id": headers.get("ce-id", ""),
            "file_id": headers.get("ce-subject", ""),
            "attempt": message.metadata.num_delivered,
            "failure": answer.code,
        }
    }
