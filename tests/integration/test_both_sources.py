"""`python -m lector.bridge sources`: both sources in one process, on real NATS and PostgreSQL."""

from collections.abc import Iterator

import httpx2
import pytest

from lector.bridge.jetstream import nats_cloudevents
from lector.contracts import FileOpened
from lector.local import functions as processes
from lector.local.process import Child, free_port, wait_ready
from lector.runtime import events
from tests.support.bridging import ScriptedFunction, event_of, wait_until
from tests.support.model import Answer
from tests.support.parts import Parts

NAMES = ("upload", "render", "register", "llm", "outbox", "notify")


@pytest.fixture
def function() -> Iterator[ScriptedFunction]:
    """A function that obeys, in the place of all of them."""
    server = ScriptedFunction()
    yield server
    server.stop()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def sources(services: Parts, function: ScriptedFunction, port: int) -> Iterator[Child]:
    env = {
        **services.settings,
        "FUNCTION_URLS": ",".join(f"{name}={function.url}" for name in NAMES),
        "LISTEN_DATABASE_URL": services.settings["DATABASE_URL"],
        "K_SINK": f"{function.url}/rung",
        "SWEEP_SINK": f"{function.url}/swept",
    }
    child = Child(processes.bridge("sources", env, port), services.folder.logs)
    yield child
    child.kill()


def publish(services: Parts) -> str:
    """Have an event that only one function listens to in the stream; its id."""
    event = event_of(FileOpened(generation=1, object_key="k", page_count=3))
    headers, body = events.to_http(event)
    assert httpx2.post(services.settings["K_SINK"], content=body, headers=headers).is_success
    [message] = nats_cloudevents.from_request(headers, body)
    return message.headers["ce-id"]


def got(function: ScriptedFunction, event_id: str) -> int:
    return [request.headers.get("ce-id") for request in function.requests].count(event_id)


def test_one_process_delivers_events_and_rings_the_relay(
    services: Parts, sources: Child, function: ScriptedFunction, port: int
) -> None:
    wait_ready(sources, processes.healthy(port))
    wait_until(lambda: any(request.path == "/rung" for request in function.requests))
    event_id = publish(services)
    wait_until(lambda: got(function, event_id) == 1)


def test_one_process_asked_to_stop_settles_its_delivery_first(
    services: Parts, sources: Child, function: ScriptedFunction, port: int
) -> None:
    wait_ready(sources, processes.healthy(port))
    function.answers(otherwise=Answer(204, delay_s=0.7))
    event_id = publish(services)
    wait_until(lambda: got(function, event_id) == 1)
    sources.ask_to_stop()
    sources.wait_stopped()
    assert (got(function, event_id), function.busy) == (1, 0)
    assert "Traceback" not in sources.tail(200)
