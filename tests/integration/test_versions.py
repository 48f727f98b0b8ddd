"""Pages read again: the earlier text stays, is told apart, and can be gone back to."""

import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from werkzeug.test import Client

from lector.contracts import PageRegistered, PageRestored
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.parts import Parts
from tests.support.world import World


@pytest.fixture
def read(functions: Functions, model: ScriptedModel) -> World:
    """A file of one page that was read: "first things first"."""
    world = World.with_pages(functions, 1)
    model.script.extend([completion("first things first")])
    world.read()
    return world


def page(world: World, path: str = "") -> dict[str, Any]:
    answer = client(world).get(f"/v1/files/{world.file_id}/pages/1{path}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    shown: dict[str, Any] = answer.get_json()
    return shown


def client(world: World) -> Client:
    return world.functions.clients["upload"]


def retry(world: World, **options: str) -> None:
    answer = client(world).post(f"/v1/files/{world.file_id}/retry", json=options)
    assert answer.status_code == 202, answer.get_data(as_text=True)


def deliver(world: World) -> None:
    """The announcement of the last retry reaches llm."""
    world.functions.accepts("llm", world.events(PageRegistered)[-1])


def read_again(world: World, model: ScriptedModel, text: str, **options: str) -> None:
    retry(world, pages="1", **options)
    model.script.extend([completion(text)])
    deliver(world)


def test_the_earlier_text_stays_until_there_is_another(read: World, model: ScriptedModel) -> None:
    retry(read, pages="1", prompt="Read it backwards.")
    waiting = page(read)
    assert (waiting["status"], waiting["text"], waiting["version"]) == (
        "rendered",
        "first things first",
        1,
    )
    assert read.file()["status"] == "reading"
    model.script.extend([completion("second thoughts")])
    deliver(read)
    again = page(read)
    assert (again["status"], again["text"], again["version"], again["versions"]) == (
        "read",
        "second thoughts",
        2,
        2,
    )
    assert (again["prompt"], again["provenance"]) == ("Read it backwards.", "model")
    assert read.file()["status"] == "completed"


def test_the_model_is_told_what_somebody_wants_instead(read: World, model: ScriptedModel) -> None:
    retry(read, pages="1", prompt="Read it backwards.", model="another")
    deliver(read)
    asked = model.requests[-1]
    assert asked["model"] == "another"
    assert asked["messages"][1]["content"][1]["text"] == "Read it backwards."


def test_a_page_that_is_read_again_is_not_taken_from_the_cache(
    read: World, model: ScriptedModel
) -> None:
    before = len(model.requests)
    retry(read, pages="1")
    deliver(read)
    assert len(model.requests) == before + 1
    assert page(read)["provenance"] == "model"


def test_versions_are_listed_with_what_they_took(read: World, model: ScriptedModel) -> None:
    read_again(read, model, "second thoughts", prompt="Again.")
    found = page(read, "/versions")["versions"]
    assert [(one["version"], one["current"], one["text"]) for one in found] == [
        (2, True, "second thoughts"),
        (1, False, "first things first"),
    ]
    assert [one["prompt"] for one in found] == ["Again.", None]
    assert found[1]["usage"]["prompt_tokens"] == 11


def test_two_versions_are_compared_word_by_word(read: World, model: ScriptedModel) -> None:
    read_again(read, model, "first thoughts first, then")
    changes = page(read, "/versions/compare?from=1&to=2")["changes"]
    assert changes == [
        {"kind": "same", "text": "first "},
        {"kind": "removed", "text": "things"},
        {"kind": "added", "text": "thoughts"},
        {"kind": "same", "text": " first"},
        {"kind": "added", "text": ", then"},
    ]


def test_versions_that_are_too_different_are_not_compared(
    read: World, model: ScriptedModel
) -> None:
    words = (sha256(str(n).encode()).hexdigest()[:8] for n in range(20_000))
    read_again(read, model, " ".join(words))
    path = f"/v1/files/{read.file_id}/pages/1/versions/compare?from=1&to=2"
    refused = client(read).get(path)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "too_different")


def test_one_can_go_back_and_return(read: World, model: ScriptedModel) -> None:
    read_again(read, model, "second thoughts")
    path = f"/v1/files/{read.file_id}/pages/1/versions"
    for version, text in (
        (1, "first things first"),
        (2, "second thoughts"),
        (1, "first things first"),
    ):
        answer = client(read).post(f"{path}/{version}/restore").get_json()
        assert (answer["version"], answer["text"], answer["versions"]) == (version, text, 2)
    assert [event.data.version for event in read.events(PageRestored)] == [1, 2, 1]
    read_again(read, model, "third time lucky")
    assert [one["version"] for one in page(read, "/versions")["versions"]] == [3, 2, 1]


def test_what_was_gone_back_to_is_found_by_searching(read: World, model: ScriptedModel) -> None:
    read_again(read, model, "entirely otherworldly")
    search = f"/v1/search?file={read.file_id}&q="
    assert len(client(read).get(f"{search}otherworldly").get_json()["hits"]) == 1
    assert client(read).get(f"{search}things").get_json()["hits"] == []
    client(read).post(f"/v1/files/{read.file_id}/pages/1/versions/1/restore")
    assert len(client(read).get(f"{search}things").get_json()["hits"]) == 1


def test_going_back_waits_for_whoever_changes_the_file(
    read: World, model: ScriptedModel, services: Parts
) -> None:
    """Or a text that is stored in the same moment would be written over and be in no version."""
    read_again(read, model, "second thoughts")
    path = f"/v1/files/{read.file_id}/pages/1/versions/1/restore"
    with (
        psycopg.connect(services.embedded.postgres.url) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        other.execute("SELECT FROM files WHERE id = %s FOR UPDATE", [read.file_id])
        restored = pool.submit(client(read).post, path)
        time.sleep(0.5)
        assert not restored.done()
        other.commit()
        assert restored.result(60).status_code == 200


def test_a_version_that_never_was_is_not_found(read: World) -> None:
    path = f"/v1/files/{read.file_id}/pages/1/versions"
    restored = client(read).post(f"{path}/7/restore")
    compared = client(read).get(f"{path}/compare?from=1&to=7")
    for answer in (restored, compared):
        assert (answer.status_code, answer.get_json()["code"]) == (404, "no_such_version")


def test_a_failed_new_reading_leaves_the_text_and_a_way_back(
    read: World, model: ScriptedModel
) -> None:
    retry(read, pages="1")
    model.script.extend([completion("")] * 3)
    answer = read.functions.call("llm", read.events(PageRegistered)[-1])
    assert answer.status_code == 422
    client(read).post(f"/v1/files/{read.file_id}/cancel")
    shown = page(read)
    assert (shown["status"], shown["text"]) == ("read", "first things first")


def test_a_cancelled_new_reading_can_be_begun_again(read: World, model: ScriptedModel) -> None:
    retry(read, pages="1")
    client(read).post(f"/v1/files/{read.file_id}/cancel")
    assert read.file()["status"] == "cancelled"
    retry(read)
    assert read.file()["status"] == "completed"  # nothing was left to do


def test_a_model_that_may_not_be_chosen_fails_the_page_with_the_reason(
    read: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lector.runtime import settings  # noqa: PLC0415

    monkeypatch.setenv("MODEL_CHOICES", "cheap,small")
    settings.current.cache_clear()
    retry(read, pages="1", model="expensive")
    answer = read.functions.call("llm", read.events(PageRegistered)[-1])
    settings.current.cache_clear()
    assert (answer.status_code, answer.get_json()["code"]) == (422, "model_not_allowed")


def versions(world: World) -> list[int]:
    """The numbers of all versions that can be seen, the present one first or not."""
    return [one["version"] for one in page(world, "/versions")["versions"]]


def test_the_newest_twenty_earlier_texts_are_kept(read: World, model: ScriptedModel) -> None:
    for number in range(2, 26):
        read_again(read, model, f"text number {number}")
    assert versions(read) == list(range(25, 4, -1))


def test_the_oldest_that_is_kept_can_be_gone_back_to_and_is_kept_then(
    read: World, model: ScriptedModel
) -> None:
    for number in range(2, 22):
        read_again(read, model, f"text number {number}")
    assert versions(read)[-1] == 1
    path = f"/v1/files/{read.file_id}/pages/1/versions/1/restore"
    assert client(read).post(path).get_json()["text"] == "first things first"
    read_again(read, model, "text number 22")
    read_again(read, model, "text number 23")
    assert page(read, "/versions/compare?from=22&to=23")["changes"]
    assert versions(read)[:2] == [23, 22]
    assert len(versions(read)) == 21


def test_what_a_person_wrote_is_kept_however_old(
    read: World, model: ScriptedModel, services: Parts
) -> None:
    read_again(read, model, "text number 2")
    with psycopg.connect(services.embedded.postgres.url) as owner:
        owner.execute(
            "UPDATE page_versions SET provenance = 'person' WHERE version = 1 AND page_id ="
            " (SELECT id FROM pages WHERE file_id = %s)",
            [read.file_id],
        )
    for number in range(3, 26):
        read_again(read, model, f"text number {number}")
    assert versions(read) == [*range(25, 4, -1), 1]


def test_how_many_are_kept_is_a_setting_of_the_database(
    read: World, model: ScriptedModel, services: Parts
) -> None:
    read_again(read, model, "text number 2")
    read_again(read, model, "text number 3")
    insert = (
        "INSERT INTO page_versions (page_id, version, text, provenance)"
        " SELECT id, 3, 'text number 3', 'model' FROM pages WHERE file_id = %s"
    )
    with psycopg.connect(services.embedded.postgres.url) as owner:
        owner.execute("SET page_versions.kept = '2'")
        owner.execute(insert, [read.file_id])
    assert versions(read) == [3, 2]
