"""Anything at all in paths, queries, cursors and bodies of the API: refused, never a surprise.

The same few each time, so that a change is to blame for what fails; HYPOTHESIS_EXAMPLES in the
environment draws more, and others.
"""

import base64
import json
import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from lector.local.tools import checkout
from tests.support.called import Functions
from tests.support.model import ScriptedModel
from tests.support.world import World

# The pool of connections draws numbers in a thread of its own, now and then while a strategy does;
# Hypothesis then takes it for the strategy that did.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")

FEW = 25
EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", FEW))
CONTRACT = json.loads((checkout() / "functions/upload/openapi.json").read_text())
OPERATIONS = [
    (path, method)
    for path, item in CONTRACT["paths"].items()
    for method in ("get", "post", "delete")
    if method in item
]
FUZZED = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == FEW,
    database=None,
    suppress_health_check=list(HealthCheck),
)

NUMBERS = st.one_of(
    st.sampled_from(
        ["9" * 30, "9" * 5000, "0" * 5000, "9223372036854775807", "9223372036854775808"]
    ),
    st.sampled_from(
        ["0", "00", "-1", "+1", "1.0", "1e9", "00000000000000000000019999", "٣", "1_000"]
    ),
    st.integers().map(str),
)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "\x00", "a\x00b", "\ud800", "%00", "%", "\\", "\u202e", "\U0010ffff", "x" * 5000]
    ),
    st.sampled_from(
        ["'", '"', "(", "-", "*", ":*", "!", "&", "or", '"unclosed', "true", "null", "NaN", "[]"]
    ),
    st.binary(max_size=20).map(lambda some: some.decode("latin-1")),
)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([2**63, -(2**63) - 1, 10**30, 1e308, -0.0, float("nan"), float("inf")]),
        st.floats(),
        TEXTS,
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


UUIDS = st.sampled_from([str(uuid4()), "00000000-0000-0000-0000-000000000000", "{}", ""])
CURSORS = st.one_of(
    TEXTS,
    st.binary(max_size=60).map(encoded),
    JSON.map(lambda value: encoded(json.dumps(value).encode())),
    st.tuples(UUIDS, TEXTS | NUMBERS).map(lambda key: encoded(json.dumps(key).encode())),
    st.tuples(st.floats() | st.integers(), UUIDS).map(
        lambda key: encoded(json.dumps(key).encode())
    ),
    st.integers(1, 5000).map(lambda depth: encoded(b"[" * depth)),
    st.integers(1, 300).map(lambda depth: encoded(b"[" * depth + b"]" * depth)),
    st.just(encoded(b'["\\u0000", "\\ud800"]')),
)
VALUES = st.one_of(NUMBERS, TEXTS, CURSORS, UUIDS)
OUTRAGEOUS = st.sampled_from(
    [
        b"",
        b"\xff",
        b"null",
        b"[" * 10_000,
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
        b'{"name":' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"files":' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"files": [{"name": ' + b"[" * 500 + b"]" * 500 + b"}]}",
        b'{"size_bytes": ' + b"9" * 5000 + b', "name": "a"}',
        b'{"size_bytes": 1e400, "name": "a"}',
        b'{"name": "\\ud800\\u0000", "size_bytes": 1}',
        b'{"name": "a", "name": "b", "size_bytes": 1}',
        b'{"pages": "' + b"1," * 3000 + b'"}',
        b'{"pages": "1-999999999999999999999999"}',
    ]
)


@pytest.fixture(autouse=True, scope="module")
def _files_are_kept_afterwards(functions: Functions) -> Iterator[None]:
    """What was set for all new files does not stay for other tests."""
    yield
    answer = functions.clients["upload"].post("/v1/keeping", json={"keep_days": None})
    assert answer.status_code == 200


@pytest.fixture(scope="module")
def file_id(functions: Functions, model_server: ScriptedModel) -> str:
    """A file that was read."""
    model_server.reset()
    world = World.with_pages(functions, 2)
    world.read()
    return str(world.file_id)


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


def names(path: str, method: str, place: str) -> list[str]:
    """Of the parameters that an operation has in a place."""
    said = CONTRACT["paths"][path][method].get("parameters", [])
    return [one["name"] for one in said if one["in"] == place]


def properties(path: str, method: str) -> list[str]:
    """Of the JSON object that an operation takes."""
    content = CONTRACT["paths"][path][method].get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return list(CONTRACT["components"]["schemas"].get(name, schema).get("properties", {}))


def filled(path: str, file_id: str) -> str:
    """A path with what is there in its places."""
    path = path.replace("{file_id}", file_id)
    path = re.sub(r"\{(number|version)\}", "1", path)
    return re.sub(r"\{\w+\}", "00000000-0000-0000-0000-000000000000", path)


def query_of(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="surrogatepass")


def check(answer: TestResponse) -> None:
    """It is no surprise; streams of events, images and what somebody has uploaded are not read."""
    status, placed = answer.status_code, answer.headers.get("Content-Disposition", "")
    is_attached = placed.startswith("attachment")
    is_text = answer.mimetype not in ("text/event-stream", "image/jpeg") and not is_attached
    text = answer.get_data(as_text=True) if is_text or status != 200 else ""
    answer.close()
    assert status < 500, text
    if status >= 400:
        assert json.loads(text)["code"] not in ("", "unexpected")


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_whatever_stands_in_a_query_is_taken_or_refused(
    api: Client, file_id: str, path: str, method: str
) -> None:
    known = names(path, method, "query")
    pairs = st.lists(st.tuples(st.sampled_from(known or ["x"]), VALUES), max_size=4)

    @FUZZED
    @given(pairs)
    def holds(pairs: list[tuple[str, str]]) -> None:
        url = f"{filled(path, file_id if method == 'get' else str(uuid4()))}?{query_of(pairs)}"
        check(api.open(url, method=method.upper(), buffered=False))

    holds()


@pytest.mark.parametrize("sort", ["newest", "oldest", "name", "largest"])
def test_whatever_a_cursor_holds_is_taken_or_refused(api: Client, sort: str) -> None:
    @FUZZED
    @given(CURSORS)
    def holds(cursor: str) -> None:
        check(api.get(f"/v1/files?{query_of([('cursor', cursor), ('sort', sort)])}"))
        check(api.get(f"/v1/search?{query_of([('cursor', cursor), ('q', 'words')])}"))

    holds()


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, method in OPERATIONS if "{" in path]
)
def test_whatever_stands_in_a_path_is_taken_or_refused(
    api: Client, file_id: str, path: str, method: str
) -> None:
    @FUZZED
    @given(st.data())
    def holds(data: Any) -> None:
        url = path.replace("{file_id}", file_id if method == "get" else "{file_id}")
        for place in re.findall(r"\{\w+\}", url):
            value = data.draw(VALUES)
            url = url.replace(place, quote(value, safe="", errors="surrogatepass"), 1)
        check(api.open(url, method=method.upper(), buffered=False))

    holds()


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, method in OPERATIONS if method != "get"]
)
def test_whatever_a_body_holds_is_taken_or_refused(
    api: Client, file_id: str, path: str, method: str
) -> None:
    known = st.sampled_from([*properties(path, method), "x"])
    objects = st.dictionaries(known, JSON, max_size=4)
    bodies = OUTRAGEOUS | objects.map(lambda value: json.dumps(value).encode()) | st.binary()
    url = filled(path, str(uuid4()))

    @FUZZED
    @given(bodies, st.booleans())
    def holds(body: bytes, keyed: bool) -> None:  # noqa: FBT001 - it is drawn
        headers = {"Idempotency-Key": str(uuid4())} if keyed else {}
        kind = "application/json"
        check(api.open(url, method=method.upper(), data=body, content_type=kind, headers=headers))

    holds()


@pytest.mark.parametrize("limit", ["0" * 20 + "19999", "9" * 30, "9" * 5000, "1001", "-1", "1.5"])
def test_a_number_is_checked_as_a_whole(api: Client, limit: str) -> None:
    refused = api.get(f"/v1/files?limit={limit}")
    assert (refused.status_code, refused.get_json()["code"]) == (400, "malformed_limit")
    assert refused.get_json()["detail"] == "limit must be a whole number from 1 to 1000"


def test_zeros_in_front_change_nothing(api: Client) -> None:
    assert api.get(f"/v1/files?limit={'0' * 30}7").status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"[" * 10_000 + b"]" * 10_000, b'{"files": ' + b"[" * 900 + b"]" * 900 + b"}"],
    ids=["10,000 levels", "900 levels"],
)
def test_json_that_is_nested_without_sense_is_refused(api: Client, body: bytes) -> None:
    refused = api.post("/v1/files/batch", data=body, content_type="application/json")
    assert (refused.status_code, refused.get_json()["code"]) == (400, "malformed_body")


@pytest.mark.parametrize(
    ("sort", "values"),
    [
        ("largest", ["00000000-0000-0000-0000-000000000000", "large"]),
        ("largest", ["00000000-0000-0000-0000-000000000000", "9" * 30]),
        ("name", ["00000000-0000-0000-0000-000000000000", "a\x00"]),
        ("name", ["00000000-0000-0000-0000-000000000000", "\ud800"]),
        ("name", ["no id", "a"]),
        ("name", ["00000000-0000-0000-0000-000000000000", 1]),
    ],
)
def test_a_cursor_that_nobody_gave_out_is_refused(
    api: Client, sort: str, values: list[object]
) -> None:
    cursor = encoded(json.dumps(values).encode())
    refused = api.get(f"/v1/files?sort={sort}&cursor={cursor}")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "malformed_cursor")
