"""Between CloudEvents over HTTP and the CloudEvents NATS binding, binary mode.

In both bindings an attribute is a `ce-` header whose value is percent-encoded alike, so an event
in binary mode passes through unchanged; only the content type is spelt differently.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from cloudevents.exceptions import GenericException
from cloudevents.http import from_http

from lector.runtime.events import HEADER_SAFE, JSON
from lector.runtime.failures import MalformedEvent

BATCH = "application/cloudevents-batch+json"
STRUCTURED = "application/cloudevents+json"
MESSAGE_ID = "Nats-Msg-Id"
TRACE_HEADERS = ("traceparent", "tracestate")
# A dead letter carries its event in base64 and must still fit into one NATS message.
MAX_EVENT_BYTES = 1024 * 1024

_REQUIRED = ("specversion", "id", "source", "type")
_TYPE = re.compile(r"lector(\.[A-Za-z0-9_-]+)+")
_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,255}")
_ATTRIBUTE = re.compile(r"[a-z0-9]+")
# NATS closes the connection of a client whose subjects or headers are longer than it takes.
_LONGEST_TYPE = 255
_LONGEST_ATTRIBUTES = 64 * 1024


@dataclass(frozen=True)
class Message:
    """An event as it lies in JetStream."""

    subject: str
    headers: dict[str, str]
    body: bytes


def from_request(headers: Mapping[str, str], body: bytes) -> list[Message]:
    """The event or the batch of events in an HTTP request; `MalformedEvent` if one is none."""
    content_type = _content_type(headers)
    try:
        if content_type == BATCH:
            return [_from_structured(item) for item in _listed(json.loads(body))]
        if content_type == STRUCTURED:
            return [_from_structured(json.loads(body))]
        if "ce-specversion" in headers:
            return [_from_binary(headers, body, content_type)]
    except (GenericException, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedEvent(f"not a CloudEvent: {error}") from error
    # Not by guessing: a web page can have a browser send JSON as text/plain to any address.
    raise MalformedEvent(f"not a CloudEvent: send ce- headers, {STRUCTURED} or {BATCH}")


def to_request(headers: Mapping[str, str]) -> dict[str, str]:
    """The HTTP headers under which a message with these headers is POSTed on."""
    # What was quoted already stays as it is; whatever else cannot be in a header is quoted now.
    given = {n: quote(v, HEADER_SAFE + "%") for n, v in headers.items() if n.startswith("ce-")}
    request = {n: v for n, v in given.items() if _ATTRIBUTE.fullmatch(n[3:])}
    content_type = unquote(request.pop("ce-datacontenttype", JSON))
    request["content-type"] = quote(content_type, HEADER_SAFE + ' %"')
    return request


def is_event(headers: Mapping[str, str]) -> bool:
    """Whether what these headers belong to says that it is a CloudEvent."""
    return "ce-type" in headers or _content_type(headers) == STRUCTURED


def trace_context(headers: Mapping[str, str]) -> dict[str, str]:
    """The trace context that a message carries."""
    return {name: headers[name] for name in TRACE_HEADERS if name in headers}


def is_subject(subject: str) -> bool:
    """Whether a CloudEvents subject can be the last part of a NATS subject."""
    return _SUBJECT.fullmatch(subject) is not None


def _content_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _listed(batch: object) -> list[Any]:
    if not isinstance(batch, list):
        raise MalformedEvent("a batch is a JSON array of events")
    return batch


def _from_binary(headers: Mapping[str, str], body: bytes, content_type: str) -> Message:
    event = from_http(headers, body, data_unmarshaller=_as_bytes)
    attributes = {name: unquote(str(value)) for name, value in event.get_attributes().items()}
    attributes.setdefault("datacontenttype", content_type)
    return _message(attributes, event.get_data() or b"")


def _from_structured(item: Mapping[str, Any]) -> Message:
    data = ("data", "data_base64")
    attributes = {k: _as_text(v) for k, v in item.items() if k not in data and v is not None}
    if "data_base64" in item:
        return _message(attributes, base64.b64decode(item["data_base64"], validate=True))
    return _message(attributes, json.dumps(item["data"]).encode() if "data" in item else b"")


def _message(attributes: Mapping[str, str], body: bytes) -> Message:
    missing = [name for name in _REQUIRED if not attributes.get(name)]
    if missing:
        raise MalformedEvent(f"a CloudEvent needs the attribute {', '.join(missing)}")
    if attributes["specversion"] != "1.0":
        raise MalformedEvent(f"CloudEvents {attributes['specversion']!r} is not spoken here")
    misnamed = [name for name in attributes if not _ATTRIBUTE.fullmatch(name)]
    if misnamed:
        raise MalformedEvent(f"no attribute of a CloudEvent is called {misnamed[0]!r}")
    if sum(map(len, attributes.values())) > _LONGEST_ATTRIBUTES:
        raise MalformedEvent("the event's attributes are too long")
    headers = {f"ce-{k}": quote(v, safe=HEADER_SAFE) for k, v in attributes.items() if v}
    headers |= {k: headers[f"ce-{k}"] for k in TRACE_HEADERS if f"ce-{k}" in headers}
    return Message(_nats_subject(attributes), {**headers, MESSAGE_ID: headers["ce-id"]}, body)


def _nats_subject(attributes: Mapping[str, str]) -> str:
    event_type, subject = attributes["type"], attributes.get("subject", "")
    if not _TYPE.fullmatch(event_type) or len(event_type) > _LONGEST_TYPE:
        raise MalformedEvent(f"no stream takes events of type {event_type!r}")
    if not is_subject(subject):
        raise MalformedEvent(f"a subject is letters, digits, - and _; this one is {subject!r}")
    return f"{event_type}.{subject}"


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int)):
        return str(value)
    raise MalformedEvent(f"no attribute of a CloudEvent has a value such as {value!r}")


def _as_bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data
