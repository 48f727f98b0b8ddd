"""CloudEvents 1.0 over HTTP: attributes and data, in binary, structured and batch mode.

What the data means is none of its business: see `events` for ours.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from cloudevents.conversion import to_binary
from cloudevents.exceptions import GenericException
from cloudevents.http import CloudEvent as SdkEvent
from cloudevents.http import from_http

from lector.runtime.failures import MalformedEvent

JSON = "application/json"
PROTOBUF = "application/protobuf"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
ATTRIBUTE_NAME = re.compile(r"[a-z0-9]+")

_REQUIRED = ("specversion", "id", "source", "type")
_TRACE = ("traceparent", "tracestate")
# The CloudEvents HTTP and NATS bindings: printable ASCII stays, but for space, quote and percent.
_HEADER_SAFE = "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"


@dataclass(frozen=True)
class CloudEvent:
    """An event: its attributes as text, and its data, which `datacontenttype` tells the type of."""

    attributes: dict[str, str]
    data: bytes


def decode(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    """The event in an HTTP message, in binary or structured mode; `MalformedEvent` if it is none.

    The mode follows from the headers alone, and is not guessed from the body: a web page can have a
    browser send JSON as text/plain to any address.
    """
    headers = {name.lower(): value for name, value in headers.items()}
    if media_type(headers.get("content-type")) == STRUCTURED:
        return _from_json_object(_parse_json(body))
    if "ce-specversion" in headers:
        return _from_headers(headers, body)
    raise MalformedEvent(f"not a CloudEvent: send ce- headers, or {STRUCTURED}")


def decode_batch(headers: Mapping[str, str], body: bytes) -> list[CloudEvent]:
    """The events in an HTTP message: a batch, or one as `decode` takes it."""
    content_type = next((v for name, v in headers.items() if name.lower() == "content-type"), None)
    if media_type(content_type) != BATCH:
        return [decode(headers, body)]
    batch = _parse_json(body)
    if not isinstance(batch, list):
        raise MalformedEvent("not a CloudEvent: a batch is a JSON array of events")
    return [_from_json_object(item) for item in batch]


def encode(event: CloudEvent) -> tuple[dict[str, str], bytes]:
    """An event in binary mode: HTTP headers and body."""
    attributes = {name: quote_header(value) for name, value in event.attributes.items()}
    headers, body = to_binary(SdkEvent(attributes, event.data))
    if "time" not in attributes:
        del headers["ce-time"]  # the SDK gives an event the present time where it has none
    return {**headers, "content-type": event.attributes.get("datacontenttype", JSON)}, body


def encode_batch(events: Iterable[CloudEvent]) -> tuple[str, bytes]:
    """Content type and body of an HTTP message with these events, whose data is JSON.

    One event goes in structured mode, which also a sink takes that knows no batches, as a Broker.
    """
    objects = [{**event.attributes, "data": json.loads(event.data)} for event in events]
    if len(objects) == 1:
        return STRUCTURED, json.dumps(objects[0]).encode()
    return BATCH, json.dumps(objects).encode()


def is_event(headers: Mapping[str, str]) -> bool:
    """Whether an HTTP message with these headers says that it is an event."""
    return "ce-type" in headers or media_type(headers.get("content-type")) == STRUCTURED


def trace_context(carrier: Mapping[str, str]) -> dict[str, str]:
    """What attributes or headers carry of a trace (W3C Trace Context)."""
    return {name: carrier[name] for name in _TRACE if name in carrier}


def media_type(content_type: str | None) -> str:
    """A content type without its parameters."""
    return (content_type or "").partition(";")[0].strip().lower()


def quote_header(value: str, also_safe: str = "") -> str:
    """A value, percent-encoded as the HTTP and NATS bindings have it in a header."""
    return quote(value, safe=_HEADER_SAFE + also_safe)


def _from_headers(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    given = {name[3:]: value for name, value in headers.items() if name.startswith("ce-")}
    if "content-type" in headers:
        given["datacontenttype"] = headers["content-type"]
    _validate(CloudEvent({name: unquote(value) for name, value in given.items()}, body))
    try:
        received = from_http(headers, body, data_unmarshaller=lambda data: data)
    except (GenericException, ValueError, TypeError, AttributeError) as error:
        raise MalformedEvent(f"not a CloudEvent: {error}") from error
    attributes = received.get_attributes()
    # Only what came: the SDK gives an event the present time where it has none.
    sent = {name: attributes.get(name, value) for name, value in given.items()}
    return CloudEvent({name: unquote(str(value)) for name, value in sent.items()}, body)


def _from_json_object(item: Any) -> CloudEvent:
    if not isinstance(item, dict):
        raise MalformedEvent("not a CloudEvent: an event in JSON is an object")
    rest = {k: v for k, v in item.items() if k not in ("data", "data_base64") and v is not None}
    attributes = {name: _as_text(value) for name, value in rest.items()}
    return _validate(CloudEvent(attributes, _data(item)))


def _data(item: Mapping[str, Any]) -> bytes:
    try:
        if "data_base64" in item:
            return base64.b64decode(item["data_base64"], validate=True)
        return json.dumps(item["data"]).encode() if "data" in item else b""
    except (ValueError, TypeError, RecursionError) as error:
        raise MalformedEvent(f"not a CloudEvent: its data cannot be decoded: {error}") from error


def _parse_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedEvent(f"not a CloudEvent: {error}") from error


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int)):
        return str(value)
    raise MalformedEvent(f"no attribute of a CloudEvent has a value such as {value!r}")


def _validate(event: CloudEvent) -> CloudEvent:
    attributes = event.attributes
    missing = [name for name in _REQUIRED if not attributes.get(name)]
    if missing:
        raise MalformedEvent(f"a CloudEvent needs the attribute {', '.join(missing)}")
    if attributes["specversion"] != "1.0":
        raise MalformedEvent(f"CloudEvents {attributes['specversion']!r} is not supported")
    if not all(_is_unicode(value) for value in attributes.values()):
        raise MalformedEvent("an attribute of a CloudEvent is not Unicode")
    return event


def _is_unicode(value: str) -> bool:
    """Whether a text can be encoded: JSON can hold halves of surrogate pairs."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
