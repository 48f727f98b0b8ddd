"""Every function twice with the same event, once late, and out of order: one effect."""

from typing import Any
from uuid import uuid4

import pytest

from lector.contracts import (
    DeliveryFailed,
    Failure,
    FileCompleted,
    FileOpened,
    PageFailed,
    PageRead,
    PageRegistered,
    PagesRequested,
)
from lector.runtime.events import Event, page_id, to_http
from tests.support.called import Functions, event
from tests.support.model import ScriptedModel, completion
from tests.support.pdfs import drawn_pdf
from tests.support.world import World, rows


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    return World.with_pages(functions)


def letter_about(undelivered: Event[Any], code: str = "gave_up") -> Event[DeliveryFailed]:
    headers, body = to_http(undelivered)
    failed = DeliveryFailed(
        function={"lector.page.registered": "llm"}.get(undelivered.type, "render"),
        failure=Failure(code=code, detail="it could not be done"),
        attempts=8,
        headers=headers,
        body=body,
    )
    return event(undelivered.id, undelivered.subject, failed)


def test_a_file_is_read_page_by_page_and_completed(world: World, model: ScriptedModel) -> None:
    model.script.extend([completion("one"), completion("two")])
    world.read()
    assert [page["text"] for page in world.pages()] == ["one", "two"]
    assert world.file()["status"] == "completed"


def test_a_confirmation_said_twice_announces_the_file_once(world: World) -> None:
    before = world.snapshot()
    again = world.functions.clients["upload"].post(f"/v1/files/{world.file_id}/confirm")
    assert again.status_code == 202
    assert world.snapshot() == before


def test_a_redelivered_upload_is_opened_with_the_same_event_id(world: World) -> None:
    first, second = (world.functions.reply("render", world.uploaded()) for _ in range(2))
    assert first.id == second.id


def test_an_upload_redelivered_after_its_file_was_opened_is_left_alone(world: World) -> None:
    world.requested()
    world.functions.accepts("render", world.uploaded())


def test_a_request_redelivered_after_its_images_were_entered_is_left_alone(world: World) -> None:
    world.registered()
    for requested in world.events(PagesRequested):
        world.functions.accepts("render", requested)


def test_a_redelivered_opening_leaves_the_ledger_alone(world: World) -> None:
    world.requested()
    before = world.snapshot()
    world.functions.accepts("register", world.opened())
    assert world.snapshot() == before


def test_a_redelivered_request_keeps_its_page_keys(functions: Functions) -> None:
    world = World.with_pages(functions, 3)
    _, request = world.requested()
    assert list(request.data.page_numbers) == [2, 3]
    first, second = (world.functions.reply("render", request) for _ in range(2))
    assert first.id == second.id
    for page in (*first.data.pages, *second.data.pages):
        assert page.render_s > 0
        page.ClearField("render_s")
    assert first.data == second.data


def test_redelivered_images_are_announced_for_reading_once(functions: Functions) -> None:
    world = World.with_pages(functions, 3)
    _, rendered = world.rendered()
    world.functions.accepts("register", rendered)
    before = world.snapshot()
    world.functions.accepts("register", rendered)
    assert world.snapshot() == before


def test_a_page_already_read_is_not_asked_of_the_model_again(
    world: World, model: ScriptedModel
) -> None:
    world.read()
    before, calls = world.snapshot(), len(model.requests)
    for registered in world.events(PageRegistered):
        world.functions.accepts("llm", registered)
    assert world.snapshot() == before
    assert len(model.requests) == calls


def test_the_whole_way_again_after_the_end_changes_nothing(
    world: World, model: ScriptedModel
) -> None:
    world.read()
    before, calls = world.snapshot(), len(model.requests)
    world.functions.accepts("register", world.opened())
    for rendered in world.rendered():
        world.functions.accepts("register", rendered)
    for registered in world.events(PageRegistered):
        world.functions.accepts("llm", registered)
    assert world.snapshot() == before
    assert len(model.requests) == calls


@pytest.mark.parametrize("stage", ["requested", "rendered", "registered", "read"])
def test_a_late_upload_event_changes_nothing_at_any_stage(world: World, stage: str) -> None:
    getattr(world, stage)()
    before = world.snapshot()
    world.functions.accepts("register", world.opened())
    assert world.snapshot() == before


def test_pages_read_in_reverse_order_complete_the_file_once(world: World) -> None:
    for registered in reversed(world.registered()):
        world.functions.accepts("llm", registered)
    assert world.file()["status"] == "completed"
    assert len(world.events(FileCompleted)) == 1


def test_results_of_an_older_generation_change_nothing(world: World, model: ScriptedModel) -> None:
    registered = world.registered()
    rows(
        b"WITH page AS (UPDATE pages SET generation = 2 WHERE file_id = %s)"
        b" UPDATE files SET generation = 2 WHERE id = %s RETURNING 1",
        world.file_id,
        world.file_id,
    )
    before = world.snapshot()
    for late in registered:
        world.functions.accepts("llm", late)
    assert world.snapshot() == before
    assert model.requests == []


def test_an_answer_that_comes_after_its_page_was_superseded_is_discarded(
    world: World, model: ScriptedModel
) -> None:
    first, _ = world.registered()
    rows(b"UPDATE files SET generation = 2 WHERE id = %s RETURNING 1", world.file_id)
    world.functions.accepts("llm", first)
    assert [page["status"] for page in world.pages()] == ["rendered", "rendered"]
    assert world.events(PageRead) == []


def test_events_of_a_deleted_file_change_nothing(world: World, model: ScriptedModel) -> None:
    opened, registered = world.opened(), world.registered()
    rows(b"DELETE FROM files WHERE id = %s RETURNING 1", world.file_id)
    before = world.snapshot()
    world.functions.accepts("register", opened)
    for late in registered:
        world.functions.accepts("llm", late)
    assert world.snapshot() == before
    assert model.requests == []


def test_events_of_a_file_that_never_was_are_handled_in_silence(functions: Functions) -> None:
    opened = FileOpened(generation=1, object_key="files/none/original.pdf", page_count=3)
    functions.accepts("register", event("cause", uuid4(), opened))


def test_a_dead_letter_about_a_page_becomes_a_visible_failure(world: World) -> None:
    first, second = world.registered()
    world.functions.accepts("register", letter_about(first))
    world.functions.accepts("llm", second)
    shown = world.pages()[0]
    assert (shown["status"], shown["error_code"], shown["attempts"]) == ("failed", "gave_up", 8)
    assert world.file()["status"] == "incomplete"


def test_a_dead_letter_delivered_twice_fails_a_page_once(world: World) -> None:
    first, _ = world.registered()
    for _ in range(2):
        world.functions.accepts("register", letter_about(first))
    assert len(world.events(PageFailed)) == 1


def test_a_dead_letter_about_a_range_fails_each_of_its_pages(functions: Functions) -> None:
    world = World.with_pages(functions, 3)
    first, second = world.requested()
    functions.accepts("register", letter_about(second))
    assert [page["status"] for page in world.pages()] == ["pending", "failed", "failed"]
    functions.accepts("register", letter_about(first))
    assert [page["status"] for page in world.pages()] == ["failed", "failed", "failed"]
    assert world.file()["status"] == "failed"


def test_a_dead_letter_that_comes_late_leaves_pages_alone_that_moved_on(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 3)
    _, requested = world.requested()
    registered = world.registered()
    before = world.snapshot()
    world.functions.accepts("register", letter_about(requested))
    assert world.snapshot() == before
    for event_ in registered:
        world.functions.accepts("llm", event_)
    assert world.file()["status"] == "completed"


def test_a_dead_letter_about_the_upload_fails_the_file(world: World) -> None:
    world.functions.accepts("register", letter_about(world.uploaded(), "not_a_pdf"))
    assert world.file()["status"] == "failed"
    assert world.file()["error_code"] == "not_a_pdf"


def test_a_dead_letter_that_comes_after_the_page_was_read_changes_nothing(world: World) -> None:
    world.read()
    before = world.snapshot()
    for registered in world.events(PageRegistered):
        world.functions.accepts("register", letter_about(registered))
    assert world.snapshot() == before


def test_a_dead_letter_beyond_understanding_is_left_in_its_stream(functions: Functions) -> None:
    failure = Failure(code="malformed_event", detail="not a CloudEvent")
    garbage = DeliveryFailed(function="llm", failure=failure, attempts=1, body=b"\xff\x00")
    functions.accepts("register", event("cause", "unknown", garbage))


def test_a_text_that_arrives_after_the_page_failed_changes_nothing(world: World) -> None:
    first, _ = world.registered()
    world.functions.accepts("register", letter_about(first))
    before = world.snapshot()
    world.functions.accepts("llm", first)
    assert world.snapshot() == before


def test_the_same_image_is_paid_for_once(functions: Functions, model: ScriptedModel) -> None:
    pdf = drawn_pdf([f"once {uuid4()}"])
    for _ in range(2):
        World.with_file(functions, pdf).read()
    assert len(model.requests) == 1


def test_a_cached_answer_says_that_it_is_one(functions: Functions, model: ScriptedModel) -> None:
    pdf = drawn_pdf([f"twice {uuid4()}"])
    for _ in range(2):
        world = World.with_file(functions, pdf)
        world.read()
    [page] = world.pages()
    assert (page["provenance"], page["text"]) == ("cache", "some text")


def test_page_ids_are_the_same_whoever_computes_them(world: World) -> None:
    world.requested()
    [first, *_] = rows(b"SELECT id FROM pages WHERE file_id = %s ORDER BY number", world.file_id)
    assert first == (page_id(world.file_id, 1),)
