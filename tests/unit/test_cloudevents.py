"""CloudEvents over HTTP: what is encoded, and what the modes have in common."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lector.runtime import cloudevents
from lector.runtime.cloudevents import CloudEvent
from lector.runtime.failures import MalformedEvent

ATTRIBUTES = {
    "specversion": "1.0",
    "id": "1",
    "source": "/x",
    "type": "lector.file.opened",
    "datacontenttype": "application/json",
}


def event(data: bytes = b"{}", **attributes: str) -> CloudEvent:
    return CloudEvent({**ATTRIBUTES, **attributes}, data)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    ),
    st.binary(max_size=50),
)
def test_an_event_survives_binary_mode(extensions: dict[str, str], data: bytes) -> None:
    sent = CloudEvent({**extensions, **ATTRIBUTES}, data)
    assert cloudevents.decode(*cloudevents.encode(sent)) == sent


def test_one_event_goes_in_structured_mode() -> None:
    sent = event(b'{"a": "\xc3\xa9"}', extra='say "x" at 100 %')
    content_type, body = cloudevents.encode_batch([sent])
    assert content_type == cloudevents.STRUCTURED
    received = cloudevents.decode({"content-type": content_type}, body)
    assert received.attributes == sent.attributes
    assert json.loads(received.data) == {"a": "é"}


def test_several_events_go_as_a_batch_in_their_order() -> None:
    sent = [event(id=str(number)) for number in range(3)]
    content_type, body = cloudevents.encode_batch(sent)
    assert content_type == cloudevents.BATCH
    assert cloudevents.decode_batch({"Content-Type": content_type}, body) == sent


def test_whoever_takes_one_event_takes_no_batch() -> None:
    content_type, body = cloudevents.encode_batch([event(), event()])
    with pytest.raises(MalformedEvent, match="send ce- headers"):
        cloudevents.decode({"content-type": content_type}, body)


def test_the_content_type_decides_although_there_are_attributes_in_headers() -> None:
    content_type, body = cloudevents.encode_batch([event(id="100%20")])
    headers = {"content-type": content_type, "ce-specversion": "1.0", "ce-id": "other"}
    assert cloudevents.decode(headers, body).attributes["id"] == "100%20"


def test_headers_are_read_in_capitals_too() -> None:
    headers, body = cloudevents.encode(event())
    shouted = {name.upper(): value for name, value in headers.items()}
    assert cloudevents.decode(shouted, body) == event()


@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain"])
def test_an_event_is_not_guessed_from_the_body(content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}
    with pytest.raises(MalformedEvent):
        cloudevents.decode(headers, json.dumps({**ATTRIBUTES, "data": {}}).encode())


def test_headers_that_lack_an_attribute_do_not_make_the_body_an_event() -> None:
    with pytest.raises(MalformedEvent, match="needs the attribute id, source, type"):
        cloudevents.decode({"ce-specversion": "1.0"}, json.dumps(ATTRIBUTES).encode())


@given(st.dictionaries(st.text(), st.text()), st.binary())
def test_whatever_arrives_is_events_or_malformed(headers: dict[str, str], body: bytes) -> None:
    try:
        received = cloudevents.decode_batch(headers, body)
    except MalformedEvent:
        return
    assert all(item.attributes["id"] for item in received)
