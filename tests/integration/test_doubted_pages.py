"""Pages to look at, of all files: the worst first, and gone when a person has decided."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from werkzeug.test import Client

from functions.upload.pages import doubted
from lector.domain.doubts import DoubtCode
from lector.runtime.queries import Query
from tests.support.called import Functions
from tests.support.parts import Parts
from tests.support.world import rows

FILE = "/v1/files/{}/pages/{}"


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


@pytest.fixture
def file_id(api: Client) -> UUID:
    """A file whose pages tests make."""
    created = api.post("/v1/files", json={"name": f"{uuid4()}.pdf", "size_bytes": 1})
    return UUID(created.get_json()["id"])


def add(file_id: UUID, number: int, *doubts: str, **more: Any) -> None:
    """A page of a file that was read, with these doubts."""
    columns = {"status": "read", "confidence": None, "verification": None, **more}
    rows(
        b"INSERT INTO pages (id, file_id, number, generation, status, text, provenance, doubts,"
        b" confidence, verification, version, versions)"
        b" VALUES (gen_random_uuid(), %s, %s, 1, %s, 'lamps', 'model', %s, %s, %s, 1, 1)"
        b" RETURNING id",
        file_id,
        number,
        columns["status"],
        json.dumps(dict.fromkeys(doubts, "because")),
        columns["confidence"],
        None if columns["verification"] is None else json.dumps(columns["verification"]),
    )


def listed(api: Client, **query: Any) -> dict[str, Any]:
    answer = api.get("/v1/doubted-pages", query_string=query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    shown: dict[str, Any] = answer.get_json()
    return shown


def numbers(api: Client, **query: Any) -> list[int]:
    return [page["page"] for page in listed(api, **query)["pages"]]


def test_pages_against_which_more_speaks_come_first(api: Client, file_id: UUID) -> None:
    add(file_id, 1, "low_confidence")
    add(file_id, 2, "numbers_differ", "words_missing")
    add(file_id, 3)
    add(file_id, 4, "numbers_differ")
    add(file_id, 5, "of_a_later_lector")
    assert numbers(api, file=file_id) == [2, 4, 1, 5]
    assert listed(api, file=file_id)["count"] == 4


def test_of_pages_with_the_same_doubts_the_one_that_is_less_sure_comes_first(
    api: Client, file_id: UUID
) -> None:
    add(file_id, 1, "readers_disagree", verification={"agreement": 0.5})
    add(file_id, 2, "readers_disagree", verification={"agreement": 0.1})
    add(file_id, 3, "low_confidence", confidence=80.0)
    add(file_id, 4, "low_confidence", confidence=20.0)
    found = listed(api, file=file_id)["pages"]
    assert [page["page"] for page in found] == [2, 1, 4, 3]
    assert [page["agreement"] for page in found] == [0.1, 0.5, None, None]


@pytest.mark.parametrize(
    "verification", [[], "x", {"agreement": "0.5"}, {"agreement": None}, {"agreement": 7}, {}]
)
def test_a_verification_of_another_form_does_no_harm(
    api: Client, file_id: UUID, verification: object
) -> None:
    add(file_id, 1, "readers_disagree", verification=verification, confidence=float("nan"))
    assert numbers(api, file=file_id) == [1]


def test_every_doubt_weighs_more_than_one_that_is_not_known(services: Parts) -> None:
    with psycopg.connect(services.embedded.postgres.url) as connection:
        for code in DoubtCode:
            [(weight,)] = connection.execute(
                "SELECT doubt_weight(jsonb_build_object(%s::text, ''), NULL, NULL)", [code]
            ).fetchall()
            assert weight > 1, code


def test_the_list_is_whole_and_in_order_page_by_page(api: Client, file_id: UUID) -> None:
    for number in range(1, 8):
        add(file_id, number, "low_confidence", confidence=50.0)
    add(file_id, 8, "numbers_differ")
    found, cursor = [], None
    while True:
        more: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
        shown = listed(api, file=file_id, limit=3, **more)
        found += [page["page"] for page in shown["pages"]]
        cursor = shown["next"]
        if cursor is None:
            break
    assert found[0] == 8
    assert sorted(found) == list(range(1, 9))


def test_pages_of_all_files_are_in_one_list(api: Client, file_id: UUID) -> None:
    add(file_id, 1, "numbers_differ", "words_missing", "words_invented", "nothing_found")
    other = UUID(api.post("/v1/files", json={"name": "o.pdf", "size_bytes": 1}).get_json()["id"])
    add(other, 1, "numbers_differ", "words_missing", "words_invented", "readers_disagree")
    found = [page["file_id"] for page in listed(api)["pages"]]
    assert found.index(str(file_id)) < found.index(str(other))
    assert listed(api)["count"] >= 2


def test_a_page_that_is_read_again_is_not_looked_at_meanwhile(api: Client, file_id: UUID) -> None:
    add(file_id, 1, "numbers_differ", status="rendered")
    assert listed(api, file=file_id) == {"pages": [], "count": 0, "next": None}


def test_what_a_person_has_written_or_found_right_is_gone_from_the_list(
    api: Client, file_id: UUID
) -> None:
    for number in (1, 2, 3):
        add(file_id, number, "numbers_differ")
    for number, text in ((1, "other words"), (2, "lamps")):
        path = f"{FILE.format(file_id, number)}/text"
        assert api.put(path, json={"text": text}, headers={"If-Match": '"1"'}).status_code == 200
    assert numbers(api, file=file_id) == [3]
    api.post(f"{FILE.format(file_id, 1)}/versions/1/restore")
    assert sorted(numbers(api, file=file_id)) == [1, 3]


def test_pages_of_other_tenants_and_of_deleted_files_are_not_seen(
    api: Client, file_id: UUID
) -> None:
    add(file_id, 1, "numbers_differ")
    rows(b"UPDATE files SET tenant = 'others' WHERE id = %s RETURNING id", file_id)
    assert listed(api, file=file_id)["pages"] == []
    assert str(file_id) not in {page["file_id"] for page in listed(api, limit=100)["pages"]}
    back = b"UPDATE files SET tenant = 'default', status = 'deleted' WHERE id = %s RETURNING id"
    rows(back, file_id)
    assert listed(api, file=file_id) == {"pages": [], "count": 0, "next": None}


@pytest.mark.parametrize("cursor", ["x", "WzEsMl0", "WyJhIiwgImIiXQ"])
def test_a_cursor_that_nobody_gave_out_is_refused(api: Client, cursor: str) -> None:
    refused = api.get(f"/v1/doubted-pages?cursor={cursor}")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "malformed_cursor")


@pytest.fixture
def filled(services: Parts) -> Iterator[psycopg.Connection[Any]]:
    """Thousands of files and pages, a twentieth of them doubted; they are gone afterwards."""
    with psycopg.connect(services.embedded.postgres.url) as connection:
        connection.execute(
            "INSERT INTO files (id, tenant, name, size_bytes, look_at)"
            " SELECT gen_random_uuid(), 'public', 'file ' || n, n, now()"
            " FROM generate_series(1, 3000) AS n"
        )
        connection.execute(
            "INSERT INTO pages (id, file_id, number, generation, status, text, provenance, doubts)"
            " SELECT gen_random_uuid(), id, n, 1, 'read', repeat(md5(n::text), 50), 'model',"
            " CASE WHEN random() < 0.05 THEN '{\"low_confidence\": \"x\"}' ELSE '{}' END::jsonb"
            " FROM files, generate_series(1, 8) AS n"
            " WHERE NOT EXISTS (SELECT FROM pages WHERE file_id = files.id)"
        )
        connection.execute("ANALYZE files, pages")
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (doubted.DOUBTED_PAGES, "pages_to_check"),
        (doubted.DOUBTED_PAGES_OF_FILE, "pages_"),
        (doubted.COUNT_DOUBTED, "pages_"),
    ],
    ids=["all", "of a file", "count"],
)
def test_no_list_of_pages_to_look_at_goes_through_all_pages(
    filled: psycopg.Connection[Any], query: Query[Any], index: str
) -> None:
    some = "(SELECT id FROM files WHERE tenant = 'public' LIMIT 1)"
    values = {"tenant": "'public'", "limit": "21", "most": "1000"}
    if "of_file" in query.name:
        values["file_id"] = some
    asked = re.sub(r"%\((\w+)\)s", lambda name: values.get(name[1], "NULL"), query.sql)
    plan = "\n".join(line for (line,) in filled.execute(f"EXPLAIN {asked}".encode()).fetchall())
    assert "Seq Scan on pages" not in plan, plan
    assert index in plan, plan
    if query is doubted.DOUBTED_PAGES:
        assert not re.search(r"\bSort\b", plan), plan
