"""`lector try` says what a second reader sees on the page, as of pages that are kept."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.model import ScriptedModel, completion
from tests.support.pdfs import scanned, text_pdf
from tests.unit.test_command_line_errors import run

pytestmark = pytest.mark.slow

PRINTED = (
    "The tide tables of the northern harbour were printed twice a year and cost 4518 pence. Each"
    " copy was signed by the harbour master and nailed to the door of the customs house."
)


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    server = ScriptedModel()
    server.otherwise = completion(PRINTED)
    yield server
    server.stop()


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.pdf"
    path.write_bytes(scanned([PRINTED], fontsize=14))
    return path


def attempt(path: Path, model: ScriptedModel, *words: str, **variables: str) -> tuple[str, str]:
    """What `lector try` prints, and what it says beside it."""
    asked = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "test", "VERIFY": "auto"}
    done = run("try", path, *words, READER_CHECK="0", **{**asked, **variables})
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_an_answer_about_a_scan_is_held_against_tesseract(model: ScriptedModel, scan: Path) -> None:
    text, said = attempt(scan, model)
    assert text == f"{PRINTED}\n"
    assert "second reader: Tesseract agrees on 100.0 % of words\n" in said
    assert "to look at" not in said


def test_what_comes_on_standard_input_is_read(model: ScriptedModel, scan: Path) -> None:
    assert attempt(Path("-"), model, redirect=f"< '{scan}'")[0] == f"{PRINTED}\n"


def test_a_number_that_the_second_reader_has_otherwise_is_a_doubt(
    model: ScriptedModel, scan: Path
) -> None:
    model.otherwise = completion(PRINTED.replace("4518", "4578"))
    tried = json.loads(attempt(scan, model, "--json")[0])
    assert [doubt["code"] for doubt in tried["doubts"]] == ["numbers_differ"]
    verification = tried["verification"]
    assert (verification["status"], verification["anchor"]) == ("verified", "tesseract")
    assert [(one["text"], one["other"]) for one in verification["numbers"]] == [("4578", "4518")]


def test_text_that_the_page_carries_is_the_second_reader(
    model: ScriptedModel, tmp_path: Path
) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(text_pdf([PRINTED]))
    _, said = attempt(path, model)
    assert "second reader: the page's own text agrees on 100.0 % of words\n" in said


@pytest.mark.parametrize(
    ("words", "variables", "reason"),
    [
        (["--verify", "never"], {}, "switched off"),
        ([], {"VERIFY": "never"}, "switched off"),
        (["--prompt", "Translate."], {}, "what was asked for in one's own words may be anything"),
    ],
)
def test_what_is_not_held_against_anybody_says_why(
    model: ScriptedModel, scan: Path, words: list[str], variables: dict[str, str], reason: str
) -> None:
    _, said = attempt(scan, model, *words, **variables)
    assert f"second reader: not compared: {reason}\n" in said


def test_always_also_looks_at_an_answer_to_a_prompt(model: ScriptedModel, scan: Path) -> None:
    _, said = attempt(scan, model, "--prompt", "Read.", "--verify", "always")
    assert "second reader: Tesseract agrees on 100.0 % of words\n" in said


def test_tesseract_can_be_tried_by_name_and_has_no_second_reader(
    model: ScriptedModel, scan: Path
) -> None:
    text, said = attempt(scan, model, "--reader", "tesseract")
    assert "northern harbour" in text
    assert "second reader: not compared: there is no other reader than that of the text\n" in said
    assert model.requests == []
