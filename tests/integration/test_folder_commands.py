"""Folders on the command line: said when files go up, listed, and made anew when they come back."""

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from werkzeug.wrappers import Response

from functions.upload.files import subfolders
from lector.cli.__main__ import cli
from lector.cli.client import Client
from lector.cli.ocr import find_documents
from lector.cli.uploading import Uploads, check_options
from tests.support.api_server import Server
from tests.support.bridging import wait_until
from tests.support.pdfs import text_pdf

BATCH = ("POST", "/v1/files/batch")
LARGE = bytes(300 * 1024)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A folder with small files and a large one, by a name of its own."""
    folder = tmp_path / f"box {uuid4()}"
    for path, more in {"a.pdf": b"", "2026/b.pdf": b"", "2026/05/c.pdf": LARGE}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text_pdf([path]) + more)
    return folder


def upload(server: Server, *paths: Path) -> dict[str, str | None]:
    """The folder of each file, by its name, after all have gone up."""
    some = find_documents(paths, "stdin", paths[0])
    with Client(server.url) as client:
        check_options(client, {})
        uploads = Uploads(client, some, {})
        wait_until(uploads.collect, timeout_s=60)
        uploads.stop()
        return {one.file["name"]: one.file.get("folder") for one in some}


def run(server: Server, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--server", server.url])


def test_files_say_in_which_folder_they_were_found(server: Server, top: Path) -> None:
    folders = upload(server, top)
    expected = {"a.pdf": "", "b.pdf": "/2026", "c.pdf": "/2026/05"}
    assert folders == {name: f"{top.name}{below}" for name, below in expected.items()}
    assert server.requests.count(BATCH) == 2  # whether it knows folders, and the small ones


def test_a_file_that_was_named_itself_says_no_folder(server: Server, top: Path) -> None:
    assert upload(server, top / "a.pdf") == {"a.pdf": None}


def of_before() -> Response:
    refusal = {"status": 400, "code": "unknown_option", "detail": "unknown: folder"}
    return Response(json.dumps({"results": [{"error": refusal}]}), 200)


@pytest.mark.parametrize("refuse", [of_before, lambda: Response('{"code": "not_found"}', 404)])
def test_a_server_of_before_is_told_of_no_folder(
    server: Server, top: Path, refuse: Callable[[], Response]
) -> None:
    def once() -> Response:
        del server.otherwise[BATCH]
        return refuse()

    server.otherwise[BATCH] = once
    assert upload(server, top) == {"a.pdf": None, "b.pdf": None, "c.pdf": None}


def test_files_that_meet_a_server_of_before_go_up_all_the_same(server: Server, top: Path) -> None:
    refused = json.loads(of_before().get_data())["results"][0]

    def once() -> Response:
        del server.otherwise[BATCH]
        return Response(json.dumps({"results": [refused] * 3}), 200)

    def knows_folders() -> Response:
        server.otherwise[BATCH] = once
        known = {"error": {**refused["error"], "code": "unknown_name"}}
        return Response(json.dumps({"results": [known]}), 200)

    server.otherwise[BATCH] = knows_folders
    assert upload(server, top).keys() == {"a.pdf", "b.pdf", "c.pdf"}


def test_a_folder_can_be_listed_and_its_files_are_named_by_it(server: Server, top: Path) -> None:
    upload(server, top)
    listed = run(server, "ls", "--folder", f"{top.name}/2026").output.splitlines()
    rows = [line.split("\t") for line in listed[1:]]
    assert {(row[1], row[7]) for row in rows} == {
        ("b.pdf", f"{top.name}/2026"),
        ("c.pdf", f"{top.name}/2026/05"),
    }
    named = run(server, "ls", f"{top.name}/2026/b.pdf", "--json")
    assert json.loads(named.output)["file"]["folder"] == f"{top.name}/2026"
    here = run(server, "ls", f"./{top.name}/2026/b.pdf", "--json")
    assert json.loads(here.output)["file"]["id"] == json.loads(named.output)["file"]["id"]
    elsewhere = run(server, "ls", f"{top.name}/b.pdf").exception
    assert f"no file is called {top.name}/b.pdf" in str(elsewhere)
    assert f"{top.name}/2026/b.pdf" in str(elsewhere)
    wrong = run(server, "ls", "b.pdf", "--folder", top.name)
    assert (wrong.exit_code, "--folder chooses among files" in wrong.output) == (2, True)


def test_folders_are_listed_with_how_many_files_each_holds(server: Server, top: Path) -> None:
    upload(server, top)
    below = run(server, "ls", "--folders", "--folder", top.name)
    assert below.output.splitlines() == ["folder\tfiles", f"{top.name}/2026\t2"]
    assert f"{top.name}\t3" in run(server, "ls", "--folders").output.splitlines()
    told = run(server, "ls", "--folders", "--folder", top.name, "--json")
    folders = [{"folder": f"{top.name}/2026", "files": 2}]
    assert json.loads(told.output) == {"folders": folders, "is_whole": True}


def test_that_there_are_more_folders_than_are_listed_is_said(
    server: Server, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (top / "2027").mkdir()
    (top / "2027" / "d.pdf").write_bytes((top / "2026" / "b.pdf").read_bytes())
    upload(server, top)
    monkeypatch.setattr(subfolders, "MOST_FOLDERS", 1)
    listed = run(server, "ls", "--folders", "--folder", top.name)
    assert listed.stdout.splitlines() == ["folder\tfiles", f"{top.name}/2026\t2"]
    assert listed.stderr == "lector: there are more folders than these\n"


def test_what_is_fetched_comes_into_the_folders_it_was_in(
    server: Server, top: Path, tmp_path: Path
) -> None:
    upload(server, top)
    target = tmp_path / "back"
    words = ("get", "--folder", top.name, "--format", "original", "-o", str(target))
    done = run(server, *words)
    assert (done.exit_code, done.output) == (0, "lector: 3 files written\n")
    for path in ("a.pdf", "2026/b.pdf", "2026/05/c.pdf"):
        assert (target / top.name / path).read_bytes() == (top / path).read_bytes()


def test_what_is_fetched_again_is_left_as_it_is_unless_it_is_another_files(
    server: Server, top: Path, tmp_path: Path
) -> None:
    upload(server, top)
    target = tmp_path / "back"
    words = ("get", "--folder", top.name, "--format", "original", "-o", str(target))
    run(server, *words)
    again = run(server, *words)
    assert again.output == "lector: 0 files written; 3 there already (--force writes over them)\n"
    (target / top.name / "a.pdf").write_bytes(b"what somebody put there")
    told = run(server, *words)
    assert told.exit_code == 1
    assert "a.pdf is there already, and is not what Lector wrote of this file" in told.output
