"""Typed CloudEvents: a contract message with the attributes that let it travel.

Ids are derived, never drawn: whoever handles the same event again makes the same ids again,
so that brokers and primary keys can drop the repetition.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message

from lector.contracts import events_pb2
from lector.runtime import cloudevents
from lector.runtime.cloudevents import CloudEvent
from lector.runtime.failures import MalformedEvent, PermanentFailure, ProtocolCode
from lector.telemetry.tracing import Trace, current_headers

Data = TypeVar("Data", bound=Message)

EVENT_IDS = UUID("5c1e0f0e-4f8c-5d0e-9b0a-6c6563746f72")
_CONTRACT = "urn:lector:contract:"


def type_of(message: Message | type[Message]) -> str:
    """The CloudEvents type of a message: FileUploaded is lector.file.uploaded."""
    return _type_of(message.DESCRIPTOR.name)


@cache
def _type_of(name: str) -> str:
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
    return Event(event_id, f"/lector/{source}", str(subject), data, trace=current_headers())


def to_json(message: Message) -> str:
    """A message as canonical ProtoJSON."""
    return json_format.MessageToJson(message, indent=None)


def to_http(sent: Event[Any]) -> tuple[dict[str, str], bytes]:
    """An event in CloudEvents binary mode: HTTP headers and body."""
    attributes = {
        "specversion": "1.0",
        "id": sent.id,
        "source": sent.source,
        "type": sent.type,
        "subject": sent.subject,
        "time": sent.time.isoformat(),
        "datacontenttype": cloudevents.JSON,
        "dataschema": dataschema(sent.type),
        **sent.trace,
    }
    return cloudevents.encode(CloudEvent(attributes, to_json(sent.data).encode()))


def dataschema(event_type: str) -> str:
    """The URI that names the contract of an event type."""
    return f"{_CONTRACT}{MESSAGES[event_type].DESCRIPTOR.full_name}"


def from_request(headers: Mapping[str, str], body: bytes) -> Event[Any]:
    """The event in an HTTP request, binary or structured.

    Raises:
        MalformedEvent: it is not a CloudEvent, or its data does not parse.
        PermanentFailure: its type is unknown or a required field is missing.

    """
    received = cloudevents.decode(headers, body)
    attributes = received.attributes
    kind = _message_class(attributes["type"], attributes.get("dataschema"))
    data = _parse(kind, received.data, attributes.get("datacontenttype"))
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
        time=_parse_time(attributes.get("time")),
        trace=cloudevents.trace_context(attributes),
    )


def _message_class(event_type: str, schema: str | None) -> type[Message]:
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


def _parse(kind: type[Message], body: bytes, content_type: str | None) -> Message:
    try:
        if cloudevents.media_type(content_type) == cloudevents.PROTOBUF:
            return kind.FromString(body)
        return json_format.Parse(body or b"{}", kind(), ignore_unknown_fields=True)
    except (json_format.ParseError, DecodeError, ValueError, RecursionError) as error:
        raise MalformedEvent(f"data is not a {kind.DESCRIPTOR.name}: {error}") from error


def _parse_time(text: str | None) -> datetime:
    try:
        return datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError as error:
        raise MalformedEvent(f"not an RFC 3339 time: {text!r}") from error
