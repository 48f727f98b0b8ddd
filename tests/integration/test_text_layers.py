"""The text that pages carry themselves: taken as it is, or held against what a reader says."""

import re
from collections import Counter
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from lector.contracts import DeliveryFailed, Failure, PageRead, PagesExtracted
from lector.domain import object_keys
from lector.runtime import events, object_store, queries
from lector.runtime.events import Event
from tests.support import layers
from tests.support.called import Functions, event
from tests.support.layers import Layer
from tests.support.model import ScriptedModel, completion, error
from tests.support.pdfs import drawn_pdf
from tests.support.stored_places import rounded, words_of
from tests.support.world import World, rows

TEXT = (
    "The tide tables of the northern harbour were printed twice a year. Each copy was signed by"
    " the harbour master and nailed to the door of the customs house, where fishermen compared"
    " them with the moon. In 1904 a storm tore the sheet away and forty boats waited a day."
)
OTHER = (
    "Un rapport sur la culture du bl\u00e9 dans les plaines, avec des chiffres pour chaque commune"
    " et une carte en couleurs qui montre les chemins de fer construits avant la guerre."
)
ASKED: dict[str, Any] = {"text_layer": "never", "prompt": "How many boats?"}
MISREAD = TEXT.replace("harbour", "harb0ur", 1)


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    """A file with one page that carries TEXT, and must be read all the same."""
    return layers.with_layers(functions, {1: Layer(TEXT)}, text_layer="never")


def read(world: World) -> dict[str, Any]:
    """Have the page read; what the API shows of it."""
    [registered] = layers.to_read(world)
    world.functions.accepts("llm", registered)
    return world.pages()[0]


def codes(page: dict[str, Any]) -> list[str]:
    return [doubt["code"] for doubt in page["doubts"]]


# --- Taken as they are ------------------------------------------------------------------------


def test_pages_that_carry_their_text_are_stored_and_no_model_is_asked(
    functions: Functions, model: ScriptedModel
) -> None:
    texts = {n: Layer(f"{TEXT} Page {n}.") for n in (1, 2, 3)}
    world = layers.with_layers(functions, texts)
    for extracted in layers.to_extract(world):
        world.functions.accepts("llm", extracted)
    shown = world.pages()
    assert [page["text"] for page in shown] == [layer.text for layer in texts.values()]
    assert {(page["status"], page["provenance"]) for page in shown} == {("read", "text_layer")}
    assert {page["usage"]["cost_usd"] for page in shown} == {0}
    assert world.file()["status"] == "completed"
    assert model.requests == []


def test_their_words_have_places(functions: Functions, model: ScriptedModel) -> None:
    world = extracted_world(functions)
    assert words_of(world.file_id) == rounded(Layer(TEXT).words)


def extracted_world(functions: Functions, **options: Any) -> World:
    """A file with one page whose own text was taken."""
    world = layers.with_layers(functions, {1: Layer(TEXT)}, **options)
    for extracted in layers.to_extract(world):
        world.functions.accepts("llm", extracted)
    return world


def test_each_is_announced_once_however_often_the_range_is_delivered(
    functions: Functions, model: ScriptedModel
) -> None:
    world = extracted_world(functions)
    before = world.snapshot()
    for extracted in layers.to_extract(world) * 2:
        world.functions.accepts("llm", extracted)
    assert world.snapshot() == before
    [announced] = world.events(PageRead)
    assert announced.data.provenance == "text_layer"


def test_a_page_whose_layer_is_gone_is_read_by_the_model_and_the_others_are_not(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("by the model")
    world = layers.with_layers(functions, {1: Layer(TEXT), 2: Layer(TEXT), 3: Layer(TEXT)})
    object_store.store().remove([object_keys.layer_key(world.file_id, 2)])
    deliver_all(world)
    assert [page["provenance"] for page in world.pages()] == ["text_layer", "model", "text_layer"]
    assert world.file()["status"] == "completed"
    assert len(model.requests) == 1


def deliver_all(world: World) -> None:
    """Every range to be extracted, and every page to be read, also those announced meanwhile."""
    done: set[str] = set()
    while left := [e for e in layers.to_extract(world) + layers.to_read(world) if e.id not in done]:
        for one in left:
            world.functions.accepts("llm", one)
            done.add(one.id)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"{}",
        b"[]",
        b'{"text": 7, "words": [], "pictures": []}',
        b'{"text": "another", "words": [], "pictures": []}',
        b'{"text": "x", "words": [], "pictures": [[0, 0, 1, 1, Infinity]]}',
    ],
)
def test_an_object_that_is_not_the_one_of_the_ledger_is_not_taken(
    functions: Functions, model: ScriptedModel, stored: bytes
) -> None:
    model.otherwise = completion("by the model")
    world = layers.with_layers(functions, {1: Layer(TEXT)})
    key = object_keys.layer_key(world.file_id, 1)
    object_store.store().put(key, stored, object_store.JSON)
    deliver_all(world)
    assert [page["text"] for page in world.pages()] == ["by the model"]


@pytest.mark.parametrize(("method", "path"), [("POST", "/cancel"), ("DELETE", "")])
def test_a_file_that_was_cancelled_or_deleted_takes_nothing(
    functions: Functions, model: ScriptedModel, method: str, path: str
) -> None:
    world = layers.with_layers(functions, {1: Layer(TEXT)})
    [extracted] = layers.to_extract(world)
    done = functions.clients["upload"].open(f"/v1/files/{world.file_id}{path}", method=method)
    assert done.status_code in (202, 204)
    before = world.snapshot()
    world.functions.accepts("llm", extracted)
    assert world.snapshot() == before


def test_an_earlier_generation_changes_nothing(functions: Functions, model: ScriptedModel) -> None:
    world = layers.with_layers(functions, {1: Layer(TEXT)})
    [extracted] = layers.to_extract(world)
    functions.clients["upload"].post(f"/v1/files/{world.file_id}/cancel")
    functions.clients["upload"].post(f"/v1/files/{world.file_id}/retry", json={})
    before = world.snapshot()
    world.functions.accepts("llm", extracted)
    assert world.snapshot() == before


def test_pages_that_are_not_its_own_are_left_alone(
    functions: Functions, model: ScriptedModel
) -> None:
    world = layers.with_layers(functions, {1: Layer(TEXT)}, count=2)
    [extracted] = layers.to_extract(world)
    both = PagesExtracted(generation=1, page_numbers=[1, 1, 2, 77, 2**31 + 5])
    world.functions.accepts("llm", event("twice", extracted.subject, both))
    assert [page["status"] for page in world.pages()] == ["read", "rendered"]


def test_a_dead_letter_fails_the_pages_that_wait_for_it(
    functions: Functions, model: ScriptedModel
) -> None:
    world = layers.with_layers(functions, {1: Layer(TEXT), 2: Layer(TEXT)})
    for extracted in layers.to_extract(world):
        world.functions.accepts("register", dead_letter(extracted))
    assert {page["status"] for page in world.pages()} == {"failed"}
    assert {page["error_code"] for page in world.pages()} == {"unexpected"}


def test_a_dead_letter_leaves_pages_alone_that_are_read_instead(
    functions: Functions, model: ScriptedModel
) -> None:
    world = layers.with_layers(functions, {1: Layer(TEXT)})
    object_store.store().remove([object_keys.layer_key(world.file_id, 1)])
    [extracted] = layers.to_extract(world)
    world.functions.accepts("llm", extracted)
    world.functions.accepts("register", dead_letter(extracted))
    assert world.pages()[0]["status"] == "rendered"


def dead_letter(about: Event[Any]) -> Event[DeliveryFailed]:
    headers, body = events.to_http(about)
    failure = Failure(code="unexpected", detail="something failed")
    failed = DeliveryFailed(function="llm", failure=failure, attempts=5, headers=headers, body=body)
    return event(f"{about.id} failed", about.subject, failed)


def test_a_range_of_eight_pages_takes_this_many_statements(
    functions: Functions, model: ScriptedModel, statements: Counter[str]
) -> None:
    world = layers.with_layers(functions, {n: Layer(f"{TEXT} {n}") for n in range(1, 9)})
    numbers = list(range(1, 9))
    extracted = PagesExtracted(generation=1, page_numbers=numbers)
    statements.clear()
    world.functions.accepts("llm", event("all eight", world.file_id, extracted))
    assert world.file()["status"] == "completed"
    ours = {name: count for name, count in statements.items() if name in OF_A_RANGE}
    assert ours == OF_A_RANGE


#: In two transactions; the file is finished by it.
OF_A_RANGE = {
    "pages_to_extract": 1,
    "lock_file": 1,
    "store_layers": 1,
    "work_left": 1,
    "finish_file": 1,
    "announce": 2,
}


@pytest.fixture
def statements(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each named query runs."""
    count: Counter[str] = Counter()
    texts = {query.sql.encode(): query.name for query in queries.Query.bound}
    execute = psycopg.Cursor.execute

    def counted(cursor: Any, sql: Any, *arguments: Any, **options: Any) -> Any:
        count[texts.get(sql, "other") if isinstance(sql, bytes) else "other"] += 1
        return execute(cursor, sql, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    return count


# --- Read once more ---------------------------------------------------------------------------


def retry(world: World, **options: Any) -> None:
    answer = world.functions.clients["upload"].post(
        f"/v1/files/{world.file_id}/retry", json={"pages": "1", **options}
    )
    assert answer.status_code in (200, 202), answer.get_data(as_text=True)


@pytest.mark.parametrize("use", ["auto", "always"])
def test_a_page_that_a_model_read_takes_its_own_text_when_somebody_wants_that(
    world: World, model: ScriptedModel, use: str
) -> None:
    model.otherwise = completion(MISREAD)
    read(world)
    retry(world, text_layer=use)
    deliver_all(world)
    [page] = world.pages()
    assert (page["text"], page["provenance"]) == (TEXT, "text_layer")
    assert page["version"] == 2
    assert page["usage"]["cost_usd"] == 0
    assert len(model.requests) == 1


def test_auto_reads_again_what_cannot_be_trusted_and_always_takes_it_with_a_doubt(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion(OTHER)
    world = layers.with_layers(functions, {1: Layer(TEXT, "refused", "a cipher")})
    deliver_all(world)
    retry(world, text_layer="auto")
    deliver_all(world)
    assert world.pages()[0]["provenance"] == "model"
    retry(world, text_layer="always")
    deliver_all(world)
    [page] = world.pages()
    assert (page["text"], codes(page)) == (TEXT, ["layer_not_trusted"])
    assert "a cipher" in page["doubts"][0]["detail"]
    assert len(model.requests) == 2


def test_a_page_whose_own_text_was_taken_is_read_when_it_is_read_once_more(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion(MISREAD)
    world = extracted_world(functions)
    retry(world)
    deliver_all(world)
    [page] = world.pages()
    assert (page["text"], page["provenance"], page["doubts"]) == (MISREAD, "model", [])


# --- Held against what a reader says ----------------------------------------------------------


def test_an_answer_that_says_what_the_page_carries_is_its_text(
    world: World, model: ScriptedModel
) -> None:
    model.otherwise = completion(MISREAD)
    page = read(world)
    assert (page["text"], page["provenance"], page["doubts"]) == (MISREAD, "model", [])
    assert len(model.requests) == 1


def test_one_that_differs_causes_another_try_at_the_next_temperature(
    world: World, model: ScriptedModel
) -> None:
    model.script.extend([completion(OTHER), completion(TEXT)])
    page = read(world)
    assert (page["text"], page["provenance"], page["doubts"]) == (TEXT, "model", [])
    assert (page["attempts"], page["usage"]["prompt_tokens"]) == (2, 22)
    temperatures = [request["temperature"] for request in model.requests]
    assert temperatures == sorted(set(temperatures))


def test_when_all_differ_the_page_has_its_own_text_and_a_doubt_that_says_why(
    world: World, model: ScriptedModel
) -> None:
    model.otherwise = completion(OTHER)
    page = read(world)
    assert (page["text"], page["provenance"], codes(page)) == (
        TEXT,
        "text_layer",
        ["differs_from_layer"],
    )
    detail = page["doubts"][0]["detail"]
    assert re.search(r"\d+ of \d+ words are missing, such as “\w+”", detail)
    assert "this is the text that the page carries" in detail
    assert (page["attempts"], page["usage"]["completion_tokens"]) == (3, 21)
    assert len(model.requests) == 3
    assert words_of(world.file_id) == rounded(Layer(TEXT).words)
    [announced] = world.events(PageRead)
    assert list(announced.data.doubts) == ["differs_from_layer"]


def test_when_all_are_refused_too(world: World, model: ScriptedModel) -> None:
    model.otherwise = completion("I'm sorry, but I can't help with that.")
    page = read(world)
    assert (page["text"], page["provenance"], codes(page)) == (
        TEXT,
        "text_layer",
        ["answers_refused"],
    )
    assert "the model refused to read the page" in page["doubts"][0]["detail"]


def test_such_a_text_is_not_kept_for_other_pages(world: World, model: ScriptedModel) -> None:
    [[before]] = rows(b"SELECT count(*) FROM readings")
    model.otherwise = completion(OTHER)
    read(world)
    assert rows(b"SELECT count(*) FROM readings") == [(before,)]


def test_nobody_waits_for_an_endpoint_that_breaks_down_after_an_answer_that_differs(
    world: World, model: ScriptedModel
) -> None:
    model.script.append(completion(OTHER))
    model.otherwise = error(429, "later")
    page = read(world)
    assert (page["text"], codes(page)) == (TEXT, ["differs_from_layer"])


def test_a_page_still_waits_for_an_endpoint_that_is_away(
    world: World, model: ScriptedModel
) -> None:
    model.otherwise = error(429, "later")
    [registered] = layers.to_read(world)
    assert world.functions.call("llm", registered).status_code == 503
    assert world.pages()[0]["status"] == "rendered"


def test_of_a_page_that_is_not_verified_no_answer_is_held_against_what_it_carries(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion(OTHER)
    world = layers.with_layers(functions, {1: Layer(TEXT)}, text_layer="never", verify="never")
    page = read(world)
    assert (page["text"], page["provenance"], page["doubts"]) == (OTHER, "model", [])
    assert page["verification"]["reason"] == "switched_off"
    assert len(model.requests) == 1


def test_nor_is_what_it_carries_fetched(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.otherwise = completion(OTHER)
    world = layers.with_layers(functions, {1: Layer(TEXT)}, text_layer="never", verify="never")
    fetched: list[str] = []
    get = object_store.ObjectStore.get

    def noted(store: object_store.ObjectStore, key: str) -> bytes:
        fetched.append(key)
        return get(store, key)

    monkeypatch.setattr(object_store.ObjectStore, "get", noted)
    read(world)
    assert fetched == [object_keys.image_key(world.file_id, 1)]


def test_but_it_is_the_text_of_such_a_page_when_all_answers_are_refused(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("I'm sorry, but I can't help with that.")
    world = layers.with_layers(functions, {1: Layer(TEXT)}, text_layer="never", verify="never")
    page = read(world)
    assert (page["text"], page["provenance"]) == (TEXT, "text_layer")
    assert codes(page) == ["answers_refused"]


def test_a_layer_that_is_not_trusted_is_held_against_nothing(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion(OTHER)
    world = layers.with_layers(functions, {1: Layer(TEXT, "refused")}, text_layer="never")
    page = read(world)
    assert (page["text"], page["doubts"]) == (OTHER, [])
    assert len(model.requests) == 1


def test_nor_is_one_that_is_gone(world: World, model: ScriptedModel) -> None:
    model.otherwise = completion(OTHER)
    object_store.store().remove([object_keys.layer_key(world.file_id, 1)])
    page = read(world)
    assert (page["text"], page["doubts"]) == (OTHER, [])


def test_to_a_prompt_of_ones_own_a_difference_is_only_a_doubt(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("forty boats")
    world = layers.with_layers(functions, {1: Layer(TEXT)}, **ASKED)
    page = read(world)
    assert (page["text"], page["provenance"]) == ("forty boats", "model")
    assert codes(page) == ["differs_from_layer"]
    assert len(model.requests) == 1


def test_and_refused_answers_to_it_fail_the_page(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("")
    world = layers.with_layers(functions, {1: Layer(TEXT)}, **ASKED)
    [registered] = layers.to_read(world)
    assert world.functions.call("llm", registered).status_code == 422


def test_where_pictures_are_described_an_answer_may_say_more(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion(f"{TEXT}\n\n{OTHER}")
    world = layers.with_layers(functions, {1: Layer(TEXT)}, text_layer="never", describe=True)
    page = read(world)
    assert (page["provenance"], page["doubts"]) == ("model", [])
    assert "charts" in model.requests[0]["messages"][1]["content"][1]["text"]


def test_a_model_that_adds_a_paragraph_is_asked_again(world: World, model: ScriptedModel) -> None:
    model.script.append(completion(f"{TEXT}\n\n{OTHER}"))
    model.otherwise = completion(TEXT)
    assert read(world)["text"] == TEXT
    assert len(model.requests) == 2


def test_a_kept_answer_that_differs_is_not_taken(
    functions: Functions, model: ScriptedModel
) -> None:
    pages = same_image_twice(functions, model, OTHER)
    model.otherwise = completion(TEXT)
    world = pages(Layer(TEXT))
    page = read(world)
    assert (page["text"], page["provenance"], page["doubts"]) == (TEXT, "model", [])


def test_one_that_does_not_is(functions: Functions, model: ScriptedModel) -> None:
    pages = same_image_twice(functions, model, MISREAD)
    model.requests.clear()
    page = read(pages(Layer(TEXT)))
    assert (page["text"], page["provenance"], page["doubts"]) == (MISREAD, "cache", [])
    assert model.requests == []


def same_image_twice(functions: Functions, model: ScriptedModel, answer: str) -> Any:
    """Have a page read whose answer is kept; makes files with the same page and a layer."""
    pdf = drawn_pdf([f"the same page {uuid4()}"])
    model.otherwise = completion(answer)
    first = World.with_file(functions, pdf, text_layer="never")
    layers.register(first, {})
    read(first)

    def again(layer: Layer) -> World:
        world = World.with_file(functions, pdf, text_layer="never")
        layers.register(world, {1: layer})
        return world

    return again


# --- What an answer says against itself -------------------------------------------------------


def test_an_empty_text_of_a_page_that_is_not_blank_is_doubted(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("[no text]")
    page = read(layers.with_layers(functions, {}, count=1))
    assert (page["text"], codes(page)) == ("", ["nothing_found"])


def test_and_one_with_parts_that_cannot_be_read(functions: Functions, model: ScriptedModel) -> None:
    model.otherwise = completion("Dear [illegible], yours [Illegible]")
    page = read(layers.with_layers(functions, {}, count=1))
    assert codes(page) == ["parts_illegible"]


def test_a_kept_text_is_doubted_like_a_new_one(functions: Functions, model: ScriptedModel) -> None:
    pages = same_image_twice(functions, model, "[no text]")
    world = pages(Layer(TEXT, "refused"))
    page = read(world)
    assert (page["provenance"], codes(page)) == ("cache", ["nothing_found"])


def test_a_page_that_finds_nothing_where_it_carries_text_has_that_text(
    world: World, model: ScriptedModel
) -> None:
    model.otherwise = completion("[no text]")
    page = read(world)
    assert (page["text"], codes(page)) == (TEXT, ["differs_from_layer"])
