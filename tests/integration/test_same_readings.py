"""What was read already: found by its bytes and by how it is read, for whoever asks for that."""

import hashlib
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from werkzeug.test import Client

from lector.runtime import settings
from tests.support.called import Functions
from tests.support.pdfs import text_pdf
from tests.support.world import rows

ADMIN = "the-administrator"


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


@pytest.fixture
def pdf() -> bytes:
    """A document of which no other test has the bytes."""
    return text_pdf([f"a page of its own, {uuid4()}"])


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Callers are known by their tokens."""
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104 - nothing listens
    monkeypatch.setenv("ADMIN_TOKEN", ADMIN)
    settings.current.cache_clear()
    yield
    monkeypatch.undo()
    settings.current.cache_clear()


def announce(api: Client, pdf: bytes, key: str | None = None, **said: Any) -> Any:
    digest = hashlib.sha256(pdf).hexdigest()
    body = {"name": "a.pdf", "size_bytes": len(pdf), "sha256": digest, "again": False, **said}
    return api.post("/v1/files", json=body, headers={"Idempotency-Key": key} if key else {})


def send(api: Client, pdf: bytes, key: str | None = None, **said: Any) -> Any:
    form = {"file": (io.BytesIO(pdf), "a.pdf"), **said}
    return api.post("/v1/files", data=form, headers={"Idempotency-Key": key} if key else {})


def send_many(api: Client, pdfs: list[bytes], key: str | None = None) -> Any:
    sent = [(io.BytesIO(pdf), f"{n}.pdf") for n, pdf in enumerate(pdfs)]
    headers = {"Idempotency-Key": key} if key else {}
    answer = api.post("/v1/files/batch", data={"file": sent, "again": "false"}, headers=headers)
    return answer.get_json()["results"]


def become(file_id: str, status: str) -> None:
    assert rows(b"UPDATE files SET status = %s WHERE id = %s RETURNING 1", status, file_id)


def made(answer: Any) -> str:
    assert answer.status_code in (201, 202), answer.get_data(as_text=True)
    return str(answer.get_json()["id"])


def found(answer: Any) -> str:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert "upload" not in answer.get_json()
    return str(answer.get_json()["id"])


def count(pdf: bytes) -> int:
    digest = hashlib.sha256(pdf).hexdigest()
    [(files,)] = rows(b"SELECT count(*) FROM files WHERE sha256 = %s", digest)
    return int(files)


@pytest.mark.parametrize("status", ["uploaded", "reading", "completed"])
def test_the_same_bytes_are_found_where_they_are_read_or_were(
    api: Client, pdf: bytes, status: str
) -> None:
    first = made(send(api, pdf, again="false"))
    become(first, status)
    assert found(announce(api, pdf)) == first
    assert found(send(api, pdf, again="false")) == first
    assert count(pdf) == 1


@pytest.mark.parametrize("status", ["incomplete", "failed", "cancelled", "deleted"])
def test_what_was_not_read_is_read_anew(api: Client, pdf: bytes, status: str) -> None:
    first = made(send(api, pdf, again="false"))
    become(first, status)
    assert made(announce(api, pdf)) != first


def test_what_was_announced_in_another_size_is_not_taken_up(api: Client, pdf: bytes) -> None:
    mistaken = made(announce(api, pdf, size_bytes=len(pdf) + 1))
    right = made(announce(api, pdf))
    assert right != mistaken
    assert made(announce(api, pdf)) == right


def test_who_does_not_ask_gets_a_file_of_his_own(api: Client, pdf: bytes) -> None:
    first = made(send(api, pdf, again="false"))
    assert made(send(api, pdf)) != first
    assert made(send(api, pdf, again="true")) != first
    assert made(announce(api, pdf, again=True)) != first


def test_a_file_that_was_made_without_asking_is_found(api: Client, pdf: bytes) -> None:
    digest = hashlib.sha256(pdf).hexdigest()
    first = made(send(api, pdf, sha256=digest))
    assert found(announce(api, pdf)) == first


@pytest.mark.parametrize(
    "said",
    [
        {"pages": "1"},
        {"language": "es"},
        {"text_layer": "never"},
        {"verify": "never"},
        {"on_doubt": "keep"},
        {"reader": "tesseract"},
    ],
)
def test_another_wish_is_another_reading(api: Client, pdf: bytes, said: dict[str, Any]) -> None:
    plain = made(send(api, pdf, again="false"))
    other = made(announce(api, pdf, **said))
    assert other != plain
    become(other, "completed")
    assert found(announce(api, pdf, **said)) == other
    assert found(announce(api, pdf)) == plain


def test_another_set_up_is_another_reading(
    api: Client, pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(send(api, pdf, again="false"))
    monkeypatch.setenv("TEXT_LAYER", "always")
    settings.current.cache_clear()
    try:
        assert made(announce(api, pdf)) != first
    finally:
        monkeypatch.undo()
        settings.current.cache_clear()
    assert found(announce(api, pdf)) == first


def test_a_ceiling_keeps_only_what_is_done_from_being_made_anew(api: Client, pdf: bytes) -> None:
    free = {"text_layer": "always"}  # no reader, whose prices nobody knows here
    first = made(send(api, pdf, again="false", max_cost_usd="0", **free))
    assert found(announce(api, pdf, max_cost_usd=0, **free)) == first
    other = made(announce(api, pdf, max_cost_usd=1, **free))
    assert other != first
    become(first, "completed")
    assert found(announce(api, pdf, max_cost_usd=1, **free)) == first


@pytest.mark.usefixtures("tokens")
def test_another_tenants_file_is_not_found(api: Client, pdf: bytes) -> None:
    def headers(tenant: str) -> dict[str, str]:
        body = {"name": "test", "tenant": tenant}
        root = {"Authorization": f"Bearer {ADMIN}"}
        token = api.post("/v1/tokens", json=body, headers=root).get_json()["token"]
        return {"Authorization": f"Bearer {token}"}

    def send_as(who: dict[str, str]) -> Any:
        form = {"file": (io.BytesIO(pdf), "a.pdf"), "again": "false"}
        return api.post("/v1/files", data=form, headers=who)

    one, two = headers(f"one-{uuid4().hex[:8]}"), headers(f"two-{uuid4().hex[:8]}")
    first = made(send_as(one))
    assert found(send_as(one)) == first
    assert made(send_as(two)) != first


def test_an_upload_that_broke_off_is_taken_up(api: Client, pdf: bytes) -> None:
    first = announce(api, pdf)
    rows(b"UPDATE files SET look_at = now() WHERE id = %s RETURNING 1", made(first))
    second = announce(api, pdf)
    assert made(second) == made(first)
    awaited = b"SELECT look_at > now() + interval '1 hour' FROM files WHERE id = %s"
    assert rows(awaited, made(first)) == [(True,)]
    for answer, status in ((first, 200), (second, 412)):  # stored already, so there is nothing lost
        target = answer.get_json()["upload"]
        put = httpx2.put(target["url"], content=pdf, headers=target["headers"])
        assert put.status_code == status
    assert api.post(f"/v1/files/{made(first)}/confirm").status_code == 202
    assert found(announce(api, pdf)) == made(first)


def test_a_request_that_is_repeated_says_what_it_said_first(api: Client, pdf: bytes) -> None:
    key = str(uuid4())
    first = send(api, pdf, key, again="false")
    assert first.status_code == 202
    again = send(api, pdf, key, again="false")
    assert (again.status_code, made(again)) == (202, made(first))  # its own, not one of before
    key = str(uuid4())
    assert {found(announce(api, pdf, key)) for _ in range(2)} == {made(first)}


def test_a_deleted_file_does_not_come_back_by_a_repeated_request(api: Client, pdf: bytes) -> None:
    first = made(send(api, pdf, again="false"))
    key = str(uuid4())
    assert found(announce(api, pdf, key)) == first
    assert api.delete(f"/v1/files/{first}").status_code == 204
    assert announce(api, pdf, key).status_code == 422
    assert made(announce(api, pdf)) != first


def test_of_many_each_is_found_or_made(api: Client, pdf: bytes) -> None:
    before = made(send(api, pdf, again="false"))
    fresh = text_pdf([f"another, {uuid4()}"])
    key = str(uuid4())
    for _ in range(2):
        results = send_many(api, [fresh, pdf, fresh], key)
        assert [one.get("found", False) for one in results] == [False, True, False]
        assert results[1]["file"]["id"] == before
        assert results[0]["file"]["id"] == results[2]["file"]["id"]
    assert (count(pdf), count(fresh)) == (1, 1)


def test_of_many_that_are_announced_only_what_is_new_is_to_be_sent(api: Client, pdf: bytes) -> None:
    before = made(send(api, pdf, again="false"))
    fresh = text_pdf([f"another, {uuid4()}"])
    files = [
        {"name": "b", "size_bytes": len(one), "sha256": hashlib.sha256(one).hexdigest()}
        for one in (pdf, fresh)
    ]
    answer = api.post("/v1/files/batch", json={"files": files, "again": False})
    known, new = answer.get_json()["results"]
    assert (known["found"], known["file"]["id"], "upload" in known["file"]) == (True, before, False)
    assert ("found" in new, "upload" in new["file"]) == (False, True)


def test_of_those_who_ask_at_once_one_makes_the_file(functions: Functions, pdf: bytes) -> None:
    def ask(_: int) -> UUID:
        return UUID(announce(Client(functions.apps["upload"]), pdf).get_json()["id"])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(16)))) == 1


def test_what_cannot_be_compared_is_refused(api: Client) -> None:
    body = {"name": "a.pdf", "size_bytes": 1, "again": False}
    answer = api.post("/v1/files", json=body)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "conflicting_options")
    assert "sha256" in answer.get_json()["detail"]


def test_what_is_found_counts_for_no_limit(
    api: Client, pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(send(api, pdf, again="false"))
    monkeypatch.setenv("MAX_STORED_BYTES", "1")
    settings.current.cache_clear()
    try:
        assert found(announce(api, pdf)) == first
        assert json.loads(send(api, pdf).get_data())["code"] == "storage_limit_reached"
    finally:
        monkeypatch.undo()
        settings.current.cache_clear()
