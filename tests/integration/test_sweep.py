"""The sweep: what stands still is announced again, with patience, and in the end fails visibly."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from lector.contracts import (
    FileFailed,
    FilesDeleted,
    FileUploaded,
    LedgerStalled,
    PageFailed,
    PageRegistered,
    PagesExtracted,
    PagesRequested,
)
from lector.runtime import database, settings
from tests.support.called import Functions, event
from tests.support.model import ScriptedModel, error
from tests.support.world import World, announced, carried, rows

AFTER_S = 600.0
ATTEMPTS = 8


@pytest.fixture(autouse=True)
def alone(functions: Functions) -> None:
    """No other test's files and pages are there for the sweep to look at."""
    config = settings.current(settings.Ledger)
    assert (config.sweep_after_s, config.sweep_attempts) == (AFTER_S, ATTEMPTS)
    rows(b"WITH gone AS (DELETE FROM files) SELECT 1")


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    return World.with_pages(functions)


def age(world: World, seconds: float = AFTER_S + 1) -> None:
    """Let time pass for a file: everything about it happened that much earlier."""
    files = (
        b"UPDATE files SET created_at = created_at - p, uploaded_at = uploaded_at - p,"
        b" opened_at = opened_at - p, look_at = look_at - p,"
        b" announced_again_at = announced_at.a - p"
        b" FROM (SELECT make_interval(secs => %s) AS p) AS past,"
        b" (SELECT announced_again_at AS a FROM files WHERE id = %s) AS announced_at"
        b" WHERE id = %s RETURNING 1"
    )
    rows(files, seconds, world.file_id, world.file_id)
    pages = (
        b"UPDATE pages SET created_at = created_at - p, rendered_at = rendered_at - p,"
        b" finished_at = finished_at - p, refused_at = refused_at - p,"
        b" announced_at = announced_at - p"
        b" FROM (SELECT make_interval(secs => %s) AS p) AS past WHERE file_id = %s RETURNING 1"
    )
    rows(pages, seconds, world.file_id)


def sweep(functions: Functions) -> None:
    functions.accepts("register", event(str(uuid4()), "ledger", LedgerStalled()))


def announced_again(world: World) -> int:
    [(times,)] = rows(b"SELECT announced_again FROM files WHERE id = %s", world.file_id)
    return int(times)


def wear_out(world: World) -> None:
    """Announce a file again as often as that is done."""
    for times in range(ATTEMPTS):
        age(world, AFTER_S * 2**times + 1)
        sweep(world.functions)
    assert announced_again(world) == ATTEMPTS


def test_a_file_that_moved_lately_is_left_alone(world: World) -> None:
    world.requested()
    before = len(world.events(PagesRequested))
    sweep(world.functions)
    assert len(world.events(PagesRequested)) == before


def test_an_upload_whose_event_was_lost_is_announced_again(world: World) -> None:
    age(world)
    sweep(world.functions)
    first, again = world.events(FileUploaded)
    assert first.id != again.id
    assert first.data == again.data


def test_pages_whose_request_was_lost_are_requested_again(world: World) -> None:
    first, second = world.requested()
    age(world)
    sweep(world.functions)
    [again] = world.events(PagesRequested)[2:]
    assert list(again.data.page_numbers) == [1, 2]
    for before in (first.data, second.data):
        before.page_numbers[:] = [1, 2]
        assert again.data == before


@pytest.fixture
def undeletable(functions: Functions) -> Iterator[UUID]:
    """A file whose days are over, and which the database will not let go."""
    sent = {"name": "a", "size_bytes": 1, "keep_days": 1}
    file_id = functions.clients["upload"].post("/v1/files", json=sent).get_json()["id"]
    with database.transaction() as connection:
        connection.execute("UPDATE files SET delete_at = now() WHERE id = %s", [file_id])
        connection.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'it stays'; END $$"
        )
        connection.execute(
            "CREATE TRIGGER stays BEFORE UPDATE ON files FOR EACH ROW"
            " WHEN (NEW.status = 'deleted') EXECUTE FUNCTION refuse()"
        )
    yield UUID(file_id)
    with database.transaction() as connection:
        connection.execute("DROP FUNCTION refuse CASCADE")


def test_a_file_that_cannot_be_deleted_holds_up_none_that_stands_still(
    world: World, undeletable: UUID
) -> None:
    age(world)
    doorbell = event(str(uuid4()), "ledger", LedgerStalled())
    assert world.functions.call("register", doorbell).status_code >= 500
    assert announced(undeletable) == []
    assert announced_again(world) == 1


def test_a_rendered_page_whose_event_was_lost_is_announced_again_for_reading(world: World) -> None:
    first, second = world.registered()
    world.functions.accepts("llm", first)
    age(world)
    sweep(world.functions)
    [again] = world.events(PageRegistered)[2:]
    assert again.data.page_number == second.data.page_number
    assert again.data.image.sha256 == second.data.image.sha256
    world.functions.accepts("llm", again)
    assert world.file()["status"] == "completed"


def test_pages_that_carry_their_text_are_announced_again_to_have_it_taken(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_text(functions)
    before = world.extracted()
    age(world)
    sweep(functions)
    [again] = world.events(PagesExtracted)[len(before) :]
    assert list(again.data.page_numbers) == [1, 2]
    assert world.events(PageRegistered) == []
    functions.accepts("llm", again)
    assert [page["text"] for page in world.pages()] == [carried(1), carried(2)]
    assert world.file()["status"] == "completed"
    assert model.requests == []


def test_pages_of_a_file_that_wait_for_different_things_are_announced_again_each_in_its_way(
    functions: Functions,
) -> None:
    world = World.with_text(functions, 3)
    for event_ in world.rendered():
        for page in event_.data.pages:
            if page.page_number != 2:
                world.carry(page, carried(page.page_number))
        functions.accepts("register", event_)
    extracted, registered = len(world.events(PagesExtracted)), len(world.events(PageRegistered))
    age(world)
    sweep(functions)
    [to_take] = world.events(PagesExtracted)[extracted:]
    [to_read] = world.events(PageRegistered)[registered:]
    assert (list(to_take.data.page_numbers), to_read.data.page_number) == ([1, 3], 2)


def test_pages_that_carry_their_text_and_stand_still_whatever_is_announced_fail_with_a_reason(
    functions: Functions,
) -> None:
    world = World.with_text(functions)
    world.extracted()
    wear_out(world)
    age(world, AFTER_S * 2**ATTEMPTS + 1)
    sweep(functions)
    assert [page["error_code"] for page in world.pages()] == ["stalled", "stalled"]


def test_what_was_announced_again_is_left_alone_for_twice_as_long(world: World) -> None:
    age(world)
    sweep(world.functions)
    age(world, AFTER_S + 1)
    sweep(world.functions)
    assert announced_again(world) == 1
    age(world, AFTER_S)
    sweep(world.functions)
    assert announced_again(world) == 2


def stand_still(world: World, times: int, still_s: float) -> None:
    """A file that was announced again so many times, so many seconds ago, and is due for a look."""
    at = (
        b"UPDATE files SET announced_again = %s, look_at = now(),"
        b" created_at = now() - interval '30 days', uploaded_at = now() - interval '30 days',"
        b" announced_again_at = now() - make_interval(secs => %s) WHERE id = %s RETURNING 1"
    )
    rows(at, times, still_s, world.file_id)


def next_look(world: World) -> tuple[float, float]:
    """Seconds from the last announcement, and from now, until a file is looked at again."""
    sql = (
        b"SELECT extract(epoch FROM look_at - announced_again_at)::float8,"
        b" extract(epoch FROM look_at - now())::float8 FROM files WHERE id = %s"
    )
    [(since_announced_s, from_now_s)] = rows(sql, world.file_id)
    return since_announced_s, from_now_s


# By hand: 600 s before the first time, and twice the pause after each.
PAUSES_S = (600, 1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 76_800, 153_600)


@pytest.mark.parametrize("times", range(1, ATTEMPTS + 1))
def test_until_its_pause_is_over_a_file_is_put_off_for_the_rest_of_it(
    world: World, times: int
) -> None:
    stand_still(world, times, PAUSES_S[times] - 60)
    sweep(world.functions)
    assert (announced_again(world), world.file()["status"]) == (times, "uploaded")
    assert len(world.events(FileUploaded)) == 1
    assert next_look(world)[1] == pytest.approx(60, abs=30)


@pytest.mark.parametrize("times", range(ATTEMPTS))
def test_when_its_pause_is_over_a_file_is_announced_and_the_next_pause_is_twice_as_long(
    world: World, times: int
) -> None:
    stand_still(world, times, PAUSES_S[times] + 1)
    sweep(world.functions)
    assert announced_again(world) == times + 1
    assert len(world.events(FileUploaded)) == 2
    assert next_look(world)[0] == pytest.approx(PAUSES_S[times + 1], abs=0.001)


def test_a_file_that_moves_again_starts_with_the_first_pause(world: World) -> None:
    age(world)
    sweep(world.functions)
    world.requested()
    age(world, AFTER_S * 2 + 1)
    sweep(world.functions)
    assert announced_again(world) == 1


def test_two_sweeps_at_the_same_moment_announce_once(world: World) -> None:
    age(world)
    sweep(world.functions)
    sweep(world.functions)
    assert len(world.events(FileUploaded)) == 2


def test_while_the_model_is_away_its_pages_are_not_announced_again(
    world: World, model: ScriptedModel
) -> None:
    first, _ = world.registered()
    age(world)
    model.script.append(error(429))
    assert world.functions.call("llm", first).status_code == 503
    sweep(world.functions)
    assert announced_again(world) == 0
    assert len(world.events(PageRegistered)) == 2


def test_while_the_model_refuses_some_and_reads_others_lost_pages_are_announced_again(
    world: World, model: ScriptedModel
) -> None:
    first, _ = world.registered()
    other = World.with_pages(world.functions, 1)
    age(world)
    model.script.append(error(429))
    assert world.functions.call("llm", first).status_code == 503
    other.read()
    sweep(world.functions)
    assert announced_again(world) == 1


def test_while_the_model_is_away_what_waits_for_an_image_is_announced_again(
    world: World, model: ScriptedModel
) -> None:
    asked = len(world.requested())
    refused = World.with_pages(world.functions, 1)
    [registered] = refused.registered()
    age(world)
    model.script.append(error(429))
    assert world.functions.call("llm", registered).status_code == 503
    sweep(world.functions)
    assert len(world.events(PagesRequested)) == asked + 1


def test_while_the_model_is_away_pages_that_need_none_are_announced_again(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_text(functions)
    before = len(world.extracted())
    refused = World.with_pages(functions, 1)
    [registered] = refused.registered()
    age(world)
    model.script.append(error(429))
    assert functions.call("llm", registered).status_code == 503
    sweep(functions)
    assert len(world.events(PagesExtracted)) == before + 1


def test_a_file_written_down_by_an_earlier_version_is_not_swept_at_once(
    functions: Functions,
) -> None:
    [(file_id,)] = rows(b"INSERT INTO files (name, size_bytes) VALUES ('a', 1) RETURNING id")
    sweep(functions)
    assert World(functions, file_id).file()["status"] == "announced"


def test_pages_that_stand_still_whatever_is_announced_fail_with_a_reason(world: World) -> None:
    world.registered()
    wear_out(world)
    age(world, AFTER_S * 2**ATTEMPTS + 1)
    sweep(world.functions)
    assert [page["error_code"] for page in world.pages()] == ["stalled", "stalled"]
    assert world.file()["status"] == "failed"
    assert len(world.events(PageFailed)) == 2


def test_a_file_that_is_never_opened_fails_with_a_reason(world: World) -> None:
    wear_out(world)
    age(world, AFTER_S * 2**ATTEMPTS + 1)
    sweep(world.functions)
    shown = world.file()
    assert (shown["status"], shown["error_code"]) == ("failed", "stalled")
    assert len(world.events(FileFailed)) == 1


def test_a_page_that_waits_in_a_long_line_does_not_fail(world: World) -> None:
    world.registered()
    before_it = World.with_pages(world.functions, 1)
    [early] = before_it.registered()
    wear_out(world)
    age(before_it, AFTER_S * 2 ** (ATTEMPTS + 1))
    age(world, AFTER_S * 2**ATTEMPTS + 1)
    world.functions.accepts("llm", early)
    sweep(world.functions)
    assert {page["status"] for page in world.pages()} == {"rendered"}


def test_a_page_that_others_have_overtaken_fails(world: World) -> None:
    world.registered()
    wear_out(world)
    age(world, AFTER_S * 2**ATTEMPTS + 1)
    later = World.with_pages(world.functions, 1)
    later.read()
    sweep(world.functions)
    assert {page["error_code"] for page in world.pages()} == {"stalled"}


def test_what_failed_for_standing_still_can_be_retried(world: World) -> None:
    world.registered()
    wear_out(world)
    age(world, AFTER_S * 2**ATTEMPTS + 1)
    sweep(world.functions)
    retry = world.functions.clients["upload"].post(f"/v1/files/{world.file_id}/retry")
    assert retry.get_json()["status"] == "reading"


def test_an_upload_that_nobody_confirms_goes_by_itself(functions: Functions) -> None:
    client = functions.clients["upload"]
    file_id = client.post("/v1/files", json={"name": "a", "size_bytes": 1}).get_json()["id"]
    world = World(functions, file_id)
    sweep(functions)
    assert client.get(f"/v1/files/{file_id}").status_code == 200
    age(world, 24 * 3600 + 1)
    sweep(functions)
    assert client.get(f"/v1/files/{file_id}").status_code == 404
    assert [event.data.round for event in world.events(FilesDeleted)] == [1]
