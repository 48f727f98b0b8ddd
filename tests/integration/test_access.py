"""Tokens, scopes and tenants: every route as a stranger, with too little, and as somebody else."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import Client, TestResponse

from functions.upload import authentication
from lector.local.tools import checkout
from lector.runtime import settings
from lector.runtime.settings import SettingsError
from tests.support.called import Functions
from tests.support.model import ScriptedModel
from tests.support.parts import Parts
from tests.support.pdfs import text_pdf
from tests.support.world import World, rows

ADMIN = "only-for-the-first-steps"
CONTRACT = json.loads((checkout() / "functions/upload/openapi.json").read_text())
#: Every operation and the scope that it needs, written by hand: what may be done with a token is
#: never to follow from a slip in the code.
NEEDS = {
    ("GET", "/v1/files"): "read",
    ("POST", "/v1/files"): "write",
    ("DELETE", "/v1/files"): "write",
    ("POST", "/v1/files/batch"): "write",
    ("POST", "/v1/files/confirm"): "write",
    ("GET", "/v1/files/{file_id}"): "read",
    ("GET", "/v1/files/{file_id}/original"): "read",
    ("DELETE", "/v1/files/{file_id}"): "write",
    ("PATCH", "/v1/files/{file_id}"): "write",
    ("POST", "/v1/estimate"): "read",
    ("POST", "/v1/files/zip"): "read",
    ("POST", "/v1/files/{file_id}/parts"): "write",
    ("POST", "/v1/files/{file_id}/confirm"): "write",
    ("POST", "/v1/files/{file_id}/cancel"): "write",
    ("POST", "/v1/files/{file_id}/retry"): "write",
    ("GET", "/v1/files/{file_id}/pages"): "read",
    ("GET", "/v1/files/{file_id}/pages/{number}"): "read",
    ("GET", "/v1/files/{file_id}/pages/{number}/text"): "read",
    ("GET", "/v1/files/{file_id}/pages/{number}/image"): "read",
    ("PUT", "/v1/files/{file_id}/pages/{number}/text"): "write",
    ("POST", "/v1/files/{file_id}/verify"): "write",
    ("GET", "/v1/doubted-pages"): "read",
    ("GET", "/v1/totals"): "read",
    ("GET", "/v1/folders"): "read",
    ("GET", "/v1/files/{file_id}/pages/{number}/versions"): "read",
    ("GET", "/v1/files/{file_id}/pages/{number}/versions/compare"): "read",
    ("POST", "/v1/files/{file_id}/pages/{number}/versions/{version}/restore"): "write",
    ("GET", "/v1/files/{file_id}/text"): "read",
    ("GET", "/v1/files/{file_id}/report"): "read",
    ("GET", "/v1/files/{file_id}/events"): "read",
    ("GET", "/v1/events"): "read",
    ("GET", "/v1/events/history"): "read",
    ("GET", "/v1/backlog"): "read",
    ("GET", "/v1/search"): "read",
    ("GET", "/v1/me"): "read",
    ("GET", "/v1/readers"): "read",
    ("GET", "/v1/keeping"): "read",
    ("POST", "/v1/bucket-events"): "write",
    ("POST", "/v1/keeping"): "admin",
    ("GET", "/v1/tokens"): "admin",
    ("POST", "/v1/tokens"): "admin",
    ("DELETE", "/v1/tokens/{token_id}"): "admin",
    ("POST", "/v1/tokens/{token_id}/limits"): "admin",
    ("GET", "/v1/webhooks"): "admin",
    ("POST", "/v1/webhooks"): "admin",
    ("DELETE", "/v1/webhooks/{webhook_id}"): "admin",
    ("POST", "/v1/webhooks/{webhook_id}/enable"): "admin",
    ("GET", "/v1/notifications"): "admin",
    ("POST", "/v1/notifications/test"): "admin",
    ("POST", "/v1/telegram/updates"): "telegram",
    ("GET", "/v1/dead-letters"): "admin",
    ("POST", "/v1/dead-letters/{letter_id}/replay"): "admin",
    ("POST", "/v1/gc"): "admin",
}
ROUTES = list(NEEDS)
#: What is sent with those that are refused without it.
SENT: dict[tuple[str, str], dict[str, Any]] = {
    ("PATCH", "/v1/files/{file_id}"): {"json": {"max_cost_usd": 1}},
    ("PUT", "/v1/files/{file_id}/pages/{number}/text"): {"json": {"text": "mine"}},
    ("GET", "/v1/files/{file_id}/pages/{number}/text"): {"query_string": {"region": "0,0,1,1"}},
    ("GET", "/v1/files/{file_id}/pages/{number}/versions/compare"): {
        "query_string": {"from": 1, "to": 1}
    },
}
OF_A_FILE = [(method, path) for method, path in ROUTES if "{file_id}" in path]


@pytest.fixture
def api(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The API as it is on a public address."""
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104 - nothing listens
    monkeypatch.setenv("ADMIN_TOKEN", ADMIN)
    settings.current.cache_clear()
    yield functions.clients["upload"]
    settings.current.cache_clear()


def ask(api: Client, token: str | None, method: str, path: str, **options: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return api.open(path, method=method, headers=headers, **options)


def token(api: Client, **options: Any) -> str:
    """A new token."""
    answer = ask(api, ADMIN, "POST", "/v1/tokens", json={"name": "test", **options})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return str(answer.get_json()["token"])


def filled(path: str, file_id: object = None) -> str:
    """A route's path with something in each of its places."""
    path = path.replace("{file_id}", str(file_id or uuid4()))
    path = re.sub(r"\{(number|version)\}", "1", path)
    return re.sub(r"\{\w+\}", str(uuid4()), path)


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("given", [None, "", "wrong", f"{ADMIN}x"])
def test_a_stranger_gets_nowhere(api: Client, method: str, path: str, given: str | None) -> None:
    answer = ask(api, given, method, filled(path))
    assert (answer.status_code, answer.get_json()["code"]) == (401, "token_needed")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_contract_says_of_every_operation_which_scope_it_needs() -> None:
    declared = {
        (method.upper(), path): operation["security"]
        for path, item in CONTRACT["paths"].items()
        for method, operation in item.items()
    }
    assert declared == {route: [{}, {"token": [scope]}] for route, scope in NEEDS.items()}


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_token_is_good_for_its_scopes_only(api: Client, method: str, path: str) -> None:
    needed = NEEDS[method, path]
    others = [scope for scope in ("read", "write", "admin", "telegram") if scope != needed]
    refused = ask(api, token(api, scopes=others), method, filled(path))
    assert (refused.status_code, refused.get_json()["code"]) == (403, "not_allowed")
    assert needed in refused.get_json()["detail"]


@pytest.mark.parametrize(("method", "path"), OF_A_FILE)
def test_the_files_of_another_tenant_are_not_there(
    api: Client, functions: Functions, model: ScriptedModel, method: str, path: str
) -> None:
    world = World(functions, uuid4())
    owner, other = token(api, tenant="owner"), token(api, tenant="other")
    body = {"name": "secret.pdf", "size_bytes": 5}
    created = ask(api, owner, "POST", "/v1/files", json=body).get_json()
    world.file_id = created["id"]
    before = world.snapshot()
    sent = SENT.get((method, path), {})
    answer = ask(api, other, method, filled(path, created["id"]), **sent)
    assert (answer.status_code, answer.get_json()["code"]) == (404, "no_such_file")
    assert world.snapshot() == before


def test_lists_searches_and_deletions_of_many_keep_to_the_tenant(
    api: Client, functions: Functions
) -> None:
    owner, other = token(api, tenant="mine"), token(api, tenant="theirs")
    body = {"name": "mine.pdf", "size_bytes": 5}
    file_id = ask(api, owner, "POST", "/v1/files", json=body).get_json()["id"]
    rows(
        b"WITH page AS (INSERT INTO pages (id, file_id, number, generation)"
        b" VALUES (gen_random_uuid(), %s, 1, 1) RETURNING id)"
        b" SELECT id FROM page",
        file_id,
    )
    rows(
        b"UPDATE pages SET text = 'the heirloom teapot', provenance = 'model', status = 'read'"
        b" WHERE file_id = %s RETURNING id",
        file_id,
    )
    for asker, count in ((owner, 1), (other, 0)):
        listed = ask(api, asker, "GET", "/v1/files").get_json()["files"]
        picked = ask(api, asker, "GET", f"/v1/files?id={file_id}").get_json()["files"]
        hits = ask(api, asker, "GET", "/v1/search?q=heirloom").get_json()["hits"]
        assert [len(listed), len(picked), len(hits)] == [count] * 3
    gone = ask(api, other, "DELETE", f"/v1/files?id={file_id}").get_json()
    assert gone == {"deleted": [], "missing": [file_id]}


def test_totals_folders_past_events_and_what_waits_keep_to_the_tenant(api: Client) -> None:
    owner, other = (token(api, tenant=f"t-{uuid4()}") for _ in range(2))
    form = {"file": (io.BytesIO(text_pdf(["a page"])), "mine.pdf"), "folder": "mine"}
    assert ask(api, owner, "POST", "/v1/files", data=form).status_code == 202
    for asker, count in ((owner, 1), (other, 0)):
        folders = ask(api, asker, "GET", "/v1/folders").get_json()["folders"]
        totals = ask(api, asker, "GET", "/v1/totals").get_json()
        past = ask(api, asker, "GET", "/v1/events/history").get_json()["events"]
        waiting = ask(api, asker, "GET", "/v1/backlog").get_json()
        assert [totals["files"], len(past), waiting["to_open"]] == [count] * 3
        assert waiting["unpublished"] == count
        assert folders == [{"folder": "mine", "files": 1}][:count]


def test_a_key_of_one_tenant_is_no_key_of_another(api: Client) -> None:
    body, key = {"name": "a.pdf", "size_bytes": 5}, str(uuid4())
    ids = set()
    for tenant in ("one", "two"):
        headers = {
            "Authorization": f"Bearer {token(api, tenant=tenant)}",
            "Idempotency-Key": key,
        }
        ids.add(api.post("/v1/files", json=body, headers=headers).get_json()["id"])
    assert len(ids) == 2


def test_a_token_itself_is_kept_nowhere(api: Client) -> None:
    secret = token(api)
    kept = rows(b"SELECT tokens::text FROM tokens")
    assert kept
    assert not any(secret in row for [row] in kept)
    listed = ask(api, ADMIN, "GET", "/v1/tokens").get_data(as_text=True)
    assert secret not in listed


def test_a_revoked_token_is_worth_nothing(api: Client) -> None:
    secret = token(api, name="to be revoked")
    assert ask(api, secret, "GET", "/v1/me").status_code == 200
    listed = ask(api, ADMIN, "GET", "/v1/tokens").get_json()["tokens"]
    [known] = [one for one in listed if one["name"] == "to be revoked"]
    assert known["last_used_at"]
    assert ask(api, ADMIN, "DELETE", f"/v1/tokens/{known['id']}").status_code == 204
    assert ask(api, secret, "GET", "/v1/me").status_code == 401
    assert ask(api, ADMIN, "DELETE", f"/v1/tokens/{known['id']}").status_code == 404


def test_a_token_that_is_too_old_is_worth_nothing(api: Client) -> None:
    secret = token(api, name="old", expires_in_days=1)
    assert ask(api, secret, "GET", "/v1/me").status_code == 200
    rows(b"UPDATE tokens SET expires_at = now() WHERE name = 'old' RETURNING id")
    assert ask(api, secret, "GET", "/v1/me").status_code == 401


def test_who_i_am_tells_tenant_scopes_and_limits(api: Client) -> None:
    shown = ask(api, token(api, tenant="me", scopes=["read"]), "GET", "/v1/me").get_json()
    assert (shown["tenant"], shown["scopes"], shown["authenticated"]) == ("me", ["read"], True)
    assert shown["limits"]["max_pages"] == 50


def test_whoever_asks_too_often_is_told_when_to_come_back(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_PER_MINUTE", "3")
    settings.current.cache_clear()
    busy, patient = token(api), token(api)
    assert [ask(api, busy, "GET", "/v1/me").status_code for _ in range(3)] == [200] * 3
    refused = ask(api, busy, "GET", "/v1/me")
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert ask(api, patient, "GET", "/v1/me").status_code == 200


def test_health_and_contract_need_no_token(api: Client) -> None:
    for path in ("/health/readiness", "/openapi.json"):
        assert ask(api, None, "GET", path).status_code == 200


@pytest.mark.parametrize(
    ("host", "auth", "asks"),
    [
        ("127.0.0.1", "", False),
        ("::1", "", False),
        ("localhost", "none", False),
        ("127.0.0.1", "required", True),
        ("0.0.0.0", "", True),  # noqa: S104
        ("10.1.2.3", "", True),
        ("lector.example.org", "", True),
        ("0.0.0.0", "open-to-everyone", False),  # noqa: S104
    ],
)
def test_tokens_are_needed_anywhere_but_on_loopback(
    monkeypatch: pytest.MonkeyPatch, host: str, auth: str, *, asks: bool
) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("API_AUTH", auth)
    settings.current.cache_clear()
    authentication.check_settings()
    assert authentication.tokens_needed() is asks
    settings.current.cache_clear()


@pytest.mark.parametrize(("host", "auth"), [("0.0.0.0", "none"), ("127.0.0.1", "off")])  # noqa: S104
def test_it_does_not_start_open_to_everyone_unless_that_is_said(
    monkeypatch: pytest.MonkeyPatch, host: str, auth: str
) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("API_AUTH", auth)
    settings.current.cache_clear()
    with pytest.raises(SettingsError, match="API_AUTH"):
        authentication.check_settings()
    settings.current.cache_clear()


def test_a_process_that_would_be_open_to_everyone_says_so_and_ends(services: Parts) -> None:
    source = str(checkout() / "functions" / "upload" / "main.py")
    words = [sys.executable, "-m", "lector.runtime.serve", "--target", "upload", "--source", source]
    env = {**os.environ, **services.settings, "HOST": "0.0.0.0", "API_AUTH": "none"}  # noqa: S104
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("lector: error: API_AUTH=none would open this Lector")


def test_a_friendly_origin_may_use_the_api_and_others_may_not(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://friend.example")
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost")
    settings.current.cache_clear()
    client = functions.clients["upload"]
    friend = client.get("/v1/files", headers={"Origin": "https://friend.example"})
    assert friend.headers["Access-Control-Allow-Origin"] == "https://friend.example"
    preflight = client.options(
        "/v1/files",
        headers={
            "Origin": "https://friend.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,idempotency-key",
        },
    )
    assert preflight.status_code == 200
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    foe = client.get("/v1/files", headers={"Origin": "https://foe.example"})
    assert foe.status_code == 403
    assert "Access-Control-Allow-Origin" not in foe.headers
    settings.current.cache_clear()


@pytest.fixture
def own_machine(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The API as it is on one machine, where a friendly page may use it."""
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost")
    monkeypatch.setenv("CORS_ORIGINS", "https://friend.example")
    settings.current.cache_clear()
    yield functions.clients["upload"]
    settings.current.cache_clear()


FOLLOWED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/files"),
        ("GET", "/v1/events"),
        ("GET", "/v1/me"),
        ("POST", "/v1/files"),
        ("DELETE", "/v1/files/00000000-0000-4000-8000-000000000000"),
        ("GET", "/"),
        ("GET", "/openapi.json"),
        ("GET", "/assets/a.js"),
    ],
)
def test_what_a_page_of_another_site_asks_for_without_an_origin_is_refused(
    own_machine: Client, site: str, method: str, path: str
) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    answer = own_machine.open(path, method=method, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "foreign_page")


@pytest.mark.parametrize("path", ["/", "/files/1", "/search"])
def test_a_link_of_another_site_may_lead_to_the_page(own_machine: Client, path: str) -> None:
    answer = own_machine.get(path, headers={"Sec-Fetch-Site": "cross-site", **FOLLOWED})
    assert answer.status_code != 403


@pytest.mark.parametrize("changed", [{"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Mode": "cors"}, {}])
def test_another_site_may_not_frame_the_page_nor_lead_into_the_api(
    own_machine: Client, changed: dict[str, str]
) -> None:
    path = "/" if changed else "/v1/files"
    headers = {"Sec-Fetch-Site": "cross-site", **FOLLOWED, **changed}
    assert own_machine.get(path, headers=headers).status_code == 403


@pytest.mark.parametrize("site", ["same-origin", "none", None])
def test_the_page_itself_a_person_and_a_program_are_served(
    own_machine: Client, site: str | None
) -> None:
    headers = {"Sec-Fetch-Site": site} if site else {}
    assert own_machine.get("/v1/files", headers=headers).status_code == 200


def test_a_friendly_page_is_served_although_it_is_of_another_site(own_machine: Client) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://friend.example"}
    assert own_machine.get("/v1/files", headers=headers).status_code == 200


def test_where_no_hosts_are_named_other_sites_are_the_proxys_business(
    functions: Functions,
) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert functions.clients["upload"].get("/v1/files", headers=headers).status_code == 200
