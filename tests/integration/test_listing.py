"""Lists of files by state, name and sort: whole, without repetition, in the same order again."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner
from werkzeug.test import Client

from functions.upload.files.listing import SORTED
from lector.cli.__main__ import cli
from lector.runtime.queries import Query
from tests.support.api_server import Server
from tests.support.called import Functions
from tests.support.parts import Parts
from tests.support.world import rows

NAMES = [
    "beta.pdf",
    "Alpha.pdf",
    "alpha.pdf",
    "100%_sure.pdf",
    "gamma.pdf",
    "Straße.pdf",
    "beta.pdf",
]


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


@pytest.fixture
def mark(api: Client) -> str:
    """What the names of some files contain, and those of no others."""
    mark = uuid4().hex
    for size, name in enumerate(NAMES, 1):
        api.post("/v1/files", json={"name": f"{name} {mark}", "size_bytes": size})
    return mark


def listed(api: Client, **query: Any) -> list[dict[str, Any]]:
    """All files of a list, followed by its cursors, two at a time."""
    files: list[dict[str, Any]] = []
    for _ in range(20):
        answer = api.get("/v1/files", query_string={"limit": 2, **query})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        files += answer.get_json()["files"]
        query["cursor"] = answer.get_json()["next"]
        if query["cursor"] is None:
            return files
    raise AssertionError("the list never ends")


@pytest.mark.parametrize(
    ("sort", "key", "reverse"),
    [
        ("newest", "id", True),
        ("oldest", "id", False),
        ("largest", "size_bytes", True),
    ],
)
def test_a_list_is_whole_and_in_order_however_it_is_sorted(
    api: Client, mark: str, sort: str, key: str, *, reverse: bool
) -> None:
    files = listed(api, sort=sort, name=mark)
    assert len({file["id"] for file in files}) == len(NAMES)
    assert files == sorted(files, key=lambda file: file[key], reverse=reverse)


def test_names_are_sorted_whatever_their_case(api: Client, mark: str) -> None:
    names = [file["name"] for file in listed(api, sort="name", name=mark)]
    assert len(names) == len(NAMES)
    lower = [name.lower() for name in names]
    assert sorted(lower) == lower


@pytest.mark.parametrize(
    ("part", "count"), [("ALPHA", 2), ("%_", 1), ("_", 1), ("\\", 0), ("straße", 1), ("beta", 2)]
)
def test_a_part_of_a_name_finds_it_and_means_only_itself(
    api: Client, mark: str, part: str, count: int
) -> None:
    found = [file for file in listed(api, name=part, limit=200) if mark in file["name"]]
    assert len(found) == count


@pytest.mark.parametrize("sort", list(SORTED))
@pytest.mark.parametrize("name", [True, False], ids=["with a name", "without"])
def test_a_beginning_of_an_id_finds_the_files_that_have_it(
    api: Client, mark: str, sort: str, *, name: bool
) -> None:
    about = {"sort": sort} | ({"name": mark} if name else {})
    for file in listed(api, name=mark):
        begins = file["id"][:-1]
        assert file["id"] in [one["id"] for one in listed(api, id_begins=begins, **about)]
        assert all(
            one["id"].startswith(begins) for one in listed(api, id_begins=begins.upper(), **about)
        )
        assert [one["id"] for one in listed(api, id_begins=file["id"], **about)] == [file["id"]]
        without = file["id"].replace("-", "")
        assert [one["id"] for one in listed(api, id_begins=without, **about)] == [file["id"]]
    assert listed(api, id_begins="ffffffff", **about) == []


@pytest.mark.parametrize("begins", ["", "-", "xyz", "0" * 33, "0" * 37])
def test_what_no_id_begins_with_is_refused(api: Client, begins: str) -> None:
    refused = api.get("/v1/files", query_string={"id_begins": begins})
    assert refused.get_json()["code"] == "malformed_id_begins"


@pytest.mark.parametrize("sort", list(SORTED))
def test_files_of_some_days_can_be_listed(api: Client, mark: str, sort: str) -> None:
    today = datetime.now(UTC).date()
    before, after = today - timedelta(days=1), today + timedelta(days=1)

    def count(**days: date) -> int:
        return len(listed(api, name=mark, sort=sort, **days))

    assert count(since=before, until=after) == count(since=before) == len(NAMES)
    assert count(until=after) == len(NAMES)
    assert (count(since=after), count(until=before)) == (0, 0)
    assert count(since=date.min, until=date.max) == len(NAMES)
    assert count(until=date(1969, 12, 30)) == 0


def test_states_can_be_combined(api: Client, mark: str) -> None:
    assert len(listed(api, name=mark, status=["announced", "failed"])) == len(NAMES)
    assert listed(api, name=mark, status=["failed", "completed"]) == []


def read(file: dict[str, Any], *doubts: str) -> None:
    """Give a file a page for each of these doubts, as JSON, and one that is read once more."""
    pages = [("read", one) for one in doubts] + [("rendered", "{}")]
    for number, (status, doubt) in enumerate(pages, 1):
        rows(
            b"INSERT INTO pages (id, file_id, number, generation, status, text, provenance, doubts)"
            b" VALUES (gen_random_uuid(), %s, %s, 1, %s, 'lamps', 'model', %s) RETURNING id",
            *(file["id"], number, status, doubt),
        )


@pytest.mark.parametrize("sort", list(SORTED))
def test_files_with_pages_to_look_at_can_be_listed_alone_and_so_can_the_others(
    api: Client, mark: str, sort: str
) -> None:
    files = listed(api, name=mark)
    read(files[0], "{}", '{"parts_illegible": "x"}')
    read(files[1], '{"nothing_found": "x"}', '{"parts_illegible": "x"}')
    read(files[2], "{}")
    doubted = {files[0]["id"], files[1]["id"]}
    found = listed(api, name=mark, sort=sort, doubted="true")
    others = listed(api, name=mark, sort=sort, doubted="false")
    assert {file["id"] for file in found} == doubted
    assert {file["id"] for file in others} == {file["id"] for file in files} - doubted
    order = [file["id"] for file in listed(api, name=mark, sort=sort)]
    assert [file["id"] for file in found] == [one for one in order if one in doubted]


@pytest.mark.parametrize(
    "statement",
    [
        b"UPDATE pages SET doubts = '{}' WHERE file_id = %s RETURNING id",
        b"UPDATE pages SET status = 'rendered', text = NULL WHERE file_id = %s RETURNING id",
        b"DELETE FROM pages WHERE file_id = %s RETURNING id",
    ],
    ids=["found right", "read anew", "deleted"],
)
def test_a_file_is_to_be_looked_at_for_as_long_as_one_of_its_pages_is(
    api: Client, mark: str, statement: bytes
) -> None:
    [file, *_] = listed(api, name=mark)
    read(file, '{"nothing_found": "x"}', '{"parts_illegible": "x"}', "{}")
    more = statement.replace(b"RETURNING", b"AND number = 1 RETURNING")
    rows(more, file["id"])
    assert [one["id"] for one in listed(api, name=mark, doubted="true")] == [file["id"]]
    rows(statement, file["id"])
    assert listed(api, name=mark, doubted="true") == []


def test_what_is_neither_true_nor_false_is_refused(api: Client) -> None:
    refused = api.get("/v1/files?doubted=perhaps")
    assert (refused.status_code, refused.get_json()["code"]) == (400, "malformed_doubted")


@pytest.fixture
def filled(services: Parts) -> Iterator[psycopg.Connection[Any]]:
    """A database with thousands of files and pages, which are gone afterwards."""
    with psycopg.connect(services.embedded.postgres.url) as connection:
        connection.execute(
            "INSERT INTO files (id, tenant, name, size_bytes, look_at)"
            " SELECT gen_random_uuid(), 'public', 'file ' || n, n, now()"
            " FROM generate_series(1, 5000) AS n"
        )
        connection.execute(
            "INSERT INTO pages (id, file_id, number, generation)"
            " SELECT gen_random_uuid(), id, n, 1 FROM files, generate_series(1, 4) AS n"
            " WHERE NOT EXISTS (SELECT FROM pages WHERE file_id = files.id)"
        )
        connection.execute("ANALYZE files, pages")
        yield connection
        connection.rollback()
        # Otherwise the next searches go through what is left of them in the index, again and again.
        connection.autocommit = True
        connection.execute("VACUUM (ANALYZE) files, pages")


@pytest.mark.parametrize("query", SORTED.values(), ids=lambda query: query.name)
def test_no_list_of_files_looks_at_all_of_them_for_its_first_page(
    filled: psycopg.Connection[Any], query: Query[Any]
) -> None:
    values = {
        "tenant": "'public'",
        "limit": "51",
        "doubted": "'{f,t}'",
        "statuses": "'{announced,completed}'",
        "first_id": "'00000000-0000-0000-0000-000000000000'",
        "last_id": "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
    }
    asked = re.sub(r"%\((\w+)\)s", lambda name: values.get(name[1], "NULL"), query.sql)
    plan = "\n".join(line for (line,) in filled.execute(f"EXPLAIN {asked}".encode()).fetchall())
    assert "Seq Scan" not in plan, plan
    assert "files_listed" in plan, plan


def test_a_file_that_did_not_change_is_not_sent_again(api: Client) -> None:
    created = api.post("/v1/files", json={"name": "a.pdf", "size_bytes": 1}).get_json()
    first = api.get(f"/v1/files/{created['id']}")
    again = api.get(f"/v1/files/{created['id']}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")


def counted(api: Client, **query: Any) -> dict[str, Any]:
    answer = api.get("/v1/totals", query_string=query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def test_totals_count_all_files_of_a_filter_by_their_states(api: Client, mark: str) -> None:
    first, second, third, *_ = listed(api, name=mark)
    read(first, '{"nothing_found": "x"}')
    read(second, '{"nothing_found": "x"}', '{"parts_illegible": "x"}')
    change = b"UPDATE files SET status = %s, page_count = %s WHERE id = %s RETURNING id"
    rows(change, "completed", 3, first["id"])
    rows(change, "incomplete", 2, second["id"])
    rows(change, "failed", None, third["id"])
    totals = counted(api, name=mark)
    assert totals["statuses"] == {
        "announced": len(NAMES) - 3,
        "uploaded": 0,
        "reading": 0,
        "completed": 1,
        "incomplete": 1,
        "failed": 1,
        "cancelled": 0,
    }
    sizes = sum(range(1, len(NAMES) + 1))
    assert (totals["files"], totals["pages"], totals["size_bytes"]) == (len(NAMES), 5, sizes)
    assert (totals["doubted"], totals["need_a_look"], totals["is_whole"]) == (2, 3, True)


@pytest.mark.parametrize("sort", list(SORTED))
@pytest.mark.parametrize("folder", [{}, {"folder": "letters"}], ids=["anywhere", "in a folder"])
def test_files_that_need_a_look_have_a_doubted_page_or_failed_and_the_others_neither(
    api: Client, mark: str, sort: str, folder: dict[str, str]
) -> None:
    rows(b"UPDATE files SET folder = 'letters' WHERE name LIKE %s RETURNING id", f"%{mark}%")
    files = listed(api, name=mark)
    for file in files[:2]:
        read(file, '{"nothing_found": "x"}')
    change = b"UPDATE files SET status = %s WHERE id = %s RETURNING id"
    for file, status in zip(files[1:], ("failed", "incomplete", "cancelled"), strict=False):
        rows(change, status, file["id"])
    wanted = {file["id"] for file in files[:3]}

    def found(**query: str) -> list[str]:
        return [one["id"] for one in listed(api, name=mark, sort=sort, **folder, **query)]

    order = found()
    assert found(need_a_look="true") == [one for one in order if one in wanted]
    assert found(need_a_look="false") == [one for one in order if one not in wanted]
    assert found(need_a_look="true", status="failed") == [files[1]["id"]]
    assert found(need_a_look="false", status="failed") == []
    assert found(need_a_look="true", doubted="false") == [files[2]["id"]]


def test_the_command_line_says_which_files_need_a_look_and_lists_these_alone(
    api: Client, server: Server, mark: str
) -> None:
    doubted, failed, incomplete, cancelled, *_ = files = listed(api, name=mark)
    read(doubted, '{"nothing_found": "x"}')
    read(cancelled, "{}")
    change = b"UPDATE files SET status = %s WHERE id = %s RETURNING id"
    states = {"failed": failed, "incomplete": incomplete, "cancelled": cancelled}
    for status, file in states.items():
        rows(change, status, file["id"])

    def looks(*words: str) -> dict[str, str]:
        done = CliRunner().invoke(cli, ["ls", "--name", mark, *words, "--server", server.url])
        header, *lines = [line.split("\t") for line in done.output.splitlines()]
        assert header[-1] == "look", done.output
        return {line[0]: line[-1] for line in lines}

    wanted = {file["id"]: "yes" for file in (doubted, failed, incomplete)}
    assert looks() == {file["id"]: "" for file in files} | wanted
    assert looks("--need-a-look") == wanted


@pytest.mark.parametrize(
    "chosen",
    [
        {"status": ["failed", "announced"]},
        {"doubted": "true"},
        {"need_a_look": "true"},
        {"name": "ALPHA"},
        {"since": "2100-01-01"},
        {"until": "2100-01-01"},
        {"id_begins": "0"},
        {"folder": "letters"},
        {"folder": "letters/2026"},
        {},
    ],
    ids=str,
)
def test_totals_count_what_the_same_filter_lists(
    api: Client, mark: str, chosen: dict[str, Any]
) -> None:
    read(listed(api, name=mark)[0], '{"nothing_found": "x"}')
    for folder in ("letters", "letters/2026", "lettersets"):
        api.post("/v1/files", json={"name": mark, "size_bytes": 9, "folder": folder})
    about = {"limit": 1000} | ({"name": mark} | chosen if "name" not in chosen else chosen)
    found = listed(api, **about)
    totals = counted(api, **{name: value for name, value in about.items() if name != "limit"})
    assert totals["files"] == len(found)
    assert totals["size_bytes"] == sum(file["size_bytes"] for file in found)


def test_a_state_that_is_said_twice_is_listed_and_counted_once(api: Client, mark: str) -> None:
    twice = ["announced", "announced"]
    for sort in ("newest", "oldest", "name", "largest"):
        assert len(listed(api, name=mark, status=twice, sort=sort)) == len(NAMES)
        one = listed(api, name=mark)[0]["id"]
        assert [file["id"] for file in listed(api, id_begins=one, status=twice, sort=sort)] == [one]
    assert counted(api, name=mark, status=twice)["files"] == len(NAMES)


def test_totals_of_very_many_files_say_that_only_the_newest_were_counted(
    api: Client, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = listed(api, name=mark, sort="oldest")
    since = {"id_begins": every[0]["id"]}
    assert counted(api, **since)["is_whole"]
    monkeypatch.setattr("functions.upload.files.totals.MOST_COUNTED", 1)
    totals = counted(api, name=mark, **since)
    assert (totals["files"], totals["is_whole"]) == (1, False)
