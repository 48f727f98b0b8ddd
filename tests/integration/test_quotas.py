"""What a tenant and a token may store, have read and spend on a day; and estimates over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import Client, TestResponse

from lector.contracts import PageRegistered
from lector.runtime import settings
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.own_readers import own_readers
from tests.support.world import World, rows

ADMIN = "admin-of-quotas"
PRICED = """
readers:
  priced:
    endpoint: {url}
    model: scripted
    prompt: transcribe
    max_tokens: 1000
    prices: {{prompt: 0, completion: 1000}}
  unpriced: {{endpoint: {url}, model: scripted, prompt: transcribe}}
"""


@pytest.fixture(autouse=True)
def nothing_used(functions: Functions, model: ScriptedModel, tmp_path: Path) -> Iterator[None]:
    for table in (b"files", b"budgets", b"reservations", b"tokens", b"token_limits"):
        rows(b"WITH gone AS (DELETE FROM " + table + b") SELECT 1")
    with own_readers(tmp_path, PRICED.format(url=model.base_url)):
        yield
    settings.current.cache_clear()


@pytest.fixture
def api(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The API as it is on a public address, where tokens are asked for."""
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104 - nothing listens
    monkeypatch.setenv("ADMIN_TOKEN", ADMIN)
    settings.current.cache_clear()
    return functions.clients["upload"]


def ask(api: Client, token: str, method: str, path: str, body: Any = None) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"}
    return api.open(path, method=method, headers=headers, json=body)


def new_token(api: Client, **limits: Any) -> dict[str, Any]:
    answer = ask(api, ADMIN, "POST", "/v1/tokens", {"name": "test", **limits})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    made: dict[str, Any] = answer.get_json()
    return made


def announce(api: Client, token: str, size: int = 100, **options: Any) -> TestResponse:
    body = {"name": "a.pdf", "size_bytes": size, **options}
    return ask(api, token, "POST", "/v1/files", body)


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def test_a_token_stores_no_more_bytes_than_it_may(api: Client) -> None:
    token = new_token(api, max_stored_bytes=250)["token"]
    first = announce(api, token)
    assert first.status_code == 201
    assert announce(api, token).status_code == 201
    refused = announce(api, token)
    assert code(refused) == (413, "storage_limit_reached")
    assert "may store 250 bytes, has 200 and sends 100 more" in refused.get_json()["detail"]
    ask(api, token, "DELETE", f"/v1/files/{first.get_json()['id']}")
    assert announce(api, token).status_code == 201


def test_a_tenant_stores_no_more_bytes_than_it_may_whatever_its_tokens(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_STORED_BYTES", "250")
    settings.current.cache_clear()
    one, other = (new_token(api)["token"] for _ in range(2))
    stranger = new_token(api, tenant="stranger")["token"]
    assert announce(api, one, 200).status_code == 201
    assert code(announce(api, other)) == (413, "storage_limit_reached")
    assert announce(api, stranger).status_code == 201


def test_of_files_that_are_announced_together_all_are_counted(api: Client) -> None:
    token = new_token(api, max_stored_bytes=250)["token"]
    files = [{"name": "a.pdf", "size_bytes": 100} for _ in range(3)]
    answer = ask(api, token, "POST", "/v1/files/batch", {"files": files})
    assert code(answer) == (413, "storage_limit_reached")


def test_a_file_with_more_pages_than_are_left_of_a_day_fails_and_the_next_is_refused(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_PAGES_PER_DAY", "4")
    settings.current.cache_clear()
    three, two, one = (World.with_pages(functions, count) for count in (3, 2, 1))
    for world in (three, two, one):
        functions.accepts("register", world.opened())
    assert three.file()["status"] == "reading"
    failed = two.file()
    assert (failed["status"], failed["error_code"]) == ("failed", "page_limit_reached")
    assert "it has 2 pages to read, and 3 of the 4" in failed["error"]
    assert one.file()["status"] == "reading"
    body = {"name": "a.pdf", "size_bytes": 100}
    refused = functions.clients["upload"].post("/v1/files", json=body)
    assert code(refused) == (429, "page_limit_reached")
    assert 0 < int(refused.headers["Retry-After"]) <= 86400
    rows(b"UPDATE budgets SET day = day - 1 WHERE day > '-infinity' RETURNING 1")
    assert functions.clients["upload"].post("/v1/files", json=body).status_code == 201
    retried = functions.clients["upload"].post(f"/v1/files/{two.file_id}/retry", json={})
    assert retried.status_code == 202


def test_what_a_token_may_spend_on_a_day_holds_for_all_its_files_also_when_it_is_revoked(
    api: Client, functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_token(api, max_cost_usd_per_day=1.5)
    assert announce(api, made["token"], reader="priced").status_code == 201
    [(token_id,)] = rows(b"SELECT token_id FROM files")
    assert token_id == UUID(made["id"])
    assert code(announce(api, made["token"], reader="unpriced")) == (422, "no_prices")
    ask(api, ADMIN, "DELETE", f"/v1/tokens/{made['id']}")
    monkeypatch.setenv("HOST", "127.0.0.1")
    settings.current.cache_clear()
    model.otherwise = completion("some text", usage={"cost": 0.9})
    first, second = (World.with_pages(functions, 1, reader="priced") for _ in range(2))
    for world in (first, second):
        rows(b"UPDATE files SET token_id = %s WHERE id = %s RETURNING 1", token_id, world.file_id)
        [page] = world.registered()
        functions.accepts("llm", page)
    assert first.file()["status"] == "completed"
    assert second.file()["waiting"]["code"] == "budget_exceeded"
    assert "today's ceiling of its token" in second.file()["waiting_for"]


def test_the_limits_of_a_token_are_listed_and_changed(api: Client) -> None:
    made = new_token(api, max_cost_usd_per_day=1.5, max_pages_per_day=10)
    path = f"/v1/tokens/{made['id']}/limits"
    assert (made["max_cost_usd_per_day"], made["max_stored_bytes"]) == (1.5, None)
    changed = ask(api, ADMIN, "POST", path, {"max_stored_bytes": 5}).get_json()
    assert (changed["max_cost_usd_per_day"], changed["max_stored_bytes"]) == (None, 5)
    [listed] = ask(api, ADMIN, "GET", "/v1/tokens").get_json()["tokens"]
    assert listed == changed
    assert listed["spent_today_usd"] == 0
    unknown = f"/v1/tokens/{uuid4()}/limits"
    assert code(ask(api, ADMIN, "POST", unknown, {})) == (404, "no_such_token")
    me = ask(api, made["token"], "GET", "/v1/me").get_json()
    assert me["limits"]["max_stored_bytes"] == 5
    assert me["spent_today_usd"] == 0


def test_an_estimate_is_made_of_numbers_of_pages(functions: Functions) -> None:
    client = functions.clients["upload"]
    body = {"pages": 10, "text_layer_pages": 4, "reader": "priced", "text_layer": "auto"}
    found = client.post("/v1/estimate", json=body).get_json()
    assert (found["by_text_layer"], found["by_reader"]) == (4, 6)
    assert found["at_most_usd"] == pytest.approx(6.0)
    assert found["words"] == "10 pages, 4 need no reader, 6 by scripted, about $4.20"
    unpriced = client.post("/v1/estimate", json={"pages": 10, "reader": "unpriced"}).get_json()
    assert unpriced["about_usd"] is None
    assert code(client.post("/v1/estimate", json={"pages": 1, "reader": "none"})) == (
        422,
        "reader_unknown",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"pages": 1, "text_layer_pages": 2},
        {"text_layer_pages": 2},
        {"file_id": str(uuid4()), "pages": 3},
        {"file_id": str(uuid4()), "prompt": "Sing."},
        {"file_id": str(uuid4()), "describe": True},
    ],
)
def test_an_estimate_of_what_contradicts_itself_is_refused(
    functions: Functions, body: dict[str, Any]
) -> None:
    answer = functions.clients["upload"].post("/v1/estimate", json=body)
    assert code(answer) == (422, "conflicting_options")


def test_an_estimate_says_how_long_pages_take_as_those_read_of_late_did(
    functions: Functions, model: ScriptedModel
) -> None:
    def about_s(**wanted: Any) -> float | None:
        answer = functions.clients["upload"].post("/v1/estimate", json={"pages": 10, **wanted})
        seconds: float | None = answer.get_json()["about_s"]
        return seconds

    assert about_s(reader="priced") is None
    model.otherwise = completion("what the model says of each page")
    world = World.with_pages(functions, 4, reader="priced")
    world.read()
    # Four pages within six seconds, two of them at once.
    now = datetime.now(UTC)
    for numbers, begun, ended in (([1, 2], 8, 5), ([3, 4], 5, 2)):
        begun_at, ended_at = (now - timedelta(seconds=seconds) for seconds in (begun, ended))
        rows(
            b"UPDATE pages SET reading_at = %s, finished_at = %s "
            b"WHERE file_id = %s AND number = ANY (%s) RETURNING 1",
            *(begun_at, ended_at, world.file_id, numbers),
        )
    assert about_s(reader="priced") == 15
    assert about_s(reader="unpriced") is None
    assert about_s(text_layer_pages=10, reader="priced", text_layer="auto") == 0
    functions.clients["upload"].post(f"/v1/files/{world.file_id}/retry", json={"pages": "1"})
    assert about_s(reader="priced") is None


def test_an_estimate_of_a_file_is_of_what_is_known_of_its_pages(
    functions: Functions, model: ScriptedModel, text_layers_taken: None
) -> None:
    client = functions.clients["upload"]
    world = World.with_text(functions, 3)
    body = {"file_id": str(world.file_id)}
    assert code(client.post("/v1/estimate", json=body)) == (409, "not_opened")
    functions.accepts("register", world.opened())
    assert client.post("/v1/estimate", json=body).get_json()["layers_known"] is False
    for event in world.extracted():
        functions.accepts("llm", event)
    found = client.post("/v1/estimate", json=body).get_json()
    assert (found["pages"], found["by_text_layer"], found["about_usd"]) == (3, 3, 0.0)
    assert world.events(PageRegistered) == []
