"""What the command line says of pages that were read, but should be looked at."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.acceptance.commandline import Done, Up, environment, finished, lector
from tests.support import pdfs
from tests.support.model import ScriptedModel, completion

pytestmark = pytest.mark.slow

DAMAGED = "half of the page is missing"
# Pages of files that are named so are found to be damaged when they are drawn, whatever finds that.
FIND_DAMAGE = f"""
CREATE FUNCTION find_damage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'rendered' AND OLD.status <> 'rendered'
        AND EXISTS (SELECT FROM files WHERE id = NEW.file_id AND name LIKE 'damaged-%') THEN
        NEW.drawing_doubts = NEW.drawing_doubts || '{{"damaged_content": "{DAMAGED}"}}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER find_damage BEFORE UPDATE ON pages FOR EACH ROW EXECUTE FUNCTION find_damage()
"""


@dataclass(frozen=True)
class Stack:
    running: Up
    model: ScriptedModel
    folder: Path

    def lector(self, *words: str | Path) -> Done:
        return lector(*words, data=self.running.data)

    def pdf(self, text: str, pages: int = 1) -> Path:
        """A file each of whose pages the model reads as this text."""
        state = "damaged" if "damaged" in text else "whole"
        path = self.folder / f"{state}-{uuid4()}.pdf"
        path.write_bytes(pdfs.drawn_pdf([str(uuid4()) for _ in range(pages)]))
        self.model.reset()
        self.model.otherwise = completion(text)
        return path

    def ocr(self, path: Path, *words: str | Path) -> Done:
        """Have every page of a file read."""
        return self.running.ocr(path, "--text-layer", "never", *words)

    def rows(self, *words: str) -> list[list[str]]:
        """What a command lists, without its header."""
        done = self.lector(*words)
        assert done.code == 0, done.err
        return [line.split("\t") for line in done.out.splitlines()[1:]]

    def id_of(self, path: Path) -> str:
        [row] = self.rows("ls", "--name", path.name)
        return row[0]

    def file(self, path: Path) -> dict[str, Any]:
        """A file as the API shows it."""
        url = f"{self.running.url}/v1/files/{self.id_of(path)}"
        shown: dict[str, Any] = httpx2.get(url).raise_for_status().json()
        return shown


@pytest.fixture(scope="module")
def stack(
    lector_with_model: tuple[Up, ScriptedModel], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    running, model = lector_with_model
    with running.database() as rows:
        rows.execute(FIND_DAMAGE)
    yield Stack(running, model, tmp_path_factory.mktemp("doubts"))
    with running.database() as rows:
        rows.execute("DROP TRIGGER find_damage ON pages")
        rows.execute("DROP FUNCTION find_damage")
    model.reset()


def test_a_page_to_look_at_is_named_with_the_reason_in_one_line_and_is_no_failure(
    stack: Stack,
) -> None:
    path = stack.pdf("a damaged page")
    done = stack.ocr(path)
    assert done.code == 0, done.err
    assert f"lector: {path.name}: 1 page to look at: page 1 ({DAMAGED})" in done.err.splitlines()
    assert done.err.splitlines()[-1] == (
        "lector: 1 page read (1 by scripted-1), 1 page to look at; 1 of 1 files complete"
    )


def test_pages_with_one_reason_stand_in_one_line(stack: Stack) -> None:
    path = stack.pdf("damaged", pages=3)
    assert stack.ocr(path).messages_about(path.name) == (
        f"lector: {path.name}: 3 pages to look at: pages 1-3 ({DAMAGED})"
    )


def test_a_file_without_doubts_is_told_of_as_before(stack: Stack) -> None:
    path = stack.pdf("a page")
    done = stack.ocr(path, "--strict")
    assert (done.code, "look at" in done.err) == (0, False)


def test_whoever_is_strict_gets_an_exit_code_of_1_for_a_page_to_look_at(stack: Stack) -> None:
    done = stack.ocr(stack.pdf("a damaged page"), "--strict")
    assert (done.code, "a damaged page" in done.out) == (1, True)


def test_text_and_markdown_are_the_text_alone(stack: Stack, tmp_path: Path) -> None:
    path = stack.pdf("a damaged page")
    header = f"===== {path.name}, page 1 of 1 ====="
    assert stack.ocr(path).out == f"{header}\na damaged page\n\n"
    assert stack.ocr(path, "-o", tmp_path, "--format", "markdown").code == 0
    assert (tmp_path / path.with_suffix(".md").name).read_text() == (
        f"## {path.name}, page 1 of 1\n\na damaged page\n"
    )


def test_json_has_the_doubts_of_each_page(stack: Stack) -> None:
    path = stack.pdf("a damaged page")
    [page] = stack.ocr(path, "--format", "json").files[path.name]["pages"]
    assert page["doubts"] == [{"code": "damaged_content", "detail": DAMAGED}]
    assert page["provenance"] == "model"


@pytest.mark.slow
def test_files_and_pages_to_look_at_are_listed_alone(stack: Stack) -> None:
    damaged, whole = stack.pdf("a damaged page"), stack.folder / "whole.pdf"
    stack.ocr(damaged)
    whole.write_bytes(stack.pdf("a page").read_bytes())
    stack.ocr(whole)
    [row] = stack.rows("ls", "--name", damaged.name)
    assert (row[2], row[6]) == ("completed", "1 page to look at")
    listed = [row[0] for row in stack.rows("ls", "--doubted", "--all")]
    assert stack.id_of(damaged) in listed
    assert stack.id_of(whole) not in listed
    assert len(stack.rows("ls", "--doubted", "--limit", "1")) == 1
    [page] = stack.rows("ls", stack.id_of(damaged), "--doubted")
    assert page[-2:] == [f"to look at: {DAMAGED}", "model"]
    assert stack.rows("ls", stack.id_of(whole), "--doubted") == []


def test_a_list_of_pages_says_above_it_what_there_is_to_say_of_the_file(stack: Stack) -> None:
    path = stack.pdf("a damaged page")
    stack.ocr(path)
    done = stack.lector("ls", stack.id_of(path))
    assert done.err == f"lector: {path.name}: completed, 1 page to look at\n"


def test_a_page_that_is_found_says_that_it_should_be_looked_at(stack: Stack) -> None:
    word = f"zz{uuid4().hex}"
    stack.ocr(stack.pdf(f"the damaged {word}"))
    [hit] = json.loads(stack.lector("search", "--json", word).out)["hits"]
    assert hit["doubts"] == [{"code": "damaged_content", "detail": DAMAGED}]


def test_the_way_of_a_file_and_its_events_say_which_page_should_be_looked_at(stack: Stack) -> None:
    path = stack.pdf("a damaged page")
    stack.ocr(path)
    trace = stack.lector("trace", stack.id_of(path)).out
    [line] = [line for line in trace.splitlines() if "page 1" in line]
    assert line.endswith(f"read, to look at: {DAMAGED}")
    words = ("--file", stack.id_of(path), "--type", "file.completed", "--json")
    [completed] = map(json.loads, stack.lector("events", *words).out.splitlines())
    assert completed["data"]["pagesDoubted"] == 1


def test_a_line_of_an_event_has_the_doubts_codes_first(stack: Stack) -> None:
    path = stack.pdf("a damaged page")
    stack.ocr(path)
    [line] = stack.lector(
        "events", "--file", stack.id_of(path), "--type", "page.read"
    ).out.splitlines()
    assert '{"doubts": ["damaged_content"]' in line


def test_a_page_whose_text_is_taken_from_it_can_be_asked_for(stack: Stack) -> None:
    path = stack.pdf("a page")
    assert stack.running.ocr(path, "--text-layer", "auto").code == 0
    assert stack.file(path)["text_layer"] == "auto"


def test_pictures_are_described_on_request(stack: Stack) -> None:
    path = stack.pdf("a page")
    assert stack.running.ocr(path, "--describe").code == 0
    assert stack.file(path)["describe"] is True
    assert len(stack.model.requests) == 1
    plain = stack.pdf("a page")
    stack.ocr(plain)
    assert (stack.file(plain)["describe"], stack.file(plain)["text_layer"]) == (False, "never")


@pytest.mark.parametrize("option", [("--prompt", "Read it."), ("--reader", "openrouter")])
def test_an_option_that_has_pages_read_says_so_to_those_who_ask_for_both(
    stack: Stack, option: tuple[str, str]
) -> None:
    path = stack.pdf("a page")
    done = stack.running.ocr(path, "--text-layer", "auto", *option)
    assert done.code == 0
    assert (
        f"lector: with {option[0]} every page is read, as with --text-layer never"
        in done.err.splitlines()
    )
    assert len(stack.model.requests) == 1


@pytest.mark.slow
def test_a_retry_says_what_becomes_of_the_text_that_pages_carry(stack: Stack) -> None:
    path = stack.pdf("a page")
    stack.ocr(path)
    words = ("retry", stack.id_of(path), "--pages", "1")
    for option in (("--text-layer", "never"), ("--describe",)):
        assert stack.lector(*words, *option).code == 0
        assert finished(stack.running.url, stack.id_of(path))["status"] == "completed"
    assert len(stack.model.requests) == 3
    refused = stack.lector(*words, "--text-layer", "always", "--describe")
    assert (refused.code, "not go with --describe" in refused.err) == (2, True)
    assert finished(stack.running.url, stack.id_of(path))["generation"] == 3


@pytest.mark.slow
def test_a_page_that_is_tried_is_read_although_it_carries_its_text_and_says_how_both_differ(
    stack: Stack, tmp_path: Path
) -> None:
    stack.model.reset()
    stack.model.otherwise = completion("nothing of what stands there")
    path = tmp_path / "trial.pdf"
    words = "The harbour lamps are lit at dusk and put out at dawn by the keeper of the mole"
    path.write_bytes(pdfs.text_pdf([words]))
    asked = {"OPENAI_BASE_URL": stack.model.base_url, "OPENAI_API_KEY": "test"}
    env = environment(stack.running.data, asked)
    asking = ("--prompt", "Read.", "--verify", "auto")
    done = lector("try", path, *asking, env=env)
    assert (done.code, done.out) == (0, "nothing of what stands there\n"), done.err
    assert "to look at: the answer lacks words that the page carries as text" in done.err
    tried = json.loads(lector("try", path, *asking, "--json", env=env).out)
    assert [doubt["code"] for doubt in tried["doubts"]] == ["differs_from_layer"]
    assert tried["provenance"] == "model"


@pytest.mark.slow
def test_pictures_on_a_page_that_is_tried_are_described_on_request(
    stack: Stack, tmp_path: Path
) -> None:
    stack.model.reset()
    stack.model.otherwise = completion("a chart")
    path = tmp_path / "trial.pdf"
    path.write_bytes(pdfs.drawn_pdf(["a chart"]))
    asked = {"OPENAI_BASE_URL": stack.model.base_url, "OPENAI_API_KEY": "test"}
    env = environment(stack.running.data, asked)
    for words in ((), ("--describe",)):
        done = lector("try", path, *words, env=env)
        assert done.code == 0, done.err
    plain, described = (json.dumps(request["messages"]) for request in stack.model.requests)
    assert "picture" in described
    assert described != plain
