"""The JetStream source on the real NATS, before a function that obeys."""

from collections.abc import Iterator

import pytest

from lector.bridge.jetstream import streams
from tests.support.bridging import (
    Loop,
    Nats,
    ScriptedFunction,
    Source,
    environment,
)
from tests.support.parts import Parts


@pytest.fixture
def function() -> Iterator[ScriptedFunction]:
    """A function that obeys, on a socket."""
    server = ScriptedFunction()
    yield server
    server.stop()


@pytest.fixture
def source(services: Parts, function: ScriptedFunction) -> Iterator[Source]:
    """The JetStream source's parts; nothing may escape from their tasks."""
    with environment(services.settings):
        loop = Loop()
        nats = Nats(loop, services)
        started = Source(loop, nats, function)
        yield started
        started.end()
        nats.close()
        loop.close()
        assert loop.escaped == []


@pytest.fixture
def nothing_kept(source: Source) -> None:
    """What other tests have left in the streams is not delivered to a source with all consumers."""
    for stream in (streams.LECTOR, streams.DEAD):
        source.nats.purge(stream)
