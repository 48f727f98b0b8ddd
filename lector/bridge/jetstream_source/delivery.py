"""One subscription's deliveries: pull a message, POST it, act on the answer.

The log names subjects and codes, no reasons: those may quote what a page says.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from lector.bridge.jetstream import nats_cloudevents, publishing
from lector.bridge.jetstream_source import deliveries
from lector.bridge.jetstream_source.adaptive_concurrency import Slot, Slots
from lector.bridge.jetstream_source.dead_letter import dead_letter
from lector.bridge.jetstream_source.verdicts import (
    Answer,
    Verdict,
    broken_off,
    understood,
    unreachable,
)
from lector.bridge.subscriptions import Subscription
from lector.runtime import endpoint_telemetry, failpoints
from lector.runtime.backoff import Backoff
from lector.telemetry import tracing

log = logging.getLogger("lector")

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
        http: httpx2.AsyncClient,
        subscription: Subscription,
        url: str,
        slots: Slots,
        answered: Callable[[], None] = lambda: None,
    ) -> None:
        self._js = js
        self._answered = answered
        self._http = http
        self._subscription = subscription
        self._url = url
        self._slots = slots
        self._pause = Backoff(_PAUSE_S, subscription.pause_at_most_s, jitter=_JITTER)
        self._letter_pause = Backoff(_PAUSE_S, _LONGEST_LETTER_PAUSE_S, jitter=_JITTER)
        # By stream sequence. JetStream's own count would mix "not now" with failures.
        self._histories: dict[int, _History] = {}

    async def deliver(self, message: Msg, slot: Slot) -> None:
        """Hand a message to the function and settle it; frees its slot at the end."""
        with deliveries.observed(self._subscription, message):
            await self._deliver(message, slot)

    async def _deliver(self, message: Msg, slot: Slot) -> None:
        try:
            answer = await self._posted(message)
            deliveries.answered(self._subscription, answer)
            failpoints.passed("source.answered")
            await self._settle(message, answer, slot)
        except (NatsError, TimeoutError) as error:
            # JetStream is away, or full: it will deliver the message again, which is not at fault.
            log.warning("%s could not be settled: %s", message.subject, error or "time-out")
            self._slots.refused(slot, _STORE_PAUSE_S)
        except Exception as error:
            log.exception("%s could not be settled", message.subject)
            with contextlib.suppress(NatsError, TimeoutError):
                await self._failed(message, broken_off(f"{type(error).__name__} at the source"))
        finally:
            self._slots.release()

    async def _posted(self, message: Msg) -> Answer:
        attempt = {endpoint_telemetry.ATTEMPT: str(message.metadata.num_delivered)}
        with deliveries.posted(self._url) as span:
            request = {
                **nats_cloudevents.to_request(message.headers or {}),
                **attempt,
                **tracing.carried(),
            }
            heartbeat = asyncio.create_task(self._heartbeat(message))
            try:
                async with asyncio.timeout(self._subscription.post_timeout_s):
                    response = await self._http.post(
                        self._url, content=message.data, headers=request
                    )
                self._answered()
                span.set_attribute("http.response.status_code", response.status_code)
                return understood(response)
            except TimeoutError:
                return broken_off("it took too long")
            except httpx2.RequestError as error:
                return unreachable(error)
            finally:
                heartbeat.cancel()

    async def _heartbeat(self, message: Msg) -> None:
        """Keep the message ours while the function works, up to the deadline."""
        pause_s = self._subscription.ack_wait_s / 3
        for _ in range(int(self._subscription.deadline_s / pause_s)):
            await asyncio.sleep(pause_s)
            with contextlib.suppress(NatsError):
                await message.in_progress()

    async def _settle(self, message: Msg, answer: Answer, slot: Slot) -> None:
        match answer.verdict:
            case Verdict.DONE:
                for reply in answer.replies:
                    await publishing.publish(self._js, reply)
                    failpoints.passed("source.replied")
                await message.ack_sync(timeout=5)
                self._forget(message)
                self._slots.succeeded(slot)
            case Verdict.PERMANENT:
                self._history(message).failures += 1
                await self._give_up(message, answer)
            case Verdict.NOT_NOW:
                self._slots.refused(slot, answer.retry_after_s)
                await self._not_now(message, answer)
            case Verdict.FAILED:
                await self._failed(message, answer)

    async def _not_now(self, message: Msg, answer: Answer) -> None:
        history = self._history(message)
        if time.monotonic() - history.not_now_since > self._subscription.patience_h * 3600:
            await self._give_up(message, answer)
        else:
            pause_s = self._pause.after_s(message.metadata.num_delivered)
            await self._back(message, answer, pause_s)

    async def _failed(self, message: Msg, answer: Answer) -> None:
        history = self._history(message)
        history.failures += 1
        if history.failures >= self._subscription.attempts:
            await self._give_up(message, answer)
        else:
            await self._back(message, answer, self._pause.after_s(history.failures))

    def _history(self, message: Msg) -> "_History":
        """What went wrong with a message so far; of many, the longest known are forgotten."""
        while len(self._histories) >= _MOST_HISTORIES:
            del self._histories[next(iter(self._histories))]
        return self._histories.setdefault(message.metadata.sequence.stream, _History())

    def _forget(self, message: Msg) -> None:
        self._histories.pop(message.metadata.sequence.stream, None)

    async def _back(self, message: Msg, answer: Answer, pause_s: float) -> None:
        """Back to JetStream for a while: what the function asked for, or this pause."""
        delay_s = max(answer.retry_after_s * random.uniform(1.0, 1.25), pause_s)  # noqa: S311
        log.info(
            "%s: %s comes again in %.1f s: %s",
            self._subscription.function,
            message.subject,
            delay_s,
            answer.code,
            extra=deliveries.told(self._subscription, message, answer),
        )
        deliveries.sent_back(answer, delay_s)
        await message.nak(delay=delay_s)

    async def _give_up(self, message: Msg, answer: Answer) -> None:
        """Dead-letter a message; only when that is confirmed is it taken from the subscription."""
        if self._subscription.reads_dead_letters:
            await self._keep(message, answer)
            return
        function = self._subscription.function
        about = deliveries.told(self._subscription, message, answer)
        log.warning("%s gives up %s: %s", function, message.subject, answer.code, extra=about)
        attempts = max(1, self._history(message).failures)
        deliveries.given_up(self._subscription, answer, attempts)
        await publishing.publish(self._js, dead_letter(function, message, answer, attempts))
        failpoints.passed("source.dead_lettered")
        await message.term()
        self._forget(message)

    async def _keep(self, message: Msg, answer: Answer) -> None:
        """A dead letter does not die again: it comes until it is taken, or its stream drops it."""
        function = self._subscription.function
        about = deliveries.told(self._subscription, message, answer)
        what = function, message.subject, answer.code
        log.error("%s cannot take the dead letter %s: %s", *what, extra=about)
        pause_s = self._letter_pause.after_s(message.metadata.num_delivered)
        await self._back(message, answer, pause_s)
