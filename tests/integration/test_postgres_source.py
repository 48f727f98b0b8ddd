"""The PostgreSQL source: when a function is woken, and when it is left asleep."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import psutil
import psycopg
import pytest
from psycopg import sql

from lector.bridge.postgres_source import doorbell
from lector.contracts import LedgerStalled, OutboxWritten, PageRead
from lector.domain import outbox
from lector.local import functions as processes
from lector.local.process import Child, free_port
from lector.local.services import migrate
from lector.runtime import failpoints, settings
from lector.runtime.events import Event
from tests.support.bridging import (
    BROKEN_OFF,
    NO_CONTENT,
    Loop,
    ScriptedFunction,
    delays,
    environment,
    event_of,
    problem,
    uploaded,
    wait_until,
)
from tests.support.model import Answer
from tests.support.parts import Parts

LONG_S = 60.0

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def database(services: Parts) -> Iterator[Connection]:
    """A connection to the database, with an empty outbox and no files."""
    with psycopg.connect(services.embedded.postgres.url, autocommit=True) as connection:
        connection.execute("DELETE FROM outbox")
        connection.execute("DELETE FROM files")
        yield connection
        connection.execute("DELETE FROM outbox")
        connection.execute("DELETE FROM files")


@pytest.fixture
def function() -> Iterator[ScriptedFunction]:
    """The outbox function, obedient."""
    server = ScriptedFunction()
    yield server
    server.stop()


@pytest.fixture
def sweeper() -> Iterator[ScriptedFunction]:
    """The function that sweeps, obedient."""
    server = ScriptedFunction()
    yield server
    server.stop()


class Bell:
    """The tasks of the PostgreSQL source, in a loop of their own."""

    def __init__(self) -> None:
        self._loop = Loop()
        self._stop = self._loop.run(_event())
        self._task: asyncio.Task[None] | None = None
        self._settings = ExitStack()

    def begin(self, values: Mapping[str, str]) -> None:
        """Start it with these settings, which stay until its end: it reads them when it can."""
        self._settings.enter_context(environment(values))
        self._task = self._loop.begin(doorbell.run(self._stop))

    @property
    def escaped(self) -> BaseException | None:
        task = self._task
        return task.exception() if task and task.done() and not task.cancelled() else None

    def end(self) -> None:
        self._loop.run(_set(self._stop))
        if self._task:
            self._loop.run(_ended(self._task))
        self._loop.close()
        self._settings.close()


async def _event() -> asyncio.Event:
    return asyncio.Event()


async def _set(event: asyncio.Event) -> None:
    event.set()


async def _ended(task: "asyncio.Task[None]") -> None:
    await asyncio.wait([task], timeout=10)


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.end()
    assert made.escaped is None


def begin(
    bell: Bell,
    services: Parts,
    url: str,
    check_s: float = LONG_S,
    database_url: str | None = None,
    sweep_url: str = "http://127.0.0.1:9/",
    gather_s: float = LONG_S,
) -> None:
    """Start the source with these settings."""
    values = {
        "DOORBELL_GATHER_S": str(gather_s),
        "LISTEN_DATABASE_URL": database_url or services.embedded.postgres.url,
        "K_SINK": url,
        "SWEEP_SINK": sweep_url,
        "DOORBELL_CHECK_S": str(check_s),
    }
    bell.begin(values)


def started(
    bell: Bell, services: Parts, function: ScriptedFunction, check_s: float = LONG_S
) -> None:
    """Start the source, and wait for the ring with which it begins."""
    begin(bell, services, function.url, check_s)
    function.got(1)


def announce(connection: Connection, *announced: Event[Any]) -> None:
    """Commit rows into the outbox, with a statement for each."""
    with connection.transaction():
        for event in announced or [uploaded()]:
            outbox.announce(connection, [event])


def page_read() -> Event[PageRead]:
    """What nobody waits for at once."""
    return event_of(PageRead(generation=1, page_number=1, provenance="blank"))


def test_it_rings_when_it_starts(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    begin(bell, services, function.url)
    function.got(1)


def test_a_ring_shows_the_secret(
    services: Parts,
    database: Connection,
    function: ScriptedFunction,
    bell: Bell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CALLER_SECRET", "a secret")
    begin(bell, services, function.url)
    [request] = function.got(1)
    assert request.headers["lector-caller-secret"] == "a secret"
    settings.current.cache_clear()


def test_a_commit_that_writes_the_outbox_leads_to_one_ring(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    started(bell, services, function)
    announce(database)
    function.got(2)
    time.sleep(0.2)
    function.got(2)


def test_a_ring_comes_within_moments(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    started(bell, services, function)
    took_s = []
    for rings in range(2, 7):  # the machine may be busy
        began = time.monotonic()
        announce(database)
        took_s.append(function.got(rings)[-1].at - began)
    assert min(took_s) < 0.2


def test_a_ring_is_an_event_that_the_outbox_function_understands(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    begin(bell, services, function.url)
    [request] = function.got(1)
    assert request.event.data == OutboxWritten()


def test_it_sleeps_while_nothing_happens(services: Parts, function: ScriptedFunction) -> None:
    env = {**services.settings, "K_SINK": function.url, "SWEEP_SINK": function.url}
    child = Child(processes.bridge("postgres-source", env, free_port()), services.folder.logs)
    try:
        function.got(1)
        process = psutil.Process(child.pid)
        for _ in range(3):  # where its start still goes on, it is looked at again
            time.sleep(1)
            before = process.num_ctx_switches().voluntary
            time.sleep(5)
            woken = process.num_ctx_switches().voluntary - before
            if woken < 25:
                break
    finally:
        child.kill()
    assert woken < 25


def test_a_rollback_does_not_ring(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    started(bell, services, function)
    with database.transaction(force_rollback=True):
        outbox.announce(database, [uploaded()])
    time.sleep(0.2)
    function.got(1)


def test_a_statement_that_writes_many_rows_rings_once(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    started(bell, services, function)
    with database.transaction():
        outbox.announce(database, [uploaded() for _ in range(100)])
    function.got(2)
    time.sleep(0.2)
    function.got(2)


def test_commits_during_a_ring_lead_to_one_further_ring(
    services: Parts,
    database: Connection,
    function: ScriptedFunction,
    bell: Bell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed: list[str] = []
    monkeypatch.setattr(failpoints, "passed", passed.append)
    function.answering.clear()
    started(bell, services, function)
    for _ in range(20):
        announce(database)
    wait_until(lambda: passed.count("doorbell.heard") == 20)
    function.answering.set()
    function.got(2)
    time.sleep(0.2)
    function.got(2)


def test_one_ring_is_under_way_at_a_time(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    function.answers(otherwise=Answer(204, delay_s=0.05))
    started(bell, services, function)
    for _ in range(20):
        announce(database)
        time.sleep(0.01)
    wait_until(lambda: len(function.requests) > 2)
    assert function.most_busy == 1


def test_that_a_page_is_read_does_not_ring_by_itself_at_once(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    started(bell, services, function)
    announce(database, page_read())
    time.sleep(0.3)
    function.got(1)


def test_pages_that_are_read_ring_once_after_a_while(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    begin(bell, services, function.url, gather_s=1)
    function.got(1)
    for rings in (2, 3):
        began = time.monotonic()
        for _ in range(5):
            announce(database, page_read())
        assert function.got(rings)[-1].at - began >= 1
        time.sleep(1.2)
        function.got(rings)


def test_a_page_that_is_read_goes_with_the_next_ring(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    begin(bell, services, function.url, gather_s=1)
    function.got(1)
    announce(database, page_read())
    announce(database)
    function.got(2)
    time.sleep(1.2)
    function.got(2)


def test_a_page_that_is_read_rings_at_once_with_what_somebody_waits_for(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    started(bell, services, function)
    announce(database, page_read(), uploaded())
    function.got(2)


def test_an_event_that_is_announced_again_rings_for_nobody(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    started(bell, services, function)
    event = uploaded()
    announce(database, event)
    function.got(2)
    announce(database, event)
    time.sleep(0.2)
    function.got(2)


def test_a_late_ring_that_a_kill_prevents_is_made_by_the_next_source(
    services: Parts, database: Connection, function: ScriptedFunction
) -> None:
    env = {**services.settings, "K_SINK": function.url, "SWEEP_SINK": function.url}
    env |= {"DOORBELL_GATHER_S": str(LONG_S), "DOORBELL_CHECK_S": str(LONG_S)}
    for rings in (1, 2):
        source = processes.bridge("postgres-source", env, free_port())
        child = Child(source, services.folder.logs)
        try:
            function.got(rings)
            announce(database, page_read())
            time.sleep(0.2)
            function.got(rings)
        finally:
            child.kill()


@pytest.mark.parametrize("failing", [problem(500), problem(503), Answer(200), BROKEN_OFF], ids=str)
def test_a_ring_that_failed_is_repeated(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell, failing: Answer
) -> None:
    function.answers(failing, NO_CONTENT)
    begin(bell, services, function.url)
    function.got(2)
    time.sleep(0.3)
    function.got(2)


def test_a_ring_that_nobody_heard_is_repeated(
    services: Parts, database: Connection, bell: Bell
) -> None:
    port = free_port()
    begin(bell, services, f"http://127.0.0.1:{port}")
    time.sleep(0.1)
    late = ScriptedFunction(port)
    try:
        late.got(1)
    finally:
        late.stop()


def test_a_lost_connection_counts_as_a_notification(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    started(bell, services, function)
    disconnect(database)
    function.got(2)


def test_after_a_lost_connection_it_listens_again(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    started(bell, services, function)
    disconnect(database)
    function.got(2)
    announce(database)
    function.got(3)


def disconnect(database: Connection) -> None:
    """Have the server end the connection that listens; those of sources before are gone soon."""
    listening = "FROM pg_stat_activity WHERE query = 'LISTEN outbox'"
    count = f"SELECT count(*) {listening}"
    wait_until(lambda: database.execute(count.encode()).fetchall() == [(1,)])
    ended = database.execute(f"SELECT pg_terminate_backend(pid) {listening}".encode()).fetchall()
    assert ended == [(True,)]


def test_what_waits_unpublished_rings_on_the_timer(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    announce(database)
    begin(bell, services, function.url, check_s=0.1)
    wait_until(lambda: len(function.requests) >= 3)


def test_nothing_rings_on_the_timer_while_nothing_waits(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    started(bell, services, function, check_s=0.05)
    time.sleep(0.5)
    function.got(1)


@pytest.mark.parametrize("column", ["published_at = now()", "refusal = 'too large'"])
def test_what_is_published_or_set_aside_does_not_ring_on_the_timer(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell, column: str
) -> None:
    announce(database)
    database.execute(f"UPDATE outbox SET {column}".encode())
    started(bell, services, function, check_s=0.05)
    time.sleep(0.5)
    function.got(1)


def test_started_before_the_database_was_migrated_it_rings_afterwards(
    services: Parts, database: Connection, function: ScriptedFunction, bell: Bell
) -> None:
    name = f"late{uuid4().hex[:12]}"
    database.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = services.embedded.postgres.url.replace("/lector?", f"/{name}?")
    begin(bell, services, function.url, 0.05, url)
    time.sleep(0.3)  # it asks for a table that is not there
    migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        announce(connection)
        so_far = len(function.requests)
        wait_until(lambda: len(function.requests) > so_far + 1)


def test_it_ends_when_it_is_asked_to(
    services: Parts, database: Connection, function: ScriptedFunction
) -> None:
    bell = Bell()
    started(bell, services, function)
    bell.end()
    announce(database)
    time.sleep(0.1)
    function.got(1)


def test_it_ends_at_once_although_a_ring_is_under_way(
    services: Parts, database: Connection, function: ScriptedFunction
) -> None:
    function.answers(otherwise=Answer(204, delay_s=30))
    bell = Bell()
    started(bell, services, function)
    began = time.monotonic()
    bell.end()
    assert time.monotonic() - began < 3


def test_an_address_that_is_none_ends_it_rather_than_leave_it_deaf(
    services: Parts, database: Connection
) -> None:
    bell = Bell()
    begin(bell, services, "http://127.0.0.1:port/")
    try:
        wait_until(lambda: bell.escaped)
    finally:
        bell.end()


# The sweep


def file(connection: Connection, status: str = "reading", look_in_s: float = -1) -> None:
    """Commit a file that is to be looked at so many seconds from now."""
    connection.execute(
        "INSERT INTO files (name, size_bytes, status, look_at)"
        " VALUES ('a.pdf', 1, %s, now() + make_interval(secs => %s))",
        (status, look_in_s),
    )


@pytest.mark.parametrize("status", ["announced", "uploaded", "reading", "deleted"])
def test_a_file_whose_time_has_come_wakes_who_sweeps(
    services: Parts,
    database: Connection,
    function: ScriptedFunction,
    sweeper: ScriptedFunction,
    bell: Bell,
    status: str,
) -> None:
    file(database, status)
    begin(bell, services, function.url, check_s=0.05, sweep_url=sweeper.url)
    wait_until(lambda: sweeper.requests)
    assert sweeper.requests[0].event.data == LedgerStalled()
    assert sweeper.requests[0].subject == "ledger"


def test_a_file_wakes_nobody_before_its_time(
    services: Parts,
    database: Connection,
    function: ScriptedFunction,
    sweeper: ScriptedFunction,
    bell: Bell,
) -> None:
    began = time.monotonic()
    file(database, look_in_s=1.5)
    begin(bell, services, function.url, check_s=0.05, sweep_url=sweeper.url)
    wait_until(lambda: sweeper.requests)
    assert time.monotonic() - began >= 1.5


@pytest.mark.parametrize("status", ["completed", "incomplete", "failed", "cancelled"])
def test_a_file_that_is_finished_wakes_nobody(
    services: Parts,
    database: Connection,
    function: ScriptedFunction,
    sweeper: ScriptedFunction,
    bell: Bell,
    status: str,
) -> None:
    file(database, status)
    begin(bell, services, function.url, check_s=0.05, sweep_url=sweeper.url)
    time.sleep(0.5)
    sweeper.got(0)


def test_a_commit_that_writes_the_outbox_does_not_wake_who_sweeps(
    services: Parts,
    database: Connection,
    function: ScriptedFunction,
    sweeper: ScriptedFunction,
    bell: Bell,
) -> None:
    begin(bell, services, function.url, check_s=0.05, sweep_url=sweeper.url)
    announce(database)
    wait_until(lambda: len(function.requests) > 1)
    sweeper.got(0)


def test_a_file_whose_time_has_come_does_not_wake_the_outbox(
    services: Parts,
    database: Connection,
    function: ScriptedFunction,
    sweeper: ScriptedFunction,
    bell: Bell,
) -> None:
    begin(bell, services, function.url, check_s=0.05, sweep_url=sweeper.url)
    function.got(1)
    file(database)
    wait_until(lambda: len(sweeper.requests) > 3)
    function.got(1)


def test_a_file_that_the_sweep_left_rings_at_the_next_tick_and_not_at_once(
    services: Parts,
    database: Connection,
    function: ScriptedFunction,
    sweeper: ScriptedFunction,
    bell: Bell,
) -> None:
    file(database)
    started = time.monotonic()
    begin(bell, services, function.url, check_s=0.3, sweep_url=sweeper.url)
    wait_until(lambda: len(sweeper.requests) >= 4)
    assert sweeper.requests[3].at - started >= 3 * 0.3


@pytest.mark.parametrize("failing", [problem(500), problem(503), BROKEN_OFF], ids=str)
def test_a_sweep_that_failed_is_asked_for_again_and_not_in_a_hot_loop(
    services: Parts,
    database: Connection,
    function: ScriptedFunction,
    sweeper: ScriptedFunction,
    bell: Bell,
    failing: Answer,
) -> None:
    sweeper.answers(otherwise=failing)
    file(database)
    begin(bell, services, function.url, check_s=0.01, sweep_url=sweeper.url)
    wait_until(lambda: len(sweeper.requests) >= 6)
    first, second, third, *_, last = delays(sweeper.requests[:6])
    assert (first > 0.09, second > 0.19, third > 0.39) == (True, True, True)
    assert first < last  # sixteen times as long, so that a stall of the machine is none


def test_one_sweep_is_under_way_at_a_time(
    services: Parts,
    database: Connection,
    function: ScriptedFunction,
    sweeper: ScriptedFunction,
    bell: Bell,
) -> None:
    sweeper.answers(otherwise=Answer(204, delay_s=0.1))
    file(database)
    begin(bell, services, function.url, check_s=0.01, sweep_url=sweeper.url)
    wait_until(lambda: len(sweeper.requests) >= 4)
    assert sweeper.most_busy == 1


def test_a_sweep_that_takes_long_does_not_hold_up_the_outbox(
    services: Parts,
    database: Connection,
    function: ScriptedFunction,
    sweeper: ScriptedFunction,
    bell: Bell,
) -> None:
    sweeper.answers(otherwise=Answer(204, delay_s=30))
    file(database)
    begin(bell, services, function.url, check_s=0.05, sweep_url=sweeper.url)
    wait_until(lambda: sweeper.requests)
    so_far = len(function.requests)
    announce(database)
    wait_until(lambda: len(function.requests) > so_far, 15)  # half of what the sweep takes


def test_an_outbox_that_takes_long_does_not_hold_up_the_sweep(
    services: Parts,
    database: Connection,
    function: ScriptedFunction,
    sweeper: ScriptedFunction,
    bell: Bell,
) -> None:
    function.answers(otherwise=Answer(204, delay_s=30))
    begin(bell, services, function.url, check_s=0.05, sweep_url=sweeper.url)
    function.got(1)
    file(database)
    wait_until(lambda: sweeper.requests, 15)  # half of what the ring takes
