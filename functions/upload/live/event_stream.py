"""Server-Sent Events: what happens, as it happens (WHATWG HTML, 9.2)."""

import queue
import re
import time
from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, Response, g, json, request

from functions.upload import validation
from functions.upload.files import uploads
from functions.upload.files.file_model import shown_file, shown_time
from functions.upload.live import feed
from functions.upload.live.feed import BEGINNING, Feed, News, Place, Row, Watcher
from functions.upload.validation import BadRequest
from lector.runtime import settings, shutdown
from lector.runtime.failures import TransientFailure
from lector.runtime.once import once

live_routes = Blueprint("live", __name__, url_prefix="/v1")

_PLACE = re.compile(r"[0-9]{1,18}-[0-9]{1,18}")
_DELETED = "lector.files.deleted"
_RETRY_MS = 2000
_LOOK_UP_S = 1.0  # how soon a stop is noticed


@live_routes.get("/events")
def watch_all() -> Response:
    """Everything that happens to the caller's files."""
    return _stream(None)


@live_routes.get("/files/<file_id>/events")
def watch_file(file_id: str) -> Response:
    """What happens to a file."""
    return _stream(uploads.found(g.caller.tenant, validation.file_id(file_id)).id)


@once
def _feed() -> Feed:
    return Feed(settings.current(settings.EventStream).events_poll_s)


def _stream(file_id: UUID | None) -> Response:
    validation.no_unknown(request.args, ("after",))
    came_from, asked_for = request.headers.get("Last-Event-ID"), request.args.get("after")
    places = [_place(text) for text in (came_from, asked_for) if text is not None]
    after = places[0] if places else None
    if _feed().count() >= settings.current(settings.EventStream).events_watchers:
        raise TransientFailure("too many watch already", retry_after_s=30)
    kept = after is None or feed.is_kept(after)
    watcher = Watcher(g.caller.tenant, file_id)
    begin = _feed().join(watcher)
    body = _Stream(watcher, begin, after if kept else None, reset=not kept)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(body, mimetype="text/event-stream", headers=headers)


class _Stream:
    """The body of an answer: leaves the feed when it is closed, whether or not it was ever read."""

    def __init__(self, watcher: Watcher, begin: Place, after: Place | None, *, reset: bool) -> None:
        self._watcher = watcher
        self._blocks = _blocks(watcher, begin, after, reset=reset)

    def __iter__(self) -> Iterator[str]:
        return self._blocks

    def close(self) -> None:
        """The client is gone, or the time is over."""
        self._blocks.close()  # type: ignore[attr-defined]
        _feed().leave(self._watcher)


def _blocks(watcher: Watcher, begin: Place, after: Place | None, *, reset: bool) -> Iterator[str]:
    yield f"retry: {_RETRY_MS}\n\n"
    if reset:
        yield _block("reset", {})
    if after is not None:
        for news in feed.missed(watcher, after, begin):
            yield from _told(news)
    # So that whoever is cut off before anything happens knows where to go on.
    yield f"id: {begin if after is None else max(begin, after)}\nevent: hello\ndata: {{}}\n\n"
    yield from _following(watcher)


def _following(watcher: Watcher) -> Iterator[str]:
    config = settings.current(settings.EventStream)
    end = time.monotonic() + config.events_stream_s
    heartbeat = time.monotonic() + config.events_heartbeat_s
    while (left_s := end - time.monotonic()) > 0 and not shutdown.asked.is_set():
        try:
            news = watcher.queue.get(timeout=min(left_s, _LOOK_UP_S))
        except queue.Empty:
            if time.monotonic() > heartbeat:
                heartbeat = time.monotonic() + config.events_heartbeat_s
                yield ": still here\n\n"
            continue
        if news is None:
            yield _block("reset", {})
        else:
            yield from _told(news)


def _told(news: News) -> Iterator[str]:
    """Events, and then each file that they are about."""
    for row in news.rows:
        yield f"id: {row.place}\ndata: {_cloud_event(row)}\n\n"
    for file_id in dict.fromkeys(row.file_id for row in news.rows):
        file = news.files.get(file_id)
        if file is not None:
            yield _block("file", shown_file(file))
    for row in news.rows:
        if row.type == _DELETED and row.file_id not in news.files:
            yield _block("gone", {"id": str(row.file_id)})


def _cloud_event(row: Row) -> str:
    about = {
        "specversion": "1.0",
        "id": str(row.id),
        "source": row.source,
        "type": row.type,
        "subject": str(row.file_id),
        "time": shown_time(row.created_at),
        "datacontenttype": "application/json",
    }
    return f'{json.dumps(about)[:-1]}, "data": {row.data}}}'


def _block(event: str, data: object) -> str:
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"


def _place(text: str) -> Place:
    if not _PLACE.fullmatch(text):
        raise BadRequest("malformed_position", "a position in the feed looks like 7301-42")
    return BEGINNING if text == "0-0" else Place.parse(text)
