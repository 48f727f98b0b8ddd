"""Wire: CloudEvents over HTTP become messages of the CloudEvents NATS binding, and back."""

import base64
import json
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lector.bridge.jetstream import nats_cloudevents
from lector.runtime import cloudevents, events
from lector.runtime.failures import MalformedEvent
from tests.support.bridging import uploaded

ATTRIBUTES = {
    "specversion": "1.0",
    "id": "1",
    "source": "/x",
    "type": "lector.file.opened",
    "subject": "f",
}
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
AWKWARD = [
    "café",
    "a b",
    'say "x"',
    "100 %",
    "%41",
    "日本",
    "🙂",
    "a\tb",
    "~!#$&'()*+,-./:;<=>?@[]",
]


def binary(body: bytes = b"{}", **changes: str) -> nats_cloudevents.Message:
    """The message that an event in binary mode becomes; the changes are header values."""
    headers = {f"ce-{name}": value for name, value in {**ATTRIBUTES, **changes}.items()}
    [message] = nats_cloudevents.from_request({**headers, "content-type": "application/json"}, body)
    return message


def structured(**changes: Any) -> nats_cloudevents.Message:
    """The message that an event in structured mode becomes."""
    body = json.dumps({**ATTRIBUTES, **changes}).encode()
    [message] = nats_cloudevents.from_request({"content-type": cloudevents.STRUCTURED}, body)
    return message


def batch(*items: object) -> list[nats_cloudevents.Message]:
    """The messages that a batch becomes."""
    return nats_cloudevents.from_request(
        {"content-type": cloudevents.BATCH}, json.dumps(items).encode()
    )


def refused(headers: dict[str, str], body: bytes) -> str:
    """Why a request is not an event."""
    with pytest.raises(MalformedEvent) as caught:
        nats_cloudevents.from_request(headers, body)
    return str(caught.value)


# To NATS


def test_the_nats_subject_is_type_and_subject() -> None:
    assert binary().subject == "lector.file.opened.f"


def test_the_message_id_is_the_event_id() -> None:
    assert binary(id="abc").headers["Nats-Msg-Id"] == "abc"


def test_every_attribute_is_a_header() -> None:
    headers = binary(time="2026-01-01T00:00:00Z", dataschema="urn:x", extra="y").headers
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-source"] == "/x"
    assert headers["ce-type"] == "lector.file.opened"
    assert headers["ce-subject"] == "f"
    assert headers["ce-time"] == "2026-01-01T00:00:00Z"
    assert headers["ce-dataschema"] == "urn:x"
    assert headers["ce-extra"] == "y"


def test_the_content_type_becomes_the_datacontenttype() -> None:
    assert binary().headers["ce-datacontenttype"] == "application/json"


def test_the_trace_becomes_headers_of_its_own() -> None:
    headers = binary(traceparent=TRACEPARENT, tracestate="a=b").headers
    assert (headers["traceparent"], headers["tracestate"]) == (TRACEPARENT, "a=b")


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("a b", "a%20b"),
        ('"', "%22"),
        ("%", "%25"),
        ("é", "%C3%A9"),
        ("€", "%E2%82%AC"),
        ("\n", "%0A"),
        ("\x7f", "%7F"),
        ("!#$&'()*+,-./:;<=>?@[\\]^_`{|}~", "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    ],
)
def test_values_are_percent_encoded_as_the_nats_binding_says(value: str, quoted: str) -> None:
    assert structured(extra=value).headers["ce-extra"] == quoted


def test_values_in_binary_mode_are_decoded_and_encoded_again() -> None:
    assert binary(extra="caf%c3%a9%20x").headers["ce-extra"] == "caf%C3%A9%20x"


@pytest.mark.parametrize("value", ["a%20b", "100%", "%"])
def test_values_in_structured_mode_are_taken_as_they_are(value: str) -> None:
    assert unquote(structured(extra=value).headers["ce-extra"]) == value


def test_the_body_in_binary_mode_is_taken_as_it_is() -> None:
    assert binary(b"\x00\xff 123").body == b"\x00\xff 123"


def test_data_in_structured_mode_is_the_body() -> None:
    assert json.loads(structured(data={"a": [1, "é"]}).body) == {"a": [1, "é"]}


def test_data_in_base64_is_the_body() -> None:
    assert structured(data_base64=base64.b64encode(b"\x00\xff").decode()).body == b"\x00\xff"


def test_an_event_without_data_has_an_empty_body() -> None:
    assert structured().body == b""


def test_the_content_type_of_a_structured_event_is_not_that_of_its_envelope() -> None:
    request = nats_cloudevents.to_request(structured(data={}).headers)
    assert request["content-type"] == "application/json"


def test_data_of_a_structured_event_keeps_its_own_content_type() -> None:
    message = structured(data_base64="AA==", datacontenttype="application/protobuf")
    assert nats_cloudevents.to_request(message.headers)["content-type"] == "application/protobuf"


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (7, "7")])
def test_values_that_are_no_text_are_written_as_cloudevents_says(value: object, text: str) -> None:
    assert structured(extra=value).headers["ce-extra"] == text


def test_an_attribute_that_is_null_is_absent() -> None:
    assert "ce-extra" not in structured(extra=None).headers


def test_the_three_forms_of_an_event_become_the_same_message() -> None:
    form = structured(data={}, datacontenttype="application/json", time="2026-01-01T00:00:00Z")
    assert binary(time="2026-01-01T00:00:00Z") == form
    in_batch = {**ATTRIBUTES, "time": "2026-01-01T00:00:00Z"}
    assert batch({**in_batch, "datacontenttype": "application/json", "data": {}}) == [form]


def test_a_batch_keeps_its_order() -> None:
    messages = batch(*({**ATTRIBUTES, "id": str(n)} for n in range(5)))
    assert [message.headers["ce-id"] for message in messages] == ["0", "1", "2", "3", "4"]


def test_an_empty_batch_is_nothing() -> None:
    assert batch() == []


def test_a_content_type_may_have_parameters_and_capitals() -> None:
    body = json.dumps([ATTRIBUTES]).encode()
    headers = {"content-type": "Application/CloudEvents-Batch+JSON; charset=UTF-8"}
    assert len(nats_cloudevents.from_request(headers, body)) == 1


# What is not an event


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "text/plain; x=application/cloudevents+json"]
)
def test_an_event_that_does_not_say_so_is_none(content_type: str) -> None:
    reason = refused({"content-type": content_type}, json.dumps(ATTRIBUTES).encode())
    assert cloudevents.STRUCTURED in reason


def test_without_any_content_type_nothing_is_an_event() -> None:
    refused({}, json.dumps(ATTRIBUTES).encode())


@pytest.mark.parametrize("absent", ["specversion", "id", "source", "type"])
@pytest.mark.parametrize("form", ["binary", "structured", "batch"])
def test_an_event_without_a_required_attribute_is_none(absent: str, form: str) -> None:
    left = {name: value for name, value in ATTRIBUTES.items() if name != absent}
    requests = {
        "binary": ({f"ce-{name}": value for name, value in left.items()}, b"{}"),
        "structured": ({"content-type": cloudevents.STRUCTURED}, json.dumps(left).encode()),
        "batch": ({"content-type": cloudevents.BATCH}, json.dumps([left]).encode()),
    }
    headers, body = requests[form]
    refused(headers, body)


@pytest.mark.parametrize("form", ["structured", "batch"])
@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_id_is_no_id(form: str, empty: str | None) -> None:
    with pytest.raises(MalformedEvent, match="needs the attribute id"):
        structured(id=empty) if form == "structured" else batch({**ATTRIBUTES, "id": empty})


@pytest.mark.parametrize("subject", ["", "a.b", "a b", "*", ">", "a*", "é", "a\n", "a" * 256, None])
def test_a_subject_that_nats_would_misunderstand_is_refused(subject: str | None) -> None:
    with pytest.raises(MalformedEvent, match="subject"):
        structured(subject=subject)


@pytest.mark.parametrize(
    "event_type",
    [
        "lector",
        "lector.",
        "lector..a",
        "lector.a.",
        "lector.*",
        "lector.>",
        "lector.a b",
        "lector.é",
        "lector.a\n",
        "Lector.a",
        "dead.lector.a",
        "$JS.API.x",
        "com.example.other",
        "lector." + "a" * 5000,
    ],
)
def test_a_type_that_no_stream_should_take_is_refused(event_type: str) -> None:
    with pytest.raises(MalformedEvent, match="no stream takes"):
        structured(type=event_type)


@pytest.mark.parametrize("version", ["0.3", "2.0", "1", "x"])
def test_another_version_of_cloudevents_is_refused(version: str) -> None:
    with pytest.raises(MalformedEvent):
        structured(specversion=version)


@pytest.mark.parametrize("name", ["bad name", "a\r\nb", "a:b", "é", "", "UPPER", "under_score"])
def test_an_attribute_with_an_impossible_name_is_refused(name: str) -> None:
    with pytest.raises(MalformedEvent, match="is called"):
        structured(**{name: "x"})


@pytest.mark.parametrize("value", [[], {}, 1.5])
def test_an_attribute_with_an_impossible_value_is_refused(value: object) -> None:
    with pytest.raises(MalformedEvent):
        structured(extra=value)


def test_a_value_that_is_no_unicode_is_refused() -> None:
    body = json.dumps({**ATTRIBUTES, "extra": "\ud800"}).encode()
    refused({"content-type": cloudevents.STRUCTURED}, body)


def test_attributes_longer_than_nats_takes_are_refused() -> None:
    with pytest.raises(MalformedEvent, match="too long"):
        structured(extra="x" * 70_000)


@pytest.mark.parametrize("data", ["!!!", 5, None, "A"])
def test_data_that_is_not_base64_is_refused(data: object) -> None:
    with pytest.raises(MalformedEvent):
        structured(data_base64=data)


@pytest.mark.parametrize("body", [b"", b"5", b"null", b'"x"', b"[]", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_no_structured_event(body: bytes) -> None:
    refused({"content-type": cloudevents.STRUCTURED}, body)


@pytest.mark.parametrize("body", [b"", b"5", b"null", b'"x"', b"{}", b"[5]", b"[null]", b"["])
def test_a_body_that_is_no_list_of_objects_is_no_batch(body: bytes) -> None:
    refused({"content-type": cloudevents.BATCH}, body)


def test_one_that_is_no_event_spoils_the_batch() -> None:
    with pytest.raises(MalformedEvent):
        batch(ATTRIBUTES, {})


@given(st.dictionaries(st.text(), st.text()), st.binary())
def test_no_request_whatsoever_is_anything_but_messages_or_malformed(
    headers: dict[str, str], body: bytes
) -> None:
    try:
        messages = nats_cloudevents.from_request(headers, body)
    except MalformedEvent:
        return
    assert messages == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([*ATTRIBUTES, "data", "data_base64", "x"]) | st.text(), inner
            )
        ),
    ),
    st.sampled_from([cloudevents.BATCH, cloudevents.STRUCTURED, "application/json", ""]),
)
def test_no_json_whatsoever_makes_a_subject_outside_of_the_stream(
    value: object, content_type: str
) -> None:
    try:
        messages = nats_cloudevents.from_request(
            {"content-type": content_type}, json.dumps(value).encode()
        )
    except MalformedEvent:
        return
    assert all(message.subject.startswith("lector.") for message in messages)


# Back to HTTP


@pytest.mark.parametrize("value", AWKWARD)
def test_an_attribute_survives_the_way_through_nats(value: str) -> None:
    sent = uploaded(source=value)
    [message] = nats_cloudevents.from_request(*events.to_http(sent))
    assert events.from_request(nats_cloudevents.to_request(message.headers), message.body) == sent


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100))
def test_any_attribute_survives_the_way_through_nats(value: str) -> None:
    sent = uploaded(source=value)
    [message] = nats_cloudevents.from_request(*events.to_http(sent))
    assert events.from_request(nats_cloudevents.to_request(message.headers), message.body) == sent


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100))
def test_headers_in_nats_are_printable_ascii(value: str) -> None:
    header = structured(extra=value).headers["ce-extra"]
    assert all(" " < character <= "~" for character in header)


def test_the_datacontenttype_is_the_content_type_again() -> None:
    headers = {"ce-id": "1", "ce-datacontenttype": "application/json;%20charset=utf-8"}
    assert nats_cloudevents.to_request(headers) == {
        "ce-id": "1",
        "content-type": "application/json; charset=utf-8",
    }


def test_without_a_datacontenttype_the_content_is_json() -> None:
    assert nats_cloudevents.to_request({})["content-type"] == "application/json"


def test_headers_of_nats_itself_stay_in_nats() -> None:
    headers = {"Nats-Msg-Id": "1", "traceparent": TRACEPARENT, "Authorization": "x"}
    assert nats_cloudevents.to_request(headers) == {"content-type": "application/json"}


@given(st.dictionaries(st.text().map("ce-{}".format), st.text(st.characters(codec="utf-8"))))
def test_whatever_headers_lie_in_nats_can_be_sent_by_http(headers: dict[str, str]) -> None:
    for name, value in nats_cloudevents.to_request(headers).items():
        assert name.isascii()
        assert all(" " <= character <= "~" for character in value)


@pytest.mark.parametrize(
    ("headers", "event"),
    [
        ({"ce-type": "lector.a.b"}, True),
        ({"content-type": "application/cloudevents+json; charset=utf-8"}, True),
        ({"content-type": "application/json"}, False),
        ({}, False),
    ],
)
def test_an_answer_says_whether_it_is_an_event(headers: dict[str, str], event: bool) -> None:  # noqa: FBT001
    assert cloudevents.is_event(headers) is event
