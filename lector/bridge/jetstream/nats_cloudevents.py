"""Between CloudEvents over HTTP and the CloudEvents NATS binding, binary mode.

In both bindings an attribute is a `ce-` header whose value is percent-encoded alike, so an event
in binary mode passes through unchanged; only the content type is spelt differently.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from lector.runtime import cloudevents
from lector.runtime.cloudevents import CloudEvent
from lector.runtime.failures import MalformedEvent

MESSAGE_ID = "Nats-Msg-Id"
# A dead letter carries its event in base64 and must still fit into one NATS message.
MAX_EVENT_BYTES = 1024 * 1024

_TYPE = re.compile(r"lector(\.[A-Za-z0-9_-]+)+")
_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,255}")
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
    """The event or the batch of events in an HTTP message, as messages.

    Raises:
        MalformedEvent: one of them is no event, or none that JetStream can take.

    """
    return [_message(event) for event in cloudevents.decode_batch(headers, body)]


def to_request(headers: Mapping[str, str]) -> dict[str, str]:
    """The HTTP headers under which a message with these headers is POSTed on."""
    # What was quoted already stays as it is; whatever else cannot be in a header is quoted now.
    attributes = {n: cloudevents.quote_header(v, "%") for n, v in headers.items() if n[:3] == "ce-"}
    request = {n: v for n, v in attributes.items() if _is_attribute(n[3:])}
    content_type = unquote(request.pop("ce-datacontenttype", cloudevents.JSON))
    request["content-type"] = cloudevents.quote_header(content_type, ' %"')
    return request


def is_subject(subject: str) -> bool:
    """Whether a CloudEvents subject can be the last part of a NATS subject."""
    return _SUBJECT.fullmatch(subject) is not None


def _message(event: CloudEvent) -> Message:
    attributes = event.attributes
    misnamed = [name for name in attributes if not _is_attribute(name)]
    if misnamed:
        raise MalformedEvent(f"no attribute of a CloudEvent is called {misnamed[0]!r}")
    if sum(map(len, attributes.values())) > _LONGEST_ATTRIBUTES:
        raise MalformedEvent("the event's attributes are too long")
    values = {name: cloudevents.quote_header(value) for name, value in attributes.items() if value}
    headers = {f"ce-{name}": value for name, value in values.items()}
    trace = cloudevents.trace_context(values)
    return Message(
        _nats_subject(attributes), {**headers, **trace, MESSAGE_ID: values["id"]}, event.data
    )


def _is_attribute(name: str) -> bool:
    return cloudevents.ATTRIBUTE_NAME.fullmatch(name) is not None


def _nats_subject(attributes: Mapping[str, str]) -> str:
    event_type, subject = attributes["type"], attributes.get("subject", "")
    if not _TYPE.fullmatch(event_type) or len(event_type) > _LONGEST_TYPE:
        raise MalformedEvent(f"no stream takes events of type {event_type!r}")
    if not is_subject(subject):
        raise MalformedEvent(f"a subject is letters, digits, - and _; this one is {subject!r}")
    return f"{event_type}.{subject}"
