"""The source ends, NATS restarts: what becomes of messages under way."""

import time
from functools import partial
from pathlib import Path

import pytest

from lector.bridge import subscriptions
from lector.bridge.jetstream import nats_cloudevents
from lector.contracts import FileOpened
from lector.local import functions as processes
from lector.local.process import Child, free_port
from lector.runtime import events
from tests.support.bridging import (
    ScriptedFunction,
    Source,
    answer,
    event_of,
    post,
    uploaded,
    wait_until,
)
from tests.support.model import Answer
from tests.support.parts import Parts


def test_a_delivery_under_way_is_settled_when_the_source_ends(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    function.answers(Answer(204, delay_s=0.5))
    delivering.publish(uploaded())
    function.got(1)
    delivering.pause()
    delivering.finish()
    assert delivering.is_settled()


def test_what_a_source_that_ends_did_not_begin_goes_to_another_at_once(
    source: Source, function: ScriptedFunction
) -> None:
    one = source.serves(ack_wait_s=60)
    other = source.serves(
        function=one.subscription.function, type=one.subscription.type, ack_wait_s=60
    )
    one.stop_asking()
    sent = [uploaded() for _ in range(12)]
    one.publish(*sent)
    function.got(12)
    other.settled()
    assert [len(function.about(event)) for event in sent] == [1] * 12
    assert one.deliveries() > 12  # some were handed back


def test_a_source_that_is_replaced_under_load_hands_each_event_on_once(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(ack_wait_s=60)
    function.answers(otherwise=Answer(204, delay_s=0.05))
    sent = [uploaded() for _ in range(60)]
    delivering.publish(*sent)
    for begun in (5, 20, 40):
        wait_until(partial(function.has, begun))
        delivering.pause()
        delivering.finish()
        assert function.busy == 0
        delivering.resume()
    delivering.settled()
    assert [len(function.about(event)) for event in sent] == [1] * 60


def test_what_was_published_while_the_source_was_away_is_delivered(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    delivering.pause()
    delivering.publish(uploaded(), uploaded())
    delivering.resume()
    function.got(2)
    delivering.settled()


@pytest.mark.usefixtures("nothing_kept")
def test_a_source_process_asked_to_stop_settles_its_delivery_first(
    services: Parts, source: Source, function: ScriptedFunction
) -> None:
    names = ("upload", "render", "register", "llm", "outbox", "notify")
    urls = ",".join(f"{name}={function.url}" for name in names)
    env = {**services.settings, "FUNCTION_URLS": urls}
    # Of a type that only one function listens to.
    event = event_of(FileOpened(generation=1, object_key="k", page_count=3))
    [message] = nats_cloudevents.from_request(*events.to_http(event))
    child = Child(processes.bridge("jetstream-source", env, free_port()), services.folder.logs)
    try:
        function.answers(otherwise=Answer(204, delay_s=0.7))
        source.nats.publish(message.subject, message.body, message.headers)
        wait_until(lambda: function.about(event))
        child.ask_to_stop()
        child.wait_stopped()
        delivered = len(function.about(event))
    finally:
        child.kill()
    assert (delivered, function.busy) == (1, 0)


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("order", ["before", "after"])
def test_a_source_process_ends_soon_although_nats_is_gone(
    services: Parts, source: Source, function: ScriptedFunction, order: str
) -> None:
    names = ("upload", "render", "register", "llm", "outbox", "notify")
    urls = ",".join(f"{name}={function.url}" for name in names)
    env = {**services.settings, "FUNCTION_URLS": urls}
    part = processes.bridge("jetstream-source", env, free_port())
    if order == "before":
        with source.nats.down():
            ended_after_s, said = ended(Child(part, services.folder.logs), 2)
    else:
        event = uploaded()
        [message] = nats_cloudevents.from_request(*events.to_http(event))
        function.answers(otherwise=Answer(204, delay_s=20))
        child = Child(part, services.folder.logs)
        try:
            source.nats.publish(message.subject, message.body, message.headers)
            wait_until(lambda: function.about(event))
            with source.nats.down():
                ended_after_s, said = ended(child)
        finally:
            child.kill()
    assert ended_after_s < 9
    assert "Traceback" not in said


def ended(child: Child, after_s: float = 0) -> tuple[float, str]:
    """How long a process takes to end when it is asked to, and what it said."""
    written = child.log.stat().st_size
    time.sleep(after_s)
    began = time.monotonic()
    child.ask_to_stop()
    child.wait_stopped()
    return time.monotonic() - began, child.log.read_text()[written:]


@pytest.mark.usefixtures("nothing_kept")
def test_a_source_process_ends_rather_than_go_on_without_a_subscription(
    services: Parts, source: Source, function: ScriptedFunction, tmp_path: Path
) -> None:
    table = subscriptions.DEFAULT_FILE.read_text()
    assert "wakes: [register, llm]" in table
    broken = tmp_path / "subscriptions.yaml"  # with its first event it has to wake a stranger
    broken.write_text(table.replace("wakes: [register, llm]", "wakes: [nobody]"))
    urls = ",".join(f"{name}={function.url}" for name in ("render", "register", "llm", "notify"))
    env = {**services.settings, "FUNCTION_URLS": urls, "SUBSCRIPTIONS_FILE": str(broken)}
    child = Child(processes.bridge("jetstream-source", env, free_port()), services.folder.logs)
    try:
        assert post(services, uploaded()).status_code == 202
        wait_until(lambda: not child.alive(), what=child.tail())
    finally:
        child.kill()


def test_deliveries_go_on_after_a_restart_of_nats(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    before, after = uploaded(), uploaded()
    delivering.publish(before)
    wait_until(lambda: function.about(before))
    with source.nats.down():
        time.sleep(0.2)
    delivering.publish(after)
    wait_until(lambda: function.about(after))
    delivering.settled()


def test_an_answer_given_while_nats_is_away_is_not_lost(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    reply = uploaded()
    function.answers(otherwise=Answer(200, answer(reply).body, answer(reply).headers, 0.3))
    delivering.publish(uploaded())
    wait_until(lambda: function.requests)
    with source.nats.down():
        time.sleep(0.5)
    delivering.settled()
    assert len(source.nats.published(reply)) == 1
