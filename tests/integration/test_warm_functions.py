"""On a cluster a function connects while it starts, before its first event comes."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from lector.local import functions
from lector.local.process import Child, free_port, wait_ready
from tests.support.bridging import wait_until
from tests.support.parts import Parts


def connections(services: Parts, name: str) -> int:
    """How many connections a program of this name has to the database."""
    with psycopg.connect(services.settings["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [name]
        ).fetchone()
    return int(row[0]) if row else 0


@pytest.fixture
def name() -> str:
    return f"test-{uuid4().hex[:8]}"


@pytest.fixture(params=["", "register"], ids=["on one machine", "on Knative"])
def started(
    services: Parts, name: str, request: pytest.FixtureRequest
) -> Iterator[tuple[Child, bool]]:
    """A function that has got no event yet, and whether Knative has started it."""
    port = free_port()
    url = services.settings["DATABASE_URL"]
    named = f"{url}{'&' if '?' in url else '?'}application_name={name}"
    env = {**services.settings, "DATABASE_URL": named, "K_SERVICE": request.param}
    child = Child(functions.function("register", port, env), services.folder.logs)
    wait_ready(child, functions.healthy(port))
    yield child, bool(request.param)
    child.ask_to_stop()
    child.wait_stopped()


def test_a_function_that_knative_starts_connects_before_its_first_event(
    services: Parts, name: str, started: tuple[Child, bool]
) -> None:
    _, by_knative = started
    if by_knative:
        wait_until(lambda: connections(services, name) == 1)
    assert connections(services, name) == int(by_knative)
