"""Dead letters that belong to no page, and garbage: what whoever looks after a Lector can do."""

from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import Client

from functions.upload.admin import orphaned_objects
from lector.contracts import DeliveryFailed, Failure, FilesDeleted
from lector.domain import object_keys
from lector.runtime import object_store
from lector.runtime.events import Event, to_http
from tests.support.called import Functions, event
from tests.support.world import World, announced, rows


@pytest.fixture
def api(functions: Functions) -> Client:
    rows(b"WITH gone AS (DELETE FROM dead_letters) SELECT 1")
    rows(b"WITH gone AS (DELETE FROM files) SELECT 1")
    object_store.store().remove(list(object_store.store().keys(object_keys.FILES)))
    return functions.clients["upload"]


def letter(undelivered: Event[Any], **changes: Any) -> Event[DeliveryFailed]:
    headers, body = to_http(undelivered)
    failed = {
        "function": "render",
        "failure": Failure(code="gave_up", detail="it could not be done"),
        "attempts": 8,
        "headers": headers,
        "body": body,
        **changes,
    }
    return event(str(uuid4()), undelivered.subject, DeliveryFailed(**failed))


def removal() -> Event[FilesDeleted]:
    return event(str(uuid4()), uuid4(), FilesDeleted(round=1))


def listed(api: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/v1/dead-letters").get_json()["dead_letters"]
    return found


def test_a_dead_letter_about_no_page_is_listed_with_reason_attempts_and_time(
    functions: Functions, api: Client
) -> None:
    undelivered = removal()
    given_up = letter(undelivered)
    functions.accepts("register", given_up)
    [found] = listed(api)
    assert (found["function"], found["type"]) == ("render", "lector.files.deleted")
    assert (found["error"], found["attempts"]) == ("it could not be done", 8)
    assert found["subject"] == undelivered.subject
    assert found["given_up_at"][:19] == given_up.time.isoformat()[:19]


def test_a_dead_letter_beyond_understanding_is_listed_too(
    functions: Functions, api: Client
) -> None:
    functions.accepts("register", letter(removal(), body=b"\xff\x00", headers={"ce-id": "x"}))
    assert [found["error_code"] for found in listed(api)] == ["gave_up"]


def test_a_dead_letter_delivered_twice_is_listed_once(functions: Functions, api: Client) -> None:
    given_up = letter(removal())
    for _ in range(2):
        functions.accepts("register", given_up)
    assert len(listed(api)) == 1


def test_a_replay_announces_the_event_anew(functions: Functions, api: Client) -> None:
    undelivered = removal()
    functions.accepts("register", letter(undelivered))
    [found] = listed(api)
    assert api.post(f"/v1/dead-letters/{found['id']}/replay").status_code == 202
    [again] = announced(undelivered.file_id)
    assert (again.data, again.id != undelivered.id) == (undelivered.data, True)
    assert [found["replays"] for found in listed(api)] == [1]


def test_each_replay_is_an_event_of_its_own(functions: Functions, api: Client) -> None:
    undelivered = removal()
    functions.accepts("register", letter(undelivered))
    [found] = listed(api)
    for _ in range(2):
        api.post(f"/v1/dead-letters/{found['id']}/replay")
    assert len({again.id for again in announced(undelivered.file_id)}) == 2


def test_what_nobody_understands_is_not_replayed_and_says_so(
    functions: Functions, api: Client
) -> None:
    functions.accepts("register", letter(removal(), body=b"\xff\x00"))
    [found] = listed(api)
    answer = api.post(f"/v1/dead-letters/{found['id']}/replay")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_understood")
    assert [found["replays"] for found in listed(api)] == [0]


def test_dead_letters_come_in_pages(functions: Functions, api: Client) -> None:
    for _ in range(3):
        functions.accepts("register", letter(removal()))
    first = api.get("/v1/dead-letters?limit=2").get_json()
    second = api.get("/v1/dead-letters", query_string={"cursor": first["next"]}).get_json()
    ids = [found["id"] for part in (first, second) for found in part["dead_letters"]]
    assert (len(ids), len(set(ids)), second["next"]) == (3, 3, None)


@pytest.mark.parametrize("letter_id", ["x", "0190f3a0-0000-7000-8000-000000000001"])
def test_a_replay_of_what_is_not_there_is_refused(api: Client, letter_id: str) -> None:
    assert api.post(f"/v1/dead-letters/{letter_id}/replay").status_code in (400, 404)


def test_garbage_is_what_was_never_confirmed_for_long_and_objects_of_no_file(
    functions: Functions, api: Client
) -> None:
    kept = World.with_pages(functions)
    orphan = object_keys.image_key(uuid4(), 1)
    object_store.store().put(orphan, b"x", object_store.JPEG)
    young, old = (
        api.post("/v1/files", json={"name": "a", "size_bytes": 1}).get_json()["id"]
        for _ in range(2)
    )
    rows(b"UPDATE files SET created_at = now() - interval '25 h' WHERE id = %s RETURNING 1", old)
    found = api.post("/v1/gc", json={"dry_run": True}).get_json()
    assert found == {"unconfirmed": [old], "orphans": [orphan]}
    assert api.get(f"/v1/files/{old}").status_code == 200
    assert api.post("/v1/gc").get_json() == found
    assert api.get(f"/v1/files/{old}").status_code == 404
    assert api.get(f"/v1/files/{young}").status_code == 200
    assert kept.file()["status"] == "uploaded"
    assert api.post("/v1/gc").get_json() == {"unconfirmed": [], "orphans": []}


def test_what_a_page_carries_is_garbage_when_it_belongs_to_no_file_and_only_then(
    functions: Functions, api: Client
) -> None:
    kept = World.with_text(functions)
    kept.extracted()
    orphan = object_keys.layer_key(uuid4(), 1)
    object_store.store().put(orphan, b"{}", object_store.JSON)
    assert api.post("/v1/gc").get_json()["orphans"] == [orphan]
    left = set(object_store.store().keys(object_keys.FILES))
    assert object_keys.layer_key(kept.file_id, 1) in left
    assert orphan not in left


@pytest.mark.parametrize(
    "sent",
    [
        {"query_string": {"dry_run": "true"}},
        {"data": {"dry_run": "true", "older_than_h": "0"}},
        {"data": b'{"dry_run": true}', "content_type": "application/x-www-form-urlencoded"},
        {"data": b'{"dry_run": true'},
        {"json": {"dry_run": True, "x": "y" * 20_000}},
    ],
)
def test_a_dry_run_that_is_misspelt_deletes_nothing(
    functions: Functions, api: Client, sent: dict[str, Any]
) -> None:
    orphan = object_keys.image_key(uuid4(), 1)
    object_store.store().put(orphan, b"x", object_store.JPEG)
    assert api.post("/v1/gc", **sent).status_code in (400, 413)
    assert api.post("/v1/gc", json={"dry_run": True}).get_json()["orphans"] == [orphan]


def test_a_file_confirmed_while_garbage_is_collected_stays(
    functions: Functions, api: Client
) -> None:
    confirmed = World.with_pages(functions)
    found = orphaned_objects.Garbage([confirmed.file_id, uuid4()], [])
    assert orphaned_objects.collect(found).unconfirmed == []
    assert confirmed.file()["status"] == "uploaded"


def test_objects_that_no_file_can_have_made_are_left_alone(api: Client) -> None:
    object_store.store().put("files/notes/mine.txt", b"x", "text/plain")
    assert api.post("/v1/gc").get_json()["orphans"] == []
    object_store.store().remove(["files/notes/mine.txt"])


@pytest.mark.parametrize(
    "body", [{"older_than_h": -1}, {"older_than_h": "1"}, {"dry": True}, [1], {"dry_run": "yes"}]
)
def test_a_collection_that_cannot_be_understood_is_refused(api: Client, body: object) -> None:
    assert api.post("/v1/gc", json=body).status_code == 400
