"""What people do on the command line with files that are there already."""

import contextlib
import json
import os
import signal
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import click
import httpx2
import pytest

from lector.cli.__main__ import cli
from lector.cli.client import Client
from lector.cli.commands import HELP_SECTIONS
from tests.acceptance.commandline import (
    LECTOR,
    Done,
    Up,
    environment,
    finished,
    lector,
    start_lector,
    wait_until,
)
from tests.support import pdfs
from tests.support.model import ScriptedModel, completion, error

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Stack:
    running: Up
    model: ScriptedModel
    folder: Path

    def lector(self, *words: str) -> Done:
        return lector(*words, data=self.running.data)

    def rows(self, *words: str) -> list[list[str]]:
        """What a command lists, without its header."""
        done = self.lector(*words)
        assert done.code == 0, done.err
        return [line.split("\t") for line in done.out.splitlines()[1:]]

    def failed_file(self) -> str:
        """A file of two pages that the model refused; its id."""
        self.model.otherwise = error(400, "no such model")
        path = self.folder / f"{uuid4()}.pdf"
        path.write_bytes(pdfs.drawn_pdf([f"{n} {uuid4()}" for n in range(2)]))
        assert self.running.ocr(path).code == 1
        [[file_id, name, *_], *_] = self.rows("ls")
        assert name == path.name
        self.model.reset()
        return file_id

    def read_file(self, text: str, name: str | None = None) -> str:
        """A file of one page that was read as this text; its id."""
        self.model.otherwise = completion(text)
        path = self.folder / f"{uuid4()}.pdf"
        path.write_bytes(pdfs.drawn_pdf([str(uuid4())]))
        with Client(self.running.url) as client:
            body = {"name": name or path.name, "size_bytes": path.stat().st_size}
            file = client.send("POST", "/v1/files", json=body)
            target = file["upload"]
            httpx2.put(target["url"], content=path.read_bytes(), headers=target["headers"])
            client.send("POST", f"/v1/files/{file['id']}/confirm")
        assert finished(self.running.url, file["id"])["status"] == "completed"
        self.model.reset()
        return str(file["id"])


@pytest.fixture(scope="module")
def stack(
    lector_with_model: tuple[Up, ScriptedModel], tmp_path_factory: pytest.TempPathFactory
) -> Stack:
    running, model = lector_with_model
    model.reset()
    return Stack(running, model, tmp_path_factory.mktemp("manage"))


def test_a_failed_file_is_listed_with_its_reason(stack: Stack) -> None:
    file_id = stack.failed_file()
    [row] = [row for row in stack.rows("ls", "--status", "failed") if row[0] == file_id]
    assert row[2:7] == ["failed", "0 of 2", "2", "", "2 of 2 pages could not be read"]


def test_the_pages_of_a_file_are_shown_with_time_attempts_and_reason(stack: Stack) -> None:
    file_id = stack.failed_file()
    for number, row in enumerate(stack.rows("ls", file_id), 1):
        page, status, at, attempts, _, reason, text_from = row
        assert (page, status, attempts, text_from) == (str(number), "failed", "1", "")
        assert at.startswith("20")
        assert "no such model" in reason


def test_one_command_retries_what_failed(stack: Stack) -> None:
    file_id = stack.failed_file()
    done = stack.lector("retry", file_id)
    assert (done.code, "trying again" in done.err) == (0, True)
    assert finished(stack.running.url, file_id)["status"] == "completed"


def test_one_page_can_be_retried(stack: Stack) -> None:
    file_id = stack.failed_file()
    assert stack.lector("retry", file_id, "--pages", "2").code == 0
    assert finished(stack.running.url, file_id)["status"] == "incomplete"
    assert [row[1] for row in stack.rows("ls", file_id)] == ["failed", "read"]


def test_a_retry_without_anything_failed_says_so(stack: Stack) -> None:
    file_id = stack.failed_file()
    stack.lector("retry", file_id)
    finished(stack.running.url, file_id)
    done = stack.lector("retry", file_id)
    said = "no page of the file has failed; name pages to have them read again"
    assert (done.code, done.err) == (1, f"lector: error: {file_id}: {said}\n")


def test_a_file_that_is_refused_does_not_keep_others_back(stack: Stack) -> None:
    file_id, unknown = stack.failed_file(), str(uuid4())
    done = stack.lector("rm", "--yes", unknown, file_id)
    assert (done.code, f"{file_id} is deleted" in done.err) == (1, True)
    assert f"error: {unknown}: there is no file" in done.err


def test_what_a_provider_said_does_not_reach_the_terminal_as_a_command(stack: Stack) -> None:
    stack.model.otherwise = error(400, "\x1b]0;owned\x07\x1b[2Jgone")
    path = stack.folder / f"{uuid4()}.pdf"
    path.write_bytes(pdfs.drawn_pdf([str(uuid4())]))
    assert "\x1b" not in stack.running.ocr(path).err
    [[file_id, *_], *_] = stack.rows("ls")
    assert "\x1b" not in stack.lector("ls", file_id).out
    stack.model.reset()


def test_a_file_is_deleted_by_its_id(stack: Stack) -> None:
    file_id = stack.failed_file()
    assert stack.lector("rm", "--yes", file_id).code == 0
    assert file_id not in [row[0] for row in stack.rows("ls")]
    assert stack.lector("ls", file_id).code == 1


def test_a_file_says_when_it_goes_and_goes_then(stack: Stack) -> None:
    file_id = stack.read_file("kept for a while", f"{uuid4().hex}.pdf")
    assert stack.lector("keep", file_id).out.endswith(": kept until somebody deletes it\n")
    said = stack.lector("keep", file_id, "30").out
    day = (datetime.now().astimezone() + timedelta(days=30)).strftime("%B %Y")
    assert ": will be deleted on " in said
    assert said.endswith(f"{day}\n")
    assert said.strip().rpartition(": ")[2] in stack.lector("ls", file_id).err
    assert stack.lector("keep", file_id, "always").out.endswith(
        ": kept until somebody deletes it\n"
    )
    stack.lector("keep", file_id, "1")
    with stack.running.database() as connection:
        connection.execute("UPDATE files SET delete_at = now() WHERE id = %s", [file_id])
    wait_until(lambda: stack.lector("keep", file_id).code == 1, 60)


def test_how_long_files_are_kept_is_said_for_all_to_come(stack: Stack) -> None:
    usual = "files are kept until somebody deletes them, unless somebody says otherwise\n"
    assert stack.lector("keep").out == usual
    assert "for 30 days" in stack.lector("keep", "--usual", "30").out
    path = stack.folder / f"{uuid4()}.pdf"
    path.write_bytes(pdfs.drawn_pdf([str(uuid4())]))
    assert stack.running.ocr(path).code == 0
    assert ": will be deleted on " in stack.lector("keep", "@last").out
    assert stack.lector("keep", "--usual", "always").out == usual


def test_reading_ends_with_words_when_somebody_deletes_the_file(stack: Stack) -> None:
    stack.model.otherwise = completion("some text", delay_s=5)
    path = stack.folder / "doomed.pdf"
    path.write_bytes(pdfs.drawn_pdf([f"{n} {uuid4()}" for n in range(40)]))
    with start_lector("ocr", str(path), env=environment(stack.running.data)) as command:
        wait_until(lambda: bool(_being_read(stack, "doomed.pdf")), 60)
        [file_id] = _being_read(stack, "doomed.pdf")
        # Not by a command: on a busy machine the file would be read before one has started.
        httpx2.delete(f"{stack.running.url}/v1/files/{file_id}").raise_for_status()
        _, err = command.communicate(timeout=60)
    stack.model.reset()
    assert command.returncode == 1
    assert "doomed.pdf failed: somebody deleted it, or another Lector answers at http://" in err


def test_a_file_is_named_by_its_name_by_the_beginning_of_its_id_and_as_the_last(
    stack: Stack,
) -> None:
    name = f"{uuid4()} über.pdf"
    file_id = stack.read_file("of the file", name)
    assert not stack.read_file("of the one that came between").startswith(file_id[:20])
    for said in (name, file_id[:20], file_id[:20].replace("-", "").upper(), file_id):
        assert stack.lector("get", said).out == "of the file\n", said
    last = stack.read_file("of the last")
    assert stack.lector("get", "@last", name).out == "of the last\nof the file\n"
    assert stack.lector("events", "--file", name, "--type", "file.completed").out.count(file_id) > 0
    assert stack.lector("rm", "--yes", "@last").code == 0
    assert last not in {row[0] for row in stack.rows("ls", "--all")}


def test_a_name_that_means_several_files_or_none_says_which_and_nothing_is_done(
    stack: Stack,
) -> None:
    name = f"{uuid4()}.pdf"
    first, second = stack.read_file("first", name), stack.read_file("second", name)
    unsure = stack.lector("rm", "--yes", first, name)
    assert unsure.code == 1
    assert f"{name} may mean several files: {second[:18]} " in unsure.err
    assert f"{first[:18]} " in unsure.err
    same = next(n for n in range(36) if first[n] != second[n])
    assert "may mean several files" in stack.lector("ls", first[:same]).err
    assert [row[0] for row in stack.rows("ls", "--name", name)] == [second, first]
    unknown = stack.lector("get", name[:30])
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err.endswith(f"and no id begins so; did you mean {name}?\n")
    nowhere = stack.lector("get", "nowhere.pdf")
    said = "no file is called nowhere.pdf, and no id begins so; `lector ls` lists the files"
    assert nowhere.err == f"lector: error: {said}\n"


def test_a_file_that_is_finished_stays_so_when_it_is_cancelled(stack: Stack) -> None:
    file_id = stack.failed_file()
    done = stack.lector("cancel", file_id)
    assert done.code == 0
    assert "nothing to cancel, it is failed already" in done.err


def test_a_text_that_lacks_pages_is_no_success(stack: Stack, tmp_path: Path) -> None:
    file_id = stack.failed_file()
    printed = stack.lector("get", file_id)
    assert (printed.code, printed.out) == (1, "")
    assert ": failed, 2 of 2 pages could not be read" in printed.err
    written = stack.lector("get", file_id, "-o", str(tmp_path), "--json")
    [result] = json.loads(written.out)["results"]
    assert written.code == 1
    assert Path(result["path"]).read_text() == ""
    assert "2 of 2 pages could not be read" in result["error"]
    written = stack.lector("get", file_id, "-o", str(tmp_path), "--force")
    assert f"could not be read; what there is of it is written to {tmp_path}" in written.err


def test_a_text_with_all_its_pages_is_printed_without_a_word(stack: Stack) -> None:
    done = stack.lector("get", stack.read_file("all of it"))
    assert (done.code, done.out.strip(), done.err) == (0, "all of it", "")


def test_without_dead_letters_that_is_said(stack: Stack) -> None:
    done = stack.lector("dead")
    assert (done.code, done.out, done.err) == (0, "", "lector: there are no dead letters\n")


def test_a_dead_letter_is_listed_and_replayed(stack: Stack) -> None:
    file_id = str(uuid4())
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "x",
        "ce-source": "/lector/upload",
        "ce-type": "lector.files.deleted",
        "ce-subject": file_id,
    }
    with stack.running.database() as connection:
        connection.execute(
            "INSERT INTO dead_letters (id, function, error_code, error, attempts, headers, body)"
            " VALUES (%s, 'render', 'gave_up', 'S3 was away', 8, %s, '{\"round\": 1}')",
            [uuid4(), json.dumps(headers)],
        )
    [[letter_id, _, *columns]] = stack.rows("dead")
    assert columns == ["render", "lector.files.deleted", file_id, "8", "0", "S3 was away"]
    done = stack.lector("dead", "--replay", letter_id)
    assert (done.code, "announced again" in done.err) == (0, True)
    wait_until(lambda: _was_handled(stack, file_id), 60)
    assert stack.rows("dead")[0][6] == "1"
    assert stack.lector("dead", "--replay", "all").err == ""


def test_garbage_is_counted_before_it_goes(stack: Stack) -> None:
    done = stack.lector("gc", "--dry-run", "--older-than", "0")
    assert (done.code, "would go" in done.err) == (0, True)
    assert "are gone" in stack.lector("gc").err


def test_commands_say_when_no_lector_runs(tmp_path: Path) -> None:
    done = lector("ls", data=tmp_path / "nowhere")
    assert done.code == 1
    assert "lector up" in done.err


@pytest.mark.parametrize("words", [("rm", "some-id"), ("get", "--json", "some-id")])
def test_wrong_usage_is_refused_before_a_lector_is_looked_for(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    done = lector(*words, data=tmp_path / "nowhere")
    assert (done.code, done.err.startswith(f"Usage: lector {words[0]}")) == (2, True)


def _being_read(stack: Stack, name: str) -> list[str]:
    """The ids of the files of this name that are being read now."""
    query = {"name": name, "status": "reading"}
    files = httpx2.get(f"{stack.running.url}/v1/files", params=query).json()["files"]
    return [file["id"] for file in files]


def _was_handled(stack: Stack, subject: str) -> bool:
    with stack.running.database() as connection:
        found = connection.execute(
            "SELECT FROM outbox WHERE subject = %s AND published_at IS NOT NULL", [subject]
        ).fetchall()
    return bool(found)


def visible(folder: Path) -> list[Path]:
    """What is in a folder, without the hidden notes of what was written there."""
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def test_the_text_of_a_file_is_printed_or_written_under_its_name(stack: Stack) -> None:
    file_id = stack.read_file("harbour lamps")
    assert stack.lector("get", file_id).out == "harbour lamps\n"
    folder = stack.folder / str(uuid4())
    folder.mkdir()
    assert stack.lector("get", file_id, "--format", "markdown", "-o", str(folder)).code == 0
    [written] = visible(folder)
    assert written.suffix == ".md"
    assert "harbour lamps" in written.read_text()
    again = stack.lector("get", file_id, "--format", "markdown", "-o", str(folder))
    assert (again.code, "--force" in again.err) == (1, True)
    assert visible(folder) == [written]


def test_all_files_of_a_kind_are_written_into_a_folder_and_again_only_what_is_new(
    stack: Stack, tmp_path: Path
) -> None:
    mark = str(uuid4())
    stack.read_file("first", f"{mark} A.pdf")
    stack.read_file("second", f"{mark} A.pdf")
    stack.read_file("no such", f"other {mark}.pdf")
    chosen = ("get", "--name", f"{mark.upper()} ?.PDF", "--status", "completed", "-o")
    done = stack.lector(*chosen, str(tmp_path / "new"))
    assert (done.code, done.err) == (0, "lector: 2 files written\n")
    texts = {path.name: path.read_text() for path in visible(tmp_path / "new")}
    assert texts == {f"{mark} A.txt": "first\n", f"{mark} A-2.txt": "second\n"}
    stack.read_file("third", f"{mark} B.pdf")
    again = stack.lector(*chosen, str(tmp_path / "new"))
    assert again.err == "lector: 1 file written; 2 there already (--force writes over them)\n"
    since = stack.lector("get", "--since", "2100-01-01", "-o", str(tmp_path / "new"))
    assert (since.code, since.err) == (0, "lector: no file is as it was asked for\n")


def test_originals_are_had_back_also_in_an_archive(stack: Stack, tmp_path: Path) -> None:
    name = f"{uuid4()}.pdf"
    before = set(stack.folder.iterdir())
    stack.read_file("some text", name)
    [path] = set(stack.folder.iterdir()) - before
    sent = path.read_bytes()
    archive = tmp_path / "all.zip"
    done = stack.lector("get", "--name", name, "--format", "original", "-o", str(archive))
    assert done.code == 0, done.err
    with zipfile.ZipFile(archive) as held:
        assert held.testzip() is None
        assert {one: held.read(one) for one in held.namelist()} == {name: sent}
    there = stack.lector("get", "--all", "--format", "original", "-o", str(archive))
    assert (there.code, "--force writes over it" in there.err) == (1, True)
    folder = f"{tmp_path}/made/"
    assert stack.lector("get", name, "--format", "original", "-o", folder).code == 0
    assert (tmp_path / "made" / name).read_bytes() == sent
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_text_as_json_ends_with_a_line_feed_and_a_dash_is_standard_output(stack: Stack) -> None:
    printed = stack.lector("get", stack.read_file("some text"), "--format", "json", "-o", "-")
    assert printed.out.endswith("}\n")
    assert json.loads(printed.out)["text"] == "some text"


@pytest.mark.parametrize(
    "words", [(), ("a.pdf", "--all"), ("--all", "--format", "original"), ("--all", "-o", "file")]
)
def test_what_does_not_go_together_is_refused(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = lector("get", *words, data=tmp_path / "none", cwd=tmp_path)
    assert (done.code, "Error: " in done.err) == (2, True)


def test_a_name_from_a_server_stays_in_the_folder_that_was_named(stack: Stack) -> None:
    name = f"..\x1b[2J{uuid4()}.pdf"
    file_id = stack.read_file("some text", name)
    folder = stack.folder / str(uuid4())
    folder.mkdir()
    assert stack.lector("get", file_id, "-o", str(folder)).code == 0
    [written] = visible(folder)
    assert written.name.isprintable()


def test_what_is_searched_for_is_found_with_file_and_page(stack: Stack) -> None:
    word = f"zz{uuid4().hex}"
    file_id = stack.read_file(f"the {word} is here")
    [row] = stack.rows("search", word)
    assert (row[0], row[2]) == (file_id, "1")
    assert f"the {word} is here".endswith(row[3])
    found = json.loads(stack.lector("search", "--json", word).out)
    assert [piece["text"] for piece in found["hits"][0]["snippet"] if piece["hit"]] == [word]
    nothing = stack.lector("search", f"zz{uuid4().hex}")
    assert (nothing.code, nothing.out, "nothing was found" in nothing.err) == (0, "", True)


def test_lists_are_json_when_asked_for(stack: Stack) -> None:
    file_id = stack.read_file("some text")
    listed = json.loads(stack.lector("ls", "--json", "--status", "completed").out)
    assert file_id in [file["id"] for file in listed["files"]]
    pages = json.loads(stack.lector("ls", "--json", file_id).out)["pages"]
    assert [page["text"] for page in pages] == ["some text"]


def test_what_is_done_to_files_is_told_as_json_when_asked_for(stack: Stack) -> None:
    file_id, unknown = stack.failed_file(), str(uuid4())
    for words, key in (
        (("retry",), "file"),
        (("cancel",), "file"),
        (("get", "-o", str(stack.folder / f"{uuid4()}.txt")), "path"),
        (("rm", "--yes"), "deleted"),
    ):
        done = stack.lector(*words, "--json", file_id)
        assert (done.code, done.err) == (0, "")
        [result] = json.loads(done.out)["results"]
        assert result["id"] == file_id
        assert result[key]
        finished(stack.running.url, file_id) if words[0] == "retry" else None
    refused = stack.lector("cancel", "--json", unknown)
    [result] = json.loads(refused.out)["results"]
    assert (refused.code, "there is no file" in result["error"]) == (1, True)


def test_all_files_are_listed_however_many(stack: Stack) -> None:
    for _ in range(3):
        stack.read_file("some text")
    assert len(stack.rows("ls", "--limit", "2")) == 2
    assert len(stack.rows("ls", "--all")) >= 3


def test_a_page_is_read_again_with_other_words(stack: Stack) -> None:
    file_id = stack.read_file("first words")
    stack.model.otherwise = completion("other words")
    words = stack.folder / "prompt.txt"
    words.write_text("Read it differently.")
    done = stack.lector("retry", file_id, "--pages", "1", "--prompt", f"@{words}")
    assert done.code == 0, done.err
    finished(stack.running.url, file_id)
    assert stack.lector("get", file_id).out == "other words\n"
    assert stack.model.requests[-1]["messages"][1]["content"][1]["text"] == "Read it differently."
    stack.model.reset()


def test_deletion_needs_a_yes_where_nobody_can_be_asked(stack: Stack) -> None:
    done = stack.lector("rm", str(uuid4()))
    assert (done.code, "--yes" in done.err) == (2, True)


def test_a_token_is_alone_on_stdout_and_is_listed_without_itself(stack: Stack) -> None:
    made = stack.lector("token", "create", "ci", "--scope", "read", "--tenant", "acme")
    assert (made.code, made.out.count("\n"), made.out[:7]) == (0, 1, "lector_")
    [row] = [row for row in stack.rows("token", "ls") if row[1] == "ci"]
    assert row[2:4] == ["acme", "read"]
    assert made.out.strip() not in stack.lector("token", "ls", "--json").out
    assert stack.lector("token", "rm", row[0]).code == 0
    assert [row for row in stack.rows("token", "ls") if row[1] == "ci"] == []


@pytest.mark.slow
def test_one_page_is_tried_and_nothing_is_stored(stack: Stack) -> None:
    path = stack.folder / "trial.pdf"
    path.write_bytes(pdfs.drawn_pdf(["one", "two"]))
    before = len(stack.rows("ls", "--all"))
    stack.model.otherwise = completion("tried")
    settings = {"OPENAI_BASE_URL": stack.model.base_url, "OPENAI_API_KEY": "test"}
    env = {**environment(stack.running.data), **settings}
    done = lector("try", path, "--page", "2", "--prompt", "Try.", "--model", "small", env=env)
    assert (done.code, done.out) == (0, "tried\n"), done.err
    assert "nothing was stored" in done.err
    assert stack.model.requests[-1]["model"] == "small"
    assert len(stack.rows("ls", "--all")) == before
    missing = lector("try", path, "--page", "9", env=env)
    said = "lector: error: trial.pdf has 2 pages, so there is no page 9\n"
    assert (missing.code, missing.err) == (1, said)
    stack.model.reset()


def test_what_cannot_be_tried_is_said_in_words_without_a_code(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    done = lector("try", tmp_path / "a.txt", data=tmp_path / "none")
    said = "a.txt: this is a plain text file, which Lector does not read: it is text already"
    assert (done.code, done.err) == (1, f"lector: error: {said}\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shell: str, tmp_path: Path) -> None:
    done = lector("completion", shell, data=tmp_path)
    assert (done.code, "_LECTOR_COMPLETE" in done.out) == (0, True)


def test_a_shell_that_is_not_named_is_the_one_that_is_used(tmp_path: Path) -> None:
    zsh = environment(tmp_path) | {"SHELL": "/usr/bin/zsh"}
    assert "#compdef" in lector("completion", env=zsh).out
    unknown = lector("completion", env={**zsh, "SHELL": "/bin/dash"})
    assert (unknown.code, "bash, zsh or fish" in unknown.err) == (2, True)


def completed(stack: Stack, *words: str) -> list[str]:
    """What bash is offered for the last of these words."""
    env = environment(stack.running.data) | {
        "_LECTOR_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("lector", *words)),
        "COMP_CWORD": str(len(words)),
    }
    return [line.partition(",")[2] for line in lector(env=env).out.splitlines() if line]


def test_files_are_completed_by_their_ids_and_names(stack: Stack) -> None:
    name = f"{uuid4()}.pdf"
    file_id = stack.read_file("some text", name)
    assert completed(stack, "ls", file_id[:30]) == [file_id]
    assert completed(stack, "get", name[:30]) == [name]
    assert completed(stack, "get", "--all", "@") == ["@last"]
    offered = completed(stack, "rm", "")
    assert offered[:2] == ["@last", name]
    assert completed(stack, "search", "--file", "") == offered


def test_a_name_that_a_shell_would_split_is_completed_as_an_id(stack: Stack) -> None:
    file_id = stack.read_file("some text", f"{uuid4()} with spaces.pdf")
    assert completed(stack, "get", "")[:2] == ["@last", file_id]


def test_readers_are_completed_by_their_names(stack: Stack) -> None:
    listed = json.loads(stack.lector("readers", "--json").out)["readers"]
    names = [reader["name"] for reader in listed]
    assert completed(stack, "retry", "--reader", "") == names
    assert completed(stack, "retry", "--reader", "no-such") == []


def test_every_command_and_option_is_explained() -> None:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command, name
        assert name in {one for names in HELP_SECTIONS.values() for one in names}
        assert command.help, name
        for option in command.params:
            if isinstance(option, click.Option) and option.name not in ("limit", "page"):
                assert option.help, f"{name} {option.name}"


def test_a_list_is_shown_anew_on_a_terminal_until_ctrl_c(stack: Stack) -> None:
    before, later = f"before-{uuid4()}.pdf", f"later-{uuid4()}.pdf"
    stack.read_file("one", before)
    screen, terminal = os.openpty()
    words, env = ["ls", "--watch", "--sort", "newest"], environment(stack.running.data)
    with subprocess.Popen([*LECTOR, *words], stdout=terminal, stderr=terminal, env=env) as process:
        os.close(terminal)
        shown = _read_until(screen, b"before-")
        stack.read_file("another", later)
        shown += _read_until(screen, b"later-")
        process.send_signal(signal.SIGINT)
        shown += _read_to_end(screen)  # what nobody reads, the command waits to write
        assert process.wait(60) == 0, shown.decode()
    os.close(screen)


def _read_to_end(screen: int) -> bytes:
    """What appears on a terminal until nobody writes to it any more."""
    shown = b""
    with contextlib.suppress(OSError):  # so Linux says that it was closed
        while piece := os.read(screen, 4096):
            shown += piece
    return shown


def _read_until(screen: int, words: bytes) -> bytes:
    """What appears on a terminal up to these words."""
    shown = b""
    while words not in shown:
        shown += os.read(screen, 4096)
    return shown
