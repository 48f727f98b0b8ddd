"""Lists of files by state, name and sort: whole, without repetition, in the same order again."""

from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import Client

from tests.support.called import Functions

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


def test_states_can_be_combined(api: Client, mark: str) -> None:
    assert len(listed(api, name=mark, status=["announced", "failed"])) == len(NAMES)
    assert listed(api, name=mark, status=["failed", "completed"]) == []


def test_a_file_that_did_not_change_is_not_sent_again(api: Client) -> None:
    created = api.post("/v1/files", json={"name": "a.pdf", "size_bytes": 1}).get_json()
    first = api.get(f"/v1/files/{created['id']}")
    again = api.get(f"/v1/files/{created['id']}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
