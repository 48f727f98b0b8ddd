"""jetstream-source: takes events out of JetStream and POSTs them to the functions.

One small process serves every subscription; several replicas share the durable consumers. The
answer table is in verdicts.py. A message is acked only when all that followed from it is safe.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping

import httpx2
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

import streams
import subscriptions
from delivery import Deliverer
from lector import settings
from slots import Slots
from stopping import run_until
from subscriptions import Subscription
from waking import Waker

log = logging.getLogger("lector")

# Short, because a request to a server that restarts meanwhile goes unanswered. Without heartbeats:
# one makes nats-py 2.16 ask a second time, and what that brings is more than there are slots.
_FETCH_S = 5.0
_GRACE_S = 25.0


async def run(stop: asyncio.Event) -> None:
    """Serve every subscription until `stop`, then finish what is under way."""
    config = settings.current(settings.Source)
    urls = dict(entry.split("=", 1) for entry in config.function_urls.split(","))
    nats = await streams.connect("jetstream-source")
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
    async with httpx2.AsyncClient(timeout=None, limits=limits) as http:
        waker = Waker(http, urls)
        pullers = [Puller(nats, http, row, urls, waker) for row in subscriptions.load()]
        try:
            # A puller that breaks ends them all, and the process: it is started again as a whole.
            await run_until(stop, *(puller.run() for puller in pullers))
        finally:
            await asyncio.gather(*(puller.finish() for puller in pullers))
    await nats.close()


class Puller:
    """Pulls one subscription's messages as slots come free."""

    def __init__(
        self,
        nats: Client,
        http: httpx2.AsyncClient,
        subscription: Subscription,
        urls: Mapping[str, str],
        waker: Waker,
    ) -> None:
        self._js: JetStreamContext = nats.jetstream()
        self._subscription = subscription
        self._slots = Slots(subscription.slots_at_start, subscription.slots_at_most)
        self._waker = waker
        self._under_way: set[asyncio.Task[None]] = set()
        self._deliverer = Deliverer(
            self._js, http, subscription, urls[subscription.function], self._slots
        )

    async def run(self) -> None:
        """Bind and pull for ever; whenever something breaks, bind anew."""
        while True:
            try:
                await self._pull(await self._bound())
            except (NatsError, TimeoutError) as error:
                log.warning("%s: binding again: %s", self._subscription.durable, error)
                await asyncio.sleep(0.5)

    async def finish(self) -> None:
        """Let deliveries under way end; what does not in time, JetStream delivers again."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_GRACE_S)

    async def _bound(self) -> JetStreamContext.PullSubscription:
        await streams.ensure(self._js)
        row = self._subscription
        consumer = ConsumerConfig(
            durable_name=row.durable,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=row.ack_wait_s,
            max_deliver=-1,
            max_ack_pending=4 * row.slots_at_most,
            filter_subject=row.filter_subject,
        )
        await self._js.add_consumer(row.stream, consumer)
        return await self._js.pull_subscribe_bind(consumer=row.durable, stream=row.stream)

    async def _pull(self, consumer: JetStreamContext.PullSubscription) -> None:
        try:
            while True:
                free = await self._slots.free()
                try:
                    messages = await consumer.fetch(free, timeout=_FETCH_S)
                except TimeoutError:
                    continue
                if (closed_s := self._slots.closed_s) > 0:
                    # Asked for before the function wanted a pause.
                    for message in messages:
                        await message.nak(delay=closed_s)
                    continue
                for message in messages:
                    self._waker.touch(self._subscription.wakes)
                    task = asyncio.create_task(self._deliverer.deliver(message))
                    self._under_way.add(task)
                    task.add_done_callback(self._under_way.discard)
                await asyncio.sleep(0)
        finally:
            with contextlib.suppress(NatsError):
                await consumer.unsubscribe()
