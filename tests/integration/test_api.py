"""The HTTP API: what people may send, and what they are told."""

import io
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from werkzeug.test import Client

from lector.domain import object_keys, originals
from lector.runtime import object_store
from tests.support.called import Functions
from tests.support.pdfs import text_pdf
from tests.support.world import World

PDF = b"%PDF-1.7 not really"


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


def created(api: Client, **changes: Any) -> dict[str, Any]:
    body = {"name": "a.pdf", "size_bytes": len(PDF), **changes}
    answer = api.post("/v1/files", json=body)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    shown: dict[str, Any] = answer.get_json()
    return shown


def put(target: dict[str, Any], body: bytes) -> int:
    return httpx2.put(target["url"], content=body, headers=target["headers"]).status_code


def test_a_file_is_announced_uploaded_and_confirmed(api: Client) -> None:
    file = created(api)
    assert put(file["upload"], PDF) == 200
    confirmed = api.post(f"/v1/files/{file['id']}/confirm")
    assert (confirmed.status_code, confirmed.get_json()["status"]) == (202, "uploaded")


def test_a_new_file_is_found_at_its_location(api: Client) -> None:
    answer = api.post("/v1/files", json={"name": "a.pdf", "size_bytes": 5})
    assert api.get(answer.headers["Location"]).get_json()["status"] == "announced"


def test_the_upload_url_takes_no_other_length(api: Client) -> None:
    target = created(api)["upload"]
    longer = PDF + b"more"
    headers = {**target["headers"], "Content-Length": str(len(longer))}
    assert httpx2.put(target["url"], content=longer, headers=headers).status_code == 403


def test_the_upload_url_is_good_for_one_key(api: Client) -> None:
    one, other = created(api), created(api)
    url = one["upload"]["url"].replace(one["id"], other["id"])
    assert put({**one["upload"], "url": url}, PDF) == 403


def test_confirming_what_never_arrived_is_a_conflict(api: Client) -> None:
    answer = api.post(f"/v1/files/{created(api)['id']}/confirm")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_uploaded")


def test_confirming_another_size_is_a_conflict(api: Client) -> None:
    file = created(api)
    object_store.store().put(
        object_keys.original_key(UUID(file["id"])), b"short", originals.PDF.media_type
    )
    answer = api.post(f"/v1/files/{file['id']}/confirm")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "size_mismatch")


def test_a_form_does_it_in_one_call(api: Client) -> None:
    form = {"file": (io.BytesIO(text_pdf(["hello"])), "letter.pdf"), "pages": "1"}
    answer = api.post("/v1/files", data=form)
    shown = answer.get_json()
    assert answer.status_code == 202
    assert (shown["name"], shown["status"], shown["pages"]) == ("letter.pdf", "uploaded", "1")


@pytest.mark.parametrize("size", [17_000, 70_000, 3_000_000])
def test_a_form_takes_a_file_of_any_size_below_the_limit(api: Client, size: int) -> None:
    pdf = text_pdf(["hello"]) + b"%" * size
    boundary = b"------------------------d74496d66958873e"
    body = (
        b"--" + boundary + b'\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + pdf + b"\r\n--" + boundary + b"--\r\n"
    )
    answer = api.post(
        "/v1/files", data=body, content_type=f"multipart/form-data; boundary={boundary.decode()}"
    )
    assert (answer.status_code, answer.get_json()["size_bytes"]) == (202, len(pdf))


def test_a_form_without_a_file_is_refused(api: Client) -> None:
    answer = api.post("/v1/files", data={"pages": "1"}, content_type="multipart/form-data")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_form")


def test_an_empty_file_in_a_form_is_refused(api: Client) -> None:
    answer = api.post("/v1/files", data={"file": (io.BytesIO(), "empty.pdf")})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "empty_file")


def test_a_form_larger_than_the_limit_is_refused(api: Client) -> None:
    answer = api.post(
        "/v1/files", data=bytes(6 * 1024 * 1024), content_type="multipart/form-data; boundary=b"
    )
    assert (answer.status_code, answer.get_json()["code"]) == (413, "file_too_large")


BAD_BODIES = [
    ({"name": "a.pdf"}, "malformed_size"),
    ({"name": "a.pdf", "size_bytes": "5"}, "malformed_size"),
    ({"name": "a.pdf", "size_bytes": True}, "malformed_size"),
    ({"name": "a.pdf", "size_bytes": 0}, "empty_file"),
    ({"name": "a.pdf", "size_bytes": -1}, "empty_file"),
    ({"size_bytes": 5}, "malformed_name"),
    ({"name": 7, "size_bytes": 5}, "malformed_name"),
    ({"name": "a.pdf", "size_bytes": 5, "pages": 3}, "malformed_pages"),
    ({"name": "a.pdf", "size_bytes": 5, "prompt": " "}, "malformed_prompt"),
    ({"name": "a.pdf", "size_bytes": 5, "model": "a b"}, "malformed_model"),
    ({"name": "a.pdf", "size_bytes": 5, "language": "Spanish!"}, "malformed_language"),
    ({"name": "a.pdf", "size_bytes": 5, "sha256": "AB"}, "malformed_sha256"),
    ({"name": "a.pdf", "size_bytes": 5, "verify": "\ud800"}, "malformed_verify"),
    ({"name": "a.pdf", "size_bytes": 5, "max_cost_usd": "\ud800"}, "malformed_max_cost_usd"),
    ({"name": "a.pdf", "size_bytes": 5, "page": "1"}, "unknown_option"),
    ([1], "malformed_body"),
    ("text", "malformed_body"),
]


@pytest.mark.parametrize(("body", "code"), BAD_BODIES, ids=str)
def test_a_malformed_announcement_is_refused_with_a_code(
    api: Client, body: object, code: str
) -> None:
    answer = api.post("/v1/files", json=body)
    assert (answer.status_code, answer.get_json()["code"]) == (400, code)


@pytest.mark.parametrize("prompt", ["", " \n", "\xa0", "\0"])
def test_an_empty_prompt_is_refused_with_what_happens_without_one(api: Client, prompt: str) -> None:
    answer = api.post("/v1/files", json={"name": "a.pdf", "size_bytes": 5, "prompt": prompt})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_prompt")
    assert "without one Lector's own words are used" in answer.get_json()["detail"]


@pytest.mark.parametrize("pages", ["3-1", "x", "0"])
def test_a_selection_that_makes_no_sense_is_refused(api: Client, pages: str) -> None:
    answer = api.post("/v1/files", json={"name": "a.pdf", "size_bytes": 5, "pages": pages})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "malformed_pages")


def test_more_bytes_than_the_limit_are_refused_at_once(api: Client) -> None:
    answer = api.post("/v1/files", json={"name": "a.pdf", "size_bytes": 10**12})
    assert (answer.status_code, answer.get_json()["code"]) == (413, "file_too_large")


def test_a_json_body_larger_than_its_limit_is_refused(api: Client) -> None:
    body = b'{"name": "' + b"a" * 100_000 + b'"}'
    answer = api.post("/v1/files", data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null"])
def test_what_is_not_json_is_refused(api: Client, body: bytes) -> None:
    answer = api.post("/v1/files", data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_body")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\docs\\a.pdf", "a.pdf"),
        ("a\x00\n\x1b[31m.pdf", "a[31m.pdf"),
        ("", "unnamed"),
        ("/", "unnamed"),
        ("ñ" * 300, "ñ" * 127),
        ("a\ud800.pdf", "a.pdf"),
        ("<script>.pdf", "<script>.pdf"),
    ],
)
def test_a_hostile_file_name_is_only_a_name(api: Client, sent: str, kept: str) -> None:
    file = created(api, name=sent)
    assert file["name"] == kept
    assert f"files/{file['id']}/original.pdf" in file["upload"]["url"]


@pytest.mark.parametrize("path", ["", "/pages", "/text"])
def test_an_unknown_file_is_not_found(api: Client, path: str) -> None:
    answer = api.get(f"/v1/files/{uuid4()}{path}")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "no_such_file")


@pytest.mark.parametrize("path", ["", "/pages", "/text", "/confirm"])
def test_a_malformed_id_is_refused(api: Client, path: str) -> None:
    method = "POST" if path == "/confirm" else "GET"
    answer = api.open(f"/v1/files/not-an-id{path}", method=method)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_id")
    assert "an id, such as " in answer.get_json()["detail"]
    assert "GET /v1/files lists them" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=x",
        "limit=-1",
        "limit=5000",
        "limit=0",
        "status=done",
        "sort=colour",
        "name=",
        "id=x",
        "colour=red",
        "limit=²",
    ],
)
def test_a_malformed_query_is_refused(api: Client, query: str) -> None:
    answer = api.get(f"/v1/files?{query}")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("query", ["cursor=x", "cursor=bnVsbA", "id=$&cursor=$"])
def test_a_query_that_makes_no_sense_is_refused(api: Client, query: str) -> None:
    answer = api.get(f"/v1/files?{query}".replace("$", str(uuid4())))
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_an_unknown_path_is_a_problem_too(api: Client) -> None:
    answer = api.get("/v1/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_wrong_method_is_a_problem_too(api: Client) -> None:
    answer = api.put("/v1/files")
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")


def test_the_list_is_newest_first_and_continues_where_it_ended(api: Client) -> None:
    ids = [created(api)["id"] for _ in range(3)]
    first = api.get("/v1/files?limit=2").get_json()
    second = api.get(f"/v1/files?limit=2&cursor={first['next']}").get_json()
    assert [file["id"] for file in first["files"] + second["files"]][:3] == ids[::-1]


def test_the_list_can_be_limited_to_a_status(api: Client) -> None:
    created(api)
    listed = api.get("/v1/files?status=announced&limit=1000").get_json()["files"]
    assert {file["status"] for file in listed} == {"announced"}


def test_the_list_can_be_limited_to_ids(api: Client) -> None:
    wanted = {created(api)["id"] for _ in range(2)}
    created(api)
    query = "&".join(f"id={file_id}" for file_id in wanted)
    listed = api.get(f"/v1/files?{query}").get_json()["files"]
    assert {file["id"] for file in listed} == wanted


def test_progress_counts_the_pages(functions: Functions, model: object) -> None:
    world = World.with_pages(functions, 2)
    first, _ = world.registered()
    functions.accepts("llm", first)
    progress = world.file()["progress"]
    assert progress == {
        "total": 2,
        "pending": 0,
        "rendered": 2,
        "read": 1,
        "failed": 0,
        "doubted": 0,
        "corrected": 0,
    }


def test_pages_continue_after_a_number(functions: Functions, model: object) -> None:
    world = World.with_pages(functions, 3)
    world.read()
    first = functions.clients["upload"].get(f"/v1/files/{world.file_id}/pages?limit=2").get_json()
    after = functions.clients["upload"].get(
        f"/v1/files/{world.file_id}/pages?limit=2&after={first['next']}"
    )
    numbers = [page["number"] for page in first["pages"] + after.get_json()["pages"]]
    assert (numbers, after.get_json()["next"]) == ([1, 2, 3], None)


def test_the_text_is_plain_with_a_form_feed_between_pages(
    functions: Functions, model: object
) -> None:
    world = World.with_pages(functions, 2)
    world.read()
    answer = functions.clients["upload"].get(f"/v1/files/{world.file_id}/text")
    assert (answer.mimetype, answer.get_data(as_text=True)) == (
        "text/plain",
        "some text\n\fsome text\n",
    )


@pytest.mark.parametrize("kind", ["liveness", "readiness"])
@pytest.mark.parametrize("name", ["upload", "render", "register", "llm", "outbox", "notify"])
def test_every_function_says_that_it_is_well(functions: Functions, name: str, kind: str) -> None:
    assert functions.clients[name].get(f"/health/{kind}").status_code == 200
