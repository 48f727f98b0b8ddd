"""Events: ids, wire forms, and what is refused."""

import contextlib
import json
from uuid import UUID, uuid4

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from lector.contracts import (
    FileOpened,
    FileUploaded,
    OutboxWritten,
    PageImage,
    PagesRendered,
    RenderedPage,
)
from lector.runtime import events
from lector.runtime.failures import MalformedEvent, PermanentFailure

FILE = UUID("0190f3a0-0000-7000-8000-000000000001")


def opened(**changes: object) -> FileOpened:
    return FileOpened(**{"generation": 1, "object_key": "key", "page_count": 3, **changes})  # type: ignore[arg-type]


def sent(data: Message, **attributes: str) -> tuple[dict[str, str], bytes]:
    headers, body = events.to_http(events.event("cause", FILE, data, "test"))
    return {**headers, **{f"ce-{k}": v for k, v in attributes.items()}}, body


def test_a_type_is_its_message_in_dotted_lower_case() -> None:
    assert events.type_of(FileUploaded) == "lector.file.uploaded"


def test_parts_of_messages_are_not_events() -> None:
    assert "lector.page.image" not in events.MESSAGES


def test_the_same_cause_makes_the_same_id() -> None:
    first, second = (events.event("cause", FILE, opened(), "test") for _ in range(2))
    assert first.id == second.id


@pytest.mark.parametrize(
    "other",
    [
        events.event("other cause", FILE, opened(), "test"),
        events.event("cause", FILE, opened(), "test", part="2"),
        events.event("cause", FILE, opened(generation=2), "test"),
        events.event("cause", FILE, OutboxWritten(), "test"),
    ],
)
def test_another_cause_part_generation_or_type_makes_another_id(
    other: events.Event[Message],
) -> None:
    assert events.event("cause", FILE, opened(), "test").id != other.id


def test_a_page_id_follows_from_file_and_number() -> None:
    assert events.page_id(FILE, 1) == events.page_id(FILE, 1) != events.page_id(FILE, 2)


def test_an_event_survives_the_wire() -> None:
    original = events.event("cause", FILE, opened(warning="größer"), "test")
    assert events.from_request(*events.to_http(original)) == original


def test_a_structured_event_is_understood() -> None:
    body = {
        "specversion": "1.0",
        "id": "1",
        "source": "/x",
        "type": "lector.file.opened",
        "subject": str(FILE),
        "data": {"generation": 1, "objectKey": "key", "pageCount": 3},
    }
    headers = {"Content-Type": "application/cloudevents+json"}
    assert events.from_request(headers, json.dumps(body).encode()).data == opened()


def test_protobuf_data_is_understood() -> None:
    headers, _ = sent(opened())
    headers["content-type"] = "application/protobuf"
    assert events.from_request(headers, opened().SerializeToString()).data == opened()


def test_an_empty_protobuf_message_is_understood() -> None:
    headers, _ = sent(OutboxWritten())
    headers["content-type"] = "application/protobuf"
    assert events.from_request(headers, b"").data == OutboxWritten()


def test_unknown_fields_pass() -> None:
    headers, body = sent(opened())
    extended = json.dumps({**json.loads(body), "colour": "red"}).encode()
    assert events.from_request(headers, extended).data == opened()


def test_unknown_attributes_pass() -> None:
    assert events.from_request(*sent(opened(), colour="red")).data == opened()


@pytest.mark.parametrize("field", ["generation", "object_key", "page_count"])
def test_a_missing_required_field_is_a_permanent_failure_that_names_it(field: str) -> None:
    incomplete = opened()
    incomplete.ClearField(field)
    with pytest.raises(PermanentFailure, match=field):
        events.from_request(*sent(incomplete))


def test_a_missing_optional_field_is_fine() -> None:
    assert not events.from_request(*sent(opened())).data.HasField("warning")


def test_a_missing_field_inside_a_list_is_named_with_its_path() -> None:
    image = PageImage(object_key="key", width_px=1, height_px=1)
    rendered = PagesRendered(generation=1, pages=[RenderedPage(page_number=1, image=image)])
    with pytest.raises(PermanentFailure, match=r"pages\.image\.sha256"):
        events.from_request(*sent(rendered))


def test_a_page_with_neither_image_nor_failure_is_incomplete() -> None:
    rendered = PagesRendered(generation=1, pages=[RenderedPage(page_number=1)])
    with pytest.raises(PermanentFailure, match=r"pages\.outcome"):
        events.from_request(*sent(rendered))


def test_an_unknown_type_is_a_permanent_failure() -> None:
    with pytest.raises(PermanentFailure, match=r"lector\.file\.eaten"):
        events.from_request(*sent(opened(), type="lector.file.eaten"))


@pytest.mark.parametrize("attribute", ["id", "source", "type", "specversion"])
def test_an_event_without_a_required_attribute_is_malformed(attribute: str) -> None:
    headers, body = sent(opened())
    del headers[f"ce-{attribute}"]
    with pytest.raises(MalformedEvent):
        events.from_request(headers, body)


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"\xff", b'{"pageCount": "many"}'])
def test_data_that_does_not_parse_is_malformed(body: bytes) -> None:
    headers, _ = sent(opened())
    with pytest.raises((MalformedEvent, PermanentFailure)):
        events.from_request(headers, body)


def test_a_subject_that_is_no_file_id_is_a_permanent_failure() -> None:
    event = events.from_request(*sent(opened(), subject="../etc"))
    with pytest.raises(PermanentFailure, match="not a file id"):
        _ = event.file_id


@given(
    st.dictionaries(
        st.sampled_from(["ce-id", "ce-type", "ce-source", "ce-specversion", "content-type"]),
        st.text(max_size=20),
    ),
    st.binary(max_size=200),
)
def test_whatever_arrives_is_an_event_or_a_known_failure(
    headers: dict[str, str], body: bytes
) -> None:
    with contextlib.suppress(MalformedEvent, PermanentFailure):
        events.from_request(headers, body)


@given(st.text(max_size=50).filter(lambda s: "\ud800" not in s), st.integers(1, 2**31))
def test_any_name_survives_the_wire(name: str, size: int) -> None:
    data = FileUploaded(generation=1, object_key="k", name=name or "x", size_bytes=size)
    event = events.event(str(uuid4()), FILE, data, "test")
    assert events.from_request(*events.to_http(event)) == event
