"""Retry, cancel and delete: what a person may do to a file, at any stage of it."""

import threading
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from werkzeug.test import TestResponse

from lector.contracts import (
    DeliveryFailed,
    Failure,
    FileCancelled,
    FileCompleted,
    FileRetried,
    FilesDeleted,
    FileUploaded,
    LedgerStalled,
    ObjectsRemoved,
    PageRegistered,
    PagesExtracted,
    PagesRequested,
)
from lector.domain import object_keys
from lector.runtime import object_store
from lector.runtime.events import Event, to_http
from tests.support import pdfs
from tests.support.bridging import wait_until
from tests.support.called import Functions, event
from tests.support.model import ScriptedModel, completion, error
from tests.support.world import World, announced, carried, rows

STAGES = ["uploaded", "requested", "rendered", "registered", "read"]


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    return World.with_pages(functions)


def post(world: World, what: str, **options: object) -> TestResponse:
    client = world.functions.clients["upload"]
    if options:
        return client.post(f"/v1/files/{world.file_id}/{what}", json=options)
    return client.post(f"/v1/files/{world.file_id}/{what}")


def delete(world: World) -> TestResponse:
    return world.functions.clients["upload"].delete(f"/v1/files/{world.file_id}")


def given_up(undelivered: Event[Any]) -> "Event[DeliveryFailed]":
    headers, body = to_http(undelivered)
    failure = Failure(code="gave_up", detail="it could not be done")
    failed = DeliveryFailed(function="llm", failure=failure, attempts=8, headers=headers, body=body)
    return event(undelivered.id, undelivered.subject, failed)


def with_a_failed_page(world: World) -> "list[Event[PageRegistered]]":
    """The first page failed, the second was read."""
    first, second = world.registered()
    world.functions.accepts("register", given_up(first))
    world.functions.accepts("llm", second)
    assert world.file()["status"] == "incomplete"
    return [first, second]


def go_on(world: World) -> None:
    """Handle what the newest generation announced, to the end."""
    generation = world.file()["generation"]
    for kind, name in ((PagesRequested, "render"), (PageRegistered, "llm")):
        for newest in world.events(kind):
            if newest.data.generation != generation:
                continue
            if name == "render":
                world.functions.accepts("register", world.functions.reply("render", newest))
            else:
                world.functions.accepts("llm", newest)


def objects_of(world: World) -> list[str]:
    return list(object_store.store().keys(object_keys.folder(world.file_id)))


def test_a_failed_page_shows_its_reason_attempts_and_time(world: World) -> None:
    with_a_failed_page(world)
    page = world.pages()[0]
    assert (page["error"], page["attempts"]) == ("it could not be done", 8)
    assert page["finished_at"] is not None


def test_a_retry_reads_the_failed_page_and_completes_the_file(world: World) -> None:
    with_a_failed_page(world)
    answer = post(world, "retry")
    assert (answer.status_code, answer.get_json()["status"]) == (202, "reading")
    go_on(world)
    assert [page["status"] for page in world.pages()] == ["read", "read"]
    assert world.file()["status"] == "completed"


def test_a_retry_is_announced_as_an_event(world: World) -> None:
    with_a_failed_page(world)
    post(world, "retry")
    assert [retried.data.generation for retried in world.events(FileRetried)] == [2]


def test_a_retry_leaves_pages_that_were_read_alone(world: World, model: ScriptedModel) -> None:
    model.script.append(completion("kept"))
    with_a_failed_page(world)
    calls = len(model.requests)
    post(world, "retry")
    go_on(world)
    assert world.pages()[1]["text"] == "kept"
    assert len(model.requests) == calls + 1


def test_a_file_that_completes_twice_says_so_once_for_each_generation(world: World) -> None:
    with_a_failed_page(world)
    post(world, "retry")
    go_on(world)
    completed = [done.data for done in world.events(FileCompleted)]
    assert [(done.generation, done.status) for done in completed] == [
        (1, "incomplete"),
        (2, "completed"),
    ]


def test_late_results_of_the_generation_before_change_nothing(
    world: World, model: ScriptedModel
) -> None:
    first, _ = with_a_failed_page(world)
    rendered = world.rendered()
    post(world, "retry")
    before, calls = world.snapshot(), len(model.requests)
    world.functions.accepts("llm", first)
    world.functions.accepts("register", given_up(first))
    for late in rendered:
        world.functions.accepts("register", late)
    assert world.snapshot() == before
    assert len(model.requests) == calls


def test_one_page_can_be_retried_alone(world: World) -> None:
    for registered in world.registered():
        world.functions.accepts("register", given_up(registered))
    assert world.file()["status"] == "failed"
    assert post(world, "retry", pages="2").status_code == 202
    go_on(world)
    assert [page["status"] for page in world.pages()] == ["failed", "read"]
    assert world.file()["status"] == "incomplete"


def test_a_page_may_be_retried_while_others_are_still_being_read(
    world: World, model: ScriptedModel
) -> None:
    first, _ = world.registered()
    world.functions.accepts("register", given_up(first))
    post(world, "retry")
    go_on(world)
    assert [page["status"] for page in world.pages()] == ["read", "read"]
    assert len(model.requests) == 2


def test_a_file_that_could_not_be_opened_is_opened_again(functions: Functions) -> None:
    world = World.with_file(functions, pdfs.not_a_pdf())
    failed = event("c", world.file_id, FileUploaded())
    assert functions.call("render", world.uploaded()).status_code == 422
    headers, body = to_http(world.uploaded())
    failure = Failure(code="not_a_pdf", detail="no")
    letter = DeliveryFailed(
        function="render", failure=failure, attempts=1, headers=headers, body=body
    )
    functions.accepts("register", event(failed.id, world.file_id, letter))
    assert world.file()["status"] == "failed"
    assert post(world, "retry").get_json()["status"] == "uploaded"
    assert [upload.data.generation for upload in world.events(FileUploaded)] == [1, 2]


@pytest.mark.parametrize("options", [{}, {"pages": "7"}])
def test_a_retry_without_anything_failed_is_refused_with_the_reason(
    world: World, options: dict[str, object]
) -> None:
    world.read()
    answer = post(world, "retry", **options)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "nothing_to_retry")


@pytest.mark.parametrize("options", [{"prompt": ""}, {"pages": ""}, {"pages": 3}, {"page": 3}])
def test_a_retry_that_cannot_be_understood_is_refused(
    world: World, options: dict[str, object]
) -> None:
    assert post(world, "retry", **options).status_code == 400


def test_a_retry_of_a_file_that_never_was_is_a_404(functions: Functions) -> None:
    assert post(World(functions, uuid4()), "retry").status_code == 404


@pytest.mark.parametrize("stage", STAGES[:-1])
def test_a_cancelled_file_takes_no_results_at_any_stage(
    world: World, model: ScriptedModel, stage: str
) -> None:
    getattr(world, stage)()
    answer = post(world, "cancel")
    assert (answer.status_code, answer.get_json()["status"]) == (202, "cancelled")
    before = world.snapshot()
    world.functions.accepts("render", world.uploaded())
    for requested in world.events(PagesRequested):
        world.functions.accepts("render", requested)
    for registered in world.events(PageRegistered):
        world.functions.accepts("llm", registered)
    assert world.snapshot() == before
    assert model.requests == []


def test_cancelling_is_an_event_and_happens_once(world: World) -> None:
    world.requested()
    for _ in range(2):
        assert post(world, "cancel").status_code == 202
    assert len(world.events(FileCancelled)) == 1


def test_pages_read_before_the_cancelling_stay_read(world: World) -> None:
    first, _ = world.registered()
    world.functions.accepts("llm", first)
    post(world, "cancel")
    assert [page["status"] for page in world.pages()] == ["read", "failed"]
    assert world.pages()[1]["error_code"] == "cancelled"


def test_an_answer_that_comes_after_the_cancelling_is_discarded(
    world: World, model: ScriptedModel
) -> None:
    rendered = world.rendered()
    post(world, "cancel")
    before = world.snapshot()
    for late in rendered:
        world.functions.accepts("register", late)
    assert world.snapshot() == before


def test_a_file_that_was_read_is_not_cancelled(world: World) -> None:
    world.read()
    assert post(world, "cancel").get_json()["status"] == "completed"


def test_a_cancelled_file_goes_on_when_it_is_retried(world: World) -> None:
    world.requested()
    post(world, "cancel")
    post(world, "retry")
    go_on(world)
    assert world.file()["status"] == "completed"


def test_a_file_cancelled_before_its_bytes_came_is_gone(functions: Functions) -> None:
    client = functions.clients["upload"]
    file_id = client.post("/v1/files", json={"name": "a", "size_bytes": 1}).get_json()["id"]
    assert client.post(f"/v1/files/{file_id}/cancel").get_json()["status"] == "cancelled"
    for what in ("confirm", "retry", "cancel"):
        assert client.post(f"/v1/files/{file_id}/{what}").status_code == 404
    assert len(World(functions, file_id).events(FilesDeleted)) == 1


@pytest.mark.parametrize("what", ["retry", "cancel"])
def test_options_that_do_not_count_are_refused_rather_than_passed_over(
    world: World, what: str
) -> None:
    client = world.functions.clients["upload"]
    path = f"/v1/files/{world.file_id}/{what}"
    assert client.post(f"{path}?pages=2").status_code == 400
    assert client.post(path, data=b'{"pages": "2"}').status_code == 400
    form = client.post(path, data={"pages": "2"})
    assert (form.status_code, "application/json" in form.get_json()["detail"]) == (400, True)
    assert world.file()["status"] == "uploaded"


@pytest.mark.parametrize("stage", STAGES)
def test_a_deleted_file_leaves_nothing_whatever_was_in_flight(world: World, stage: str) -> None:
    getattr(world, stage)()
    assert delete(world).status_code == 204
    late = b"late"
    object_store.store().put(object_keys.image_key(world.file_id, 2), late, object_store.JPEG)
    for number in (1, 2):
        removal = world.events(FilesDeleted)[-1]
        reply = world.functions.reply("render", removal)
        assert reply.data == ObjectsRemoved(round=number)
        world.functions.accepts("register", reply)
        rows(b"UPDATE files SET look_at = now() WHERE id = %s RETURNING 1", world.file_id)
        world.functions.accepts("register", event(str(uuid4()), "ledger", LedgerStalled()))
    assert objects_of(world) == []
    assert rows(b"SELECT FROM files WHERE id = %s", world.file_id) == []
    assert rows(b"SELECT FROM pages WHERE file_id = %s", world.file_id) == []


def test_what_the_pages_of_a_deleted_file_carried_goes_with_it(functions: Functions) -> None:
    world = World.with_text(functions)
    for taken in world.extracted():
        functions.accepts("llm", taken)
    layer = object_keys.layer_key(world.file_id, 1)
    assert layer in objects_of(world)
    delete(world)
    for taken in world.events(PagesExtracted):
        functions.accepts("llm", taken)
    functions.reply("render", world.events(FilesDeleted)[-1])
    assert objects_of(world) == []
    assert rows(b"SELECT FROM pages WHERE file_id = %s", world.file_id) == []


def test_pages_whose_text_could_not_be_taken_fail_with_the_reason_and_can_be_tried_again(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_text(functions)
    first, second = world.extracted()
    functions.accepts("register", given_up(first))
    functions.accepts("llm", second)
    assert [page["error"] for page in world.pages()] == ["it could not be done", None]
    assert world.file()["status"] == "incomplete"
    assert post(world, "retry").status_code == 202
    go_on(world)
    assert world.file()["status"] == "completed"
    assert world.pages()[1]["text"] == carried(2)
    assert len(model.requests) == 1, "render finds no text on the first page this time"


def test_the_first_removal_leaves_the_tombstone_for_what_is_stored_late(world: World) -> None:
    delete(world)
    [deleted] = world.events(FilesDeleted)
    world.functions.accepts("register", world.functions.reply("render", deleted))
    [(status, name)] = rows(b"SELECT status, name FROM files WHERE id = %s", world.file_id)
    assert (status, name) == ("deleted", "deleted")


def test_nothing_that_was_said_of_a_file_stays_in_its_tombstone(functions: Functions) -> None:
    said = {"name": "secret.pdf", "folder": "secret/letters", "prompt": "a secret", "pages": "77"}
    said |= {"model": "secret-model", "language": "gsw", "sha256": "ab" * 32}
    client = functions.clients["upload"]
    file = client.post("/v1/files", json={"size_bytes": 1, **said}).get_json()
    tombstone = b"SELECT to_jsonb(files) FROM files WHERE id = %s"
    [(before,)] = rows(tombstone, file["id"])
    assert set(said.values()) <= set(map(str, before.values()))
    assert client.delete(f"/v1/files/{file['id']}").status_code == 204
    [(after,)] = rows(tombstone, file["id"])
    assert set(said.values()) & set(map(str, after.values())) == set()


@pytest.mark.parametrize("stage", STAGES)
def test_events_of_a_deleted_file_do_nothing(
    world: World, model: ScriptedModel, stage: str
) -> None:
    getattr(world, stage)()
    calls = len(model.requests)
    delete(world)
    before = rows(b"SELECT * FROM files WHERE id = %s", world.file_id)
    world.functions.accepts("render", world.uploaded())
    for requested in world.events(PagesRequested):
        world.functions.accepts("render", requested)
    for registered in world.events(PageRegistered):
        world.functions.accepts("llm", registered)
        world.functions.accepts("register", given_up(registered))
    assert rows(b"SELECT * FROM files WHERE id = %s", world.file_id) == before
    assert len(model.requests) == calls


def test_a_deleted_file_is_not_shown_any_more(world: World) -> None:
    delete(world)
    client = world.functions.clients["upload"]
    assert client.get(f"/v1/files/{world.file_id}").status_code == 404
    assert client.get(f"/v1/files/{world.file_id}/text").status_code == 404
    listed = client.get("/v1/files").get_json()["files"]
    assert str(world.file_id) not in [file["id"] for file in listed]


def test_deleting_twice_is_the_same_as_once(world: World) -> None:
    assert [delete(world).status_code for _ in range(2)] == [204, 204]
    assert len(world.events(FilesDeleted)) == 1


def test_deleting_a_file_that_never_was_is_a_404(functions: Functions) -> None:
    assert delete(World(functions, uuid4())).status_code == 404


def test_what_a_model_said_about_a_deleted_file_is_forgotten(world: World) -> None:
    world.read()
    of_file = b"SELECT image_sha256 FROM pages WHERE file_id = %s"
    hashes = [row[0] for row in rows(of_file, world.file_id)]
    kept = b"SELECT count(*) FROM readings WHERE image_sha256 = ANY (%s)"
    assert rows(kept, hashes) == [(2,)]
    delete(world)
    assert rows(kept, hashes) == [(0,)]


def test_what_a_model_said_about_a_page_of_two_files_outlives_the_first(
    functions: Functions, model: ScriptedModel
) -> None:
    pdf = pdfs.drawn_pdf([f"twin {uuid4()}"])
    first, second = (World.with_file(functions, pdf) for _ in range(2))
    first.read()
    second.read()
    delete(first)
    third = World.with_file(functions, pdf)
    third.read()
    assert third.pages()[0]["provenance"] == "cache"


def test_what_a_model_said_is_forgotten_with_the_last_of_two_deleted_at_once(
    functions: Functions, model: ScriptedModel
) -> None:
    pdf = pdfs.drawn_pdf([f"twin {n} {uuid4()}" for n in range(20)])
    twins = [World.with_file(functions, pdf) for _ in range(2)]
    for twin in twins:
        twin.read()
    of_file = b"SELECT image_sha256 FROM pages WHERE file_id = %s"
    hashes = [row[0] for row in rows(of_file, twins[0].file_id)]
    deletions = [threading.Thread(target=delete, args=[twin]) for twin in twins]
    for deletion in deletions:
        deletion.start()
    for deletion in deletions:
        deletion.join()
    assert rows(b"SELECT FROM readings WHERE image_sha256 = ANY (%s)", hashes) == []


def test_an_answer_that_arrives_after_the_deletion_is_not_kept(
    world: World, model: ScriptedModel
) -> None:
    registered, _ = world.registered()
    sha256 = registered.data.image.sha256
    model.script.append(completion("secret", delay_s=0.5))
    asked = threading.Thread(target=world.functions.call, args=["llm", registered])
    asked.start()
    wait_until(lambda: model.requests)
    delete(world)
    asked.join()
    assert rows(b"SELECT FROM readings WHERE image_sha256 = %s", sha256) == []


def test_an_announced_url_takes_the_bytes_once(functions: Functions) -> None:
    client = functions.clients["upload"]
    created = client.post("/v1/files", json={"name": "a", "size_bytes": 5}).get_json()
    target = created["upload"]
    put = [
        httpx2.put(target["url"], content=body, headers=target["headers"]).status_code
        for body in (b"first", b"other")
    ]
    assert put == [200, 412]


def test_nothing_about_a_deleted_file_waits_in_the_outbox_but_its_removal(world: World) -> None:
    world.registered()
    before = len(announced(world.file_id))
    delete(world)
    assert [type(e.data) for e in announced(world.file_id)[before:]] == [FilesDeleted]


def test_a_page_that_fails_again_after_a_retry_fails_again(
    world: World, model: ScriptedModel
) -> None:
    with_a_failed_page(world)
    post(world, "retry")
    model.otherwise = error(401)
    [request] = [e for e in world.events(PagesRequested) if e.data.generation == 2]
    world.functions.accepts("register", world.functions.reply("render", request))
    [again] = [e for e in world.events(PageRegistered) if e.data.generation == 2]
    assert world.functions.call("llm", again).status_code == 422
    world.functions.accepts("register", given_up(again))
    assert [page["status"] for page in world.pages()] == ["failed", "read"]
    assert world.file()["status"] == "incomplete"
