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

from lector.events import HEADER_SAFE
from lector.failures import MalformedEvent

BATCH = "application/cloudevents-batch+json"
MESSAGE_ID = "Nats-Msg-Id"
TRACE_HEADERS = ("traceparent", "tracestate")

_REQUIRED = ("specversion", "id", "source", "type")
_TYPE = re.compile(r"lector(\.[A-Za-z0-9_-]+)+")
_SUBJECT = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Message:
    """An event as it lies in JetStream."""

    subject: str
    headers: dict[str, str]
    body: bytes


def from_request(headers: Mapping[str, str], body: bytes) -> list[Message]:
    """The event or the batch of events in an HTTP request; `MalformedEvent` if one is none."""
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if content_type == BATCH:
            return [_from_structured(item) for item in json.loads(body)]
        event = from_http(headers, body, data_unmarshaller=_as_bytes)
    except (GenericException, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedEvent(f"not a CloudEvent: {error}") from error
    attributes = {name: unquote(str(value)) for name, value in event.get_attributes().items()}
    attributes.setdefault("datacontenttype", content_type)
    return [_message(attributes, event.get_data() or b"")]


def to_request(headers: Mapping[str, str]) -> dict[str, str]:
    """The HTTP headers under which a message with these headers is POSTed on."""
    request = {k: v for k, v in headers.items() if k.startswith("ce-")}
    request["content-type"] = unquote(request.pop("ce-datacontenttype", "application/json"))
    return request


def _from_structured(item: Mapping[str, Any]) -> Message:
    attributes = {k: str(v) for k, v in item.items() if k not in ("data", "data_base64")}
    if "data_base64" in item:
        return _message(attributes, base64.b64decode(item["data_base64"], validate=True))
    return _message(attributes, json.dumps(item["data"]).encode() if "data" in item else b"")


def _message(attributes: Mapping[str, str], body: bytes) -> Message:
    missing = [name for name in _REQUIRED if not attributes.get(name)]
    if missing:
        raise MalformedEvent(f"a CloudEvent needs the attribute {', '.join(missing)}")
    headers = {f"ce-{k}": quote(v, safe=HEADER_SAFE) for k, v in attributes.items() if v}
    headers |= {k: attributes[k] for k in TRACE_HEADERS if attributes.get(k)}
    return Message(_nats_subject(attributes), {**headers, MESSAGE_ID: headers["ce-id"]}, body)


def _nats_subject(attributes: Mapping[str, str]) -> str:
    event_type, subject = attributes["type"], attributes.get("subject", "")
    if not _TYPE.fullmatch(event_type):
        raise MalformedEvent(f"no stream takes events of type {event_type!r}")
    if not _SUBJECT.fullmatch(subject):
        raise MalformedEvent(f"a subject is letters, digits, - and _; this one is {subject!r}")
    return f"{event_type}.{subject}"


def _as_bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data
