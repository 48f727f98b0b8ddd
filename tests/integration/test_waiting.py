"""What a file or a page waits for, since when: as the API tells it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server

from lector.cli.files import ls
from tests.support.called import Functions
from tests.support.model import ScriptedModel, error
from tests.support.world import World, rows


@pytest.fixture(autouse=True)
def alone(functions: Functions, model: ScriptedModel) -> None:
    """No other test's files are ahead."""
    rows(b"WITH gone AS (DELETE FROM files) SELECT 1")


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    """A file; its model answers, whatever a test before had it say."""
    return World.with_pages(functions, 2)


def age_waits(seconds: float) -> None:
    sql = b"UPDATE pages SET waiting_since = waiting_since - make_interval(secs => %s) RETURNING 1"
    rows(sql, seconds)


def seconds_since(waiting: dict[str, Any]) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(waiting["since"])).total_seconds()


def test_a_page_that_its_reader_refused_says_why_and_since_when_and_so_does_its_file(
    world: World, model: ScriptedModel
) -> None:
    first, second = world.registered()
    model.script.append(error(429, "insufficient quota"))
    world.functions.call("llm", first)
    of_page, of_other = (page["waiting"] for page in world.pages())
    assert of_other is None
    assert (of_page["code"], of_page["files"]) == ("model_limits_rate", None)
    assert of_page["detail"] == world.pages()[0]["waiting_for"]
    assert "insufficient quota" in of_page["detail"]
    assert 0 <= seconds_since(of_page) < 60
    assert world.file()["waiting"] == of_page
    for page in (first, second):
        world.functions.accepts("llm", page)
    assert [page["waiting"] for page in world.pages()] == [None, None]
    assert world.file()["waiting"] is None


def test_since_when_stays_while_the_reason_does_and_begins_anew_with_another(
    world: World, model: ScriptedModel
) -> None:
    first, _ = world.registered()
    model.script.extend([error(429), error(429, "another word"), error(500)])
    world.functions.call("llm", first)
    age_waits(3600)
    world.functions.call("llm", first)
    waiting = world.pages()[0]["waiting"]
    assert waiting["detail"].endswith("another word")
    assert 3600 <= seconds_since(waiting) < 3660
    world.functions.call("llm", first)
    waiting = world.pages()[0]["waiting"]
    assert (waiting["code"], seconds_since(waiting) < 60) == ("model_failed", True)


def test_a_file_tells_of_the_page_that_has_waited_for_the_longest(
    world: World, model: ScriptedModel
) -> None:
    first, second = world.registered()
    model.script.extend([error(500, "zzz"), error(429, "aaa")])
    world.functions.call("llm", first)
    age_waits(60)
    world.functions.call("llm", second)
    assert world.file()["waiting"] == world.pages()[0]["waiting"]
    assert world.file()["waiting_for"] == world.pages()[0]["waiting_for"]


@pytest.mark.parametrize("how", ["cancel", "retry"])
def test_what_was_waited_for_is_forgotten_when_a_file_is_cancelled_or_begun_anew(
    world: World, model: ScriptedModel, how: str
) -> None:
    first, _ = world.registered()
    model.script.append(error(429))
    world.functions.call("llm", first)
    client = world.functions.clients["upload"]
    for what in ("cancel", how):
        assert client.post(f"/v1/files/{world.file_id}/{what}").status_code == 202
    assert world.file()["waiting"] is None


def test_a_wait_that_an_earlier_version_noted_is_told_without_a_reason_of_its_own(
    world: World,
) -> None:
    world.registered()
    noted = datetime.now(UTC) - timedelta(hours=2)
    rows(
        b"UPDATE pages SET waiting_for = 'busy', refused_at = %s"
        b" WHERE file_id = %s AND number = 1 RETURNING 1",
        noted,
        world.file_id,
    )
    waiting = world.file()["waiting"]
    assert (waiting["code"], waiting["detail"]) == ("not_now", "busy")
    assert seconds_since(waiting) == pytest.approx(7200, abs=60)


def uploaded(functions: Functions, tenant: str = "default") -> World:
    """A file that waits to be opened."""
    insert = (
        b"INSERT INTO files (tenant, name, size_bytes, status, uploaded_at, begun_at)"
        b" VALUES (%s, 'a', 1, 'uploaded', now(), now()) RETURNING id"
    )
    [(file_id,)] = rows(insert, tenant)
    assert isinstance(file_id, UUID)
    return World(functions, file_id)


def test_a_file_that_waits_behind_others_of_the_same_tenant_says_behind_how_many(
    functions: Functions,
) -> None:
    uploaded(functions, "another")
    first, second, third = (uploaded(functions) for _ in range(3))
    assert first.file()["waiting"] is None
    waiting = [second.file()["waiting"], third.file()["waiting"]]
    assert [(one["code"], one["files"]) for one in waiting] == [
        ("behind_files", 1),
        ("behind_files", 2),
    ]
    assert [one["detail"] for one in waiting] == [
        "behind 1 file of yours",
        "behind 2 files of yours",
    ]
    assert second.file()["waiting"]["since"] == second.file()["begun_at"]
    assert second.file()["waiting_for"] is None
    client = functions.clients["upload"]
    listed = {file["id"]: file["waiting"] for file in client.get("/v1/files").get_json()["files"]}
    assert listed[str(third.file_id)] == waiting[1]


def test_nobody_waits_behind_a_file_that_is_finished(functions: Functions, world: World) -> None:
    later = uploaded(functions)
    assert later.file()["waiting"]["files"] == 1
    world.read()
    assert later.file()["waiting"] is None


def test_a_file_of_which_something_was_read_is_behind_nobody(
    functions: Functions, world: World
) -> None:
    later = World.with_pages(functions, 2)
    first, _ = later.registered()
    assert later.file()["waiting"]["code"] == "behind_files"
    functions.accepts("llm", first)
    assert later.file()["waiting"] is None


def test_a_file_that_its_reader_refused_says_that_and_not_who_is_ahead(
    functions: Functions, world: World, model: ScriptedModel
) -> None:
    later = World.with_pages(functions, 2)
    first, _ = later.registered()
    model.script.append(error(429))
    functions.call("llm", first)
    assert later.file()["waiting"]["code"] == "model_limits_rate"


@contextmanager
def serving(functions: Functions) -> Iterator[str]:
    """The API on a socket, for the command line."""
    server = make_server("127.0.0.1", 0, functions.apps["upload"], threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def list_files(server: str, *arguments: str) -> str:
    outcome = CliRunner().invoke(ls, ["--server", server, *arguments], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def test_the_command_line_lists_what_files_and_pages_wait_for(
    functions: Functions, world: World, model: ScriptedModel
) -> None:
    first, _ = world.registered()
    model.script.append(error(429, "insufficient quota"))
    functions.call("llm", first)
    later = uploaded(functions)
    with serving(functions) as server:
        rows = [line.split("\t") for line in list_files(server).splitlines()]
        [header, page, _] = list_files(server, str(world.file_id)).splitlines()
    reasons = {row[0]: row[6] for row in rows}
    assert reasons[str(world.file_id)].startswith("waits since ")
    assert reasons[str(world.file_id)].endswith(": insufficient quota")
    assert reasons[str(later.file_id)].startswith("behind 1 file of yours since ")
    assert header.startswith("page")
    *_, reason, text_from = page.split("\t")
    assert reason.endswith(": insufficient quota")
    assert text_from == ""
