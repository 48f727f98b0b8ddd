"""What every answer carries, whatever was asked for and however it ended."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import Client

from lector.runtime import settings
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.world import World

METHODS = ("get", "post", "put", "delete")
# Browsers are not to guess what an answer is, and are to tell nobody where they found a link.
EXPECTED: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@pytest.fixture(params=EXPECTED)
def header(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


@pytest.fixture
def locked(api: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The API for somebody who has no token."""
    monkeypatch.setenv("API_AUTH", "required")
    monkeypatch.setenv("ADMIN_TOKEN", "the first token")
    settings.current.cache_clear()
    yield api
    settings.current.cache_clear()


def operations(api: Client) -> list[tuple[str, str]]:
    """The method and path of each operation of the contract, with something in each place."""
    paths = api.get("/openapi.json").get_json()["paths"]
    return [
        (
            method.upper(),
            re.sub(r"\{\w+\}", str(uuid4()), re.sub(r"\{(number|version)\}", "1", path)),
        )
        for path, item in paths.items()
        for method in METHODS
        if method in item
    ]


def values(api: Client, header: str, asked: list[tuple[str, str]]) -> set[tuple[str, ...]]:
    """All that was ever said in a header."""
    found = set()
    for method, path in asked:
        answer = api.open(path, method=method, buffered=False)
        found.add(tuple(answer.headers.getlist(header)))
        answer.close()
    return found


def test_what_can_be_looked_up_says_so_also_where_nothing_is_found(
    api: Client, header: str
) -> None:
    asked = [(method, path) for method, path in operations(api) if method == "GET"]
    assert len(asked) > 10
    assert values(api, header, asked) == {(EXPECTED[header],)}


def test_every_refusal_of_a_stranger_says_so(locked: Client, header: str) -> None:
    asked = operations(locked)
    assert len(asked) > 25
    assert values(locked, header, asked) == {(EXPECTED[header],)}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/readiness", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/v1/files", 200),
        ("GET", "/v1/files?limit=0", 400),
        ("GET", "/v1/nothing", 404),
        ("PATCH", "/v1/files", 405),
        ("OPTIONS", "/v1/files", 200),
    ],
)
def test_answers_of_every_status_say_so(
    api: Client, header: str, method: str, path: str, status: int
) -> None:
    answer = api.open(path, method=method)
    assert (answer.status_code, answer.headers.getlist(header)) == (status, [EXPECTED[header]])


@pytest.mark.parametrize("path", ["/", "/docs", "/files/a-file", "/events", "/assets/none.js"])
def test_the_page_and_its_parts_say_so_whether_it_is_built_or_not(
    api: Client, header: str, path: str
) -> None:
    assert values(api, header, [("GET", path)]) == {(EXPECTED[header],)}


def test_what_was_read_says_so_in_every_form(
    functions: Functions, model: ScriptedModel, api: Client, header: str
) -> None:
    model.otherwise = completion("lamps", lector={"words": [["lamps", 0.1, 0.1, 0.3, 0.2]]})
    world = World.with_pages(functions, 1)
    world.read()
    file = f"/v1/files/{world.file_id}"
    known = {"If-None-Match": api.get(file).headers["ETag"]}
    answers = [
        api.get(file, headers=known),
        api.get(f"{file}/text?format=pdf"),
        api.delete(file),
    ]
    assert [answer.status_code for answer in answers] == [304, 200, 204]
    for answer in answers:
        assert answer.headers.getlist(header) == [EXPECTED[header]]
        answer.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/files", 200),
        ("GET", "/v1/nothing", 404),
        ("PATCH", "/v1/files", 405),
        ("GET", "/v1/files/none", 400),
        ("GET", "/openapi.json", 200),
    ],
)
def test_an_answer_names_the_trace_that_its_request_came_in(
    api: Client, method: str, path: str, status: int
) -> None:
    carried = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    answer = api.open(path, method=method, headers=carried)
    assert (answer.status_code, answer.headers["X-Trace-Id"]) == (status, "a" * 32)


def test_every_answer_names_a_trace_of_its_own_where_nobody_began_one(api: Client) -> None:
    asked = [*operations(api), ("GET", "/v1/nothing"), ("PATCH", "/v1/files"), ("GET", "/")]
    named = [named for [named] in values(api, "X-Trace-Id", asked)]
    assert len(named) == len(asked)
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in named)


def test_every_refusal_of_a_stranger_names_a_trace(locked: Client) -> None:
    asked = operations(locked)
    assert len(values(locked, "X-Trace-Id", asked)) == len(asked)


def test_pages_of_other_origins_may_see_the_trace(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://elsewhere.example")
    settings.current.cache_clear()
    answer = api.get("/v1/files", headers={"Origin": "https://elsewhere.example"})
    settings.current.cache_clear()
    assert "X-Trace-Id" in answer.headers["Access-Control-Expose-Headers"]


def test_the_contract_says_of_every_answer_that_it_may_name_its_trace(api: Client) -> None:
    contract: Any = api.get("/openapi.json").json
    answers = [
        answer
        for path in contract["paths"].values()
        for operation in path.values()
        for answer in operation["responses"].values()
        if "$ref" not in answer
    ]
    assert answers
    assert all("X-Trace-Id" in answer["headers"] for answer in answers)
    assert "X-Trace-Id" in contract["components"]["responses"]["Problem"]["headers"]
