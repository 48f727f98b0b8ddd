"""What was read before is held against a second reader, and no model is asked."""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.llm import verifying
from lector.contracts import PageRegistered, PagesRequested, PageVerified, VerificationRequested
from tests.support import layers
from tests.support.called import Functions, event
from tests.support.layers import Layer
from tests.support.model import ScriptedModel, completion, error
from tests.support.second_reader import FORGED, TEXT, seeing, seen_beside
from tests.support.stored_places import places_of, words_of
from tests.support.world import World, rows


@pytest.fixture
def second() -> Iterator[ScriptedModel]:
    with seen_beside(TEXT) as server:
        yield server


def read_before(functions: Functions, model: ScriptedModel, text: str, pages: int = 1) -> World:
    """A file as it was read where nobody verified anything."""
    model.otherwise = completion(text)
    world = World.with_pages(functions, pages, verify="never")
    world.read()
    model.reset()
    return world


def ask(world: World, status: int = 202, **body: Any) -> Any:
    answer = world.functions.clients["upload"].post(f"/v1/files/{world.file_id}/verify", json=body)
    assert answer.status_code == status, answer.get_data(as_text=True)
    seek_texts(world)
    return answer.get_json()


def verify(world: World, **body: Any) -> None:
    ask(world, **body)
    for one in world.events(VerificationRequested):
        world.functions.accepts("llm", one)


def seek_texts(world: World) -> None:
    """Have what the pages carry looked for, which nobody did while nobody verified anything."""
    for one in world.events(PagesRequested):
        if one.data.text_only and one.id not in world.replies:
            world.replies[one.id] = world.functions.reply("render", one)
            world.functions.accepts("register", world.replies[one.id])


def page_of(world: World, number: int = 1) -> dict[str, Any]:
    answer = world.functions.clients["upload"].get(f"/v1/files/{world.file_id}/pages/{number}")
    page: dict[str, Any] = answer.get_json()
    return page


def codes(page: dict[str, Any]) -> list[str]:
    return [doubt["code"] for doubt in page["doubts"]]


def test_a_text_of_before_gets_places_and_doubts_and_stays_as_it_is(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    world = read_before(functions, model, FORGED)
    verify(world)
    page = page_of(world)
    assert (page["text"], page["version"], page["versions"]) == (FORGED, 1, 1)
    assert codes(page) == ["numbers_differ"]
    assert page["verification"]["status"] == "verified"
    assert len(words_of(world.file_id)) == len(TEXT.split())
    assert model.requests == []
    assert world.file()["usage"]["cost_usd"] == page["usage"]["cost_usd"]


def test_a_page_says_that_it_is_being_verified_until_that_is_over_also_if_nothing_is_new(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    world = read_before(functions, model, TEXT)
    verified = []
    for _ in range(2):
        assert not page_of(world)["being_verified"]
        ask(world)
        assert page_of(world)["being_verified"]
        world.functions.accepts("llm", world.events(VerificationRequested)[-1])
        verified.append(page_of(world)["verification"])
    assert not page_of(world)["being_verified"]
    assert verified[0] == verified[1]
    second.otherwise = error(400, "no")
    verify(world)
    page = page_of(world)
    assert (page["being_verified"], page["verification"]) == (False, verified[1])


def test_a_text_that_cannot_be_held_against_anything_is_not_verified_and_says_so(
    functions: Functions,
    model: ScriptedModel,
    second: ScriptedModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RecursionError("too deep")

    world = read_before(functions, model, TEXT)
    monkeypatch.setattr(verifying, "hold", fail)
    verify(world)
    page = page_of(world)
    assert (page["being_verified"], page["text"]) == (False, TEXT)
    assert page["verification"]["reason"] == "anchor_failed"


def test_whoever_listens_hears_of_each_page(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    world = read_before(functions, model, FORGED, pages=2)
    verify(world)
    told = [one.data for one in world.events(PageVerified)]
    assert [(one.page_number, one.verification) for one in told] == [
        (1, "verified"),
        (2, "verified"),
    ]
    assert set(told[0].doubts) == {"numbers_differ"}


def test_only_the_pages_that_are_named_are_verified(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    world = read_before(functions, model, TEXT, pages=3)
    verify(world, pages="2-3")
    found = rows(
        b"SELECT verification->>'status' FROM pages WHERE file_id = %s ORDER BY number",
        world.file_id,
    )
    assert [status for [status] in found] == ["not_verified", "verified", "verified"]


def test_doubts_of_an_earlier_verification_are_replaced_and_others_stay(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    world = read_before(functions, model, f"{FORGED} [illegible]")
    second.otherwise = seeing(TEXT)
    verify(world)
    assert set(codes(page_of(world))) == {"parts_illegible", "numbers_differ"}
    second.otherwise = seeing(FORGED)
    verify(world)
    assert codes(page_of(world)) == ["parts_illegible"]


def test_an_event_that_comes_twice_or_that_nobody_asked_for_changes_nothing(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    world = read_before(functions, model, FORGED)
    before = world.snapshot()
    forged = VerificationRequested(generation=1, page_numbers=[1, 7, 2**32 - 1])
    functions.accepts("llm", event("made up", world.file_id, forged))
    assert (world.snapshot(), second.requests) == (before, [])
    verify(world)
    before = world.snapshot()
    for one in world.events(VerificationRequested):
        functions.accepts("llm", one)
    assert (world.snapshot(), len(second.requests)) == (before, 1)


@pytest.mark.parametrize("status", [429, 503])
def test_where_the_second_reader_is_busy_or_away_it_is_asked_later(
    functions: Functions, model: ScriptedModel, second: ScriptedModel, status: int
) -> None:
    world = read_before(functions, model, TEXT)
    ask(world)
    [wanted] = world.events(VerificationRequested)
    second.otherwise = error(429)
    if status == 503:
        with second.away():
            assert functions.call("llm", wanted).status_code == 503
    assert functions.call("llm", wanted).status_code == 503
    assert page_of(world)["verification"]["status"] == "not_verified"


def test_what_the_second_reader_cannot_say_takes_away_nothing_that_is_known(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    world = read_before(functions, model, FORGED)
    verify(world)
    before = page_of(world)
    second.otherwise = completion("no words")
    verify(world)
    after = page_of(world)
    assert (after["verification"], after["doubts"]) == (before["verification"], before["doubts"])


def test_what_a_page_carries_itself_is_held_against_tesseract_and_keeps_its_places(
    functions: Functions,
    model: ScriptedModel,
    second: ScriptedModel,
    text_layers_taken: None,
) -> None:
    world = World.with_pages(functions, 1, text_layer="auto")
    layers.register(world, {1: Layer(FORGED)})
    for one in layers.to_extract(world):
        functions.accepts("llm", one)
    before = words_of(world.file_id)
    verify(world)
    page = page_of(world)
    assert (page["provenance"], page["verification"]["anchor"]) == ("text_layer", "tesseract")
    assert codes(page) == ["numbers_differ"]
    assert words_of(world.file_id) == before


def test_a_page_of_a_file_that_was_retried_since_is_verified_all_the_same(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    world = read_before(functions, model, TEXT, pages=2)
    model.otherwise = completion(TEXT)
    functions.clients["upload"].post(f"/v1/files/{world.file_id}/retry", json={"pages": "2"})
    functions.accepts("llm", world.events(PageRegistered)[-1])
    verify(world, pages="1")
    assert page_of(world)["verification"]["status"] == "verified"


def test_where_there_is_nothing_to_verify_it_is_said(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1)
    world.registered()
    assert ask(world, 409)["code"] == "nothing_to_verify"
    assert ask(world, 409, pages="7")["code"] == "nothing_to_verify"


def test_what_tesseract_has_read_is_not_said_to_be_verified_by_tesseract(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion(TEXT, model="tesseract-5.5.0")
    world = World.with_pages(functions, 2)
    world.read()
    answer = ask(world, 409)
    assert answer["code"] == "nothing_to_verify"
    assert "Tesseract has read these pages" in answer["detail"]
    assert [page_of(world, number)["being_verified"] for number in (1, 2)] == [False, False]
    assert not world.events(VerificationRequested)


def test_of_pages_that_several_readers_have_read_those_are_verified_that_can_be(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    world = World.with_pages(functions, 2, verify="never", text_layer="never")
    model.script += [completion(TEXT, model="tesseract-5.5.0"), completion(TEXT)]
    world.read()
    verify(world)
    told = {page_of(world, number)["verification"].get("reason") for number in (1, 2)}
    assert told == {"reader_is_anchor", None}


def test_a_kept_version_is_verified_with_the_page(
    functions: Functions, model: ScriptedModel, second: ScriptedModel
) -> None:
    world = read_before(functions, model, FORGED)
    api = functions.clients["upload"]
    model.otherwise = completion(TEXT)
    api.post(f"/v1/files/{world.file_id}/retry", json={"pages": "1"})
    functions.accepts("llm", world.events(PageRegistered)[-1])
    api.post(f"/v1/files/{world.file_id}/pages/1/versions/1/restore")
    verify(world)
    places = places_of(world.file_id)
    api.post(f"/v1/files/{world.file_id}/pages/1/versions/2/restore")
    api.post(f"/v1/files/{world.file_id}/pages/1/versions/1/restore")
    assert codes(page_of(world)) == ["numbers_differ"]
    assert places_of(world.file_id) == places
