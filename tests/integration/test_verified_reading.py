"""What a model says is held against a second reader that sees the same page."""

import itertools
import textwrap
import time
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from lector.contracts import PageRead
from lector.domain import object_keys
from lector.runtime import object_store, settings
from lector.tesseract import endpoint
from tests.support import layers
from tests.support.called import Functions
from tests.support.layers import Layer
from tests.support.model import Answer, ScriptedModel, completion, error
from tests.support.pdfs import drawn_pdf
from tests.support.second_reader import FORGED, TEXT, reading_beside, seeing, seen_beside
from tests.support.stored_places import places_of, words_of
from tests.support.world import World, rows


@pytest.fixture
def second() -> Iterator[ScriptedModel]:
    with seen_beside(TEXT) as server:
        yield server


def read(world: World) -> dict[str, Any]:
    world.read()
    return shown(world)


def shown(world: World) -> dict[str, Any]:
    answer = world.functions.clients["upload"].get(f"/v1/files/{world.file_id}/pages/1")
    page: dict[str, Any] = answer.get_json()
    return page


def verification(world: World) -> dict[str, Any]:
    [[stored]] = rows(b"SELECT verification FROM pages WHERE file_id = %s", world.file_id)
    found: dict[str, Any] = stored
    return found


def codes(page: dict[str, Any]) -> set[str]:
    return {doubt["code"] for doubt in page["doubts"]}


def test_a_text_on_which_two_readers_agree_is_verified_and_each_word_has_its_place(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    model.otherwise = completion(f"# Tides\n\n{TEXT}")
    world = World.with_pages(functions, 1)
    page = read(world)
    assert (page["status"], page["doubts"]) == ("read", [])
    found = verification(world)
    assert (found["status"], found["anchor"]) == ("verified", "tesseract")
    assert found["agreement"] > 0.95
    assert len(words_of(world.file_id)) == len(TEXT.split())
    assert len(second.requests) == len(model.requests) == 1


def test_words_beyond_what_the_second_reader_has_read_of_the_print_are_not_said_to_be_invented(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    rest = "The last ferry of the day left at dusk with forty sacks of mail and two lost dogs."
    model.otherwise = completion(f"{TEXT} {rest}")
    second.otherwise = seeing(TEXT, print_read=0.7)
    assert codes(read(World.with_pages(functions, 1))) == set()


def test_whoever_listens_hears_of_it(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    model.otherwise = completion(TEXT)
    world = World.with_pages(functions, 1)
    world.read()
    [event] = world.events(PageRead)
    assert (event.data.verification, event.data.agreement) == ("verified", 1.0)


def test_what_came_of_it_is_shown_with_the_page_in_lists_and_in_the_text_as_json(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    model.otherwise = completion(TEXT)
    world = World.with_pages(functions, 1)
    shown_alone = read(world)["verification"]
    api, path = functions.clients["upload"], f"/v1/files/{world.file_id}"
    [listed] = api.get(f"{path}/pages").get_json()["pages"]
    [span] = api.get(f"{path}/text?format=json").get_json()["pages"]
    assert shown_alone == listed["verification"] == span["verification"]
    assert (shown_alone["status"], shown_alone["agreement"]) == ("verified", 1.0)


def test_the_page_s_own_text_goes_before_tesseract(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    model.otherwise = completion(TEXT)
    world = World.with_pages(functions, 1, text_layer="never")
    layers.register(world, {1: Layer(TEXT)})
    for event in world.registered():
        functions.accepts("llm", event)
    assert (verification(world)["anchor"], second.requests) == ("text_layer", [])


def test_it_sees_the_page_while_the_model_does(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    asked: list[float] = []
    model.refuse = second.refuse = lambda _: asked.append(time.monotonic())
    model.otherwise = completion(TEXT, delay_s=1.5)
    second.otherwise = seeing(TEXT)
    second.otherwise = type(second.otherwise)(**{**vars(second.otherwise), "delay_s": 1.5})
    world = World.with_pages(functions, 1)
    for event in world.registered():
        functions.accepts("llm", event)
    [first, other] = asked
    assert other - first < 1.5  # before the first has answered
    assert verification(world)["status"] == "verified"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (error(429, **{"Retry-After": "9"}), "no_anchor_in_time"),
        (error(500), "anchor_failed"),
        (error(401), "anchor_failed"),
        (completion("no words"), "anchor_failed"),
        (completion("x", lector={"words": [["x", 0, 0, 7, 1]]}), "anchor_failed"),
        (seeing(TEXT, languages_missing=["fra"]), "language_not_available"),
    ],
    ids=["busy", "broken", "no key", "no words", "words off the page", "lacks the language"],
)
def test_a_page_is_read_all_the_same_where_the_second_reader_cannot_say_anything(
    functions: Functions, model: ScriptedModel, second: ScriptedModel, answer: Any, reason: str
) -> None:
    model.otherwise = completion(TEXT)
    second.otherwise = answer
    world = World.with_pages(functions, 1)
    page = read(world)
    assert (page["status"], page["text"], page["doubts"]) == ("read", TEXT, [])
    found = verification(world)
    assert (found["status"], found["reason"]) == ("not_verified", reason)
    assert len(model.requests) == 1


def test_one_that_is_away_costs_nothing_but_the_mark(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    model.otherwise = completion(TEXT)
    with second.away():
        began = time.monotonic()
        world = World.with_pages(functions, 3)
        events = world.registered()
        began = time.monotonic()
        for event in events:
            functions.accepts("llm", event)
    assert time.monotonic() - began < 3
    found = rows(b"SELECT status, verification FROM pages WHERE file_id = %s", world.file_id)
    assert [(status, v["reason"]) for status, v in found] == [("read", "anchor_failed")] * 3


def test_one_that_is_slow_holds_a_page_up_to_its_deadline_and_no_longer(
    functions: Functions,
    model: ScriptedModel,
    second: ScriptedModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VERIFY_DEADLINE_S", "0.5")
    settings.current.cache_clear()
    model.otherwise = completion(TEXT)
    slow = seeing(TEXT)
    second.otherwise = type(slow)(**{**vars(slow), "delay_s": 4.0})
    world = World.with_pages(functions, 1)
    events = world.registered()
    began = time.monotonic()
    for event in events:
        functions.accepts("llm", event)
    assert time.monotonic() - began < 2
    assert verification(world)["reason"] == "no_anchor_in_time"


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"verify": "never"}, "switched_off"), ({"prompt": "Translate it."}, "own_prompt")],
)
def test_nobody_is_asked_where_it_is_switched_off_or_makes_no_sense(
    functions: Functions,
    model: ScriptedModel,
    second: ScriptedModel,
    options: dict[str, str],
    reason: str,
) -> None:
    model.otherwise = completion(FORGED)
    world = World.with_pages(functions, 1, **options)
    page = read(world)
    assert (page["doubts"], verification(world)["reason"]) == ([], reason)
    assert second.requests == []


def test_nobody_is_asked_where_there_is_no_second_reader(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TESSERACT_URL", raising=False)
    settings.current.cache_clear()
    model.otherwise = completion(TEXT)
    world = World.with_pages(functions, 1)
    read(world)
    assert verification(world)["reason"] == "no_anchor"


def test_tesseract_is_not_asked_about_what_tesseract_has_read(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = seeing(TEXT)
    with reading_beside(model):
        world = World.with_pages(functions, 1)
        read(world)
    assert verification(world)["reason"] == "reader_is_anchor"
    assert len(model.requests) == 1
    places = places_of(world.file_id)
    assert places is not None
    assert {word.confidence for word in places.words} == {96}


def test_a_page_that_lies_on_its_side_is_turned_as_the_second_reader_has_turned_it(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    model.otherwise = completion(TEXT)
    second.otherwise = seeing(TEXT, turned_degrees=90)
    world = World.with_pages(functions, 1)
    assert read(world)["turned_degrees"] == 90
    assert words_of(world.file_id)[0][1] == 0.1


def test_tesseract_itself_sees_what_a_model_has_made_of_a_number(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    lines = textwrap.fill(TEXT, 44)
    model.otherwise = completion(lines.replace("45 pence", "95 pence"))
    with TestClient(endpoint.app()) as tesseract:

        def ask(request: dict[str, Any]) -> Answer:
            answer = tesseract.post("/v1/chat/completions", json=request)
            return Answer(answer.status_code, answer.content, {"Content-Type": "application/json"})

        second.refuse = ask
        with reading_beside(second, VERIFY_DEADLINE_S="60"):
            world = World.with_file(functions, drawn_pdf([lines]), on_doubt="keep")
            page = read(world)
    assert codes(page) == {"numbers_differ"}
    [number] = verification(world)["numbers"]
    assert (number["text"], number["other"]) == ("95", "45")
    tops = [top for _, _, top, *_ in words_of(world.file_id)]
    assert tops[0] < 0.2
    assert tops == sorted(tops) or max(
        before - after for before, after in itertools.pairwise(tops)
    ) == pytest.approx(0, abs=0.01)


def test_a_text_from_the_cache_has_its_places_and_its_verification_too(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    model.otherwise = completion(TEXT)
    first = World.with_pages(functions, 1)
    pdf = _pdf_of(first)
    read(first)
    again = World.with_file(functions, pdf)
    page = read(again)
    assert (page["provenance"], len(model.requests), len(second.requests)) == ("cache", 1, 1)
    assert verification(again) == verification(first)
    assert places_of(again.file_id) == places_of(first.file_id)


def _pdf_of(world: World) -> bytes:
    return object_store.store().get(object_keys.original_key(world.file_id))
