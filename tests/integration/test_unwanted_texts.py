"""The text that pages carry is looked for where somebody wants it, and only there."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from lector.contracts import (
    PageRegistered,
    PagesExtracted,
    PagesRequested,
    VerificationRequested,
)
from lector.domain import object_keys
from lector.runtime import object_store, settings
from lector.runtime.events import Event
from tests.support.called import Functions, event
from tests.support.model import ScriptedModel, completion, error
from tests.support.pdfs import text_pdf
from tests.support.world import World

TEXT = "The tide tables of the northern harbour were printed twice a year"
MISREAD = TEXT.replace("twice", "twine")
REFUSAL = "I'm sorry, but I can't help with that."
NEVER: dict[str, Any] = {"text_layer": "never", "verify": "never"}


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    """Two pages that carry their text, which nobody wants; a model has read them."""
    model.otherwise = completion(MISREAD)
    return read(with_texts(functions, **NEVER))


def with_texts(functions: Functions, **options: Any) -> World:
    """Two pages that carry TEXT and a number of their own, so that no answer is kept for them."""
    texts = [f"{TEXT} {random.randrange(10**9)}" for _ in range(2)]
    return World.with_file(functions, text_pdf(texts), **options)


def read(world: World) -> World:
    world.read()
    return world


def layer_keys(world: World) -> list[str]:
    """What is stored of texts that its pages carry."""
    keys = set(object_store.store().keys(object_keys.folder(world.file_id)))
    return [key for n in (1, 2) if (key := object_keys.layer_key(world.file_id, n)) in keys]


def go_on(world: World, *done: str) -> list[int]:
    """Have render, register and llm do what was announced, until nothing new is.

    Returns the codes of what llm answered.
    """
    seen, answered = set(done), []
    while new := [one for one in announced(world) if one.id not in seen]:
        assert len(seen) < 50, "it goes round in circles"
        for one in new:
            seen.add(one.id)
            if isinstance(one.data, PagesRequested):
                answer = world.functions.call("render", one)
                if answer.status_code == 200:
                    world.functions.accepts("register", world.functions.reply("render", one))
            else:
                answered.append(world.functions.call("llm", one).status_code)
    return answered


def announced(world: World) -> Iterator[Event[Any]]:
    for kind in (PagesRequested, PagesExtracted, PageRegistered, VerificationRequested):
        yield from world.events(kind)


def post(world: World, path: str, **body: Any) -> None:
    """Ask for something, and have all of it done."""
    before = [one.id for one in announced(world)]
    answer = world.functions.clients["upload"].post(f"/v1/files/{world.file_id}/{path}", json=body)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    assert set(go_on(world, *before)) == {204}


def test_where_text_layer_and_verify_are_never_it_is_not_found_not_sent_and_not_stored(
    world: World,
) -> None:
    assert all(one.data.text_unwanted for one in world.events(PagesRequested))
    sent = [page for one in world.rendered() for page in one.data.pages]
    assert [page.HasField("text_layer") for page in sent] == [False, False]
    assert layer_keys(world) == []
    assert [page["text_layer"] for page in world.pages()] == [None, None]
    assert [page["text"] for page in world.pages()] == [MISREAD, MISREAD]


@pytest.mark.parametrize(
    "options",
    [
        {"text_layer": "never", "verify": "auto"},
        {"text_layer": "never", "verify": "always"},
        {"text_layer": "auto", "verify": "never"},
        {"text_layer": "always", "verify": "never"},
    ],
    ids=str,
)
def test_where_either_is_wanted_it_is_found(
    functions: Functions, model: ScriptedModel, options: dict[str, Any]
) -> None:
    world = with_texts(functions, **options)
    sent = [page for one in world.rendered() for page in one.data.pages]
    assert [page.text_layer.verdict for page in sent] == ["trusted", "trusted"]
    assert len(layer_keys(world)) == 2


@pytest.fixture
def nothing_verified(functions: Functions) -> Iterator[None]:
    """Functions that are set up to verify nothing, nor to take what pages carry."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERIFY", "never")
        settings.current.cache_clear()
        yield
    settings.current.cache_clear()


def test_a_file_that_says_nothing_follows_the_installation_that_wants_none(
    functions: Functions, model: ScriptedModel, nothing_verified: None
) -> None:
    world = with_texts(functions)
    assert world.uploaded().data.text_unwanted
    assert [one.data.text_unwanted for one in world.requested()] == [True, True]


def test_or_takes_them(
    functions: Functions, model: ScriptedModel, nothing_verified: None, text_layers_taken: None
) -> None:
    world = with_texts(functions)
    assert not world.uploaded().data.HasField("text_unwanted")
    assert [one.data.HasField("text_unwanted") for one in world.requested()] == [False, False]


@pytest.mark.parametrize(
    "options", [{"prompt": "Read it."}, {"model": "another"}, {"describe": True}], ids=str
)
def test_who_names_a_way_to_read_pages_does_not_take_what_they_carry(
    functions: Functions,
    model: ScriptedModel,
    nothing_verified: None,
    text_layers_taken: None,
    options: dict[str, Any],
) -> None:
    world = with_texts(functions, **options)
    assert world.uploaded().data.text_unwanted
    assert [one.data.text_unwanted for one in world.requested()] == [True, True]


def test_whoever_reads_pages_again_and_wants_it_has_it_found_then(
    world: World, model: ScriptedModel
) -> None:
    post(world, "retry", pages="2", text_layer="auto")
    first, second = world.pages()
    assert (first["text"], first["text_layer"]) == (MISREAD, None)
    assert second["text"].startswith(TEXT)
    assert second["provenance"] == "text_layer"
    assert second["text_layer"]["verdict"] == "trusted"
    assert (second["version"], second["versions"]) == (2, 2)


def test_so_has_who_wants_an_answer_verified(world: World, model: ScriptedModel) -> None:
    post(world, "retry", pages="1", verify="always")
    page = world.pages()[0]
    assert page["verification"]["anchor"] == "text_layer"


def test_so_has_who_reads_pages_again_in_an_installation_that_verifies_by_now(
    functions: Functions,
    model: ScriptedModel,
    nothing_verified: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model.otherwise = completion(MISREAD)
    world = read(with_texts(functions))
    assert layer_keys(world) == []
    monkeypatch.setenv("VERIFY", "auto")
    settings.current.cache_clear()
    post(world, "retry", pages="1")
    assert world.pages()[0]["verification"]["anchor"] == "text_layer"


def test_a_page_that_carries_nothing_is_looked_through_once(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion(MISREAD)
    world = read(World.with_pages(functions, 1, **NEVER))
    requested = len(world.events(PagesRequested))
    for _ in range(2):
        post(world, "retry", pages="1", text_layer="auto")
    assert len(world.events(PagesRequested)) == requested + 1


def test_who_reads_them_again_as_before_has_them_neither_drawn_nor_looked_through(
    world: World, model: ScriptedModel
) -> None:
    requested = len(world.events(PagesRequested))
    post(world, "retry", pages="1-2")
    assert len(world.events(PagesRequested)) == requested
    assert layer_keys(world) == []


def test_a_text_of_before_is_verified_by_what_its_page_carries(
    world: World, model: ScriptedModel
) -> None:
    asked = len(model.requests)
    post(world, "verify", pages="1")
    first, second = world.pages()
    assert [list(one.data.page_numbers) for one in world.events(VerificationRequested)] == [[1]]
    assert (first["text"], first["version"]) == (MISREAD, 1)
    assert first["verification"]["anchor"] == "text_layer"
    assert second["verification"]["status"] == "not_verified"
    assert (len(model.requests), len(layer_keys(world))) == (asked, 1)


@pytest.mark.parametrize(("is_read", "generation"), [(False, 1), (True, 2)])
def test_the_text_alone_is_looked_for_only_of_pages_that_are_read_and_only_in_their_generation(
    functions: Functions, model: ScriptedModel, *, is_read: bool, generation: int
) -> None:
    model.otherwise = completion(MISREAD)
    world = with_texts(functions, **NEVER)
    [first, _] = world.requested()
    if is_read:
        world.read()
    asked = PagesRequested(
        generation=generation,
        object_key=first.data.object_key,
        page_numbers=[1, 2],
        text_only=True,
    )
    answer = functions.call("render", event("nobody", world.file_id, asked))
    assert answer.status_code == 204


def test_a_page_whose_answers_are_all_refused_has_the_text_that_it_carries(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion(REFUSAL)
    world = with_texts(functions, **NEVER)
    world.registered()
    answered = go_on(world, *(one.id for one in world.events(PagesRequested)))
    assert set(answered) == {204}
    for page in world.pages():
        assert page["text"].startswith(TEXT)
        assert page["provenance"] == "text_layer"
        assert [doubt["code"] for doubt in page["doubts"]] == ["answers_refused"]


def test_one_that_carries_none_is_looked_through_once_and_fails(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion(REFUSAL)
    world = World.with_pages(functions, 1, **NEVER)
    world.registered()
    requested = [one.id for one in world.events(PagesRequested)]
    assert go_on(world, *requested) == [204, 422]
    assert len(world.events(PagesRequested)) == len(requested) + 1


@pytest.mark.parametrize("why", ["to a prompt of somebody's own", "by the endpoint"])
def test_nothing_is_looked_for_that_would_not_be_the_text_of_a_page_that_is_refused(
    functions: Functions, model: ScriptedModel, why: str
) -> None:
    by_endpoint = why == "by the endpoint"
    model.otherwise = error(400) if by_endpoint else completion(REFUSAL)
    options = {} if by_endpoint else {"prompt": "What is it about?"}
    world = with_texts(functions, **NEVER, **options)
    world.registered()
    requested = [one.id for one in world.events(PagesRequested)]
    assert go_on(world, *requested) == [422, 422]
    assert [one.id for one in world.events(PagesRequested)] == requested
