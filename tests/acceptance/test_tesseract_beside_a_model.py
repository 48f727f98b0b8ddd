"""A whole Lector whose second reader is Tesseract beside a model elsewhere."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from tests.acceptance.commandline import environment, lector
from tests.support.model import ScriptedModel, completion
from tests.support.pdf_readers import (
    FoundWord,
    by_mupdf,
    find_by_pdfium,
    selected_by_pdfium,
)
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


PRINTED = (
    (72, 24, "Harbour Office"),
    (108, 12, "The lamps of the northern mole are lit at dusk and put"),
    (124, 12, "out at dawn by the keeper, who signs the ledger twice."),
    (170, 12, "Lamp oil"), (170, 12, "118.50"),
    (190, 12, "Cotton wicks"), (190, 12, "24.75"),
    (210, 12, "Brass polish"), (210, 12, "9.30"),
)  # fmt: skip
ANSWER = """# Harbour Office

The lamps of the **northern mole** are lit at dusk and put out at dawn by the keeper, who signs the
ledger *twice*.

| Item | Price |
|---|---|
| Lamp oil | 118.50 |
| Cotton wicks | 24.75 |
| Brass polish | 9.30 |
"""


def scan(path: Path) -> list[FoundWord]:
    """Write the printed page as a scan, and say where its words are, in shares of the page."""
    with pymupdf.open() as document, pymupdf.open() as scanned:
        page = document.new_page(width=595, height=842)
        for top, size, words in PRINTED:
            page.insert_text((400 if words[0].isdigit() else 72, top), words, fontsize=size)
        sheet = scanned.new_page(width=595, height=842)
        jpeg = page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY).tobytes("jpeg", 70)
        sheet.insert_image(sheet.rect, stream=jpeg)
        path.write_bytes(scanned.tobytes())
        printed = path.with_name("printed.pdf")
        printed.write_bytes(document.tobytes())
    return by_mupdf(printed)[0].words


@pytest.mark.slow
def test_words_of_a_models_markdown_can_be_selected_where_they_are_printed_on_the_scan(
    model: ScriptedModel, tmp_path: Path
) -> None:
    document = tmp_path / "ledger.pdf"
    printed = scan(document)
    model.otherwise = completion(ANSWER)
    settings = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "test"}
    patience = {"VERIFY": "auto", "VERIFY_DEADLINE_S": "120"}
    env = environment(tmp_path / "data", {**settings, **patience})
    made = tmp_path / "made"
    made.mkdir()
    options = ("--temporary", "--format", "pdf", "-o", made)
    done = lector("ocr", *options, document, env=env)
    assert done.code == 0, done.err
    [searchable] = made.glob("*.pdf")
    assert len(printed) == sum(len(words.split()) for _, _, words in PRINTED)
    for word in printed:
        assert selected_by_pdfium(searchable, word.box).strip(".,") == word.text.strip(".,")
    assert find_by_pdfium(searchable, "signs the ledger twice") == 1
