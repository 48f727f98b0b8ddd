"""What the embedded reader says against its own answer is a doubt of the page."""

from typing import Any
from uuid import uuid4

import pytest

from lector.contracts import PageRead
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.pdfs import drawn_pdf
from tests.support.world import World

SURE = {"words": [], "confidence": 96.0, "languages_missing": []}
UNSURE = {"words": [], "confidence": 31.5, "languages_missing": []}
FOREIGN = {"words": [], "confidence": 88.0, "languages_missing": ["spa"]}


@pytest.fixture
def pdf() -> bytes:
    """A page that no other test has."""
    return drawn_pdf([f"page {uuid4()}"])


def read(functions: Functions, pdf: bytes) -> tuple[World, dict[str, Any]]:
    """Have the page read in a file of its own; what the API shows of it."""
    world = World.with_file(functions, pdf, text_layer="never")
    world.read()
    return world, world.pages()[0]


def codes(page: dict[str, Any]) -> list[str]:
    return [doubt["code"] for doubt in page["doubts"]]


def test_a_page_that_the_reader_is_sure_of_has_no_doubt(
    functions: Functions, model: ScriptedModel, pdf: bytes
) -> None:
    model.otherwise = completion("The lamps were lit at six.", lector=SURE)
    assert codes(read(functions, pdf)[1]) == []


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        (UNSURE, "low_confidence", "its confidence is 32 of 100"),
        (FOREIGN, "language_not_available", "lector languages add spa"),
    ],
)
def test_what_the_reader_says_against_its_answer_is_shown_and_announced(
    functions: Functions, model: ScriptedModel, pdf: bytes, told: object, code: str, words: str
) -> None:
    model.otherwise = completion("Las lamparas se encendieron", lector=told)
    world, page = read(functions, pdf)
    assert (page["status"], codes(page)) == ("read", [code])
    assert words in page["doubts"][0]["detail"]
    [announced] = world.events(PageRead)
    assert words in announced.data.doubts[code]


def test_a_doubted_answer_is_not_given_to_another_page_with_the_same_image(
    functions: Functions, model: ScriptedModel, pdf: bytes
) -> None:
    """After the language was added, it is read anew."""
    model.otherwise = completion("Las lamparas se encendieron", lector=FOREIGN)
    assert codes(read(functions, pdf)[1]) == ["language_not_available"]
    model.otherwise = completion("Las lámparas se encendieron", lector=SURE)
    page = read(functions, pdf)[1]
    assert (page["text"], codes(page)) == ("Las lámparas se encendieron", [])
    assert read(functions, pdf)[1]["provenance"] == "cache"
