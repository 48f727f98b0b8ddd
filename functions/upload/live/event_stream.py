"""Server-Sent Events: what happens, as it happens (WHATWG HTML, 9.2).

A stream is sent by the event loop: somebody who watches holds no thread.
"""

import asyncio
import json
import logging
import queue
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from functions.upload.answers import Output
from functions.upload.authentication import READ, Caller
from functions.upload.fields import Id, Input, Rule
from functions.upload.files import file_model, uploads
from functions.upload.live import feed
from functions.upload.live.feed import BEGINNING, EventBatch, Feed, Place, Row, Subscriber
from functions.upload.operations import Routes
from functions.upload.problem_codes import ProblemCode
from functions.upload.slots import Limits, Slots
from lector.runtime import settings, shutdown
from lector.runtime.once import once

log = logging.getLogger("lector")

routes = Routes("live")

_DELETED = "lector.files.deleted"
_RETRY_MS = 2000
_MEDIA_TYPE = "text/event-stream"

_POSITION = Meta(pattern="^[0-9]{1,18}-[0-9]{1,18}$")
_RULE = Rule("a position in the feed, such as 7301-42", ProblemCode.MALFORMED_POSITION)


class After(Input, frozen=True):
    """Where in the feed to begin."""

    after: (
        Annotated[
            str,
            _POSITION,
            Meta(
                description="The same as Last-Event-ID; 0-0 begins with the oldest event that is"
                " kept."
            ),
            _RULE,
        ]
        | None
    ) = None


class LastEventId(Input, frozen=True, rename={"last_event_id": "Last-Event-ID"}):
    """Where a browser goes on."""

    last_event_id: (
        Annotated[
            str,
            _POSITION,
            Meta(description="Continue behind this event; browsers send it by themselves."),
            _RULE,
        ]
        | None
    ) = None


class StreamedEvent(Output, frozen=True):
    """One event of the stream.

    `message` carries an event as a CloudEvent in JSON, with an `id` to continue from; `file` a file
    as it is now, after something happened to it; `gone` the id of a file that was deleted; `reset`
    says that what lay in between is no longer kept, so load anew; `hello` only tells from where to
    continue. A comment comes every 15 seconds. The stream ends after some minutes; reconnect.
    """

    event: Literal["message", "file", "gone", "reset", "hello"] = "message"
    id: Annotated[str, _POSITION] | None = None
    data: Annotated[str, Meta(description="JSON.")] = ""


class EventStream(StreamingResponse):
    """An answer that follows the feed, and leaves it whether or not it was ever read."""

    def __init__(
        self,
        caller: Caller,
        subscriber: Subscriber,
        begin: Place,
        after: Place | None,
        *,
        reset: bool,
    ) -> None:
        self._caller = caller
        self._subscriber = subscriber
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        blocks = _blocks(subscriber, begin, after, reset=reset)
        super().__init__(blocks, headers=headers, media_type=_MEDIA_TYPE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it until the client is gone, or the time is over."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            _feed().leave(self._subscriber)
            _slots().release(self._caller)


@routes.get("/v1/events", READ, content={_MEDIA_TYPE: StreamedEvent})
def watch_all(caller: Caller, query: After, headers: LastEventId) -> EventStream:
    """Everything that happens, as it happens."""
    return _stream(caller, None, query, headers)


@routes.get("/v1/files/{file_id}/events", READ, content={_MEDIA_TYPE: StreamedEvent})
def watch_file(caller: Caller, file_id: Id, query: After, headers: LastEventId) -> EventStream:
    """What happens to a file, as it happens."""
    file = uploads.find(caller.tenant, file_id)
    return _stream(caller, file.id, query, headers)


@once
def _feed() -> Feed:
    return Feed(settings.current(settings.EventStream).events_poll_s)


@once
def _slots() -> Slots:
    def limits() -> Limits:
        config = settings.current(settings.EventStream)
        return Limits(
            config.events_watchers,
            config.events_watchers_per_tenant,
            config.events_watchers_per_address,
        )

    return Slots("streams of events", limits, retry_after_s=30)


def subscriber_count() -> int:
    """How many follow the feed in this process."""
    return _feed().count()


def _stream(
    caller: Caller, file_id: UUID | None, query: After, headers: LastEventId
) -> EventStream:
    text = headers.last_event_id or query.after
    after = BEGINNING if text == "0-0" else Place.parse(text) if text else None
    subscriber = Subscriber(caller.tenant, file_id)
    _slots().take(caller)
    try:
        kept = after is None or feed.is_kept(after)
        begin = _feed().join(subscriber)
    except BaseException:
        _slots().release(caller)
        raise
    return EventStream(caller, subscriber, begin, after if kept else None, reset=not kept)


async def _blocks(
    subscriber: Subscriber, begin: Place, after: Place | None, *, reset: bool
) -> AsyncIterator[str | bytes]:
    yield f"retry: {_RETRY_MS}\n\n"
    try:
        if reset:
            yield _block("reset", {})
        if after is not None:
            async for batch in iterate_in_threadpool(feed.missed(subscriber, after, begin)):
                yield _encoded(batch)
        # So that whoever is cut off before anything happens knows where to go on.
        yield f"id: {begin if after is None else max(begin, after)}\nevent: hello\ndata: {{}}\n\n"
        async for block in _follow(subscriber):
            yield block
    except Exception as error:  # it has begun, so there is no other answer: the client comes again
        log.warning("event stream failed: %s", type(error).__name__)


async def _follow(subscriber: Subscriber) -> AsyncIterator[str | bytes]:
    config = settings.current(settings.EventStream)
    end = time.monotonic() + config.events_stream_s
    heartbeat = time.monotonic() + config.events_heartbeat_s
    arrived, loop = asyncio.Event(), asyncio.get_running_loop()
    subscriber.notify = partial(loop.call_soon_threadsafe, arrived.set)
    while (now := time.monotonic()) < end and not shutdown.asked.is_set():
        arrived.clear()
        try:
            batch = subscriber.queue.get_nowait()
        except queue.Empty:
            with suppress(TimeoutError):
                await asyncio.wait_for(arrived.wait(), max(0, min(end, heartbeat) - now))
            if time.monotonic() >= heartbeat:
                heartbeat = time.monotonic() + config.events_heartbeat_s
                yield ": still here\n\n"
            continue
        if batch is None:
            yield _block("reset", {})
            continue
        yield _encoded(batch)


def _encoded(batch: EventBatch) -> bytes:
    """A batch as it is sent, to however many."""
    if batch.encoded is None:
        batch.encoded = "".join(_blocks_of(batch)).encode()
    return batch.encoded


def _blocks_of(batch: EventBatch) -> Iterator[str]:
    """Events, and then each file that they are about."""
    for row in batch.rows:
        yield f"id: {row.place}\ndata: {_cloud_event(row)}\n\n"
    for file_id in dict.fromkeys(row.file_id for row in batch.rows):
        file = batch.files.get(file_id)
        if file is not None:
            yield _block("file", file_model.to_answer(file))
    for row in batch.rows:
        if row.type == _DELETED and row.file_id not in batch.files:
            yield _block("gone", {"id": str(row.file_id)})


def _cloud_event(row: Row) -> str:
    about = {
        "specversion": "1.0",
        "id": str(row.id),
        "source": row.source,
        "type": row.type,
        "subject": str(row.file_id),
        "time": row.created_at.isoformat(),
        "datacontenttype": "application/json",
    }
    return f'{json.dumps(about)[:-1]}, "data": {row.data}}}'


def _block(event: str, data: object) -> str:
    return f"event: {event}\ndata: {msgspec.json.encode(data).decode()}\n\n"
