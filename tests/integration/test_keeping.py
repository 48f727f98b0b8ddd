"""For how many days files are kept: told before and after, and deleted when they are over."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import Client

from lector.contracts import FileCompleted, FilesDeleted, LedgerStalled
from lector.domain import object_keys
from lector.runtime import object_store
from tests.integration.test_same_readings import announce, found, made, send
from tests.support.called import Functions, event
from tests.support.model import ScriptedModel
from tests.support.pdfs import text_pdf
from tests.support.world import World, announced, rows

MINUTE = timedelta(minutes=1)


@pytest.fixture
def api(functions: Functions) -> Client:
    """The API, where no other test has said for how long files are kept."""
    client = functions.clients["upload"]
    assert client.post("/v1/keeping", json={"keep_days": None}).status_code == 200
    return client


@pytest.fixture
def pdf() -> bytes:
    """A document of which no other test has the bytes."""
    return text_pdf([f"a page of its own, {uuid4()}"])


@pytest.fixture
def usual(api: Client) -> Iterator[None]:
    """The tenant's files are kept for a week, unless somebody says otherwise."""
    assert api.post("/v1/keeping", json={"keep_days": 7}).status_code == 200
    yield
    assert api.post("/v1/keeping", json={"keep_days": None}).status_code == 200


def of(api: Client, file_id: object) -> Any:
    return api.get(f"/v1/files/{file_id}").get_json()


def is_in(days: int, told: str | None) -> bool:
    """Whether a moment that was told is so many days from now."""
    assert told is not None
    return abs(datetime.fromisoformat(told) - datetime.now(UTC) - timedelta(days=days)) < MINUTE


def pass_days(file_id: object, days: int) -> None:
    sql = b"UPDATE files SET delete_at = delete_at - make_interval(days => %s) WHERE id = %s"
    assert rows(sql + b" RETURNING 1", days, file_id)


def sweep(functions: Functions) -> None:
    functions.accepts("register", event(str(uuid4()), "ledger", LedgerStalled()))


def deletions(file_id: object) -> list[FilesDeleted]:
    told = announced(UUID(str(file_id)))
    return [event.data for event in told if isinstance(event.data, FilesDeleted)]


def test_a_file_of_which_nobody_says_it_is_kept(
    functions: Functions, api: Client, pdf: bytes
) -> None:
    file_id = made(send(api, pdf))
    sweep(functions)
    assert of(api, file_id)["delete_at"] is None


def test_a_file_says_when_it_will_be_deleted(api: Client, pdf: bytes) -> None:
    assert is_in(30, send(api, pdf, keep_days="30").get_json()["delete_at"])
    assert is_in(2, announce(api, pdf, keep_days=2).get_json()["delete_at"])


def test_a_file_goes_when_its_days_are_over_and_not_before(
    functions: Functions, api: Client, pdf: bytes
) -> None:
    file_id = made(send(api, pdf, keep_days="30"))
    pass_days(file_id, 29)
    sweep(functions)
    assert of(api, file_id)["id"] == file_id
    pass_days(file_id, 1)
    sweep(functions)
    assert api.get(f"/v1/files/{file_id}").status_code == 404
    [deleted] = deletions(file_id)
    assert (deleted.round, deleted.days_over) == (1, True)


def test_its_texts_cached_answers_and_objects_go_with_it(
    functions: Functions, api: Client, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 2, keep_days=1)
    for page in world.registered():
        functions.accepts("llm", page)
    assert is_in(1, world.events(FileCompleted)[0].data.delete_at)
    shown = rows(b"SELECT image_sha256 FROM pages WHERE file_id = %s", world.file_id)
    pass_days(world.file_id, 1)
    sweep(functions)
    assert rows(b"SELECT id FROM pages WHERE file_id = %s", world.file_id) == []
    for (image,) in shown:
        assert rows(b"SELECT image_sha256 FROM readings WHERE image_sha256 = %s", image) == []
    functions.reply("render", world.events(FilesDeleted)[0])
    assert list(object_store.store().keys(object_keys.folder(world.file_id))) == []


def test_who_deletes_a_file_is_not_told_that_its_days_were_over(api: Client, pdf: bytes) -> None:
    file_id = made(send(api, pdf, keep_days="30"))
    assert api.delete(f"/v1/files/{file_id}").status_code == 204
    [deleted] = deletions(file_id)
    assert not deleted.days_over


def test_a_file_that_was_deleted_is_not_deleted_again(
    functions: Functions, api: Client, pdf: bytes
) -> None:
    file_id = made(send(api, pdf, keep_days="1"))
    pass_days(file_id, 1)
    sweep(functions)
    sweep(functions)
    assert len(deletions(file_id)) == 1


def test_how_long_a_file_is_kept_can_be_changed(
    functions: Functions, api: Client, pdf: bytes
) -> None:
    file_id = made(send(api, pdf, keep_days="1"))
    changed = api.patch(f"/v1/files/{file_id}", json={"keep_days": 10}).get_json()
    assert is_in(10, changed["delete_at"])
    kept = api.patch(f"/v1/files/{file_id}", json={"keep_days": None}).get_json()
    assert kept["delete_at"] is None


def test_what_is_not_said_of_a_file_stays(api: Client, pdf: bytes) -> None:
    own: Any = {"text_layer": "always", "max_cost_usd": 0.5}  # what costs nothing has a ceiling
    file_id = made(announce(api, pdf, keep_days=3, **own))
    assert is_in(3, api.patch(f"/v1/files/{file_id}", json={}).get_json()["delete_at"])
    changed = api.patch(f"/v1/files/{file_id}", json={"keep_days": 5}).get_json()
    assert changed["max_cost_usd"] == 0.5
    again = api.patch(f"/v1/files/{file_id}", json={"max_cost_usd": None}).get_json()
    assert again["max_cost_usd"] is None
    assert is_in(5, again["delete_at"])


@pytest.mark.parametrize("days", [0, -1, 1.5, 36_501, "thirty"])
def test_what_is_no_number_of_days_is_refused(api: Client, pdf: bytes, days: object) -> None:
    answer = announce(api, pdf, keep_days=days)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_keep_days")


@pytest.mark.parametrize("days", [0, 36_501, "thirty"])
def test_a_number_of_days_is_refused_in_the_same_words_wherever_it_is_said(
    api: Client, pdf: bytes, days: object
) -> None:
    file_id = made(send(api, pdf))
    for answer in (
        announce(api, pdf, keep_days=days),
        api.patch(f"/v1/files/{file_id}", json={"keep_days": days}),
        api.post("/v1/keeping", json={"keep_days": days}),
    ):
        assert answer.status_code == 400
        said = answer.get_json()["detail"]
        assert said == "keep_days must be a whole number from 1 to 36500"


@pytest.mark.usefixtures("usual")
def test_who_says_nothing_of_days_takes_none_back(api: Client) -> None:
    answer = api.post("/v1/keeping", json={})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_keep_days")
    assert api.get("/v1/keeping").get_json() == {"keep_days": 7}


@pytest.mark.usefixtures("usual")
def test_a_tenants_files_are_kept_as_it_has_it(api: Client, pdf: bytes) -> None:
    assert api.get("/v1/keeping").get_json() == {"keep_days": 7}
    assert is_in(7, send(api, pdf).get_json()["delete_at"])
    assert is_in(3, send(api, pdf, keep_days="3").get_json()["delete_at"])


def test_files_of_before_stay_when_the_tenant_changes_it(
    functions: Functions, api: Client, pdf: bytes, request: pytest.FixtureRequest
) -> None:
    file_id = made(send(api, pdf))
    request.getfixturevalue("usual")
    assert of(api, file_id)["delete_at"] is None


def test_a_file_that_is_kept_longer_or_shorter_is_not_found(api: Client, pdf: bytes) -> None:
    """Nobody's file goes sooner than was said, and none stays longer."""
    first = made(send(api, pdf, again="false", keep_days="30"))
    assert found(announce(api, pdf, keep_days=30)) == first
    assert made(announce(api, pdf)) != first
    assert made(announce(api, pdf, keep_days=3)) != first


def test_the_days_of_a_file_that_is_found_begin_anew(
    functions: Functions, api: Client, pdf: bytes
) -> None:
    first = made(send(api, pdf, again="false", keep_days="30"))
    pass_days(first, 29)
    again = announce(api, pdf, keep_days=30)
    assert found(again) == first
    assert is_in(30, again.get_json()["delete_at"])
    pass_days(first, 1)
    sweep(functions)
    assert is_in(29, of(api, first)["delete_at"])


def test_the_days_of_a_file_that_is_still_awaited_begin_anew(api: Client, pdf: bytes) -> None:
    first = made(announce(api, pdf, keep_days=30))
    pass_days(first, 29)
    again = announce(api, pdf, keep_days=30)
    assert made(again) == first
    assert is_in(30, again.get_json()["delete_at"])


def test_a_file_whose_days_are_over_is_not_found(api: Client, pdf: bytes) -> None:
    first = made(send(api, pdf, again="false", keep_days="30"))
    pass_days(first, 30)
    assert made(announce(api, pdf, keep_days=30)) != first


@pytest.mark.usefixtures("usual")
def test_a_file_that_is_kept_as_the_tenant_has_it_is_found(api: Client, pdf: bytes) -> None:
    first = made(send(api, pdf, again="false"))
    assert found(announce(api, pdf)) == first
    assert found(announce(api, pdf, keep_days=7)) == first
