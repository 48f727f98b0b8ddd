"""The outbox function: what was announced in a transaction is published, all of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from opentelemetry.trace import Span
from werkzeug.test import TestResponse

from lector.contracts import OutboxWritten
from lector.domain import outbox
from lector.local.process import free_port
from lector.runtime import events
from lector.runtime.events import Event
from lector.telemetry import tracing
from tests.support.bridging import (
    Loop,
    Nats,
    ScriptedFunction,
    as_event,
    environment,
    event_of,
    post,
    problem,
    uploaded,
)
from tests.support.called import Functions
from tests.support.model import Answer
from tests.support.parts import Parts

TRACE = {
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "a=b",
}


class Outbox:
    """The outbox's rows, the function that drains them, and where they go."""

    def __init__(self, functions: Functions, database: "psycopg.Connection[Any]", nats: Nats):
        self._functions = functions
        self._database = database
        self.nats = nats

    def announce(self, *announced: Event[Any]) -> None:
        with self._database.transaction():
            outbox.announce(self._database, announced)

    def insert(self, event_type: str, subject: str) -> str:
        """A row that no function of this version would write; its id."""
        row = (uuid4(), event_type, "/test", subject, "{}")
        self._database.execute(
            "INSERT INTO outbox (id, type, source, subject, data) VALUES (%s, %s, %s, %s, %s)", row
        )
        return str(row[0])

    def ring(self, **sent: str) -> TestResponse:
        headers, body = events.to_http(event_of(OutboxWritten()))
        headers |= {name.replace("_", "-"): value for name, value in sent.items()}
        client = self._functions.apps["outbox"].test_client()
        answer: TestResponse = client.post("/", headers=headers, data=body)
        return answer

    def select(self, what: str, condition: str) -> list[Any]:
        """A column of the rows under a condition, by position."""
        query = f"SELECT {what} FROM outbox WHERE {condition} ORDER BY position"
        return [row[0] for row in self._database.execute(query.encode())]

    def waiting(self) -> list[str]:
        return self.select("id::text", "published_at IS NULL AND refusal IS NULL")

    def marked(self) -> list[str]:
        return self.select("id::text", "published_at IS NOT NULL")

    def set_aside(self) -> dict[str, str]:
        condition = "refusal IS NOT NULL"
        return dict(
            zip(self.select("id::text", condition), self.select("refusal", condition), strict=True)
        )

    def age(self, hours: float) -> None:
        """Let time pass since the rows were announced and published."""
        self._database.execute(
            "UPDATE outbox SET published_at = published_at - make_interval(secs => %(s)s),"
            " created_at = created_at - make_interval(secs => %(s)s)",
            {"s": hours * 3600},
        )


@pytest.fixture
def box(functions: Functions, services: Parts) -> Iterator[Outbox]:
    """An empty outbox."""
    loop = Loop()
    nats = Nats(loop, services)
    with psycopg.connect(services.embedded.postgres.url, autocommit=True) as connection:
        connection.execute("DELETE FROM outbox")
        yield Outbox(functions, connection, nats)
        connection.execute("DELETE FROM outbox")
    nats.close()
    loop.close()


@pytest.fixture
def sink() -> Iterator[ScriptedFunction]:
    """A sink that obeys, instead of the real one."""
    server = ScriptedFunction()
    with environment({"K_SINK": server.url}):
        yield server
    server.stop()


def test_the_relay_shows_the_sink_the_secret(box: Outbox, sink: ScriptedFunction) -> None:
    sink.answers(otherwise=Answer(202))
    box.announce(uploaded())
    with environment({"K_SINK": sink.url, "CALLER_SECRET": "a secret"}):
        assert box.ring(lector_caller_secret="a secret").status_code == 204
    [request] = sink.requests
    assert request.headers["lector-caller-secret"] == "a secret"


def test_rows_wait_while_the_sink_does_not_know_the_relay(
    box: Outbox, sink: ScriptedFunction
) -> None:
    sink.answers(otherwise=problem(503, "not_authenticated"))
    box.announce(uploaded())
    assert box.ring().status_code == 503
    assert box.set_aside() == {}


def test_an_empty_outbox_is_answered_with_nothing(box: Outbox) -> None:
    answer = box.ring()
    assert (answer.status_code, answer.get_data()) == (204, b"")


def test_a_row_is_published_as_the_event_that_was_announced(box: Outbox) -> None:
    event = uploaded(name="naïve “100 %”.pdf")
    box.announce(event)
    assert box.ring().status_code == 204
    [published] = [as_event(message) for message in box.nats.published(event)]
    assert (published.id, published.source, published.subject, published.data) == (
        event.id,
        event.source,
        event.subject,
        event.data,
    )


def test_a_row_is_published_with_its_trace(box: Outbox) -> None:
    event = uploaded(trace=TRACE)
    box.announce(event)
    box.ring()
    headers = box.nats.published(event)[0].headers or {}
    assert {name: headers[name] for name in TRACE} == TRACE


def test_a_row_without_a_trace_is_published_without_one(box: Outbox) -> None:
    event = uploaded()
    box.announce(event)
    box.ring()
    assert "traceparent" not in (box.nats.published(event)[0].headers or {})


def test_a_published_row_is_marked(box: Outbox) -> None:
    event = uploaded()
    box.announce(event)
    box.ring()
    assert box.marked() == [event.id]


def test_rows_are_published_in_the_order_in_which_they_were_written(
    box: Outbox, sink: ScriptedFunction
) -> None:
    sink.answers(otherwise=Answer(202))
    announced = [uploaded() for _ in range(20)]
    box.announce(*announced)
    box.ring()
    [request] = sink.requests
    places = [request.body.index(event.id.encode()) for event in announced]
    assert places == sorted(places)


def test_more_rows_than_a_batch_are_all_published(box: Outbox) -> None:
    announced = [uploaded() for _ in range(10)]
    box.announce(*announced)
    with environment({"RELAY_BATCH": "3"}):
        assert box.ring().status_code == 204
    assert all(len(box.nats.published(event)) == 1 for event in announced)


def test_a_batch_holds_no_more_than_it_should(box: Outbox, sink: ScriptedFunction) -> None:
    sink.answers(otherwise=Answer(202))
    box.announce(*[uploaded() for _ in range(10)])
    with environment({"RELAY_BATCH": "3"}):
        box.ring()
    assert [request.body.count(b'"specversion"') for request in sink.requests] == [3, 3, 3, 1]


# The sink is away


def test_without_a_sink_the_ring_is_not_now(box: Outbox) -> None:
    box.announce(uploaded())
    with environment({"K_SINK": f"http://127.0.0.1:{free_port()}/"}):
        assert box.ring().status_code == 503


def test_without_a_sink_rows_stay(box: Outbox) -> None:
    event = uploaded()
    box.announce(event)
    with environment({"K_SINK": f"http://127.0.0.1:{free_port()}/"}):
        box.ring()
    assert box.waiting() == [event.id]


def test_rows_that_stayed_are_published_when_the_sink_is_back(box: Outbox) -> None:
    event = uploaded()
    box.announce(event)
    with environment({"K_SINK": f"http://127.0.0.1:{free_port()}/"}):
        box.ring()
    assert box.ring().status_code == 204
    assert len(box.nats.published(event)) == 1


@pytest.mark.parametrize("status", [200, 204, 401, 404, 429, 500, 502, 503])
def test_whatever_the_sink_says_but_yes_or_never_leaves_rows_waiting(
    box: Outbox, sink: ScriptedFunction, status: int
) -> None:
    sink.answers(otherwise=problem(status) if status != 204 else Answer(204))
    event = uploaded()
    box.announce(event)
    assert box.ring().status_code == 503
    assert box.waiting() == [event.id]


def test_a_batch_that_was_published_but_not_marked_is_stored_once(
    box: Outbox, services: Parts
) -> None:
    event = uploaded()
    box.announce(event)
    assert post(services, event).status_code == 202
    box.ring()
    assert len(box.nats.published(event)) == 1


def test_while_jetstream_is_away_rows_stay(box: Outbox) -> None:
    event = uploaded()
    box.announce(event)
    with box.nats.down():
        assert box.ring().status_code == 503
    assert box.waiting() == [event.id]


# A row that cannot be published


def test_a_row_too_large_for_the_sink_is_set_aside_with_its_reason(box: Outbox) -> None:
    event = uploaded(name="x" * 1024 * 1024)
    box.announce(event)
    assert box.ring().status_code == 204
    assert "413" in box.set_aside()[event.id]


def test_a_row_that_is_no_event_for_the_sink_is_set_aside_with_its_reason(box: Outbox) -> None:
    row = box.insert("lector.file.uploaded", "a.b")
    assert box.ring().status_code == 204
    assert "'a.b'" in box.set_aside()[row]


def test_the_rows_around_one_that_is_set_aside_are_published(box: Outbox) -> None:
    announced = [uploaded() for _ in range(9)]
    announced.insert(4, uploaded(name="x" * 1024 * 1024))
    box.announce(*announced)
    box.ring()
    assert [len(box.nats.published(event)) for event in announced] == [1] * 4 + [0] + [1] * 5


def test_a_row_set_aside_is_not_tried_again(box: Outbox, sink: ScriptedFunction) -> None:
    sink.answers(problem(413), otherwise=Answer(202))
    box.announce(uploaded())
    box.ring()
    box.ring()
    sink.got(1)


def test_a_row_of_a_type_that_this_version_does_not_know_is_published(box: Outbox) -> None:
    subject = str(uuid4())
    box.insert("lector.future.thing", subject)
    assert box.ring().status_code == 204
    assert len(box.nats.stored(f"lector.future.thing.{subject}")) == 1


def test_rows_too_large_to_go_together_are_published_apart(box: Outbox) -> None:
    announced = [uploaded(name="x" * 900_000) for _ in range(20)]
    box.announce(*announced)
    assert box.ring().status_code == 204
    assert all(len(box.nats.published(event)) == 1 for event in announced)


# Time and repetition


def test_when_time_is_up_the_ring_is_not_now(box: Outbox) -> None:
    box.announce(*[uploaded() for _ in range(5)])
    with environment({"RELAY_BATCH": "1", "RELAY_BUDGET_S": "0"}):
        answer = box.ring()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "0")


def test_what_time_did_not_suffice_for_is_published_by_the_next_ring(box: Outbox) -> None:
    announced = [uploaded() for _ in range(5)]
    box.announce(*announced)
    with environment({"RELAY_BATCH": "1", "RELAY_BUDGET_S": "0"}):
        box.ring()
    box.ring()
    assert box.waiting() == []


def test_two_relays_at_once_publish_every_row_once(box: Outbox) -> None:
    announced = [uploaded() for _ in range(200)]
    box.announce(*announced)
    with environment({"RELAY_BATCH": "7"}), ThreadPoolExecutor(2) as pool:
        answers = [ring.result().status_code for ring in [pool.submit(box.ring) for _ in range(2)]]
    assert answers == [204, 204]
    assert [len(box.nats.published(event)) for event in announced] == [1] * 200


def test_two_relays_at_once_send_no_row_twice(box: Outbox, sink: ScriptedFunction) -> None:
    sink.answers(otherwise=Answer(202, delay_s=0.02))
    announced = [uploaded() for _ in range(60)]
    box.announce(*announced)
    with environment({"RELAY_BATCH": "7"}), ThreadPoolExecutor(2) as pool:
        for ring in [pool.submit(box.ring) for _ in range(2)]:
            ring.result()
    sent = b"".join(request.body for request in sink.requests)
    assert [sent.count(event.id.encode()) for event in announced] == [1] * 60


def test_a_row_written_during_a_ring_is_published_by_it_or_by_the_next(
    box: Outbox, sink: ScriptedFunction
) -> None:
    sink.answers(otherwise=Answer(202, delay_s=1))
    box.announce(uploaded())
    with ThreadPoolExecutor(1) as pool:
        ring = pool.submit(box.ring)
        sink.got(1)
        box.announce(uploaded())
        assert ring.result().status_code == 204
    assert box.waiting() == []


# Published rows


@pytest.fixture
def purging() -> Iterator[None]:
    """Each ring looks for rows that were kept long enough."""
    with environment({"RELAY_PURGE_EVERY_S": "0"}):
        yield


@pytest.mark.usefixtures("purging")
def test_published_rows_are_purged_after_a_week(box: Outbox) -> None:
    box.announce(uploaded())
    box.ring()
    box.age(7 * 24 + 0.1)
    box.ring()
    assert box.marked() == []


@pytest.mark.usefixtures("purging")
def test_published_rows_are_kept_for_a_week(box: Outbox) -> None:
    event = uploaded()
    box.announce(event)
    box.ring()
    box.age(7 * 24 - 0.1)
    box.ring()
    assert box.marked() == [event.id]


@pytest.mark.usefixtures("purging")
def test_however_many_rows_were_published_a_week_ago_one_ring_purges_them(
    box: Outbox, sink: ScriptedFunction
) -> None:
    sink.answers(otherwise=Answer(202))
    box.announce(*[uploaded() for _ in range(2500)])
    box.ring()
    box.age(7 * 24 + 1)
    box.ring()
    assert box.marked() == []


@pytest.mark.usefixtures("purging")
def test_rows_set_aside_are_kept_for_thirty_days(box: Outbox) -> None:
    row = box.insert("lector.file.uploaded", "a.b")
    box.ring()
    box.age(29.9 * 24)
    box.ring()
    assert list(box.set_aside()) == [row]


@pytest.mark.usefixtures("purging")
def test_rows_set_aside_are_purged_after_thirty_days(box: Outbox) -> None:
    box.insert("lector.file.uploaded", "a.b")
    box.ring()
    box.age(30.1 * 24)
    box.ring()
    assert list(box.set_aside()) == []


@pytest.mark.usefixtures("purging")
def test_a_row_that_waits_is_never_purged_however_old(box: Outbox, sink: ScriptedFunction) -> None:
    box.announce(uploaded())
    sink.answers(otherwise=Answer(503))
    box.age(1000 * 24)
    box.ring()
    assert len(box.waiting()) == 1


def test_rows_to_be_purged_are_looked_for_once_in_a_while(box: Outbox) -> None:
    with environment({"RELAY_PURGE_EVERY_S": "0"}):
        box.ring()
    event = uploaded()
    box.announce(event)
    box.ring()
    box.age(7 * 24 + 0.1)
    box.ring()
    assert box.marked() == [event.id]


# What a ring costs


def test_a_ring_that_finds_rows_asks_the_database_for_them_once(
    box: Outbox, sink: ScriptedFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.answers(otherwise=Answer(202))
    box.ring()  # which may purge
    box.announce(uploaded(), uploaded())
    asked = []

    def client_span(name: str, about: tracing.Attributes) -> AbstractContextManager[Span]:
        asked.append(name)
        return span(name, about)

    span = tracing.client_span
    monkeypatch.setattr(tracing, "client_span", client_span)
    box.ring()
    assert asked == ["take_unpublished", "mark_published"]


def test_rows_that_came_during_a_ring_are_taken_by_it(box: Outbox, sink: ScriptedFunction) -> None:
    sink.answers(otherwise=Answer(202, delay_s=1))
    box.announce(uploaded())
    with ThreadPoolExecutor(1) as pool:
        ring = pool.submit(box.ring)
        sink.got(1)
        box.announce(uploaded())
        ring.result()
    assert (len(box.waiting()), len(sink.requests)) == (0, 2)
