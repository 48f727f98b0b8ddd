"""Where the words of a page stand, whoever read it: shown, marked, found by region, restored."""

import logging
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from werkzeug.test import Client, TestResponse

from functions.upload.pages.page_model import PAGES_OF_FILE
from lector.contracts import PageRegistered
from lector.domain import word_places
from lector.domain.word_places import Agreement, Box, MissingWord, PlacedWord, Places
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.world import World, rows

TEXT = "🙂 **Sum** of 1,234 lamps\nand a wick"
FIRST, SECOND, THIRD = 0.1, 0.5, 0.8
NO_SHARES = ("", "here", "0,0,1", "0,0,1,1,1", "0;0;1;1", "0,0,1,nan", "0,0,1,inf")
NOT_ON_THE_PAGE = ("0,0,2,1", "-0.1,0,1,1")
EMPTY = ("0.5,0,0.5,1", "0.6,0,0.5,1", "0,0.7,1,0.2")
VERIFICATION = {
    "status": "verified",
    "anchor": "tesseract",
    "agreement": 0.75,
    "words": 7,
    "only_in_answer": 1,
    "only_in_anchor": 1,
    "numbers": [{"text": "1,234", "other": "1,284", "box": [0.5, 0.1, 0.6, 0.2], "start": 13}],
    "anchor_confidence": 91.5,
}


def box(left: float, top: float) -> Box:
    return left, top, round(left + 0.1, 3), round(top + 0.1, 3)


def placed(word: str, *boxes: Box, text: str = TEXT, **more: Any) -> PlacedWord:
    start = text.index(word)
    return PlacedWord(start, start + len(word), boxes, **more)


PLACES = Places(
    (
        placed("Sum", box(FIRST, FIRST), agreement=Agreement.SAME, confidence=96),
        placed("of", agreement=Agreement.ALONE),
        placed("1,234", box(SECOND, FIRST), agreement=Agreement.NEAR, other="1,284"),
        placed("lamps", box(THIRD, FIRST), box(FIRST, SECOND), agreement=Agreement.SAME),
        placed("wick", box(SECOND, SECOND), agreement=Agreement.SAME),
    ),
    (MissingWord("oil", box(THIRD, SECOND), len(TEXT), 88),),
)


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    """A file of one page that a model read, which a second reader was held against."""
    read = World.with_pages(functions, 1)
    model.script.append(completion(TEXT))
    read.read()
    store(read, word_places.encode(PLACES), VERIFICATION)
    return read


def store(world: World, places: bytes, verification: Any) -> None:
    rows(
        b"UPDATE pages SET words = NULL, places = %s, verification = %s WHERE file_id = %s"
        b" RETURNING 1",
        places,
        Jsonb(verification),
        world.file_id,
    )


def get(world: World, path: str = "") -> TestResponse:
    return world.functions.clients["upload"].get(f"/v1/files/{world.file_id}/pages/1{path}")


def page(world: World, path: str = "") -> Any:
    answer = get(world, path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def test_each_word_of_a_models_text_is_shown_where_it_stands(world: World) -> None:
    words = page(world)["words"]
    assert [TEXT[word["start"] : word["end"]] for word in words] == [w["text"] for w in words]
    assert [word["text"] for word in words] == ["Sum", "of", "1,234", "lamps", "wick"]
    assert [len(word["boxes"]) for word in words] == [1, 0, 1, 2, 1]
    assert words[0]["boxes"][0] == pytest.approx(list(box(FIRST, FIRST)), abs=0.0001)
    assert [words[0][edge] for edge in ("left", "top", "right", "bottom")] == words[0]["boxes"][0]
    assert words[1]["left"] is None


def test_a_word_says_what_a_second_reader_has_instead(world: World) -> None:
    words = {word["text"]: word for word in page(world)["words"]}
    assert (words["1,234"]["agreement"], words["1,234"]["other"]) == ("near", "1,284")
    assert (words["of"]["agreement"], words["of"]["other"]) == ("alone", None)
    assert (words["Sum"]["agreement"], words["Sum"]["confidence"]) == ("same", 96)


def test_words_that_only_the_second_reader_has_are_shown_where_they_belong(world: World) -> None:
    [missing] = page(world)["missing"]
    assert (missing["text"], missing["offset"], missing["confidence"]) == ("oil", len(TEXT), 88)
    assert missing["box"] == pytest.approx(list(box(THIRD, SECOND)), abs=0.0001)


def test_a_page_says_how_far_two_readers_agree_and_which_numbers_differ(world: World) -> None:
    assert page(world)["verification"] == VERIFICATION | {"reason": None}


def test_a_page_that_nobody_verified_says_why(world: World) -> None:
    store(world, word_places.encode(PLACES), {"status": "not_verified", "reason": "switched_off"})
    shown = page(world)["verification"]
    assert (shown["status"], shown["reason"]) == ("not_verified", "switched_off")
    assert (shown["agreement"], shown["numbers"]) == (None, [])


def test_a_search_marks_the_words_of_any_reader_by_where_they_are_in_the_text(
    world: World,
) -> None:
    shown = page(world, "?highlight=lamp%20or%20sum")
    assert [TEXT[start:end] for start, end in shown["highlights"]] == ["Sum", "lamps"]
    assert [word["text"] for word in shown["words"] if word["hit"]] == ["Sum", "lamps"]


@pytest.mark.parametrize(
    ("stored", "verification"),
    [(b"", {"status": "sure"}), (b"\x01none", []), (b"\x02", {"status": "verified", "words": "x"})],
)
def test_damaged_places_and_verifications_are_left_out(
    world: World, stored: bytes, verification: Any, caplog: pytest.LogCaptureFixture
) -> None:
    store(world, stored, verification)
    with caplog.at_level(logging.WARNING):
        shown = page(world, "?highlight=lamps")
    assert (shown["words"], shown["missing"], shown["verification"]) == (None, [], None)
    assert len(shown["highlights"]) == 1
    assert "left out" in caplog.text
    assert get(world, "/text?region=0,0,1,1").status_code == 409


def test_places_of_another_text_are_left_out(world: World) -> None:
    store(world, word_places.encode(Places((PlacedWord(900, 905, (box(0, 0),)),))), VERIFICATION)
    assert page(world)["words"] is None


@pytest.mark.parametrize(
    ("region", "pieces"),
    [
        ("0,0,1,1", ["Sum** of 1,234 lamps\nand a wick"]),
        ("0,0,0.7,0.3", ["Sum** of 1,234"]),
        ("0.45,0.05,0.7,0.65", ["1,234", "wick"]),
        ("0.1,0.5,0.2,0.6", ["lamps"]),
        ("0.3,0.3,0.4,0.4", []),
    ],
)
def test_a_region_of_a_page_has_the_text_of_the_words_in_it(
    world: World, region: str, pieces: list[str]
) -> None:
    found = page(world, f"/text?region={region}")
    assert [TEXT[start:end] for start, end in found["spans"]] == pieces
    assert found["text"] == "\n".join(pieces)


@pytest.mark.parametrize("region", [*NO_SHARES, *NOT_ON_THE_PAGE, *EMPTY])
def test_a_region_that_makes_no_sense_is_refused(world: World, region: str) -> None:
    refused = get(world, f"/text?region={region}")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "malformed_region")
    assert "left,top,right,bottom in shares of the page" in refused.get_json()["detail"]


def test_a_region_must_be_named(world: World) -> None:
    refused = get(world, "/text")
    assert (refused.status_code, refused.get_json()["code"]) == (400, "malformed_region")


def test_a_page_without_places_of_words_has_no_text_of_a_region(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1)
    model.script.append(completion(TEXT))
    world.read()
    rows(b"UPDATE pages SET places = NULL WHERE file_id = %s RETURNING 1", world.file_id)
    refused = get(world, "/text?region=0,0,1,1")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "no_word_positions")


def test_an_earlier_text_comes_back_with_its_places_and_its_verification(
    world: World, model: ScriptedModel
) -> None:
    before = page(world)
    client = world.functions.clients["upload"]
    retried = client.post(f"/v1/files/{world.file_id}/retry", json={"pages": "1"})
    assert retried.status_code == 202
    model.script.append(completion("another text"))
    world.functions.accepts("llm", world.events(PageRegistered)[-1])
    store(
        world, word_places.encode(Places(())), {"status": "not_verified", "reason": "switched_off"}
    )
    listed = page(world, "/versions")["versions"]
    assert [one["verification"]["status"] for one in listed] == ["not_verified", "verified"]
    for version, shown in ((1, before), (2, {"words": [], "missing": []}), (1, before)):
        path = f"/v1/files/{world.file_id}/pages/1/versions/{version}/restore"
        restored = client.post(path).get_json()
        assert restored["words"] == shown["words"]
        assert restored["missing"] == shown["missing"]
    assert page(world)["verification"] == before["verification"]


def test_lists_of_pages_read_no_places(world: World) -> None:
    """They may be long, and nobody looks at a page of a list word by word."""
    listed = world.functions.clients["upload"].get(f"/v1/files/{world.file_id}/pages").get_json()
    assert {"words", "missing"}.isdisjoint(listed["pages"][0])
    read = set(PAGES_OF_FILE.sql.replace(",", " ").split())
    assert {"words", "places"}.isdisjoint(read)
