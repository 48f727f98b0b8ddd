"""What goes along with an event: its trace and its attributes."""

import pytest
from opentelemetry.trace import ProxyTracerProvider

from tests.support.bridging import (
    ScriptedFunction,
    Source,
    answer,
    uploaded,
    wait_until,
)

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def without_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody records spans, also if other tests of this process have had somebody do so."""
    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", ProxyTracerProvider)


@pytest.mark.usefixtures("without_recording")
def test_the_trace_of_an_event_arrives_as_http_headers(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    delivering.publish(uploaded(trace={"traceparent": TRACEPARENT, "tracestate": "a=b"}))
    [request] = function.got(1)
    assert (request.headers["traceparent"], request.headers["tracestate"]) == (TRACEPARENT, "a=b")


@pytest.mark.usefixtures("without_recording")
def test_the_trace_of_a_reply_becomes_nats_headers(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves()
    reply = uploaded(trace={"traceparent": TRACEPARENT, "tracestate": "a=b"})
    function.answers(answer(reply))
    delivering.publish(uploaded())
    wait_until(lambda: source.nats.published(reply))
    headers = source.nats.published(reply)[0].headers or {}
    assert (headers["traceparent"], headers["tracestate"]) == (TRACEPARENT, "a=b")


def test_an_event_arrives_as_it_was_sent(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves()
    event = uploaded(name='naïve "100 %".pdf', source='/käse/100% "x"')
    delivering.publish(event)
    [request] = function.got(1)
    assert request.event == event
