"""Server-Sent Events: what happens reaches whoever watches, once, in order, also after a cut."""

import asyncio
import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest
from werkzeug.test import Client

from functions.upload.authentication import Caller
from functions.upload.live import event_stream, feed
from functions.upload.live.feed import Feed, Subscriber
from lector.local import functions as shapes
from lector.local.process import Child, free_port, wait_ready
from lector.runtime import settings, shutdown
from tests.support.bridging import wait_until
from tests.support.called import Functions
from tests.support.model import ScriptedModel
from tests.support.parts import Parts
from tests.support.world import World, rows


@dataclass
class Screen:
    """What somebody who watches has seen."""

    blocks: list[dict[str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(b["data"]) for b in self.blocks if "id" in b and "event" not in b]

    @property
    def types(self) -> list[str]:
        return [event["type"].removeprefix("lector.") for event in self.events]

    def of(self, kind: str) -> list[Any]:
        return [json.loads(b["data"]) for b in self.blocks if b.get("event") == kind]

    def follow(self, chunks: Iterator[bytes]) -> None:
        text = ""
        with suppress(ValueError):  # closed while it was read
            for chunk in chunks:
                *whole, text = (text + chunk.decode()).split("\n\n")
                for block in whole:
                    self._take(block)
        self.ended.set()

    def _take(self, block: str) -> None:
        if block.startswith(":"):
            self.comments.append(block)
            return
        self.blocks.append(dict(line.split(": ", 1) for line in block.split("\n")))


@pytest.fixture(autouse=True)
def patience(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("EVENTS_STREAM_S", "20")
    monkeypatch.setenv("EVENTS_HEARTBEAT_S", "0.5")
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    return World.with_pages(functions, 2)


@contextmanager
def watched(api: Client, path: str = "/v1/events", after: str | None = None) -> Iterator[Screen]:
    """A screen on which a stream is followed meanwhile."""
    headers = {"Last-Event-ID": after} if after else {}
    answer = api.get(path, headers=headers, buffered=False)
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    screen = Screen()
    reader = threading.Thread(target=screen.follow, args=[answer.iter_encoded()])
    reader.start()
    try:
        wait_until(lambda: screen.of("hello"))
        yield screen
    finally:
        shutdown.asked.set()
        reader.join(10)
        shutdown.asked.clear()
        answer.close()


def watch(api: Client, world: World, after: str | None = None) -> Any:
    return watched(api, f"/v1/files/{world.file_id}/events", after)


def test_whoever_watches_a_file_sees_it_read_to_the_end(api: Client, world: World) -> None:
    with watch(api, world) as screen:
        world.read()
        wait_until(lambda: "file.completed" in screen.types)
    assert screen.types == [
        "pages.requested",
        "pages.requested",
        "page.registered",
        "page.registered",
        "page.read",
        "page.read",
        "file.completed",
    ]
    wholly = screen.of("file")[-1]
    assert (wholly["status"], wholly["progress"]["read"]) == ("completed", 2)


def test_an_event_is_a_cloud_event(api: Client, world: World) -> None:
    with watch(api, world) as screen:
        world.requested()
        wait_until(lambda: len(screen.events) == 2)
    first, second = screen.events
    for event in (first, second):
        assert (event["specversion"], event["source"]) == ("1.0", "/lector/register")
        assert event["subject"] == str(world.file_id)
    assert (first["data"]["pageNumbers"], second["data"]["pageNumbers"]) == ([1], [2])


def test_whoever_comes_back_gets_what_was_missed_and_nothing_twice(
    api: Client, world: World
) -> None:
    with watch(api, world) as before:
        world.requested()
        wait_until(lambda: len(before.events) == 2)
    last = [block["id"] for block in before.blocks if "id" in block][-1]
    world.read()
    with watch(api, world, last) as after:
        wait_until(lambda: "file.completed" in after.types)
    assert before.types == ["pages.requested", "pages.requested"]
    assert after.types[0] == "page.registered"
    assert len(before.types + after.types) == 7


def test_one_can_begin_with_the_oldest_event_that_is_kept(api: Client, world: World) -> None:
    world.read()
    with watched(api, f"/v1/files/{world.file_id}/events?after=0-0") as screen:
        wait_until(lambda: "file.completed" in screen.types)
    assert screen.types[0] == "file.uploaded"
    assert screen.of("reset") == []


def test_whoever_comes_from_before_a_restore_is_told_to_load_anew(
    api: Client, world: World
) -> None:
    """Transaction ids of the restored database begin far below those of the one before."""
    world.read()
    with watch(api, world, "900000000000-7") as screen:
        assert len(screen.of("reset")) == 1


def test_whoever_was_away_for_too_long_is_told_to_load_anew(api: Client, world: World) -> None:
    with watch(api, world, "1-1") as screen:
        assert len(screen.of("reset")) == 1


def test_a_file_that_is_deleted_is_gone(api: Client, world: World) -> None:
    with watched(api) as screen:
        api.delete(f"/v1/files/{world.file_id}")
        wait_until(lambda: {"id": str(world.file_id)} in screen.of("gone"))


def test_a_heartbeat_comes_when_nothing_happens(api: Client, world: World) -> None:
    with watch(api, world) as screen:
        wait_until(lambda: screen.comments)


def test_a_stream_ends_by_itself(
    api: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTS_STREAM_S", "0.2")
    settings.current.cache_clear()
    with watch(api, world) as screen:
        assert screen.ended.wait(30)


def test_a_stream_ends_when_the_process_is_asked_to_stop(
    api: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTS_HEARTBEAT_S", "20")  # so that it is not the heartbeat that wakes it
    settings.current.cache_clear()
    with watch(api, world) as screen:
        shutdown.asked.set()
        assert screen.ended.wait(15)


def test_more_watchers_than_there_is_room_for_are_told_to_come_later(
    api: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTS_WATCHERS", "1")
    settings.current.cache_clear()
    with watch(api, world):
        refused = api.get("/v1/events")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")


def test_nobody_is_left_when_all_have_gone(api: Client, world: World) -> None:
    with watch(api, world), watched(api):
        assert event_stream.subscriber_count() == 2
    assert event_stream.subscriber_count() == 0


def test_a_transaction_that_commits_late_is_not_passed_over(
    services: Parts, api: Client, world: World
) -> None:
    """Its position is the lower one, but it becomes visible after the other."""
    other = World.with_pages(world.functions, 1)
    insert = (
        b"INSERT INTO outbox (id, type, source, subject, data)"
        b" VALUES (%s, 'lector.file.cancelled', '/lector/upload', %s, '{\"generation\": 1}')"
    )
    with watched(api) as screen, psycopg.connect(services.embedded.postgres.url) as slow:
        slow.execute(insert, [uuid4(), str(world.file_id)])
        rows(insert + b" RETURNING id", uuid4(), str(other.file_id))
        time.sleep(0.3)
        slow.commit()
        wait_until(lambda: screen.types.count("file.cancelled") == 2)
        subjects = [e["subject"] for e in screen.events if e["type"].endswith("cancelled")]
    assert subjects == [str(world.file_id), str(other.file_id)]


def test_a_hundred_watchers_ask_the_database_no_more_than_one(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def counted(*args: Any, **options: Any) -> list[Any]:
        asked.append(time.monotonic())
        return real(*args, **options)

    real = feed.rows_after
    monkeypatch.setattr(feed, "rows_after", counted)
    crowd = [Subscriber("default", None) for _ in range(100)]
    following = Feed(poll_s=0.1)
    for watcher in crowd:
        following.join(watcher)
    world = World.with_pages(functions, 1)
    wait_until(lambda: all(not watcher.queue.empty() for watcher in crowd))
    asked.clear()
    began = time.monotonic()
    wait_until(lambda: len(asked) >= 10)
    assert len(asked) <= (time.monotonic() - began) / 0.1 + 1
    for watcher in crowd:
        following.leave(watcher)
    assert {row.file_id for row in _first_news(crowd[-1]).rows} == {world.file_id}


def test_a_surprise_does_not_end_the_feed(
    api: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = feed.rows_after
    surprises = iter([ValueError("once"), ValueError("twice")])

    def surprising(*args: Any, **options: Any) -> list[Any]:
        for surprise in surprises:
            raise surprise
        return real(*args, **options)

    with watch(api, world) as screen:
        monkeypatch.setattr(feed, "rows_after", surprising)
        world.read()
        wait_until(lambda: "file.completed" in screen.types)


def test_a_process_with_a_stream_under_way_stops_at_sigterm(
    services: Parts, tmp_path: Path
) -> None:
    port = free_port()
    database = services.embedded.postgres.url_as("lector_upload")
    env = {**services.settings, "DATABASE_URL": database, "GRACE_S": "60"}
    child = Child(shapes.function("upload", port, env), tmp_path)
    try:
        wait_ready(child, shapes.healthy(port))
        with httpx2.stream("GET", f"http://127.0.0.1:{port}/v1/events", timeout=30) as answer:
            lines = answer.iter_lines()
            assert "event: hello" in (next(lines) for _ in range(10))
            child.ask_to_stop()
            began = time.monotonic()
            for _ in lines:
                pass
        wait_until(lambda: not child.alive())
        assert time.monotonic() - began < 10
    finally:
        child.kill()
        child.wait_stopped()


def test_a_watcher_who_does_not_read_is_told_to_load_anew(functions: Functions) -> None:
    idle = Subscriber("default", None, queue.Queue(2))
    row = feed.Row(1, 1, uuid4(), "t", "s", UUID(int=1), "default", "{}", None)  # type: ignore[arg-type]
    for _ in range(3):
        idle.take(feed.EventBatch([row], {}))
    assert idle.queue.get_nowait() is None


def test_what_happened_is_put_together_once_for_all_who_watch_the_same() -> None:
    mine, yours = [Subscriber("default", None) for _ in range(2)]
    other = Subscriber("somebody else", None)
    row = feed.Row(1, 1, uuid4(), "t", "s", UUID(int=1), "default", "{}", None)  # type: ignore[arg-type]
    batch = feed.EventBatch([row], {})
    for watcher in (mine, yours, other):
        watcher.take(batch)
    assert mine.queue.get_nowait() is yours.queue.get_nowait()
    assert other.queue.empty()


def test_a_page_that_is_read_is_encoded_once_for_all_who_watch(world: World) -> None:
    caller = Caller("somebody", "default", frozenset(["read"]))
    sent: list[list[bytes]] = [[], [], []]

    async def watch_all(bodies: list[bytes]) -> None:
        async def send(message: Any) -> None:
            bodies.append(message.get("body", b""))

        stream = event_stream.watch_all(caller, event_stream.After(), event_stream.LastEventId())
        await stream({"type": "http"}, asyncio.Event().wait, send)  # type: ignore[arg-type]

    def all_are_told(what: bytes) -> bool:
        return all(any(what in body for body in bodies) for bodies in sent)

    async def watch_while_it_is_read() -> None:
        watching = [asyncio.create_task(watch_all(bodies)) for bodies in sent]
        await asyncio.to_thread(wait_until, lambda: all_are_told(b"event: hello"))
        await asyncio.to_thread(world.read)
        await asyncio.to_thread(wait_until, lambda: all_are_told(b"lector.file.completed"))
        shutdown.asked.set()
        await asyncio.gather(*watching)

    try:
        asyncio.run(watch_while_it_is_read())
    finally:
        shutdown.asked.clear()
    first, *others = [[body for body in bodies if b"specversion" in body] for bodies in sent]
    assert b"lector.page.read" in b"".join(first)
    for told in others:
        assert len(told) == len(first)
        assert all(body is same for body, same in zip(told, first, strict=True))


def test_a_tenant_with_all_its_streams_is_told_to_come_later_and_gets_one_when_it_is_free(
    api: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTS_WATCHERS_PER_TENANT", "1")
    settings.current.cache_clear()
    with watch(api, world):
        refused = api.get("/v1/events")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
        assert refused.get_json()["code"] == "too_many_at_once"
    with watch(api, world):
        assert event_stream.subscriber_count() == 1


def _first_news(watcher: Subscriber) -> feed.EventBatch:
    news = watcher.queue.get_nowait()
    assert news is not None
    return news
