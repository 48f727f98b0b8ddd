"""Where files are for whoever uploads them: kept, shown, and found by."""

import io
import json
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import Client

from functions.upload.files import listing, subfolders
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.pdfs import text_pdf
from tests.support.world import World

PDF = text_pdf(["a page in a folder"])


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


@pytest.fixture
def top() -> str:
    """A folder that only one test knows."""
    return f"box {uuid4()}"


def announce(api: Client, folder: str | None, name: str = "a.pdf", **said: Any) -> dict[str, Any]:
    body = {"name": name, "size_bytes": len(PDF), **said}
    body |= {} if folder is None else {"folder": folder}
    answer = api.post("/v1/files", json=body)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return dict(answer.get_json())


def listed(api: Client, folder: str, **query: Any) -> list[str]:
    """The ids of all files of a folder, two at a time."""
    ids: list[str] = []
    query |= {"folder": folder, "limit": 2}
    while True:
        answer = api.get("/v1/files", query_string=query).get_json()
        ids += [file["id"] for file in answer["files"]]
        if answer["next"] is None:
            return ids
        query["cursor"] = answer["next"]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("letters/2026", "letters/2026"),
        ("/letters//2026/", "letters/2026"),
        ("C:\\scans\\May", "C:/scans/May"),
        ("../../etc/./x", "etc/x"),
        ("Straße\x00\n/日本", "Straße/日本"),
        ("", None),
        ("..", None),
        (None, None),
    ],
)
def test_a_folder_is_kept_as_names_that_lead_nowhere_else(
    api: Client, said: str | None, kept: str | None
) -> None:
    file = announce(api, said)
    assert file["folder"] == kept
    assert api.get(f"/v1/files/{file['id']}").get_json()["folder"] == kept


def test_of_a_very_long_path_the_first_folders_are_kept(api: Client) -> None:
    assert announce(api, "/".join(["ä" * 100] * 9))["folder"] == "/".join(["ä" * 100] * 4)


def test_a_path_that_no_system_has_is_refused(api: Client) -> None:
    body = {"name": "a.pdf", "size_bytes": 1, "folder": "x" * 4097}
    refused = api.post("/v1/files", json=body)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "malformed_folder")


def test_each_way_to_make_a_file_takes_its_folder(api: Client, top: str) -> None:
    one = {"file": (io.BytesIO(PDF), "a.pdf"), "folder": top}
    sent = [api.post("/v1/files", data=one).get_json()]
    batch = {"files": [{"name": "b.pdf", "size_bytes": 1, "folder": top}]}
    sent += [api.post("/v1/files/batch", json=batch).get_json()["results"][0]["file"]]
    about = json.dumps([{"folder": top}, {}])
    form = {"file": [(io.BytesIO(PDF), "c.pdf"), (io.BytesIO(PDF), "d.pdf")], "files": about}
    several = api.post("/v1/files/batch", data=form).get_json()["results"]
    assert [file["folder"] for file in sent] == [top, top]
    assert [result["file"]["folder"] for result in several] == [top, None]


@pytest.mark.parametrize("most_sorted", [10_000, 0], ids=["few are sorted", "many are followed"])
@pytest.mark.parametrize("sort", ["newest", "oldest", "name", "largest"])
def test_a_folder_holds_its_files_and_those_of_folders_below_it(
    api: Client, top: str, monkeypatch: pytest.MonkeyPatch, most_sorted: int, sort: str
) -> None:
    monkeypatch.setattr(listing, "MOST_SORTED", most_sorted)
    folders = [top, f"{top}/a", f"{top}/a/b", f"{top}/ab", f"{top}0", None]
    ids = [announce(api, folder)["id"] for folder in folders]
    assert sorted(listed(api, top, sort=sort)) == sorted(ids[:4])
    assert sorted(listed(api, f"{top}/a/", sort=sort)) == sorted(ids[1:3])
    assert listed(api, f"{top}/a/b", sort=sort) == [ids[2]]
    assert listed(api, f"{top}/A", sort=sort) == []
    assert listed(api, f"{top}/_", sort=sort) == []


@pytest.mark.parametrize("most_sorted", [10_000, 0], ids=["few are sorted", "many are followed"])
def test_a_folder_goes_with_other_filters(
    api: Client, top: str, monkeypatch: pytest.MonkeyPatch, most_sorted: int
) -> None:
    monkeypatch.setattr(listing, "MOST_SORTED", most_sorted)
    mark = uuid4().hex
    there = announce(api, top, f"{mark}.pdf")["id"]
    announce(api, top, "other.pdf")
    elsewhere = announce(api, None, f"{mark}.pdf")["id"]
    assert listed(api, top, name=mark) == [there]
    assert listed(api, top, name=mark, status="completed") == []
    assert listed(api, top, id_begins=elsewhere) == []


def test_what_names_no_folder_is_refused(api: Client) -> None:
    refused = api.get("/v1/files", query_string={"folder": " / "})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "malformed_folder")


def test_the_same_bytes_in_two_folders_are_read_once(api: Client, top: str) -> None:
    form = {
        "file": [(io.BytesIO(PDF + top.encode()), "a.pdf") for _ in range(2)],
        "files": json.dumps([{"folder": f"{top}/one"}, {"folder": f"{top}/two"}]),
        "again": "false",
    }
    first, second = api.post("/v1/files/batch", data=form).get_json()["results"]
    assert first["file"]["id"] == second["file"]["id"]
    assert first["file"]["folder"] == f"{top}/one"


def test_pages_are_found_in_their_folder(
    functions: Functions, model: ScriptedModel, api: Client, top: str
) -> None:
    word = f"zz{uuid4().hex}"
    world = World.with_pages(functions, 1, folder=f"{top}/2026")
    [event] = world.registered()
    model.script.append(completion(word))
    functions.accepts("llm", event)

    def hits(**where: Any) -> list[tuple[str, str]]:
        found = api.get("/v1/search", query_string={"q": word, **where}).get_json()["hits"]
        return [(hit["file_id"], hit["file_folder"]) for hit in found]

    there = [(str(world.file_id), f"{top}/2026")]
    assert hits() == hits(folder=top) == hits(folder=f"{top}/2026") == there
    assert hits(folder=f"{top}/2025") == hits(folder=f"{top}/20") == []


def folders(api: Client, below: str | None = None) -> dict[str, int]:
    query = {} if below is None else {"folder": below}
    answer = api.get("/v1/folders", query_string=query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found = answer.get_json()
    assert found["is_whole"]
    named = [one["folder"] for one in found["folders"]]
    assert named == sorted(set(named), key=str.encode)
    return {one["folder"]: one["files"] for one in found["folders"]}


def test_the_folders_right_below_one_are_listed_with_how_many_files_each_holds(
    api: Client, top: str
) -> None:
    below = [
        *("", "", "/2026", "/2026/05", "/2026/05", "/2026/06/x/y"),
        *("/2026 and later", "/2026!", "/2026!/a", "/2025/only/deep", "/20260", "/Ñandú/日本"),
    ]
    for path in [f"{top}{one}" for one in below] + [f"{top} else/2026", f"{top}0"]:
        announce(api, path)
    assert folders(api, top) == {
        f"{top}/2025": 1,
        f"{top}/2026": 4,
        f"{top}/2026 and later": 1,
        f"{top}/2026!": 2,
        f"{top}/20260": 1,
        f"{top}/Ñandú": 1,
    }
    assert folders(api, f"{top}/2026") == {f"{top}/2026/05": 2, f"{top}/2026/06": 1}
    assert folders(api, f"{top}/2026/05") == folders(api, f"{top} of nobody") == {}
    at_the_top = {one: count for one, count in folders(api).items() if one.startswith(top)}
    assert at_the_top == {top: len(below), f"{top} else": 1, f"{top}0": 1}


def test_a_folder_has_as_many_files_as_the_list_of_it_and_a_deleted_one_is_none(
    api: Client, top: str
) -> None:
    files = [announce(api, f"{top}/{one}") for one in ("a", "a/b", "a/b/c", "d")]
    for path, count in folders(api, top).items():
        assert len(listed(api, path)) == count
    for file in files[1:]:
        assert api.delete(f"/v1/files/{file['id']}").status_code == 204
    assert folders(api, top) == {f"{top}/a": 1}


def test_of_very_many_folders_and_files_the_first_ones_are_told(
    api: Client, top: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("a", "a", "a/b", "a/b", "a/c", "d/e", "f"):
        announce(api, f"{top}/{path}")
    monkeypatch.setattr(subfolders, "MOST_FOLDERS", 2)
    monkeypatch.setattr(subfolders, "MOST_COUNTED", 3)
    answer = api.get("/v1/folders", query_string={"folder": top}).get_json()
    assert answer["folders"] == [
        {"folder": f"{top}/a", "files": 3},
        {"folder": f"{top}/d", "files": 1},
    ]
    assert not answer["is_whole"]
