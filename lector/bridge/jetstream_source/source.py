"""jetstream-source: takes events out of JetStream and POSTs them to the functions.

One small process serves every subscription; several replicas share the durable consumers. The
table of answers is in responses.py. A message is acked only when all that followed from it is safe.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from nats.aio.client import Client as NatsClient
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from opentelemetry.metrics import Observation

from lector.bridge import subscriptions
from lector.bridge.http_client import Client
from lector.bridge.jetstream import streams
from lector.bridge.jetstream_source.adaptive_concurrency import Slots
from lector.bridge.jetstream_source.delivery import Deliverer, labels
from lector.bridge.jetstream_source.lane import Lane
from lector.bridge.jetstream_source.pull_consumer import PullConsumer
from lector.bridge.jetstream_source.waiting import Job
from lector.bridge.process import result_unless_stopped, run_until_stopped
from lector.bridge.subscriptions import Subscription
from lector.domain import readers
from lector.runtime import settings
from lector.runtime.wakeup import Waker
from lector.telemetry import metrics

if TYPE_CHECKING:
    from lector.bridge.jetstream_source.interest import Interest

log = logging.getLogger("lector")

_RETRY_S = 0.5
_TAKE_BACK_S = 0.5
_SOON_S, _LOOK_AGAIN_S = 0.05, 0.5
_LOOK_BEHIND_S = 5.0
_MOST_LANES = 256
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
    async with Client() as http:
        waker = Waker(_AWAKE_S)
        interest = _interest(nats, rows)
        subscribers = [Subscriber(nats, http, row, urls, waker, interest) for row in rows]
        try:
            # One that breaks ends them all, and the process: it is started again as a whole.
            serving = [subscriber.run() for subscriber in subscribers]
            asking = [interest.run()] if interest else []
            await run_until_stopped(stop, *asking, *serving)
        finally:
            await _finish(nats, subscribers)
    await streams.disconnect(nats)


def _interest(nats: NatsClient, rows: Sequence[Subscription]) -> "Interest | None":
    """What knows whether anybody wants to be told of files and pages; None: somebody does."""
    config = settings.current(settings.Interest)
    if not config.interest_database_url:
        return None
    # Who asks nobody needs no client of PostgreSQL.
    from lector.bridge.jetstream_source.interest import Interest  # noqa: PLC0415

    return Interest(nats, rows, config)


async def _finish(nats: NatsClient, subscribers: Sequence["Subscriber"]) -> None:
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


async def _wait_for_outage(nats: NatsClient) -> None:
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
            number = sum(count(lane.slots) for lane in subscriber.lanes.values())
            yield Observation(number, labels(subscriber.subscription))

    return observe


metrics.gauge("lector.slots.used", "{slot}", "Deliveries under way", _observe(lambda s: s.in_use))
metrics.gauge("lector.slots.limit", "{slot}", "How many may be", _observe(lambda s: s.limit))


class Subscriber:
    """Pulls one subscription's messages as slots come free, and has each delivered."""

    def __init__(
        self,
        nats: NatsClient,
        http: Client,
        subscription: Subscription,
        urls: Mapping[str, str],
        waker: Waker,
        interest: "Interest | None" = None,
    ) -> None:
        self._nats = nats
        self._js: JetStreamContext = nats.jetstream()
        self.subscription = subscription
        self.lanes: dict[str, Lane] = {}
        self._lane(readers.DEFAULT)
        self._changed = asyncio.Event()
        self._arrived = asyncio.Event()
        self._urls = urls
        self._waker = waker
        self._interest = interest
        self._stopped = False
        _subscribers.add(self)
        self._under_way: set[asyncio.Task[None]] = set()
        self._messages = PullConsumer(nats, subscription.stream, subscription.durable, self._accept)
        url = urls[subscription.function]
        self._deliverer = Deliverer(
            self._js, http.post, subscription, url, partial(waker.record_answer, url)
        )

    async def run(self) -> None:
        """Pull for ever; whenever something breaks, create the consumer again."""
        self._stopped = False
        try:
            async with asyncio.TaskGroup() as tasks:
                if self._holds_back:
                    tasks.create_task(self._start_in_time())
                    tasks.create_task(self._keep_waiting())
                await self._pull_again_and_again()
        finally:
            self._stopped = True

    async def _pull_again_and_again(self) -> None:
        while True:
            try:
                await self._pull()
            except (NatsError, TimeoutError) as error:
                log.warning("%s: re-creating consumer: %s", self.subscription.durable, error)
            await self._messages.close()
            await asyncio.sleep(_RETRY_S)

    async def return_unstarted(self) -> None:
        """Have JetStream give to others what it sent here and nobody began."""
        await self._messages.close()
        for lane in self.lanes.values():
            for job in lane.waiting.clear():
                with contextlib.suppress(NatsError):
                    await job.message.nak()

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
        if self._interest:
            self._interest.note_created(row)
        while True:
            if self._interest:
                await self._interest.wait_wanted(row)
            await self._messages.pull(await self._room())

    async def _room(self) -> int:
        """Wait until more messages are wanted; how many are."""
        while True:
            self._changed.clear()
            room = max(self._room_in(lane) for lane in self.lanes.values())
            if room > 0:
                return room
            if all(lane.closed_s for lane in self.lanes.values()) and self._holds_back:
                # The next messages may be another lane's; those of these are sent back for a while.
                await asyncio.sleep(_LOOK_BEHIND_S)
                return 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._wait_s):
                    await self._changed.wait()

    @property
    def _holds_back(self) -> bool:
        return self.subscription.waiting_at_most > 0

    @property
    def _wait_s(self) -> float:
        return max(_SOON_S, min(lane.closed_s or _LOOK_AGAIN_S for lane in self.lanes.values()))

    def _room_in(self, lane: Lane) -> int:
        """How many more messages a lane wants: as many as may start, or be held back."""
        free = max(0, lane.slots.limit - lane.slots.in_use)
        if not self._holds_back:
            return 0 if lane.closed_s else free
        return self.subscription.waiting_at_most + free - len(lane.waiting)

    async def _accept(self, message: Msg) -> None:
        if self._stopped:
            await message.nak()  # another replica gets it at once
            return
        name, tenant = self._lane_and_tenant(message)
        lane = self._lane(name)
        if len(lane.waiting) >= max(1, self.subscription.waiting_at_most):
            await message.nak(delay=max(lane.closed_s, _TAKE_BACK_S))
            return
        job = Job(message, tenant)
        lane.waiting.add(job)
        self._start(lane)
        self._arrived.set()
        if not self._holds_back and job in lane.waiting:
            # Asked for before the function wanted a pause, or less at once.
            lane.waiting.remove(job)
            await message.nak(delay=max(lane.closed_s, _TAKE_BACK_S))

    def _lane(self, name: str) -> Lane:
        if name not in self.lanes:
            if len(self.lanes) >= _MOST_LANES:
                return self.lanes[readers.DEFAULT]  # nobody has so many readers
            row = self.subscription
            slots = Slots(row.slots_of(name), row.slots_at_most)
            self.lanes[name] = Lane(slots, judges=row.lane_field is not None)
        return self.lanes[name]

    def _lane_and_tenant(self, message: Msg) -> tuple[str, str]:
        """Whose a message is, by its data; where that is not JSON, as nobody's in particular."""
        field = self.subscription.lane_field
        if field is None:
            return readers.DEFAULT, ""
        try:
            data = json.loads(message.data)
            return str(data.get(field) or readers.DEFAULT), str(data.get("tenant", ""))
        except (ValueError, AttributeError, RecursionError):
            return readers.DEFAULT, ""

    def _start(self, lane: Lane) -> None:
        """Start what may start."""
        while job := lane.take_next():
            self._waker.wake(self._urls[name] for name in self.subscription.wakes)
            task = asyncio.create_task(self._deliverer.deliver(job, lane))
            self._under_way.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._changed.set()
        self._arrived.set()
        if not self._stopped:
            for lane in self.lanes.values():
                self._start(lane)

    async def _start_in_time(self) -> None:
        """Start what waits for a time to come: the end of a pause, or a probe's."""
        while True:
            self._arrived.clear()
            waits = [lane.wait_s() for lane in self.lanes.values()]
            wait_s = min((one for one in waits if one is not None), default=None)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._arrived.wait()
            for lane in self.lanes.values():
                self._start(lane)

    async def _keep_waiting(self) -> None:
        """Keep the messages ours that wait here."""
        while True:
            await asyncio.sleep(self.subscription.ack_wait_s / 3)
            for job in [job for lane in self.lanes.values() for job in lane.waiting]:
                with contextlib.suppress(NatsError):
                    await job.message.in_progress()
