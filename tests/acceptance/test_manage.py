"""What people do on the command line with files that are there already."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from commandline import (
    Done,
    Up,
    begun,
    clear,
    environment,
    finished,
    lector,
    up,
    wait_until,
)

from support import pdfs
from support.model import ScriptedModel, completion, error


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
        path.write_bytes(pdfs.text_pdf([f"{n} {uuid4()}" for n in range(2)]))
        assert self.running.ocr(path).code == 1
        [[file_id, name, *_], *_] = self.rows("files")
        assert name == path.name
        self.model.reset()
        return file_id


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("manage")
    model = ScriptedModel()
    settings = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "test"}
    try:
        with up(folder / "data", settings=settings) as running:
            yield Stack(running, model, folder)
    finally:
        model.stop()
        clear(folder)
        shutil.rmtree(folder)


def test_a_failed_file_is_listed_with_its_reason(stack: Stack) -> None:
    file_id = stack.failed_file()
    [row] = [row for row in stack.rows("files", "--status", "failed") if row[0] == file_id]
    assert row[2:] == ["failed", "0 of 2", "2", "2 of 2 pages could not be read"]


def test_the_pages_of_a_file_are_shown_with_time_attempts_and_reason(stack: Stack) -> None:
    file_id = stack.failed_file()
    for number, row in enumerate(stack.rows("show", file_id), 1):
        page, status, at, attempts, reason = row
        assert (page, status, attempts) == (str(number), "failed", "1")
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
    assert [row[1] for row in stack.rows("show", file_id)] == ["failed", "read"]


def test_a_retry_without_anything_failed_says_so(stack: Stack) -> None:
    file_id = stack.failed_file()
    stack.lector("retry", file_id)
    finished(stack.running.url, file_id)
    done = stack.lector("retry", file_id)
    assert (done.code, done.err) == (
        1,
        f"lector: error: {file_id}: no page of the file has failed\n",
    )


def test_a_file_that_is_refused_does_not_keep_others_back(stack: Stack) -> None:
    file_id, unknown = stack.failed_file(), str(uuid4())
    done = stack.lector("delete", unknown, file_id)
    assert (done.code, f"{file_id} is deleted" in done.err) == (1, True)
    assert f"error: {unknown}: there is no file" in done.err


def test_what_a_provider_said_does_not_reach_the_terminal_as_a_command(stack: Stack) -> None:
    stack.model.otherwise = error(400, "\x1b]0;owned\x07\x1b[2Jgone")
    path = stack.folder / f"{uuid4()}.pdf"
    path.write_bytes(pdfs.text_pdf([str(uuid4())]))
    assert "\x1b" not in stack.running.ocr(path).err
    [[file_id, *_], *_] = stack.rows("files")
    assert "\x1b" not in stack.lector("show", file_id).out
    stack.model.reset()


def test_a_file_is_deleted_by_its_id(stack: Stack) -> None:
    file_id = stack.failed_file()
    assert stack.lector("delete", file_id).code == 0
    assert file_id not in [row[0] for row in stack.rows("files")]
    assert stack.lector("show", file_id).code == 1


def test_reading_ends_with_words_when_somebody_deletes_the_file(stack: Stack) -> None:
    stack.model.otherwise = completion("some text", delay_s=2)
    path = stack.folder / "doomed.pdf"
    path.write_bytes(pdfs.text_pdf([f"{n} {uuid4()}" for n in range(40)]))
    with begun("ocr", str(path), env=environment(stack.running.data)) as command:
        wait_until(lambda: any(row[1] == "doomed.pdf" for row in stack.rows("files")), 20)
        [file_id] = [row[0] for row in stack.rows("files") if row[1] == "doomed.pdf"]
        stack.lector("delete", file_id)
        _, err = command.communicate(timeout=30)
    stack.model.reset()
    assert command.returncode == 1
    assert "doomed.pdf failed: somebody deleted it" in err


def test_a_file_that_is_finished_stays_so_when_it_is_cancelled(stack: Stack) -> None:
    file_id = stack.failed_file()
    done = stack.lector("cancel", file_id)
    assert (done.code, "failed" in done.err) == (0, True)


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
    [[letter_id, _, *shown]] = stack.rows("dead")
    assert shown == ["render", "lector.files.deleted", file_id, "8", "0", "S3 was away"]
    done = stack.lector("dead", "--replay", letter_id)
    assert (done.code, "announced again" in done.err) == (0, True)
    wait_until(lambda: _was_handled(stack, file_id), 20)
    assert stack.rows("dead")[0][6] == "1"
    assert stack.lector("dead", "--replay", "all").err == ""


def test_garbage_is_counted_before_it_goes(stack: Stack) -> None:
    done = stack.lector("gc", "--dry-run", "--older-than", "0")
    assert (done.code, "would go" in done.err) == (0, True)
    assert "are gone" in stack.lector("gc").err


def test_commands_say_when_no_lector_runs(tmp_path: Path) -> None:
    done = lector("files", data=tmp_path / "nowhere")
    assert done.code == 1
    assert "lector up" in done.err


def _was_handled(stack: Stack, subject: str) -> bool:
    with stack.running.database() as connection:
        found = connection.execute(
            "SELECT FROM outbox WHERE subject = %s AND published_at IS NOT NULL", [subject]
        ).fetchall()
    return bool(found)
