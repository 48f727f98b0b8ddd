"""What people want done with the text that pages carry, and what they are told to look at."""

import io
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import Client, TestResponse

from lector.contracts import (
    FileCompleted,
    PageRead,
    PageRegistered,
    PagesExtracted,
    PagesRendered,
    PagesRequested,
)
from lector.domain import object_keys, text_layers
from lector.domain.text_layers import TextLayer
from lector.runtime import object_store, settings
from lector.runtime.events import Event
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.pdfs import drawn_pdf, text_pdf
from tests.support.world import World, rows

CARRIED = "# What the page carries"
DAMAGED = {"damaged_content": "half of the picture is missing"}
CONFLICTS: list[dict[str, Any]] = [
    {"prompt": "Read it backwards."},
    {"model": "another"},
    {"reader": "openrouter"},
    {"describe": True},
]


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    """A file of two pages, whose text layers are taken where they can be trusted."""
    return with_pages(functions, text_layer="auto")


def with_pages(functions: Functions, **options: Any) -> World:
    pdf = drawn_pdf([f"page {n} {uuid4()}" for n in (1, 2)])
    return World.with_file(functions, pdf, **options)


def rendered(
    world: World, verdict: str | None = "trusted", doubts: Mapping[str, str] | None = None
) -> Event[PagesRendered]:
    """The first page's image; the page carries a text of this verdict, and has these doubts."""
    tried, other = world.rendered()
    [first] = tried.data.pages
    for page in (first, *other.data.pages):
        page.ClearField("text_layer")
        page.doubts.clear()
    first.doubts.update(doubts or {})
    if verdict is not None:
        words = [[word, 0, 0, 1, 1] for word in CARRIED.split()]
        encoded = text_layers.encode(TextLayer(CARRIED, words, []))
        key = object_keys.layer_key(world.file_id, 1)
        object_store.store().put(key, encoded, "application/json")
        first.text_layer.sha256 = sha256(encoded).hexdigest()
        first.text_layer.verdict = verdict
        if verdict == "refused":
            first.text_layer.reason = "its letters are a cipher"
    return tried


def register(world: World, verdict: str | None = "trusted", **doubts: Mapping[str, str]) -> str:
    """Register both pages; what is announced about the first: extracted or registered."""
    rendered(world, verdict, **doubts)
    for event in world.rendered():
        world.functions.accepts("register", event)
    return last_announced(world)


def last_announced(world: World) -> str:
    """Whether the text of the first page was to be taken from it, or its image to be read, last."""
    announced = [
        event
        for event in world.events(PagesExtracted) + world.events(PageRegistered)
        if 1 in getattr(event.data, "page_numbers", [getattr(event.data, "page_number", 0)])
    ]
    last = max(announced, key=lambda event: int(event.data.generation))
    return "extracted" if isinstance(last.data, PagesExtracted) else "registered"


def read(world: World, model: ScriptedModel, *texts: str) -> None:
    """Take and read what was announced last; the model answers with these texts."""
    generation = world.file()["generation"]
    model.script.extend(completion(text) for text in texts)
    for event in world.events(PagesExtracted) + world.events(PageRegistered):
        if event.data.generation == generation:
            world.functions.accepts("llm", event)


def get(world: World, path: str = "") -> TestResponse:
    return world.functions.clients["upload"].get(f"/v1/files/{world.file_id}{path}")


def retry(world: World, **options: Any) -> TestResponse:
    return world.functions.clients["upload"].post(f"/v1/files/{world.file_id}/retry", json=options)


def announce(api: Client, **options: Any) -> TestResponse:
    return api.post("/v1/files", json={"name": "a.pdf", "size_bytes": 5, **options})


def send(api: Client, **options: str) -> TestResponse:
    form = {"file": (io.BytesIO(text_pdf(["hello"])), "letter.pdf"), **options}
    return api.post("/v1/files", data=form)


def test_a_file_of_which_nobody_says_how_is_read_as_is_usual_here(api: Client) -> None:
    file = announce(api).get_json()
    assert (file["text_layer"], file["describe"], file["media_type"]) == (None, False, None)


@pytest.mark.parametrize("use", ["auto", "never", "always"])
def test_a_file_says_what_is_to_be_done_with_text_layers(api: Client, use: str) -> None:
    assert announce(api, text_layer=use).get_json()["text_layer"] == use
    assert send(api, text_layer=use).get_json()["text_layer"] == use
    body = {"files": [{"name": "a.pdf", "size_bytes": 5, "text_layer": use}]}
    [result] = api.post("/v1/files/batch", json=body).get_json()["results"]
    assert result["file"]["text_layer"] == use


def test_a_file_says_whether_pictures_are_to_be_described(api: Client) -> None:
    assert announce(api, describe=True).get_json()["describe"] is True
    assert send(api, describe="true").get_json()["describe"] is True
    assert send(api, describe="false").get_json()["describe"] is False


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("text_layer", "sometimes", "text_layer must be one of auto, never, always"),
        ("text_layer", "", "text_layer must be one of auto, never, always"),
        ("describe", "yes", "describe must be true or false"),
        ("describe", "1", "describe must be true or false"),
    ],
)
def test_an_option_of_another_value_is_refused_with_those_that_it_may_have(
    api: Client, option: str, value: str, expected: str
) -> None:
    for answer in (announce(api, **{option: value}), send(api, **{option: value})):
        problem = answer.get_json()
        assert (answer.status_code, problem["code"]) == (400, f"malformed_{option}")
        assert problem["detail"] == expected


@pytest.mark.parametrize("wish", CONFLICTS, ids=lambda wish: next(iter(wish)))
def test_who_wants_no_page_read_cannot_say_how_it_is_to_be_read(
    api: Client, wish: dict[str, Any]
) -> None:
    name, value = next(iter(wish.items()))
    text = "true" if value is True else value
    for answer in (
        announce(api, text_layer="always", **wish),
        send(api, text_layer="always", **{name: text}),
    ):
        problem = answer.get_json()
        assert (answer.status_code, problem["code"]) == (422, "conflicting_options")
        assert problem["detail"] == (
            f"text_layer=always asks no model, so it does not go with {name}"
        )


@pytest.mark.parametrize("use", ["auto", "never"])
@pytest.mark.parametrize("wish", CONFLICTS, ids=lambda wish: next(iter(wish)))
def test_other_uses_of_text_layers_go_with_every_wish(
    api: Client, use: str, wish: dict[str, Any]
) -> None:
    assert announce(api, text_layer=use, **wish).status_code == 201


def test_of_many_files_only_those_whose_options_conflict_are_refused(api: Client) -> None:
    good = {"name": "a.pdf", "size_bytes": 5, "text_layer": "always"}
    body = {"files": [good, {**good, "describe": True}]}
    first, second = api.post("/v1/files/batch", json=body).get_json()["results"]
    assert first["file"]["text_layer"] == "always"
    assert second["error"]["code"] == "conflicting_options"


def test_a_key_used_with_another_option_is_refused(api: Client) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    body = {"name": "a.pdf", "size_bytes": 5}
    assert api.post("/v1/files", json=body, headers=headers).status_code == 201
    for option in ({"text_layer": "never"}, {"describe": True}):
        refused = api.post("/v1/files", json={**body, **option}, headers=headers)
        assert (refused.status_code, refused.get_json()["code"]) == (422, "idempotency_key_reused")
    same = api.post("/v1/files", json={**body, "describe": False}, headers=headers)
    assert same.status_code == 201


@pytest.mark.parametrize(
    ("use", "verdict", "expected"),
    [
        ("auto", "trusted", "extracted"),
        ("auto", "mixed", "registered"),
        ("auto", "refused", "registered"),
        ("auto", None, "registered"),
        ("never", "trusted", "registered"),
        ("always", "trusted", "extracted"),
        ("always", "mixed", "extracted"),
        ("always", "refused", "extracted"),
        ("always", None, "registered"),
    ],
)
def test_a_page_is_read_or_its_text_is_taken_as_somebody_wants(
    functions: Functions, use: str, verdict: str | None, expected: str
) -> None:
    assert register(with_pages(functions, text_layer=use), verdict) == expected


@pytest.mark.parametrize(("use", "expected"), [("always", "extracted"), ("never", "registered")])
def test_a_file_that_does_not_say_is_read_as_the_settings_say(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, use: str, expected: str
) -> None:
    monkeypatch.setenv("TEXT_LAYER", use)
    settings.current.cache_clear()
    try:
        assert register(with_pages(functions), "refused") == expected
    finally:
        monkeypatch.undo()
        settings.current.cache_clear()


@pytest.mark.parametrize("wish", CONFLICTS, ids=lambda wish: next(iter(wish)))
def test_who_says_how_pages_are_to_be_read_has_every_page_read(
    functions: Functions, wish: dict[str, Any]
) -> None:
    assert register(with_pages(functions, text_layer="auto", **wish)) == "registered"


def test_a_page_whose_text_was_taken_says_so_and_costs_nothing(
    world: World, model: ScriptedModel
) -> None:
    register(world)
    read(world, model, "read")
    first, second = world.pages()
    assert (first["status"], first["text"], first["provenance"]) == ("read", CARRIED, "text_layer")
    assert (first["model"], first["usage"]["cost_usd"], first["attempts"]) == (None, 0, None)
    assert (first["text_layer"], first["doubts"]) == ({"verdict": "trusted", "reason": None}, [])
    assert (second["text"], second["provenance"], second["text_layer"]) == ("read", "model", None)
    assert len(model.requests) == 1


def test_a_page_whose_text_layer_is_refused_says_why(world: World, model: ScriptedModel) -> None:
    register(world, "refused")
    first = world.pages()[0]
    assert first["text_layer"] == {"verdict": "refused", "reason": "its letters are a cipher"}


def test_a_text_that_is_taken_although_it_is_not_trusted_is_doubted(
    functions: Functions, model: ScriptedModel
) -> None:
    world = with_pages(functions, text_layer="always")
    register(world, "refused")
    read(world, model)
    [doubt] = world.pages()[0]["doubts"]
    assert doubt["code"] == "layer_not_trusted"
    assert doubt["detail"].endswith(": its letters are a cipher")


def test_a_page_read_once_more_is_read_by_the_model(world: World, model: ScriptedModel) -> None:
    register(world)
    read(world, model)
    assert retry(world, pages="1").status_code == 202
    assert last_announced(world) == "registered"
    read(world, model, "what the model says")
    first = world.pages()[0]
    assert (first["text"], first["provenance"]) == ("what the model says", "model")
    assert (first["version"], first["versions"]) == (2, 2)


@pytest.mark.parametrize(
    ("use", "verdict", "expected"),
    [
        ("auto", "trusted", "extracted"),
        ("auto", "refused", "registered"),
        ("always", "refused", "extracted"),
        ("always", None, "registered"),
        ("never", "trusted", "registered"),
    ],
)
def test_a_page_read_once_more_has_its_own_text_taken_if_somebody_says_so(
    functions: Functions, model: ScriptedModel, use: str, verdict: str | None, expected: str
) -> None:
    model.otherwise = completion(CARRIED)
    world = with_pages(functions, text_layer="never")
    register(world, verdict)
    read(world, model)
    assert retry(world, pages="1", text_layer=use).status_code == 202
    assert last_announced(world) == expected
    read(world, model)
    origin = {"extracted": "text_layer", "registered": "model"}[expected]
    assert world.pages()[0]["provenance"] == origin


@pytest.mark.parametrize("wish", CONFLICTS, ids=lambda wish: next(iter(wish)))
def test_a_page_read_once_more_in_a_way_of_ones_own_is_read(
    world: World, model: ScriptedModel, wish: dict[str, Any]
) -> None:
    register(world)
    read(world, model)
    assert retry(world, pages="1", text_layer="auto", **wish).status_code == 202
    assert last_announced(world) == "registered"


@pytest.mark.parametrize("wish", CONFLICTS, ids=lambda wish: next(iter(wish)))
def test_a_retry_whose_options_conflict_is_refused_and_begins_nothing(
    world: World, model: ScriptedModel, wish: dict[str, Any]
) -> None:
    register(world)
    read(world, model)
    answer = retry(world, pages="1", text_layer="always", **wish)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "conflicting_options")
    assert (world.file()["generation"], world.file()["status"]) == (1, "completed")


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("always", None, "extracted"),
        ("never", None, "registered"),
        ("never", "always", "extracted"),
        ("always", "never", "registered"),
    ],
)
def test_a_page_that_failed_is_tried_again_as_it_was_wanted_unless_somebody_says_otherwise(
    functions: Functions, model: ScriptedModel, before: str, now: str | None, expected: str
) -> None:
    world = with_pages(functions, text_layer=before)
    tried = rendered(world)
    key = tried.data.pages[0].image.object_key
    layer = tried.data.pages[0].text_layer
    world.functions.accepts("register", failed(tried))
    world.functions.accepts("register", world.rendered()[1])
    read(world, model)
    assert world.pages()[0]["status"] == "failed"
    assert retry(world, **({"text_layer": now} if now else {})).status_code == 202
    [again] = [e for e in world.events(PagesRequested) if e.data.generation == 2]
    reply = world.functions.reply("render", again)
    assert reply.data.pages[0].image.object_key == key
    reply.data.pages[0].text_layer.CopyFrom(layer)
    world.functions.accepts("register", reply)
    assert last_announced(world) == expected


def failed(tried: Event[PagesRendered]) -> Event[PagesRendered]:
    """The same, but the first page could not be drawn."""
    data = PagesRendered()
    data.CopyFrom(tried.data)
    data.pages[0].ClearField("text_layer")
    data.pages[0].failure.code, data.pages[0].failure.detail = "page_undecodable", "torn"
    return Event(tried.id, tried.source, tried.subject, data)


def doubted(world: World, model: ScriptedModel) -> None:
    """Both pages are read, and the first was drawn from damaged content."""
    register(world, None, doubts=DAMAGED)
    read(world, model, "one", "two")


def test_what_speaks_against_a_text_stands_beside_it(world: World, model: ScriptedModel) -> None:
    doubted(world, model)
    shown = [{"code": "damaged_content", "detail": "half of the picture is missing"}]
    assert [page["doubts"] for page in world.pages()] == [shown, []]
    assert get(world, "/pages/1").get_json()["doubts"] == shown
    assert get(world, "/pages/1/versions").get_json()["versions"][0]["doubts"] == shown


def test_a_page_to_look_at_is_read_and_its_file_is_complete(
    world: World, model: ScriptedModel
) -> None:
    doubted(world, model)
    file = world.file()
    assert (file["status"], file["error"]) == ("completed", None)
    assert (file["progress"]["read"], file["progress"]["doubted"]) == (2, 1)


def test_nothing_speaks_against_a_text_before_there_is_one(world: World) -> None:
    register(world, None, doubts=DAMAGED)
    assert [page["doubts"] for page in world.pages()] == [[], []]
    assert world.file()["progress"]["doubted"] == 0
    assert get(world, "/pages?doubted=true").get_json()["pages"] == []


def test_pages_to_look_at_can_be_listed_alone_and_so_can_the_others(
    world: World, model: ScriptedModel
) -> None:
    doubted(world, model)
    for query, numbers in (("true", [1]), ("false", [2])):
        pages = get(world, f"/pages?doubted={query}").get_json()["pages"]
        assert [page["number"] for page in pages] == numbers
    refused = get(world, "/pages?doubted=perhaps")
    assert (refused.status_code, refused.get_json()["code"]) == (400, "malformed_doubted")


def test_the_text_of_a_file_as_json_says_of_each_page_where_it_is_from_and_what_speaks_against_it(
    world: World, model: ScriptedModel
) -> None:
    register(world, "trusted", doubts=DAMAGED)
    read(world, model, "two")
    first, second = get(world, "/text?format=json").get_json()["pages"]
    assert (first["provenance"], second["provenance"]) == ("text_layer", "model")
    assert [doubt["code"] for doubt in first["doubts"]] == ["damaged_content"]
    assert second["doubts"] == []


def test_the_text_of_a_file_as_text_and_markdown_is_the_text_alone(
    world: World, model: ScriptedModel
) -> None:
    doubted(world, model)
    assert get(world, "/text").get_data(as_text=True) == "one\n\ftwo\n"
    assert get(world, "/text?format=markdown").get_data(as_text=True) == (
        "# test.pdf\n\n## Page 1\n\none\n\n## Page 2\n\ntwo\n"
    )


def test_each_version_of_a_text_has_its_own_doubts_and_going_back_brings_them_back(
    functions: Functions, model: ScriptedModel
) -> None:
    world = with_pages(functions, text_layer="always")
    register(world, "refused")
    read(world, model)
    assert retry(world, pages="1").status_code == 202
    read(world, model, "what the model says")
    assert world.pages()[0]["doubts"] == []
    new, old = get(world, "/pages/1/versions").get_json()["versions"]
    assert (new["doubts"], new["provenance"]) == ([], "model")
    assert ([d["code"] for d in old["doubts"]], old["provenance"]) == (
        ["layer_not_trusted"],
        "text_layer",
    )
    restored = functions.clients["upload"].post(
        f"/v1/files/{world.file_id}/pages/1/versions/1/restore"
    )
    assert restored.get_json()["doubts"] == old["doubts"]
    assert world.file()["progress"]["doubted"] == 1


def test_a_page_that_is_read_once_more_keeps_its_doubts_until_there_is_another_text(
    world: World, model: ScriptedModel
) -> None:
    doubted(world, model)
    assert retry(world, pages="1").status_code == 202
    waiting = world.pages()[0]
    assert (waiting["status"], len(waiting["doubts"])) == ("rendered", 1)
    assert world.file()["progress"]["doubted"] == 1


def test_rows_of_before_say_nothing_of_doubts_and_text_layers(
    functions: Functions, model: ScriptedModel
) -> None:
    """As a migration finds them: written by statements that know none of the new columns."""
    world = World.with_file(functions, text_pdf([str(uuid4())]))
    rows(
        b"WITH before AS (INSERT INTO pages (id, file_id, number, generation, status, text,"
        b" provenance, version, versions) VALUES (gen_random_uuid(), %s, 1, 1, 'read', 'old',"
        b" 'model', 1, 1) RETURNING id) INSERT INTO page_versions (page_id, version, text,"
        b" provenance) SELECT id, 7, 'older', 'cache' FROM before RETURNING page_id",
        world.file_id,
    )
    rows(b"UPDATE files SET media_type = NULL WHERE id = %s RETURNING id", world.file_id)
    file, [page] = world.file(), world.pages()
    assert (file["text_layer"], file["describe"], file["media_type"]) == (None, False, None)
    assert file["progress"]["doubted"] == 0
    assert (page["doubts"], page["text_layer"]) == ([], None)
    versions = get(world, "/pages/1/versions").get_json()["versions"]
    assert [version["doubts"] for version in versions] == [[], []]
    [span] = get(world, "/text?format=json").get_json()["pages"]
    assert (span["provenance"], span["doubts"]) == ("model", [])


def test_the_event_of_a_page_has_its_doubts_and_that_of_a_file_counts_the_pages_to_look_at(
    world: World, model: ScriptedModel
) -> None:
    doubted(world, model)
    doubts = {e.data.page_number: dict(e.data.doubts) for e in world.events(PageRead)}
    assert doubts == {1: DAMAGED, 2: {}}
    [completed] = world.events(FileCompleted)
    assert (completed.data.pages_read, completed.data.pages_doubted) == (2, 1)
