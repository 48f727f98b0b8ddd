"""Typed CloudEvents: a contract message with the attributes that let it travel.

Ids are derived, never drawn: whoever handles the same event again makes the same ids again,
so that brokers and primary keys can drop the repetition.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote, unquote
from uuid import UUID, uuid5

from cloudevents.conversion import to_binary
from cloudevents.exceptions import GenericException
from cloudevents.http import CloudEvent, from_http
from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message

from lector.contracts import events_pb2
from lector.runtime.failures import MalformedEvent, PermanentFailure, ProtocolCode
from lector.telemetry.tracing import Trace, carried

Data = TypeVar("Data", bound=Message)

JSON = "application/json"
PROTOBUF = "application/protobuf"
STRUCTURED = "application/cloudevents+json"
EVENT_IDS = UUID("5c1e0f0e-4f8c-5d0e-9b0a-6c6563746f72")
# The CloudEvents HTTP and NATS bindings: printable ASCII stays, but for space, quote and percent.
HEADER_SAFE = "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_CONTRACT = "urn:lector:contract:"


def type_of(message: Message | type[Message]) -> str:
    """The CloudEvents type of a message: FileUploaded is lector.file.uploaded."""
    name = message.DESCRIPTOR.name
    return "lector" + "".join(f".{c.lower()}" if c.isupper() else c for c in name)


def _event_messages() -> dict[str, type[Message]]:
    """Every message of the contract that is not merely a part of another."""
    every = events_pb2.DESCRIPTOR.message_types_by_name
    parts = {f.message_type.name for m in every.values() for f in m.fields if f.message_type}
    kinds = (getattr(events_pb2, name) for name in every if name not in parts)
    return {type_of(kind): kind for kind in kinds}


MESSAGES = _event_messages()


@dataclass(frozen=True)
class Event(Generic[Data]):
    """A fact about a file. `subject` is the file's id, `trace` the W3C headers it came with."""

    id: str
    source: str
    subject: str
    data: Data
    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    trace: Trace = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The CloudEvents type."""
        return type_of(self.data)

    @property
    def file_id(self) -> UUID:
        """The subject as a file id; `PermanentFailure` if it is not one."""
        try:
            return UUID(self.subject)
        except ValueError:
            raise PermanentFailure(
                ProtocolCode.MALFORMED_SUBJECT,
                f"the event's subject is not a file id: {self.subject!r}",
            ) from None


def page_id(file_id: UUID, page_number: int) -> UUID:
    """The id of a file's page, the same whoever computes it."""
    return uuid5(file_id, str(page_number))


def derived_id(cause: str, event_type: str, part: str = "", generation: int = 0) -> str:
    """The id of an event that follows from `cause`, the same at every redelivery."""
    return str(uuid5(EVENT_IDS, f"{cause} {event_type} {part} {generation}"))


def event(cause: str, subject: UUID | str, data: Data, source: str, part: str = "") -> Event[Data]:
    """A new event that `cause` led to; `part` tells apart several of one type and cause."""
    generation = getattr(data, "generation", 0)
    event_id = derived_id(cause, type_of(data), part, generation)
    return Event(event_id, f"/lector/{source}", str(subject), data, trace=carried())


def to_json(message: Message) -> str:
    """A message as canonical ProtoJSON."""
    return json_format.MessageToJson(message, indent=None)


def to_http(sent: Event[Any]) -> tuple[dict[str, str], bytes]:
    """An event in CloudEvents binary mode: HTTP headers and body."""
    attributes = {
        "id": sent.id,
        "source": sent.source,
        "type": sent.type,
        "subject": sent.subject,
        "time": sent.time.isoformat(),
        "datacontenttype": JSON,
        "dataschema": dataschema(sent.type),
        **sent.trace,
    }
    quoted = {key: quote(value, safe=HEADER_SAFE) for key, value in attributes.items()}
    headers, body = to_binary(CloudEvent(quoted, to_json(sent.data)), str.encode)
    return {**headers, "content-type": JSON}, body


def dataschema(event_type: str) -> str:
    """The URI that names the contract of an event type."""
    return f"{_CONTRACT}{MESSAGES[event_type].DESCRIPTOR.full_name}"


def from_request(headers: Mapping[str, str], body: bytes) -> Event[Any]:
    """The event in an HTTP request, binary or structured.

    Raises:
        MalformedEvent: it is not a CloudEvent, or its data does not parse.
        PermanentFailure: its type is unknown or a required field is missing.

    """
    headers = {name.lower(): value for name, value in headers.items()}
    received = _cloudevent(headers, body)
    attributes = {key: str(value) for key, value in received.get_attributes().items()}
    if _is_binary(headers):
        attributes = {key: unquote(value) for key, value in attributes.items()}
    kind = _kind(attributes["type"], attributes.get("dataschema"))
    data = _parsed(kind, received.get_data() or b"", _content_type(attributes, headers))
    missing = sorted(missing_fields(data))
    if missing:
        raise PermanentFailure(
            ProtocolCode.MISSING_FIELD, f"{attributes['type']} lacks the field {', '.join(missing)}"
        )
    return Event(
        id=attributes["id"],
        source=attributes["source"],
        subject=attributes.get("subject", ""),
        data=data,
        time=_time(attributes.get("time")),
        trace={k: attributes[k] for k in ("traceparent", "tracestate") if k in attributes},
    )


def _kind(event_type: str, schema: str | None) -> type[Message]:
    """The message of an event type; a contract of another version is refused, not guessed at."""
    kind = MESSAGES.get(event_type)
    if kind is None:
        raise PermanentFailure(ProtocolCode.UNKNOWN_EVENT_TYPE, f"no contract for {event_type!r}")
    if schema and schema.startswith(_CONTRACT) and schema != dataschema(event_type):
        raise PermanentFailure(
            ProtocolCode.UNKNOWN_CONTRACT,
            f"{schema} is not understood here, only {dataschema(event_type)}",
        )
    return kind


def missing_fields(message: Message, prefix: str = "") -> Iterable[str]:
    """Paths of the required fields that are absent, zero or empty, also in nested messages."""
    for union in message.DESCRIPTOR.oneofs:
        if not union.name.startswith("_") and message.WhichOneof(union.name) is None:
            yield prefix + union.name
    present = {spec.name for spec, _ in message.ListFields()}
    for spec in message.DESCRIPTOR.fields:
        if spec.name not in present and spec.containing_oneof is None and not _is_map(spec):
            yield prefix + spec.name
    for spec, value in message.ListFields():
        if spec.message_type is not None and not _is_map(spec):
            for part in value if spec.is_repeated else [value]:
                yield from missing_fields(part, f"{prefix}{spec.name}.")


def _is_map(spec: Any) -> bool:
    return bool(spec.message_type and spec.message_type.GetOptions().map_entry)


def _cloudevent(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    def as_bytes(data: str | bytes) -> bytes:
        return data.encode() if isinstance(data, str) else data

    # Not by guessing: a web page can have a browser send JSON as text/plain to any address.
    if not _is_binary(headers) and _media_type(headers.get("content-type")) != STRUCTURED:
        raise MalformedEvent(f"not a CloudEvent: send ce- headers, or {STRUCTURED}")
    try:
        return from_http(headers, body, data_unmarshaller=as_bytes)
    except (GenericException, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedEvent(f"not a CloudEvent: {error}") from error


def _is_binary(headers: Mapping[str, str]) -> bool:
    return "ce-specversion" in headers


def _media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _content_type(attributes: Mapping[str, str], headers: Mapping[str, str]) -> str:
    return attributes.get("datacontenttype") or headers.get("content-type") or JSON


def _parsed(kind: type[Message], body: bytes, content_type: str) -> Message:
    try:
        if _media_type(content_type) == PROTOBUF:
            return kind.FromString(body)
        return json_format.Parse(body or b"{}", kind(), ignore_unknown_fields=True)
    except (json_format.ParseError, DecodeError, ValueError, RecursionError) as error:
        raise MalformedEvent(f"data is not a {kind.DESCRIPTOR.name}: {error}") from error


def _time(text: str | None) -> datetime:
    try:
        return datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError as error:
        raise MalformedEvent(f"not an RFC 3339 time: {text!r}") from error
