"""A whole Lector whose second reader is Tesseract beside a model elsewhere."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.commandline import environment, lector
from tests.support.model import ScriptedModel, completion
from tests.support.pdfs import drawn_pdf

LINES = textwrap.fill(
    "The tide tables of the northern harbour were printed twice a year and cost 45 pence. Each copy"
    " was signed by the harbour master and nailed to the door of the customs house, where fishermen"
    " compared them with the moon.",
    44,
)
FORGED = LINES.replace("45 pence", "95 pence")


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    server = ScriptedModel()
    yield server
    server.stop()


def ocr(model: ScriptedModel, folder: Path, *options: str) -> dict[str, Any]:
    """The one page of a document that `lector ocr` has read, as its JSON has it."""
    document = folder / "tides.pdf"
    document.write_bytes(drawn_pdf([LINES]))
    settings = {
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_API_KEY": "test",
        "VERIFY": "auto",
        "VERIFY_DEADLINE_S": "120",
    }
    env = environment(folder / "data", settings)
    done = lector("ocr", "--temporary", "--format", "json", *options, document, env=env)
    assert done.code == 0, done.err
    [file] = json.loads(done.out)["files"]
    [page] = file["pages"]
    found: dict[str, Any] = page
    return found


@pytest.mark.slow
def test_a_digit_that_a_model_has_changed_is_seen_read_again_and_mended(
    model: ScriptedModel, tmp_path: Path
) -> None:
    model.script.append(completion(FORGED))
    model.otherwise = completion(LINES)
    page = ocr(model, tmp_path)
    assert (page["text"], page["doubts"], page["attempts"]) == (LINES, [], 2)
    assert page["verification"]["status"] == "verified"
    assert page["verification"]["anchor"] == "tesseract"


@pytest.mark.slow
def test_one_that_it_changes_each_time_is_shown_as_a_doubt_with_both_readings(
    model: ScriptedModel, tmp_path: Path
) -> None:
    model.otherwise = completion(FORGED)
    page = ocr(model, tmp_path, "--on-doubt", "keep")
    assert [doubt["code"] for doubt in page["doubts"]] == ["numbers_differ"]
    [number] = page["verification"]["numbers"]
    assert (number["text"], number["other"], len(model.requests)) == ("95", "45", 1)
