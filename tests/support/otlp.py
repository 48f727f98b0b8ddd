"""An OTLP receiver over HTTP on loopback: keeps the spans, metrics and logs that it is sent."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, NumberDataPoint
from opentelemetry.proto.trace.v1 import trace_pb2

KINDS = {
    number: name.removeprefix("SPAN_KIND_") for name, number in trace_pb2.Span.SpanKind.items()
}


@dataclass(frozen=True)
class Span:
    """A span as it was received; times are in seconds, ids in hexadecimal."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    began: float
    ended: float
    failed: bool
    attributes: Mapping[str, Any]
    events: tuple[tuple[str, Mapping[str, Any]], ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Point:
    """A value of one series at a time: a number, or of a histogram its sum and count."""

    service: str
    instance: str
    name: str
    unit: str
    type: str
    labels: Mapping[str, Any]
    value: float
    count: int
    at: float


@dataclass(frozen=True)
class Record:
    """A record of a log; its time is in seconds, ids are in hexadecimal, empty outside a trace."""

    service: str
    logger: str
    severity: str
    body: str
    trace_id: str
    span_id: str
    attributes: Mapping[str, Any]
    at: float


class Receiver:
    """Takes OTLP; `url` is what OTEL_EXPORTER_OTLP_ENDPOINT wants."""

    def __init__(self, delay_s: float = 0.0, status: int = 200) -> None:
        self.spans: list[Span] = []
        self.points: list[Point] = []
        self.records: list[Record] = []
        self.requests = 0
        self._lock = threading.Lock()
        self._leave = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver._taken(self.path, body)
                receiver._leave.wait(delay_s)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05])
        self._thread.start()

    def stop(self) -> None:
        self._leave.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def of_trace(self, trace_id: str) -> list[Span]:
        with self._lock:
            found = [span for span in self.spans if span.trace_id == trace_id]
        return sorted(found, key=lambda span: span.began)

    def until_quiet(self, quiet_s: float, at_most_s: float = 30) -> None:
        """Wait until nothing has come for a while."""
        deadline = time.monotonic() + at_most_s
        seen, since = -1, time.monotonic()
        while time.monotonic() < deadline and time.monotonic() < since + quiet_s:
            if len(self.spans) != seen:
                seen, since = len(self.spans), time.monotonic()
            time.sleep(0.05)

    def _taken(self, path: str, body: bytes) -> None:
        with self._lock:
            self.requests += 1
            if path == "/v1/traces":
                self.spans += _spans(ExportTraceServiceRequest.FromString(body))
            if path == "/v1/metrics":
                self.points += _points(ExportMetricsServiceRequest.FromString(body))
            if path == "/v1/logs":
                self.records += _records(ExportLogsServiceRequest.FromString(body))


def _spans(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in request.resource_spans:
        about = _attributes(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    service=about["service.name"],
                    name=span.name,
                    kind=KINDS[span.kind],
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    began=span.start_time_unix_nano / 1e9,
                    ended=span.end_time_unix_nano / 1e9,
                    failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
                    attributes=_attributes(span.attributes),
                    events=tuple((e.name, _attributes(e.attributes)) for e in span.events),
                    links=tuple((li.trace_id.hex(), li.span_id.hex()) for li in span.links),
                )


def _records(request: ExportLogsServiceRequest) -> Iterator[Record]:
    for resource in request.resource_logs:
        about = _attributes(resource.resource.attributes)
        for scope in resource.scope_logs:
            for record in scope.log_records:
                yield Record(
                    service=about["service.name"],
                    logger=scope.scope.name,
                    severity=record.severity_text,
                    body=_value(record.body),
                    trace_id=record.trace_id.hex(),
                    span_id=record.span_id.hex(),
                    attributes=_attributes(record.attributes),
                    at=record.time_unix_nano / 1e9,
                )


def _points(request: ExportMetricsServiceRequest) -> Iterator[Point]:
    for resource in request.resource_metrics:
        about = _attributes(resource.resource.attributes)
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                yield from _of_metric(about, metric)


def _of_metric(about: Mapping[str, Any], metric: Metric) -> Iterator[Point]:
    kind = str(metric.WhichOneof("data"))
    for point in getattr(metric, kind).data_points:
        histogram = not isinstance(point, NumberDataPoint)
        value = point.sum if histogram else getattr(point, str(point.WhichOneof("value")))
        yield Point(
            service=about["service.name"],
            instance=about["service.instance.id"],
            name=metric.name,
            unit=metric.unit,
            type="counter" if kind == "sum" else kind,
            labels=_attributes(point.attributes),
            value=value,
            count=point.count if histogram else 0,
            at=point.time_unix_nano / 1e9,
        )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in _listed(pairs)}


def _listed(pairs: Any) -> list[KeyValue]:
    return list(pairs)


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, kind) if kind else None
