"""Tests that have a model ask it, though their PDFs may carry their text.

`tests/conftest.py` looks after each test of functions, `lector up` of tests at its end; chaos and
benchmarks have counts of their own.
"""

from uuid import UUID, uuid4

import pymupdf
import pytest

from lector.runtime import database, settings
from tests.support import pdfs, without_model
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.world import World, rows


def found(file_id: UUID) -> list[str]:
    """What is found among the pages of a file: other tests may have left some."""
    with database.transaction() as connection:
        pages = without_model.pages_without_model(connection).values()
    return [page for page in pages if str(file_id) in page]


def set_provenance(file_id: UUID, provenance: str, attempts: int | None = None) -> None:
    rows(
        b"UPDATE pages SET provenance = %s, attempts = %s WHERE file_id = %s AND number = 1"
        b" RETURNING 1",
        provenance,
        attempts,
        file_id,
    )


def test_pages_that_carry_their_text_are_read_by_the_model(
    functions: Functions, model: ScriptedModel
) -> None:
    text = f"The harbour was full that morning, and nobody remembered {uuid4()}."
    world = World.with_file(functions, pdfs.text_pdf([text]))
    model.otherwise = completion(text)
    world.read()
    assert [(page["provenance"], page["text"]) for page in world.pages()] == [("model", text)]
    assert len(model.requests) == 1


def test_pages_of_a_scripted_model_carry_no_text() -> None:
    """Otherwise what it says would be held against what they carry."""
    text = "The harbour was full that morning."
    for content, expected in ((pdfs.text_pdf([text]), text), (pdfs.drawn_pdf([text]), "")):
        with pymupdf.open(stream=content, filetype="pdf") as document:
            assert document[0].get_text().strip() == expected
            assert document[0].get_pixmap().is_unicolor == 0


@pytest.mark.parametrize("provenance", ["text_layer", "mixed"])
def test_a_page_that_was_read_without_the_model_is_found(
    functions: Functions, model: ScriptedModel, provenance: str
) -> None:
    world = World.with_pages(functions, 2)
    world.read()
    assert found(world.file_id) == []
    set_provenance(world.file_id, provenance)
    try:
        [page] = found(world.file_id)
    finally:
        set_provenance(world.file_id, "model")
    assert page == f"page 1 of test.pdf ({world.file_id}): {provenance}"


def test_a_page_of_a_file_that_was_to_be_read_so_is_not(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_file(functions, pdfs.text_pdf([f"on purpose {uuid4()}"]), text_layer="auto")
    world.read()
    set_provenance(world.file_id, "text_layer")
    assert world.pages()[0]["provenance"] == "text_layer"
    assert found(world.file_id) == []


def test_a_page_about_which_the_model_gave_no_acceptable_answer_is_not(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1)
    world.read()
    set_provenance(world.file_id, "text_layer", attempts=8)
    assert found(world.file_id) == []


def test_a_test_about_text_layers_says_so(text_layers_taken: None) -> None:
    assert settings.current(settings.TextLayers).text_layer == "auto"
