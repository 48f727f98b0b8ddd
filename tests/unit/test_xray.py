"""Spans as an X-Ray daemon gets them: by UDP, as documents of its documented form."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Tracer, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from lector.telemetry import xray
from lector.telemetry.tracing import Attributes

# After docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html, and strict where
# the page is: what it does not name is not sent, but for what the SDK itself adds.
ID = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
FLAG = {"type": "boolean"}
COMMON: dict[str, Any] = {
    "name": {"type": "string", "pattern": r"^[\w\s.:/%&#=+\\\-@]{1,200}$"},
    "id": ID,
    "trace_id": {"type": "string", "pattern": "^1-[0-9a-f]{8}-[0-9a-f]{24}$"},
    "parent_id": ID,
    "start_time": {"type": "number", "exclusiveMinimum": 1e9},
    "end_time": {"type": "number", "exclusiveMinimum": 1e9},
    "in_progress": {"const": False},
    "error": FLAG,
    "fault": FLAG,
    "throttle": FLAG,
    "http": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "request": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    name: {"type": "string"} for name in ("method", "url", "user_agent")
                },
            },
            "response": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"status": {"type": "integer"}},
            },
        },
    },
    "aws": {"type": "object", "properties": {"operation": {"type": "string"}}},
    "cause": {
        "type": "object",
        "required": ["working_directory", "exceptions"],
        "properties": {
            "exceptions": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id"],
                    "additionalProperties": False,
                    "properties": {
                        "id": ID,
                        "message": {"type": "string"},
                        "type": {"type": "string"},
                        "remote": FLAG,
                        "stack": {"type": "array"},
                    },
                },
            }
        },
    },
    "annotations": {
        "type": "object",
        "maxProperties": 50,
        "propertyNames": {"pattern": "^[A-Za-z0-9_]+$"},
        "additionalProperties": {"type": ["string", "number", "boolean"], "maxLength": 1000},
    },
    "metadata": {"type": "object", "additionalProperties": {"type": "object"}},
}
REQUIRED = ["name", "id", "trace_id", "start_time", "end_time"]
SEGMENT = {
    "type": "object",
    "required": REQUIRED,
    "additionalProperties": False,
    "properties": COMMON,
}
SUBSEGMENT = {
    "type": "object",
    "required": [*REQUIRED, "type", "parent_id"],
    "additionalProperties": False,
    "properties": {
        **COMMON,
        "type": {"const": "subsegment"},
        "namespace": {"enum": ["aws", "remote"]},
        "sql": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"database_type": {"type": "string"}},
        },
    },
}


class Daemon:
    """A socket in place of the daemon."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(5)
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def document(self) -> dict[str, Any]:
        """The next document, which is as X-Ray wants it."""
        packet = self._socket.recv(70_000)
        header, _, body = packet.partition(b"\n")
        assert json.loads(header) == {"format": "json", "version": 1}
        assert len(packet) <= 64_000
        document: dict[str, Any] = json.loads(body, parse_constant=_no_constant)
        jsonschema.validate(document, SUBSEGMENT if "type" in document else SEGMENT)
        return document

    def close(self) -> None:
        self._socket.close()


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    daemon = Daemon()
    yield daemon
    daemon.close()


@pytest.fixture
def tracer(daemon: Daemon) -> Iterator[Tracer]:
    about = Resource({"service.namespace": "lector", "service.name": "render"})
    provider = TracerProvider(resource=about, id_generator=xray.XRayIds())
    provider.add_span_processor(SimpleSpanProcessor(xray.exporter(daemon.address)))
    yield provider.get_tracer("test")  # type: ignore[misc]
    provider.shutdown()


def remote(traceparent: str) -> Any:
    return TraceContextTextMapPropagator().extract({"traceparent": traceparent})


def test_a_trace_id_begins_with_the_time(tracer: Tracer, daemon: Daemon) -> None:
    before = int(time.time())
    with tracer.start_as_current_span("first"):
        pass
    trace_id = daemon.document()["trace_id"]
    assert before <= int(trace_id.split("-")[1], 16) <= time.time()


def test_what_begins_in_a_process_is_a_segment_and_what_is_within_it_a_subsegment(
    tracer: Tracer, daemon: Daemon
) -> None:
    parent = remote("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    with (
        tracer.start_as_current_span("process", parent, SpanKind.CONSUMER) as outer,
        tracer.start_as_current_span("draw page") as inner,
    ):
        pass
    subsegment, segment = daemon.document(), daemon.document()
    assert segment["name"] == "lector/render"
    assert segment["trace_id"] == "1-4bf92f35-77b34da6a3ce929d0e0e4736"
    assert segment["parent_id"] == "00f067aa0ba902b7"
    assert segment["id"] == format(outer.get_span_context().span_id, "016x")
    assert subsegment["name"] == "draw page"
    assert subsegment["parent_id"] == segment["id"]
    assert subsegment["id"] == format(inner.get_span_context().span_id, "016x")
    assert subsegment["trace_id"] == segment["trace_id"]
    assert "namespace" not in subsegment
    assert segment["start_time"] <= subsegment["start_time"]
    assert subsegment["end_time"] <= segment["end_time"]


def test_a_server_within_the_process_that_called_it_is_a_segment_all_the_same(
    tracer: Tracer, daemon: Daemon
) -> None:
    with (
        tracer.start_as_current_span("first"),
        tracer.start_as_current_span("served", kind=SpanKind.SERVER),
    ):
        pass
    served, first = daemon.document(), daemon.document()
    assert "type" not in served
    assert served["parent_id"] == first["id"]


def test_file_page_and_type_of_event_are_annotations_and_the_rest_is_metadata(
    tracer: Tracer, daemon: Daemon
) -> None:
    about: Attributes = {
        "lector.file.id": "01a2",
        "lector.page.number": 7,
        "messaging.destination.name": "lector.page.registered",
        "messaging.message.id": "m1",
    }
    with tracer.start_as_current_span("process", attributes=about):
        pass
    document = daemon.document()
    assert document["annotations"] == {
        "lector_file_id": "01a2",
        "lector_page": 7,
        "lector_event_type": "lector.page.registered",
    }
    told = document["metadata"]["opentelemetry"]
    assert (told["name"], told["kind"], told["messaging.message.id"]) == (
        "process",
        "INTERNAL",
        "m1",
    )


CALLS = [
    (
        {"rpc.system.name": "aws-api", "rpc.method": "S3/GetObject"},
        {"name": "S3", "namespace": "aws", "aws": {"operation": "GetObject"}},
    ),
    (
        {"db.system.name": "postgresql", "db.query.summary": "lock_file"},
        {"name": "postgresql", "namespace": "remote", "sql": {"database_type": "postgresql"}},
    ),
    (
        {"gen_ai.request.model": "m", "server.address": "api.example.org"},
        {"name": "api.example.org", "namespace": "remote"},
    ),
    (
        {"http.request.method": "POST", "url.full": "http://render/", "server.address": "render"},
        {
            "name": "render",
            "namespace": "remote",
            "http": {"request": {"method": "POST", "url": "http://render/"}},
        },
    ),
    ({"messaging.system": "nats"}, {"name": "nats", "namespace": "remote"}),
]


@pytest.mark.parametrize(("attributes", "expected"), CALLS)
def test_a_call_is_named_after_the_system_that_is_called(
    tracer: Tracer, daemon: Daemon, attributes: dict[str, str], expected: dict[str, Any]
) -> None:
    with (
        tracer.start_as_current_span("outer"),
        tracer.start_as_current_span("inner", kind=SpanKind.CLIENT, attributes=attributes),
    ):
        pass
    document = daemon.document()
    assert {name: document.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("status", "flags"),
    [
        (204, set()),
        (422, {"error"}),
        (429, {"error", "throttle"}),
        (503, {"fault"}),
    ],
)
def test_a_status_of_http_says_whether_it_is_an_error_a_fault_or_throttled(
    tracer: Tracer, daemon: Daemon, status: int, flags: set[str]
) -> None:
    with tracer.start_as_current_span("process", kind=SpanKind.CONSUMER) as span:
        span.set_attribute("http.response.status_code", status)
        if flags:
            span.set_attribute("error.type", "some_code")
            span.set_status(Status(StatusCode.ERROR))
    document = daemon.document()
    assert {name for name in ("error", "fault", "throttle") if document.get(name)} == flags
    assert document["http"]["response"] == {"status": status}
    assert ("cause" in document) == bool(flags)


def test_a_failure_without_a_status_is_a_fault_whose_cause_is_its_code(
    tracer: Tracer, daemon: Daemon
) -> None:
    with (
        tracer.start_as_current_span("outer"),
        tracer.start_as_current_span("chat", kind=SpanKind.CLIENT) as span,
    ):
        span.set_attribute("error.type", "answer_cut_off")
        span.set_status(Status(StatusCode.ERROR))
    document = daemon.document()
    [cause] = document["cause"]["exceptions"]
    assert document["fault"] is True
    assert (cause["type"], cause["remote"]) == ("answer_cut_off", True)


def test_events_and_links_are_metadata(tracer: Tracer, daemon: Daemon) -> None:
    to = trace.get_current_span(
        remote("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    ).get_span_context()
    with tracer.start_as_current_span("deliver", links=[Link(to)]) as span:
        span.add_event("retry", {"error.type": "not_now"})
    told = daemon.document()["metadata"]["opentelemetry"]
    [event] = told["events"]
    assert (event["name"], event["error.type"]) == ("retry", "not_now")
    assert told["links"] == [
        {"trace_id": "1-4bf92f35-77b34da6a3ce929d0e0e4736", "id": "00f067aa0ba902b7"}
    ]


def test_a_document_that_is_too_large_is_shortened_and_sent(tracer: Tracer, daemon: Daemon) -> None:
    about = {f"lector.{n}": "ü" * 900 for n in range(100)}
    with tracer.start_as_current_span("large", attributes={**about, "lector.file.id": "01a2"}):
        pass
    document = daemon.document()
    assert document["annotations"] == {"lector_file_id": "01a2"}
    told = document["metadata"]["opentelemetry"].values()
    assert any(str(value).endswith("…") for value in told)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), "x" * 100_000, "\x00\ud7ff\n", b"\xff", (1.5, float("nan"))],
)
def test_odd_values_make_good_documents(tracer: Tracer, daemon: Daemon, value: Any) -> None:
    odd = {"lector.odd": value, "lector.page.number": value, "url.full": str(value)}
    with tracer.start_as_current_span("odd *?$ name\n" + "ü" * 300, attributes=odd):
        pass
    daemon.document()


def test_a_daemon_that_is_not_there_harms_nobody(tracer: Tracer, daemon: Daemon) -> None:
    daemon.close()
    for _ in range(3):
        with tracer.start_as_current_span("unheard"):
            pass
