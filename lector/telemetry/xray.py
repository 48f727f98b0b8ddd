"""Spans for AWS X-Ray: as segments and subsegments, by UDP, to a daemon (or a collector) beside us.

The documents are those of https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html.
A span that begins a process's part of a trace is a segment; every other is a subsegment, sent by
itself as soon as it ends, so that nothing is held back and no document grows with its children.
"""

import json
import math
import random
import re
import time
from collections.abc import Mapping, Sequence
from traceback import StackSummary
from typing import Any, cast

from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.emitters.udp_emitter import PROTOCOL_HEADER, UDPEmitter
from aws_xray_sdk.core.models.entity import Entity
from aws_xray_sdk.core.models.segment import Segment
from aws_xray_sdk.core.models.subsegment import Subsegment
from aws_xray_sdk.core.models.throwable import Throwable
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanKind, format_span_id

from lector.telemetry import tracing

# The SDK's import opens a socket for a recorder of its own, which nobody uses.
xray_recorder.emitter._socket.close()  # type: ignore[attr-defined] # as below

# X-Ray takes documents of 64 kB, a UDP packet on IPv4 holds 65,507 bytes, with what precedes.
LONGEST_DOCUMENT = 64_000 - len(PROTOCOL_HEADER) - 1
_LONGEST_NAME, _LONGEST_VALUE, _SHORTENED = 200, 1000, 200
_NO_NAME_CHARACTER = re.compile(r"[^\w\s.:/%&#=+\\\-@]")
_ANNOTATIONS = {
    tracing.FILE_ID: "lector_file_id",
    tracing.PAGE_NUMBER: "lector_page",
    "messaging.destination.name": "lector_event_type",
}
_HTTP = {
    "http.request.method": "method",
    "url.full": "url",
    "url.path": "url",
    "user_agent.original": "user_agent",
    "http.response.status_code": "status",
}


def exporter(daemon_address: str) -> SpanExporter:
    """An exporter to the daemon at this host and UDP port."""
    return _Exporter(UDPEmitter(daemon_address))


class XRayIds(RandomIdGenerator):
    """Trace ids that begin, as X-Ray wants it, with the time in seconds."""

    def generate_trace_id(self) -> int:
        """32 bits of time, 96 that are random."""
        return int(time.time()) << 96 | random.getrandbits(96)


class _Exporter(SpanExporter):
    def __init__(self, emitter: UDPEmitter) -> None:
        self._emitter = emitter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send each span; whether anybody takes it is not known."""
        for span in spans:
            entity = _entity(span)
            _shorten(entity)
            self._emitter.send_entity(entity)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Send no more."""
        self._emitter._socket.close()  # type: ignore[attr-defined] # no other way closes it


def _entity(span: ReadableSpan) -> Entity:
    attributes: dict[str, Any] = dict(span.attributes or {})
    entity = _start_entity(span, attributes)
    entity.id = format_span_id(span.context.span_id)
    entity.parent_id = format_span_id(span.parent.span_id) if span.parent else None
    entity.start_time = (span.start_time or 0) / 1e9
    for name, key in _HTTP.items():
        if name in attributes:
            entity.put_http_meta(cast(Any, key), attributes.pop(name))
    for name, key in _ANNOTATIONS.items():
        if name in attributes:
            entity.put_annotation(key, _plain(attributes.pop(name)))
    _mark_failure(entity, span, attributes)
    _describe(entity, span, attributes)
    entity.close((span.end_time or 0) / 1e9)
    return entity


def _start_entity(span: ReadableSpan, attributes: Mapping[str, Any]) -> Entity:
    about = span.resource.attributes
    service = f"{about.get('service.namespace', '')}/{about.get('service.name', '')}".strip("/")
    segment = Segment(_named(service), traceid=_trace_id(span.context.trace_id))
    begins = span.parent is None or span.parent.is_remote
    if begins or span.kind in (SpanKind.SERVER, SpanKind.CONSUMER):
        return segment
    namespace, name = _far_side(span, attributes)
    subsegment = Subsegment(_named(name), namespace, segment)
    if "db.system.name" in attributes:
        subsegment.set_sql({"database_type": attributes["db.system.name"]})
    if namespace == "aws":
        subsegment.set_aws({"operation": str(attributes.get("rpc.method", "")).partition("/")[2]})
    return subsegment


def _far_side(span: ReadableSpan, attributes: Mapping[str, Any]) -> tuple[str, str]:
    """The namespace of a call to another system, if it is one, and that system's name."""
    if span.kind not in (SpanKind.CLIENT, SpanKind.PRODUCER):
        return "", span.name
    if attributes.get("rpc.system.name") == "aws-api":
        return "aws", str(attributes.get("rpc.method", "")).partition("/")[0]
    for name in ("db.system.name", "messaging.system", "server.address"):
        if name in attributes:
            return "remote", str(attributes[name])
    return "remote", span.name


def _mark_failure(entity: Entity, span: ReadableSpan, attributes: Mapping[str, Any]) -> None:
    if span.status.is_ok or "error.type" not in attributes:
        return
    code = str(attributes["error.type"])
    # With a status of HTTP, that has said already whether it is an error or a fault.
    if "status" not in entity.http.get("response", {}):
        entity.add_fault_flag()
    cause = Throwable(Exception(code), StackSummary(), remote=span.kind is SpanKind.CLIENT)
    cause.type = code
    entity.cause = {"working_directory": "", "exceptions": [cause]}


def _describe(entity: Entity, span: ReadableSpan, attributes: Mapping[str, Any]) -> None:
    """What X-Ray has no place for, as metadata."""
    about: dict[str, object] = {"name": span.name, "kind": span.kind.name, **attributes}
    if span.events:
        about["events"] = [
            {"name": event.name, "at": event.timestamp / 1e9, **(event.attributes or {})}
            for event in span.events
        ]
    if span.links:
        about["links"] = [
            {"trace_id": _trace_id(to.context.trace_id), "id": format_span_id(to.context.span_id)}
            for to in span.links
        ]
    for key, value in about.items():
        entity.put_metadata(key, _plain(value), "opentelemetry")


def _shorten(entity: Entity) -> None:
    """Make a document small enough to be sent: of its metadata, the longest goes first."""
    described = entity.metadata.get("opentelemetry", {})
    by_length = sorted(described, key=lambda key: len(json.dumps(described[key])), reverse=True)
    for key in by_length:
        if _length(entity) <= LONGEST_DOCUMENT:
            return
        described[key] = json.dumps(described[key])[:_SHORTENED] + "…"
    request = entity.http.get("request", {})
    for key in request:
        request[key] = str(request[key])[:_LONGEST_VALUE]


def _length(entity: Entity) -> int:
    return len(entity.serialize().encode())


def _plain(value: Any) -> Any:
    """A value that JSON has, and not longer than X-Ray takes one."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str | bytes):
        return str(value)[:_LONGEST_VALUE]
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _named(name: str) -> str:
    return _NO_NAME_CHARACTER.sub("_", name)[:_LONGEST_NAME] or "unknown"


def _trace_id(trace_id: int) -> str:
    digits = format(trace_id, "032x")
    return f"1-{digits[:8]}-{digits[8:]}"
