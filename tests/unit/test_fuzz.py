"""Anything at all, sent to a function: an answer that says what is wrong, never a surprise.

Bounded in number, so in time; `HYPOTHESIS_EXAMPLES` asks for more than a test run can afford.
"""

import json
import os
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Flask, Response, request
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from lector.contracts import FileUploaded, PageImage, PageRegistered, PagesRequested
from lector.runtime import cloudevents, endpoint, events
from lector.runtime.failures import LectorError

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "300"))
HEADER_NAMES = st.sampled_from(
    [
        "ce-id",
        "ce-source",
        "ce-type",
        "ce-specversion",
        "ce-subject",
        "ce-time",
        "ce-datacontenttype",
        "ce-dataschema",
        "ce-traceparent",
        "traceparent",
        "tracestate",
        "content-type",
        "Host",
    ]
)
# What WSGI can carry: Latin-1 without line breaks.
HEADER_VALUES = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60),
    st.sampled_from(
        [
            "1.0",
            "0.3",
            *events.MESSAGES,
            "application/json",
            "application/protobuf",
            "application/cloudevents+json",
            "application/cloudevents-batch+json",
            "[::1",
            "localhost:x",
        ]
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
BODIES = st.one_of(st.binary(max_size=200), JSON.map(lambda value: json.dumps(value).encode()))
IMAGE = PageImage(object_key="k", sha256="0" * 64, width_px=1, height_px=1)
VALID: list[Message] = [
    FileUploaded(generation=1, object_key="k", name="a.pdf", size_bytes=1),
    PagesRequested(generation=1, object_key="k", page_numbers=[1, 2]),
    PageRegistered(generation=1, page_number=1, image=IMAGE),
]


def asked(function: Callable[[Any], Response], **sent: Any) -> Response:
    with Flask("fuzz").test_request_context(path="/", method="POST", **sent):
        return function(request)


def noting(event: events.Event[Any]) -> None:
    """What every handler does first."""
    assert event.file_id


FUNCTION = endpoint.function(
    "fuzz", {FileUploaded: noting, PagesRequested: noting, PageRegistered: noting}
)


@settings(max_examples=EXAMPLES)
@given(st.dictionaries(HEADER_NAMES, HEADER_VALUES), BODIES)
def test_whatever_is_sent_gets_an_answer_that_is_no_surprise(
    headers: dict[str, str], body: bytes
) -> None:
    answer = asked(FUNCTION, headers=headers, data=body)
    assert answer.status_code in (204, 400, 403, 422), answer.get_data()


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(VALID), HEADER_NAMES, HEADER_VALUES)
def test_a_valid_event_with_one_header_changed_is_taken_or_refused(
    data: Message, name: str, value: str
) -> None:
    headers, body = events.to_http(events.event("cause", uuid4(), data, "fuzz"))
    answer = asked(FUNCTION, headers={**headers, name: value}, data=body)
    assert answer.status_code in (204, 400, 403, 422), answer.get_data()


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(VALID), st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_a_valid_event_with_bytes_overwritten_is_taken_or_refused(
    data: Message, at: int, patch: bytes
) -> None:
    headers, body = events.to_http(events.event("cause", uuid4(), data, "fuzz"))
    at %= len(body)
    broken = body[:at] + patch + body[at + len(patch) :]
    answer = asked(FUNCTION, headers=headers, data=broken)
    assert answer.status_code in (204, 400, 422), answer.get_data()


@settings(max_examples=EXAMPLES)
@given(st.sampled_from([*events.MESSAGES]), st.binary(max_size=100))
def test_protobuf_that_is_none_is_refused(event_type: str, body: bytes) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "i",
        "ce-source": "s",
        "ce-type": event_type,
        "content-type": "application/protobuf",
    }
    try:
        events.from_request(headers, body)
    except LectorError:
        return


@settings(max_examples=EXAMPLES)
@given(st.dictionaries(st.text(max_size=12), JSON, max_size=8))
def test_structured_events_that_are_none_are_refused(event: dict[str, Any]) -> None:
    whole = {"specversion": "1.0", "id": "i", "source": "s", "type": "lector.file.opened", **event}
    try:
        events.from_request({"content-type": cloudevents.STRUCTURED}, json.dumps(whole).encode())
    except LectorError:
        return
