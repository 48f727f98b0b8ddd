"""jetstream-source: takes events out of JetStream and POSTs them to the functions.

One small process serves every subscription; several replicas share the durable consumers. The
table of answers is in responses.py. A message is acked only when all that followed from it is safe.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from weakref import WeakSet

import httpx2
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from opentelemetry.metrics import Observation

from lector.bridge import subscriptions
from lector.bridge.jetstream import streams
from lector.bridge.jetstream_source.adaptive_concurrency import Slots
from lector.bridge.jetstream_source.delivery import Deliverer, labels
from lector.bridge.jetstream_source.pull_consumer import PullConsumer
from lector.bridge.process import result_unless_stopped, run_until_stopped
from lector.bridge.subscriptions import Subscription
from lector.runtime import settings
from lector.runtime.wakeup import Waker
from lector.telemetry import metrics

log = logging.getLogger("lector")

_RETRY_S = 0.5
_TAKE_BACK_S = 0.5
# A function that answered lately is awake: Knative keeps its pod for longer than this.
_AWAKE_S = 60.0
GRACE_S = 25.0
# Longer than NATS needs for a restart.
_LONGEST_OUTAGE_S = 5.0


async def run(stop: asyncio.Event, ready: asyncio.Event | None = None) -> None:
    """Serve every subscription until `stop`, then finish what is under way.

    `ready` is set once NATS was reached.
    """
    config = settings.current(settings.Source)
    urls = settings.parse_pairs(config.function_urls)
    rows = subscriptions.from_settings(config)
    nats = await result_unless_stopped(stop, streams.connect("jetstream-source"))
    if nats is None:
        return
    if ready:
        ready.set()
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
    async with httpx2.AsyncClient(timeout=None, limits=limits) as http:
        waker = Waker(_AWAKE_S)
        subscribers = [Subscriber(nats, http, row, urls, waker) for row in rows]
        try:
            # One that breaks ends them all, and the process: it is started again as a whole.
            await run_until_stopped(stop, *(subscriber.run() for subscriber in subscribers))
        finally:
            await _finish(nats, subscribers)
    await streams.disconnect(nats)


async def _finish(nats: Client, subscribers: Sequence["Subscriber"]) -> None:
    """Let deliveries under way end, as long as there is somebody to tell that they did."""
    finishing = asyncio.create_task(_finish_all(subscribers))
    outage = asyncio.create_task(_wait_for_outage(nats))
    await asyncio.wait({finishing, outage}, timeout=GRACE_S, return_when=asyncio.FIRST_COMPLETED)
    for waiting in (finishing, outage):
        waiting.cancel()
    await asyncio.wait({finishing, outage})


async def _finish_all(subscribers: Sequence["Subscriber"]) -> None:
    await asyncio.gather(*(subscriber.return_unstarted() for subscriber in subscribers))
    await asyncio.gather(*(subscriber.finish() for subscriber in subscribers))


async def _wait_for_outage(nats: Client) -> None:
    connected_at = time.monotonic()
    while time.monotonic() < connected_at + _LONGEST_OUTAGE_S:
        if nats.is_connected:
            connected_at = time.monotonic()
        await asyncio.sleep(0.1)


_subscribers: WeakSet["Subscriber"] = WeakSet()


def _observe(count: Callable[[Slots], int]) -> Callable[[], Iterator[Observation]]:
    """What is counted of each subscription's slots."""

    def observe() -> Iterator[Observation]:
        for subscriber in list(_subscribers):
            yield Observation(count(subscriber.slots), labels(subscriber.subscription))

    return observe


metrics.gauge("lector.slots.used", "{slot}", "Deliveries under way", _observe(lambda s: s.in_use))
metrics.gauge("lector.slots.limit", "{slot}", "How many may be", _observe(lambda s: s.limit))


class Subscriber:
    """Pulls one subscription's messages as slots come free, and has each delivered."""

    def __init__(
        self,
        nats: Client,
        http: httpx2.AsyncClient,
        subscription: Subscription,
        urls: Mapping[str, str],
        waker: Waker,
    ) -> None:
        self._nats = nats
        self._js: JetStreamContext = nats.jetstream()
        self.subscription = subscription
        self.slots = Slots(subscription.slots_at_start, subscription.slots_at_most)
        self._urls = urls
        self._waker = waker
        self._stopped = False
        _subscribers.add(self)
        self._under_way: set[asyncio.Task[None]] = set()
        self._messages = PullConsumer(nats, subscription.stream, subscription.durable, self._accept)
        url = urls[subscription.function]
        self._deliverer = Deliverer(
            self._js, http, subscription, url, self.slots, partial(waker.record_answer, url)
        )

    async def run(self) -> None:
        """Pull for ever; whenever something breaks, create the consumer again."""
        self._stopped = False
        try:
            while True:
                try:
                    await self._pull()
                except (NatsError, TimeoutError) as error:
                    log.warning("%s: re-creating consumer: %s", self.subscription.durable, error)
                await self._messages.close()
                await asyncio.sleep(_RETRY_S)
        finally:
            self._stopped = True

    async def return_unstarted(self) -> None:
        """Have JetStream give to others what it sent here and nobody began."""
        await self._messages.close()

    async def finish(self) -> None:
        """Let deliveries under way end."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _pull(self) -> None:
        await streams.ensure(self._js)
        row = self.subscription
        consumer = ConsumerConfig(
            durable_name=row.durable,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=row.ack_wait_s,
            max_deliver=-1,
            max_ack_pending=row.pending_at_most,
            filter_subject=row.filter_subject,
        )
        await self._js.add_consumer(row.stream, consumer)
        await self._messages.open()
        while True:
            await self._messages.pull(await self.slots.wait_for_free())

    async def _accept(self, message: Msg) -> None:
        if self._stopped:
            await message.nak()  # another replica gets it at once
        elif self.slots.closed_s > 0 or self.slots.in_use >= self.slots.limit:
            # Asked for before the function wanted a pause, or less at once.
            await message.nak(delay=max(self.slots.closed_s, _TAKE_BACK_S))
        else:
            self._waker.wake(self._urls[name] for name in self.subscription.wakes)
            task = asyncio.create_task(self._deliverer.deliver(message, self.slots.take()))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
