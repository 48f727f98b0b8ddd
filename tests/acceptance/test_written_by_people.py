"""What people write for a page on the command line, in an editor of their own."""

import json
import re
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from PIL import Image

from benchmarks.reading import folders
from tests.acceptance.commandline import Done, Up, environment, finished, lector
from tests.support import pdfs
from tests.support.model import ScriptedModel, completion, error

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Desk:
    """Somebody with an editor that does what it is told, and a Lector."""

    running: Up
    model: ScriptedModel
    folder: Path

    def file(self, *texts: str) -> str:
        """The id of a file whose pages were read as these texts."""
        path = self.folder / "letter.pdf"
        path.write_bytes(pdfs.drawn_pdf([f"{text} {uuid4()}" for text in texts]))
        self.model.otherwise = completion(texts[0])
        done = self.running.ocr(path, "--format", "json")
        self.model.reset()
        [file] = json.loads(done.out)["files"]
        return str(file["id"])

    def editor(self, script: str) -> str:
        """An editor that is a shell script; the file is $1."""
        path = self.folder / "an editor"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return shlex.quote(str(path))

    def edit(self, file_id: str, script: str, *words: str, page: int = 1) -> Done:
        """`lector edit` with such an editor."""
        env = {**environment(self.running.data), "EDITOR": self.editor(script)}
        return lector("edit", file_id, str(page), *words, env=env)

    def page(self, file_id: str, number: int = 1) -> dict[str, Any]:
        answer = httpx2.get(f"{self.running.url}/v1/files/{file_id}/pages/{number}")
        shown: dict[str, Any] = answer.raise_for_status().json()
        return shown

    def write(self, file_id: str, text: str, seen: int) -> None:
        """Somebody else writes the page's text."""
        httpx2.put(
            f"{self.running.url}/v1/files/{file_id}/pages/1/text",
            json={"text": text},
            headers={"If-Match": f'"{seen}"'},
        ).raise_for_status()


@pytest.fixture
def desk(lector_with_model: tuple[Up, ScriptedModel], tmp_path: Path) -> Desk:
    running, model = lector_with_model
    model.reset()
    return Desk(running, model, tmp_path)


def test_a_page_is_corrected_in_an_editor(desk: Desk) -> None:
    file_id = desk.file("frist things first")
    done = desk.edit(file_id, 'sed -i s/frist/first/ "$1"')
    assert (done.code, done.err) == (0, "lector: page 1 is written, as version 2\n")
    page = desk.page(file_id)
    assert (page["text"], page["provenance"]) == ("first things first", "person")


def test_the_editor_sees_the_text_in_a_file_that_nobody_else_may_read(desk: Desk) -> None:
    file_id = desk.file("some lines")
    seen = desk.folder / "seen"
    desk.edit(file_id, f'cp -p "$1" {shlex.quote(str(seen))}; echo more >> "$1"')
    assert seen.read_text() == "some lines\n"
    assert stat.S_IMODE(seen.stat().st_mode) == 0o600
    assert desk.page(file_id)["text"] == "some lines\nmore"


def test_what_is_not_changed_is_not_saved(desk: Desk) -> None:
    file_id = desk.file("some words")
    done = desk.edit(file_id, 'echo >> "$1"', "--json")
    assert (done.code, json.loads(done.out)["changed"]) == (0, False)
    page = desk.page(file_id)
    assert (page["version"], page["provenance"]) == (1, "model")


def test_a_page_that_somebody_changed_meanwhile_is_left_and_the_text_is_not_lost(
    desk: Desk,
) -> None:
    file_id = desk.file("frist things")
    url = f"{desk.running.url}/v1/files/{file_id}/pages/1/text"
    other = (
        f"curl -sf -X PUT -H 'If-Match: \"1\"' -H 'Content-Type: application/json'"
        f' -d \'{{"text": "theirs"}}\' {url} > /dev/null'
    )
    done = desk.edit(file_id, f'{other} || exit 7; echo mine > "$1"')
    assert done.code == 1
    assert "somebody changed page 1 meanwhile" in done.err
    [draft] = re.findall(r"your text is in (\S+\.md)", done.err)
    assert Path(draft).read_text() == "mine\n"
    Path(draft).unlink()
    assert desk.page(file_id)["text"] == "theirs"


def test_an_editor_that_fails_changes_nothing_and_what_was_typed_is_not_lost(desk: Desk) -> None:
    file_id = desk.file("some words")
    done = desk.edit(file_id, "exit 3")
    assert (done.code, "ended with 3; nothing is changed\n" in done.err) == (1, True)
    done = desk.edit(file_id, 'echo mine > "$1"; exit 3')
    [draft] = re.findall(r"your text is in (\S+\.md)", done.err)
    Path(draft).unlink()
    assert desk.page(file_id)["version"] == 1


@pytest.mark.parametrize(
    ("editor", "said"),
    [
        ("", "no editor is set: say which in EDITOR"),
        ("/nowhere/editor", "the editor /nowhere/editor cannot be started"),
        ("'unclosed", "is no command"),
    ],
)
def test_without_an_editor_it_says_what_to_do(desk: Desk, editor: str, said: str) -> None:
    file_id = desk.file("some words")
    env = {**environment(desk.running.data), "EDITOR": editor, "VISUAL": " "}
    done = lector("edit", file_id, "1", env=env)
    assert (done.code, said in done.err) == (1, True), done.err


def test_a_page_that_failed_is_typed_but_not_by_closing_the_editor(desk: Desk) -> None:
    desk.model.otherwise = error(400, "no such model")
    path = desk.folder / "failed.pdf"
    path.write_bytes(pdfs.drawn_pdf([str(uuid4())]))
    done = desk.running.ocr(path, "--format", "json")
    desk.model.reset()
    [file] = json.loads(done.out)["files"]
    assert desk.edit(file["id"], "true").err == "lector: page 1 is unchanged\n"
    assert desk.page(file["id"])["status"] == "failed"
    assert desk.edit(file["id"], 'echo typed > "$1"').code == 0
    assert finished(desk.running.url, file["id"])["status"] == "completed"


def test_a_retry_says_which_pages_it_leaves_alone_and_how_to_read_them_all_the_same(
    desk: Desk,
) -> None:
    file_id = desk.file("one", "two")
    desk.edit(file_id, 'echo mine > "$1"')
    done = lector("retry", file_id, "--pages", "1-2", data=desk.running.data)
    assert "1 page that a person wrote stays as it is (--corrected reads it, too)" in done.err
    finished(desk.running.url, file_id)
    assert desk.page(file_id)["text"] == "mine"
    done = lector("retry", file_id, "--pages", "1", data=desk.running.data)
    assert (done.code, "include_corrected" in done.err) == (1, True)
    done = lector("retry", file_id, "--pages", "1", "--corrected", data=desk.running.data)
    assert done.code == 0
    finished(desk.running.url, file_id)
    assert (desk.page(file_id)["provenance"], desk.page(file_id)["version"]) == ("model", 3)


def test_what_people_wrote_is_exported_as_a_benchmark_of_readers(desk: Desk) -> None:
    file_id = desk.file("one", "two", "three")
    desk.edit(file_id, 'echo first > "$1"')
    desk.edit(file_id, 'echo third > "$1"', page=3)
    target = desk.folder / "truth"
    words = ("export", "--truth", str(target), file_id)
    done = lector(*words, data=desk.running.data)
    assert (done.code, done.err) == (0, f"lector: 2 pages of 1 file written to {target}\n")
    [folder] = target.iterdir()
    assert re.fullmatch(r"letter-[0-9a-f]{12}", folder.name)
    assert folder.name.endswith(file_id[-12:])
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["page-0001.jpg", "page-0001.txt", "page-0003.jpg", "page-0003.txt"]
    with Image.open(folder / "page-0003.jpg") as image:
        assert min(image.size) > 100
    known = folders.with_texts(target, None, 1)
    assert [page.known for page in known] == ["first\n", "third\n"]


def test_an_export_of_everything_has_only_what_people_wrote_and_can_be_repeated(
    desk: Desk,
) -> None:
    file_id = desk.file("one")
    desk.edit(file_id, 'echo mine > "$1"')
    desk.file("another")
    target = desk.folder / "truth"
    for text in ("mine", "better"):
        desk.edit(file_id, f'echo {text} > "$1"')
        done = lector("export", "--truth", str(target), "--json", data=desk.running.data)
        pages = json.loads(done.out)["pages"]
        [page] = [page for page in pages if page["file_id"] == file_id]
        assert Path(page["text"]).read_text() == f"{text}\n"
        assert Path(page["image"]).stat().st_size > 1000
        shown = (desk.page(one["file_id"], one["page"]) for one in pages)
        assert {one["provenance"] for one in shown} == {"person"}
    assert not list(target.rglob(".*"))


def test_names_of_files_lead_nowhere_else(desk: Desk) -> None:
    file_id = desk.file("one")
    desk.edit(file_id, 'echo mine > "$1"')
    with desk.running.database() as connection:
        rename = "UPDATE files SET name = %s WHERE id = %s"
        connection.execute(rename, ["../../..\\..\\\x1b[2J.pdf", file_id])
    target = desk.folder / "a" / "truth"
    done = lector("export", "--truth", str(target), file_id, data=desk.running.data)
    assert done.code == 0, done.err
    [folder] = target.iterdir()
    assert "\x1b" not in folder.name
    assert [path.name for path in desk.folder.iterdir() if path.is_dir()] == ["a"]


def test_where_nobody_wrote_anything_the_export_says_what_does(desk: Desk) -> None:
    file_id = desk.file("one")
    target = desk.folder / "truth"
    done = lector("export", "--truth", str(target), file_id, data=desk.running.data)
    assert (done.code, target.exists()) == (0, False)
    assert "nobody has corrected a page yet" in done.err


def test_scripts_can_fail_on_pages_to_look_at_until_somebody_has(desk: Desk) -> None:
    file_id = desk.file("partly [illegible] words")
    for words in ((), ("-o", str(desk.folder), "--force")):
        assert lector("get", file_id, *words, data=desk.running.data).code == 0
        done = lector("get", file_id, "--fail-on-doubt", *words, data=desk.running.data)
        assert (done.code, "1 page to look at" in done.err) == (1, True), done.err
    desk.edit(file_id, 'echo legible words > "$1"')
    done = lector("get", file_id, "--fail-on-doubt", data=desk.running.data)
    assert (done.code, done.out) == (0, "legible words\n")


def test_ocr_fails_on_pages_to_look_at_if_it_is_to(desk: Desk) -> None:
    desk.model.otherwise = completion("partly [illegible] words")
    path = desk.folder / "doubted.pdf"
    path.write_bytes(pdfs.drawn_pdf([str(uuid4())]))
    assert desk.running.ocr(path, "--fail-on-doubt").code == 1
    path.write_bytes(pdfs.drawn_pdf([str(uuid4())]))
    assert desk.running.ocr(path).code == 0


def test_the_help_says_what_the_exit_codes_are(desk: Desk) -> None:
    for words in ((), ("get",), ("ocr",)):
        said = lector(*words, "--help", data=desk.running.data).out
        assert "--fail-on-doubt" in "".join(said.split())
        assert "Exits with 0" in said or "Exits with 1" in said
