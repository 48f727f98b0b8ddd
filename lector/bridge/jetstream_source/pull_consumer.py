"""A durable consumer's messages: asked for by number, and handed over as they come.

By JetStream's pull requests themselves, as nats-py's `fetch` loses what it has when it is
cancelled, and after a silence takes more than it was asked for.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

# A request to a server that restarts meanwhile goes unanswered: whether one did is looked at often.
_REQUEST_S, _LOOK_S = 20.0, 5.0
_RESPONSE_S = 1.0
_CLOSE_S = 2.0
_EXPIRED = "408"  # nothing came until then


class RequestRefusedError(NatsError):
    """JetStream refused a pull request: the consumer is gone, or the stream has no leader."""


class PullConsumer:
    """Pulls the messages of a durable consumer; `hand_over` gets each of them."""

    def __init__(
        self, nats: Client, stream: str, durable: str, hand_over: Callable[[Msg], Awaitable[None]]
    ) -> None:
        self._nats = nats
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._hand_over = hand_over
        self._address = ""
        self._subscription: Subscription | None = None
        self._requests = 0
        self._remaining = 0
        self._response: asyncio.Future[str] | None = None
        self._error: Exception | None = None

    async def open(self) -> None:
        """Begin to listen; nothing comes before it is asked for."""
        self._error = None
        # A new one each time: what is left of an old one must not hand over a message twice.
        self._address = self._nats.new_inbox()
        self._subscription = await self._nats.subscribe(f"{self._address}.*", cb=self._receive)

    async def pull(self, count: int) -> None:
        """Have up to `count` messages handed over; returns when they are, or when none come.

        Raises:
            RequestRefusedError: it is no use to pull from this consumer again.
            Exception: what `hand_over` raised, at this message or an earlier one.

        """
        self._requests += 1
        self._remaining = count
        self._response = asyncio.get_running_loop().create_future()
        request = {"batch": count, "expires": int(_REQUEST_S * 1e9)}
        await self._nats.publish(self._next, json.dumps(request).encode(), self._reply_address)
        await self._wait_for_end(self._response)
        if self._response.done() and (refusal := self._response.result()):
            raise RequestRefusedError(refusal)
        if self._error:
            raise self._error

    async def _wait_for_end(self, response: asyncio.Future[str]) -> None:
        """Wait until a request has ended, or the server cannot know of it any more."""
        connection = self._nats.stats["reconnects"]
        deadline = time.monotonic() + _REQUEST_S + _RESPONSE_S
        while self._nats.stats["reconnects"] == connection:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or (await asyncio.wait({response}, timeout=min(_LOOK_S, left_s)))[0]:
                return

    async def close(self) -> None:
        """Pull nothing more, and hand over what JetStream has already sent."""
        subscription, self._subscription = self._subscription, None
        if subscription is None:
            return
        with contextlib.suppress(NatsError, TimeoutError, OSError):
            async with asyncio.timeout(_CLOSE_S):
                if self._nats.is_connected:
                    await subscription.drain()  # type: ignore[no-untyped-call]
                else:
                    await subscription.unsubscribe()

    @property
    def _reply_address(self) -> str:
        return f"{self._address}.{self._requests}"

    async def _receive(self, message: Msg) -> None:
        if message.reply:
            self._remaining -= 1
            if self._remaining == 0:
                self._end_request("")
            try:
                await self._hand_over(message)
            except Exception as error:
                # Raised here, it would end in nats-py, which goes on as if nothing had happened.
                self._error = error
                self._end_request("")
        elif message.subject == self._reply_address:
            headers = message.headers or {}
            status = headers.get("Status", "")
            reason = headers.get("Description") or f"status {status}"
            self._end_request("" if status == _EXPIRED else reason)

    def _end_request(self, refusal: str) -> None:
        if self._response and not self._response.done():
            self._response.set_result(refusal)
