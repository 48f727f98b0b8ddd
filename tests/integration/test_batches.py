"""Many files at once: announced, sent and confirmed, each for itself, at a price that is held."""

import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from werkzeug.test import Client

from lector.contracts import FileUploaded
from lector.domain import object_keys
from lector.runtime import database, object_store, settings
from tests.support.called import Functions
from tests.support.pdfs import text_pdf
from tests.support.statement_counter import StatementCounter, counted
from tests.support.world import announced, rows

PDF = text_pdf(["a page of many"])
SHA256 = hashlib.sha256(PDF).hexdigest()
MANY = 50
MOST_PER_FILE = 3


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


@pytest.fixture
def statements(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[StatementCounter]:
    """What this process has PostgreSQL do, its pool's own statements included."""
    with counted(settings.current(settings.Database).database_url) as counter:
        monkeypatch.setenv("DATABASE_URL", counter.url)
        settings.current.cache_clear()
        database.pool().close()
        database.pool.forget()
        yield counter
        database.pool().close()
        database.pool.forget()
        monkeypatch.undo()
        settings.current.cache_clear()


def announcements(count: int, **said: Any) -> list[dict[str, Any]]:
    return [{"name": f"{n}.pdf", "size_bytes": len(PDF), **said} for n in range(count)]


def announce(api: Client, files: list[Any], key: str | None = None, **common: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return api.post("/v1/files/batch", json={"files": files, **common}, headers=headers)


def send(api: Client, contents: list[bytes], key: str | None = None, **said: Any) -> Any:
    sent = [(io.BytesIO(content), f"{n}.pdf") for n, content in enumerate(contents)]
    headers = {"Idempotency-Key": key} if key else {}
    return api.post("/v1/files/batch", data={"file": sent, **said}, headers=headers)


def confirm(api: Client, ids: list[str]) -> Any:
    return api.post("/v1/files/confirm", json={"ids": ids})


def results(answer: Any) -> Any:
    assert answer.status_code in (200, 202), answer.get_data(as_text=True)
    return answer.get_json()["results"]


def ids_of(answer: Any) -> list[str]:
    return [result["file"]["id"] for result in results(answer)]


def put(*uploads: dict[str, Any], content: bytes = PDF) -> None:
    with httpx2.Client() as store:
        for one in uploads:
            assert store.put(one["url"], content=content, headers=one["headers"]).is_success


def uploads_of(file_id: str) -> int:
    return sum(isinstance(one.data, FileUploaded) for one in announced(UUID(file_id)))


def test_files_that_are_announced_and_confirmed_together_take_few_statements_each(
    api: Client, statements: StatementCounter
) -> None:
    before = statements.count()
    made = results(announce(api, announcements(MANY), key=str(uuid4())))
    put(*(result["file"]["upload"] for result in made))
    confirmed = results(confirm(api, [result["file"]["id"] for result in made]))
    assert [result["file"]["status"] for result in confirmed] == ["uploaded"] * MANY
    assert statements.count() - before <= MOST_PER_FILE * MANY
    # No statement is about one file of them, so twice as many files take no more.
    first = statements.count() - before
    more = ids_of(announce(api, announcements(2 * MANY), key=str(uuid4())))
    confirm(api, more)
    assert statements.count() - before - first <= first


def test_files_that_are_sent_together_take_few_statements_each(
    api: Client, statements: StatementCounter
) -> None:
    before = statements.count()
    sent = results(send(api, [PDF] * MANY, key=str(uuid4())))
    assert [result["file"]["status"] for result in sent] == ["uploaded"] * MANY
    assert statements.count() - before <= MANY  # a third of what they may take


def test_a_thousand_are_announced_in_the_order_of_the_request(api: Client) -> None:
    made = results(announce(api, announcements(1000)))
    assert [result["file"]["name"] for result in made] == [f"{n}.pdf" for n in range(1000)]
    ids = [result["file"]["id"] for result in made]
    assert ids == sorted(ids)
    assert len({result["file"]["upload"]["url"] for result in made}) == 1000


def test_one_more_than_a_thousand_is_refused(api: Client) -> None:
    refused = announce(api, announcements(1001))
    assert (refused.status_code, refused.get_json()["code"]) == (400, "malformed_body")
    refused = confirm(api, [str(uuid4())] * 1001)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "malformed_id")


def test_what_is_said_of_all_holds_for_each_that_says_nothing_else(api: Client) -> None:
    files = [*announcements(1), *announcements(1, language="es", text_layer="auto", pages="2")]
    made = results(announce(api, files, language="de", text_layer="never"))
    said = [
        (one["file"]["language"], one["file"]["text_layer"], one["file"]["pages"]) for one in made
    ]
    assert said == [("de", "never", None), ("es", "auto", "2")]


def test_each_file_of_a_batch_is_refused_with_the_problem_that_it_has_alone(api: Client) -> None:
    bad: list[Any] = [
        {"name": "a.pdf", "size_bytes": 0},
        {"name": "a.pdf", "size_bytes": 10**12},
        {"name": "a.pdf", "size_bytes": 5, "sha256": "no"},
        {"name": "a.pdf", "size_bytes": 5, "pages": "7-3"},
        {"name": "a.pdf", "size_bytes": 5, "reader": "nobody"},
        {"name": "a.pdf", "size_bytes": 5, "color": "red"},
        {"size_bytes": 5},
    ]
    made = results(announce(api, [*bad, "no object", *announcements(1)]))
    alone = [api.post("/v1/files", json=one).get_json() for one in bad]
    assert [result["error"] for result in made[: len(bad)]] == alone
    assert made[-2]["error"]["code"] == "malformed_body"
    assert made[-1]["file"]["status"] == "announced"


def test_hostile_names_are_as_harmless_in_a_batch(api: Client) -> None:
    names = [
        "../../etc/passwd",
        'a"b\r\nX: y.pdf',
        "\x00\x1b[31mred.pdf",
        "\u202egpj.exe",
        "é" * 300,
    ]
    made = results(announce(api, [{"name": name, "size_bytes": 5} for name in names]))
    alone = [api.post("/v1/files", json={"name": n, "size_bytes": 5}).get_json() for n in names]
    assert [one["file"]["name"] for one in made] == [one["name"] for one in alone]
    said = json.dumps([{"name": name} for name in names])
    sent = results(send(api, [PDF] * len(names), files=said))
    assert [one["file"]["name"] for one in sent] == [one["name"] for one in alone]


def test_a_batch_said_twice_with_a_key_makes_each_file_once(api: Client) -> None:
    key = str(uuid4())
    assert ids_of(announce(api, announcements(3), key)) == ids_of(
        announce(api, announcements(3), key)
    )
    refused = announce(api, announcements(3), key, language="es")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "idempotency_key_reused")


def test_of_a_batch_said_twice_only_the_file_that_was_deleted_is_refused(api: Client) -> None:
    key = str(uuid4())
    first, second, third = ids_of(announce(api, announcements(3), key))
    api.delete(f"/v1/files/{second}")
    again = results(announce(api, announcements(3), key))
    assert [list(result) for result in again] == [["file"], ["error"], ["file"]]
    assert [again[0]["file"]["id"], again[2]["file"]["id"]] == [first, third]
    assert again[1]["error"]["code"] == "idempotency_key_reused"


def test_a_form_of_many_that_broke_off_goes_on_when_it_is_sent_again(api: Client) -> None:
    key = str(uuid4())
    contents = [text_pdf([f"page {n}"]) for n in range(4)]
    ids = ids_of(send(api, contents, key))
    # As if it had been killed when one was stored, and confirmed, and no other.
    rows(b"UPDATE files SET status = 'announced' WHERE id = ANY(%s) RETURNING 1", ids[1:])
    rows(b"DELETE FROM outbox WHERE subject = ANY(%s) RETURNING 1", ids[1:])
    object_store.store().remove([object_keys.original_key(UUID(one)) for one in ids[2:]])
    assert ids_of(send(api, contents, key)) == ids
    for file_id, content in zip(ids, contents, strict=True):
        assert object_store.store().get(object_keys.original_key(UUID(file_id))) == content
        assert uploads_of(file_id) == 1


def test_what_is_said_of_each_file_of_a_form_is_for_that_file(api: Client) -> None:
    said = [
        {"name": "first.pdf", "pages": "1", "sha256": SHA256, "size_bytes": len(PDF)},
        {},
        {"sha256": "0" * 64},
        {"size_bytes": 7},
        {"language": "no language"},
    ]
    made = results(send(api, [PDF] * 5, files=json.dumps(said), language="es"))
    files = [result["file"] for result in made[:2]]
    assert [(one["name"], one["pages"], one["language"]) for one in files] == [
        ("first.pdf", "1", "es"),
        ("1.pdf", None, "es"),
    ]
    codes = [result["error"]["code"] for result in made[2:]]
    assert codes == ["sha256_mismatch", "size_mismatch", "malformed_language"]


@pytest.mark.parametrize("said", ["no json", "{}", "[]", "[{}, {}, {}]", "[" * 5000, "[1, 2"])
def test_what_is_said_of_files_must_be_about_each_of_them(api: Client, said: str) -> None:
    refused = send(api, [PDF] * 2, files=said)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "malformed_form")


def test_each_file_that_is_confirmed_stands_for_itself(api: Client) -> None:
    made = results(announce(api, announcements(5)))
    ids = [result["file"]["id"] for result in made]
    put(made[0]["file"]["upload"])
    put(made[1]["file"]["upload"], content=b"PK\x03\x04" + bytes(len(PDF) - 4))
    put(made[3]["file"]["upload"])
    api.post(f"/v1/files/{ids[3]}/cancel")
    unknown = str(uuid4())
    answer = results(confirm(api, [*ids, unknown, ids[0]]))
    codes = [result.get("error", {}).get("code") for result in answer]
    assert codes == [
        None,
        "unsupported_type",
        "not_uploaded",
        "no_such_file",
        "not_uploaded",
        "no_such_file",
        None,
    ]
    assert answer[0]["file"]["status"] == "uploaded"
    for file_id, result in zip(ids, answer, strict=False):
        alone = api.post(f"/v1/files/{file_id}/confirm")
        assert alone.get_json() == result.get("error", result.get("file"))


def test_files_confirmed_twice_are_announced_once(api: Client) -> None:
    made = results(announce(api, announcements(3)))
    put(*(result["file"]["upload"] for result in made))
    ids = [result["file"]["id"] for result in made]
    assert ids_of(confirm(api, [*ids, *ids])) == [*ids, *ids]
    assert ids_of(confirm(api, ids)) == ids
    assert [uploads_of(one) for one in ids] == [1, 1, 1]


def test_every_ten_files_of_a_batch_count_as_a_request(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_PER_MINUTE", "20")
    settings.current.cache_clear()

    def statuses(address: str, counts: list[int]) -> list[int]:
        from_there = {"REMOTE_ADDR": address}
        return [
            functions.clients["upload"]
            .post("/v1/files/batch", json={"files": announcements(n)}, environ_base=from_there)
            .status_code
            for n in counts
        ]

    assert statuses("10.9.0.1", [45] * 5) == [200, 200, 200, 200, 429]
    # More than there are in a minute: it is possible nevertheless, once.
    assert statuses("10.9.0.2", [150, 150]) == [200, 429]
    monkeypatch.undo()
    settings.current.cache_clear()
