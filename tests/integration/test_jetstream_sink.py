"""The JetStream sink, as a process: what it takes, what it refuses, and what 202 is worth."""

import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx2
import psutil
import pytest

from lector.local import functions as processes
from lector.local.process import Child, free_port, wait_ready
from lector.runtime import cloudevents, events
from lector.runtime.events import Event
from tests.support.bridging import Loop, Nats, as_event, environment, post, uploaded, wait_until
from tests.support.parts import Parts


@pytest.fixture
def nats(services: Parts) -> Iterator[Nats]:
    """A look into the streams."""
    with environment(services.settings):
        loop = Loop()
        connected = Nats(loop, services)
        yield connected
        connected.close()
        loop.close()


def structured(event: Event[Any], **changes: object) -> dict[str, object]:
    """An event as a JSON object, with attributes replaced."""
    attributes = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": event.time.isoformat(),
        "datacontenttype": "application/json",
        "data": json.loads(events.to_json(event.data)),
    }
    return {**attributes, **changes}


def send(
    services: Parts, body: bytes, content_type: str = cloudevents.STRUCTURED
) -> httpx2.Response:
    headers = {"content-type": content_type}
    return httpx2.post(services.settings["K_SINK"], content=body, headers=headers, timeout=20)


def send_json(
    services: Parts, value: object, content_type: str = cloudevents.STRUCTURED
) -> httpx2.Response:
    return send(services, json.dumps(value).encode(), content_type)


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# What it takes


def test_an_event_in_binary_mode_lies_in_the_stream_once_it_is_accepted(
    services: Parts, nats: Nats
) -> None:
    event = uploaded()
    assert post(services, event).status_code == 202
    assert [as_event(message) for message in nats.published(event)] == [event]


def test_an_event_in_structured_mode_lies_in_the_stream_once_it_is_accepted(
    services: Parts, nats: Nats
) -> None:
    event = uploaded()
    assert send_json(services, structured(event)).status_code == 202
    assert [as_event(message) for message in nats.published(event)] == [event]


def test_every_event_of_a_batch_lies_in_the_stream_once_it_is_accepted(
    services: Parts, nats: Nats
) -> None:
    sent = [uploaded() for _ in range(50)]
    answer = send_json(services, [structured(event) for event in sent], cloudevents.BATCH)
    assert answer.status_code == 202
    assert [[as_event(m) for m in nats.published(event)] for event in sent] == [[e] for e in sent]


def test_an_accepted_event_is_answered_with_nothing(services: Parts) -> None:
    assert post(services, uploaded()).content == b""


def test_an_empty_batch_is_accepted(services: Parts) -> None:
    assert send_json(services, [], cloudevents.BATCH).status_code == 202


def test_an_event_sent_twice_is_stored_once(services: Parts, nats: Nats) -> None:
    event = uploaded()
    assert [post(services, event).status_code for _ in range(2)] == [202, 202]
    assert len(nats.published(event)) == 1


def test_an_event_sent_twice_in_one_batch_is_stored_once(services: Parts, nats: Nats) -> None:
    event = uploaded()
    assert send_json(services, [structured(event)] * 2, cloudevents.BATCH).status_code == 202
    assert len(nats.published(event)) == 1


def test_attributes_lie_percent_encoded_in_the_headers(services: Parts, nats: Nats) -> None:
    event = uploaded(source='/käse "100 %"')
    post(services, event)
    [message] = nats.published(event)
    assert message.headers is not None
    assert message.headers["ce-source"] == "/k%C3%A4se%20%22100%20%25%22"


def test_the_trace_lies_in_headers_of_its_own(services: Parts, nats: Nats) -> None:
    trace = {
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "tracestate": "a=b",
    }
    event = uploaded(trace=trace)
    post(services, event)
    headers = nats.published(event)[0].headers or {}
    assert {name: headers[name] for name in trace} == trace


def test_an_event_of_almost_a_mebibyte_is_taken(services: Parts, nats: Nats) -> None:
    event = uploaded(name="x" * (1024 * 1024 - 200))
    assert post(services, event).status_code == 202


# What it refuses


@pytest.mark.parametrize("absent", ["specversion", "id", "source", "type", "subject"])
def test_an_event_without_an_attribute_is_refused(services: Parts, absent: str) -> None:
    item = {name: v for name, v in structured(uploaded()).items() if name != absent}
    assert code(send_json(services, item)) == (400, "malformed_event")


@pytest.mark.parametrize("subject", ["a.b", "a b", "*", ">", "", "é", "a" * 5000])
def test_a_subject_that_nats_would_misunderstand_is_refused(services: Parts, subject: str) -> None:
    item = structured(uploaded(), subject=subject)
    assert code(send_json(services, item)) == (400, "malformed_event")


@pytest.mark.parametrize(
    "event_type",
    ["lector.>", "lector.*", "dead.lector.x", "$JS.API.INFO", "x", "lector" + ".a" * 5000],
)
def test_a_type_that_is_not_for_the_stream_is_refused(services: Parts, event_type: str) -> None:
    item = structured(uploaded(), type=event_type)
    assert code(send_json(services, item)) == (400, "malformed_event")


@pytest.mark.parametrize(
    "extra", [{"bad name": "x"}, {"a\r\nb": "x"}, {"x": "\ud800"}, {"x": "y" * 100_000}], ids=repr
)
def test_an_attribute_that_nats_cannot_hold_is_refused(
    services: Parts, extra: dict[str, str]
) -> None:
    item = structured(uploaded(), **extra)
    assert code(send_json(services, item)) == (400, "malformed_event")


@pytest.mark.parametrize("body", [b"", b"garbage", b"\xff\x00", b"[]", b"5", b"[" * 100_000])
@pytest.mark.parametrize("content_type", ["application/json", cloudevents.STRUCTURED, "text/plain"])
def test_what_is_no_event_is_refused(services: Parts, body: bytes, content_type: str) -> None:
    assert code(send(services, body, content_type)) == (400, "malformed_event")


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_what_a_web_page_may_send_unasked_is_refused(
    services: Parts, nats: Nats, content_type: str
) -> None:
    event = uploaded()
    assert code(send_json(services, structured(event), content_type)) == (400, "malformed_event")
    assert nats.published(event) == []


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[5]", b'"x"'])
def test_what_is_no_batch_is_refused(services: Parts, body: bytes) -> None:
    assert code(send(services, body, cloudevents.BATCH)) == (400, "malformed_event")


def test_of_a_batch_with_one_that_is_no_event_nothing_is_published(
    services: Parts, nats: Nats
) -> None:
    event = uploaded()
    answer = send_json(services, [structured(event), {"id": "x"}], cloudevents.BATCH)
    assert code(answer) == (400, "malformed_event")
    assert nats.published(event) == []


def test_an_event_of_more_than_a_mebibyte_is_too_large(services: Parts, nats: Nats) -> None:
    event = uploaded(name="x" * 1024 * 1024)
    assert code(post(services, event)) == (413, "too_large")
    assert nats.published(event) == []


def test_of_a_batch_with_one_that_is_too_large_nothing_is_published(
    services: Parts, nats: Nats
) -> None:
    event = uploaded()
    batch = [structured(event), structured(uploaded(name="x" * 1024 * 1024))]
    assert code(send_json(services, batch, cloudevents.BATCH)) == (413, "too_large")
    assert nats.published(event) == []


@pytest.mark.parametrize("mebibytes", [17, 40])
@pytest.mark.parametrize("attempt", range(3))
def test_a_request_that_is_too_large_is_told_so_and_not_merely_cut_off(
    services: Parts, mebibytes: int, attempt: int
) -> None:
    body = b"[" + b" " * mebibytes * 1024 * 1024 + b"]"
    assert code(send(services, body, cloudevents.BATCH)) == (413, "too_large")


def test_a_refused_event_does_not_keep_others_out(services: Parts, nats: Nats) -> None:
    send_json(services, structured(uploaded(), subject="a" * 5000))
    send_json(services, structured(uploaded(), x="y" * 5_000_000))
    event = uploaded()
    assert post(services, event).status_code == 202
    assert len(nats.published(event)) == 1


def test_only_post_is_taken(services: Parts) -> None:
    assert httpx2.put(services.settings["K_SINK"]).status_code == 405


def test_a_sink_with_a_secret_takes_events_of_those_who_send_it(
    services: Parts, nats: Nats
) -> None:
    child, port = second_sink(services, {"CALLER_SECRET": "a secret"})
    event = uploaded()
    headers, body = events.to_http(event)
    try:
        wait_ready(child, processes.healthy(port))
        for sent in ({}, {"Lector-Caller-Secret": "another"}):
            answer = httpx2.post(
                f"http://127.0.0.1:{port}/", content=body, headers={**headers, **sent}
            )
            assert code(answer) == (503, "not_authenticated")
        assert nats.published(event) == []
        headers["Lector-Caller-Secret"] = "a secret"
        answer = httpx2.post(f"http://127.0.0.1:{port}/", content=body, headers=headers)
        assert answer.status_code == 202
        assert len(nats.published(event)) == 1
    finally:
        child.ask_to_stop()
        child.wait_stopped()


# When JetStream does not answer


def test_no_event_is_accepted_while_jetstream_does_not_answer(services: Parts, nats: Nats) -> None:
    with nats.down():
        assert code(post(services, uploaded())) == (503, "not_now")


def test_events_are_accepted_again_after_a_restart_of_jetstream(
    services: Parts, nats: Nats
) -> None:
    with nats.down():
        pass
    event = uploaded()
    assert post(services, event).status_code == 202
    assert len(nats.published(event)) == 1


def test_an_event_that_jetstream_refuses_is_not_accepted(services: Parts, nats: Nats) -> None:
    nats.limit_message_size(500)
    try:
        assert code(post(services, uploaded(name="x" * 1000))) == (503, "not_now")
    finally:
        nats.limit_message_size(-1)


def test_no_event_is_accepted_while_the_stream_has_no_room(services: Parts, nats: Nats) -> None:
    event = uploaded()
    with nats.without_room():
        assert code(post(services, event)) == (503, "not_now")
    assert post(services, event).status_code == 202
    assert len(nats.published(event)) == 1


def test_of_a_batch_nothing_is_accepted_while_the_stream_has_no_room(
    services: Parts, nats: Nats
) -> None:
    batch = [structured(uploaded()) for _ in range(5)]
    with nats.without_room():
        assert code(send_json(services, batch, cloudevents.BATCH)) == (503, "not_now")


@pytest.mark.slow
def test_no_event_is_accepted_while_the_disk_is_full(services: Parts, nats: Nats) -> None:
    before, event = uploaded(), uploaded()
    assert post(services, before).status_code == 202
    with nats.disk_full():
        assert code(post(services, event)) == (503, "not_now")
    assert post(services, event).status_code == 202
    assert [len(nats.published(sent)) for sent in (before, event)] == [1, 1]


@pytest.mark.parametrize(("kind", "status"), [("liveness", 200), ("readiness", 503)])
def test_without_nats_it_lives_and_is_not_ready(
    services: Parts, nats: Nats, kind: str, status: int
) -> None:
    health = f"{services.settings['K_SINK']}health/{kind}"
    with nats.down():
        wait_until(lambda: httpx2.get(health).status_code == status)
    wait_until(lambda: httpx2.get(health).status_code == 200)


def test_started_without_nats_it_lives_and_is_ready_when_nats_is(
    services: Parts, nats: Nats
) -> None:
    with nats.down():
        child, port = second_sink(services)
        health = f"http://127.0.0.1:{port}/health"
        wait_ready(child, processes.healthy(port, "/health/liveness"))
        assert httpx2.get(f"{health}/readiness").status_code == 503
    try:
        wait_ready(child, processes.healthy(port))
    finally:
        child.ask_to_stop()
        child.wait_stopped()


def test_asked_to_stop_it_answers_what_is_under_way_and_takes_nothing_new(
    services: Parts, nats: Nats
) -> None:
    child, port = second_sink(services)
    wait_ready(child, processes.healthy(port))
    event = uploaded()
    headers, body = events.to_http(event)

    def sent() -> httpx2.Response:
        return httpx2.post(f"http://127.0.0.1:{port}/", content=body, headers=headers, timeout=20)

    try:
        with ThreadPoolExecutor() as pool:
            with nats.halted():
                answer = pool.submit(sent)
                wait_until(lambda: connections(child) > 1)
                time.sleep(0.5)  # until it has read what was sent, which nobody can see from here
                child.ask_to_stop()
                wait_until(lambda: refused(port))
                assert not answer.done()
            assert answer.result().status_code == 202
        child.wait_stopped()
    finally:
        child.kill()
    assert len(nats.published(event)) == 1


def test_asked_to_stop_it_answers_a_request_whose_second_half_comes_later(
    services: Parts, nats: Nats
) -> None:
    child, port = second_sink(services)
    wait_ready(child, processes.healthy(port))
    event = uploaded()
    headers, body = events.to_http(event)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest("POST", "/")
        for name, value in {**headers, "content-length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.putheader("expect", "100-continue")
        connection.endheaders(body[:1])
        connection.sock.recv(1, socket.MSG_PEEK)  # it says that it reads on
        child.ask_to_stop()
        wait_until(lambda: refused(port))
        connection.send(body[1:])
        assert connection.getresponse().status == 202
        child.wait_stopped()
    finally:
        connection.close()
        child.kill()
    assert len(nats.published(event)) == 1


def test_asked_to_stop_it_ends_although_nats_never_came(services: Parts, nats: Nats) -> None:
    with nats.down():
        child, port = second_sink(services)
        wait_ready(child, processes.healthy(port, "/health/liveness"))
        began = time.monotonic()
        child.ask_to_stop()
        child.wait_stopped()
        assert time.monotonic() - began < 5


def second_sink(services: Parts, more: Mapping[str, str] | None = None) -> tuple[Child, int]:
    """Another sink, of this test alone, with these settings beside the usual ones."""
    port = free_port()
    env = {**services.settings, **(more or {})}
    part = replace(processes.bridge("jetstream-sink", env, port), name="sink-2")
    return Child(part, services.folder.logs), port


def connections(child: Child) -> int:
    """How many connections a process has: to NATS, and from whoever asks."""
    found = psutil.Process(child.pid).net_connections()
    return sum(connection.status == psutil.CONN_ESTABLISHED for connection in found)


def refused(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
        return False
    return True


@pytest.mark.parametrize("kind", ["liveness", "readiness"])
def test_its_health_can_be_asked_for(services: Parts, kind: str) -> None:
    assert httpx2.get(f"{services.settings['K_SINK']}health/{kind}").status_code == 200


def test_many_requests_at_once_are_all_stored(services: Parts, nats: Nats) -> None:
    sent = [uploaded() for _ in range(40)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda event: post(services, event).status_code, sent))
    assert answers == [202] * 40
    assert all(len(nats.published(event)) == 1 for event in sent)


def test_one_files_events_can_be_read_alone(services: Parts, nats: Nats) -> None:
    event = uploaded()
    other = uploaded(id=str(uuid4()))
    post(services, event)
    post(services, other)
    found = nats.stored(f"lector.*.*.{event.subject}")
    assert [as_event(message).id for message in found] == [event.id]
