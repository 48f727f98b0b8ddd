"""Files created: with a key that says once, many at a time, in parts, with a digest."""

import hashlib
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from werkzeug.test import Client

from functions.upload.files import multipart
from lector.contracts import FilesDeleted, FileUploaded
from lector.domain import object_keys
from lector.runtime import object_store, settings
from lector.runtime.events import Event
from tests.support.called import Functions, event
from tests.support.pdfs import text_pdf
from tests.support.world import World, announced, rows

PDF = text_pdf(["a page"])
SHA256 = hashlib.sha256(PDF).hexdigest()


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The smallest parts that S3 allows."""
    monkeypatch.setenv("MAX_FILE_BYTES", str(32 * 1024 * 1024))
    settings.current.cache_clear()
    monkeypatch.setattr(multipart, "PART_BYTES", 5 * 1024 * 1024)
    yield multipart.PART_BYTES
    settings.current.cache_clear()


def announce(api: Client, key: str | None = None, **changes: Any) -> Any:
    body = {"name": "a.pdf", "size_bytes": len(PDF), **changes}
    return api.post("/v1/files", json=body, headers={"Idempotency-Key": key} if key else {})


def send(api: Client, key: str, pdf: bytes = PDF) -> Any:
    form = {"file": (io.BytesIO(pdf), "a.pdf")}
    return api.post("/v1/files", data=form, headers={"Idempotency-Key": key})


def put(url: str, body: bytes) -> int:
    return httpx2.put(url, content=body).status_code


def test_an_announcement_said_twice_with_a_key_makes_one_file(api: Client) -> None:
    key = str(uuid4())
    first, second = announce(api, key), announce(api, key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json()["id"] == second.get_json()["id"]
    assert announce(api).get_json()["id"] != announce(api).get_json()["id"]


def test_a_key_used_for_another_request_is_refused(api: Client) -> None:
    key = str(uuid4())
    announce(api, key)
    refused = announce(api, key, name="b.pdf")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "idempotency_key_reused")


def test_a_form_sent_twice_with_a_key_is_read_once(api: Client) -> None:
    key = str(uuid4())
    first, second = send(api, key).get_json(), send(api, key).get_json()
    assert first["id"] == second["id"]
    uploads = [one for one in announced(UUID(first["id"])) if isinstance(one.data, FileUploaded)]
    assert len(uploads) == 1
    other = send(api, key, text_pdf(["another page"]))
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")


def test_a_form_that_broke_off_goes_on_when_it_is_sent_again(api: Client) -> None:
    key = str(uuid4())
    file_id = send(api, key).get_json()["id"]
    rows(b"UPDATE files SET status = 'announced' WHERE id = %s RETURNING id", file_id)
    object_store.store().remove([object_keys.original_key(UUID(file_id))])
    assert send(api, key).get_json()["status"] == "uploaded"
    assert object_store.store().size(object_keys.original_key(UUID(file_id))) == len(PDF)


def test_a_key_of_a_deleted_file_says_so(api: Client) -> None:
    key = str(uuid4())
    api.delete(f"/v1/files/{announce(api, key).get_json()['id']}")
    refused = announce(api, key)
    assert refused.status_code == 422
    assert "deleted" in refused.get_json()["detail"]


def test_many_are_announced_at_once_and_each_stands_for_itself(api: Client) -> None:
    good = {"name": "good.pdf", "size_bytes": 5}
    body = {"files": [good, {"name": "empty.pdf", "size_bytes": 0}, good]}
    results = api.post("/v1/files/batch", json=body).get_json()["results"]
    assert [list(result) for result in results] == [["file"], ["error"], ["file"]]
    assert results[1]["error"]["code"] == "empty_file"
    assert results[0]["file"]["upload"]["method"] == "PUT"


def test_many_are_sent_as_one_form(api: Client) -> None:
    sent = [
        (io.BytesIO(PDF), "one.pdf"),
        (io.BytesIO(b""), "none.pdf"),
        (io.BytesIO(PDF), "two.pdf"),
    ]
    answer = api.post("/v1/files/batch", data={"file": sent, "language": "es"})
    results = answer.get_json()["results"]
    assert [r.get("file", {}).get("name") for r in results] == ["one.pdf", None, "two.pdf"]
    assert results[1]["error"]["code"] == "empty_file"
    assert [results[n]["file"]["status"] for n in (0, 2)] == ["uploaded"] * 2
    assert results[0]["file"]["language"] == "es"


def test_bytes_that_are_not_those_announced_are_refused_in_a_form(api: Client) -> None:
    def sent(digest: str) -> Any:
        return api.post("/v1/files", data={"file": (io.BytesIO(PDF), "a.pdf"), "sha256": digest})

    assert sent(SHA256).status_code == 202
    refused = sent("0" * 64)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "sha256_mismatch")


@pytest.mark.parametrize(("digest", "status"), [(SHA256, 200), ("0" * 64, 422)])
def test_bytes_that_are_not_those_announced_are_not_opened(
    functions: Functions, digest: str, status: int
) -> None:
    world = World.with_file(functions, PDF, sha256=digest)
    answer = functions.call("render", world.uploaded())
    assert answer.status_code == status
    if status == 422:
        assert answer.get_json()["code"] == "sha256_mismatch"


def test_a_large_file_goes_up_in_parts_and_is_confirmed(api: Client, small_parts: int) -> None:
    content = PDF + bytes(small_parts + 1000)
    file_id = announce(api, size_bytes=len(content)).get_json()["id"]
    told = api.post(f"/v1/files/{file_id}/parts").get_json()
    assert [part["size_bytes"] for part in told["parts"]] == [small_parts, len(PDF) + 1000]
    early = api.post(f"/v1/files/{file_id}/confirm")
    assert (early.status_code, early.get_json()["code"]) == (409, "not_uploaded")
    assert "0 of 2 parts" in early.get_json()["detail"]
    for part in reversed(told["parts"]):
        start = (part["number"] - 1) * small_parts
        assert put(part["url"], content[start : start + part["size_bytes"]]) == 200
    for _ in range(2):
        assert api.post(f"/v1/files/{file_id}/confirm").status_code == 202
    assert object_store.store().get(object_keys.original_key(UUID(file_id))) == content
    late = api.post(f"/v1/files/{file_id}/parts")
    assert (late.status_code, late.get_json()["code"]) == (409, "already_uploaded")


def test_after_an_interruption_only_the_missing_parts_are_asked_for(
    api: Client, small_parts: int
) -> None:
    size = 2 * small_parts + 5
    file_id = announce(api, size_bytes=size).get_json()["id"]
    first = api.post(f"/v1/files/{file_id}/parts").get_json()["parts"]
    assert put(first[1]["url"], bytes(small_parts)) == 200
    again = api.post(f"/v1/files/{file_id}/parts").get_json()["parts"]
    assert [part["stored"] for part in again] == [False, True, False]
    assert again[1]["url"] is None


def test_a_part_takes_no_other_length(api: Client, small_parts: int) -> None:
    file_id = announce(api, size_bytes=small_parts + 5).get_json()["id"]
    [_, last] = api.post(f"/v1/files/{file_id}/parts").get_json()["parts"]
    assert put(last["url"], bytes(6)) == 403


def test_a_deleted_file_leaves_no_parts(functions: Functions, small_parts: int) -> None:
    api = functions.clients["upload"]
    file_id = UUID(announce(api, size_bytes=small_parts + 5).get_json()["id"])
    [_, last] = api.post(f"/v1/files/{file_id}/parts").get_json()["parts"]
    assert put(last["url"], bytes(5)) == 200
    [[upload_id]] = rows(b"SELECT upload_id FROM files WHERE id = %s", file_id)
    assert api.delete(f"/v1/files/{file_id}").status_code == 204
    removal: Event[FilesDeleted] = event("test", file_id, FilesDeleted(round=1))
    functions.reply("render", removal)
    with pytest.raises(object_store.ObjectMissing):
        list(object_store.store().parts(object_keys.original_key(file_id), upload_id))


def test_an_option_that_is_said_twice_in_a_form_is_refused(api: Client) -> None:
    form = {"file": (io.BytesIO(PDF), "a.pdf"), "language": ["en", "es"]}
    answer = api.post("/v1/files", data=form)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "repeated_option")


def test_several_are_deleted_at_once(api: Client) -> None:
    ids = [announce(api).get_json()["id"] for _ in range(2)]
    unknown = str(uuid4())
    answer = api.delete("/v1/files", query_string={"id": [*ids, unknown]}).get_json()
    assert answer == {"deleted": ids, "missing": [unknown]}
    assert [api.get(f"/v1/files/{one}").status_code for one in ids] == [404, 404]
