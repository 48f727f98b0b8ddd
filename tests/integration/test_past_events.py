"""What happened is listed from the server, newest first, page by page, and to nobody else."""

from typing import Any

import pytest
from werkzeug.test import Client

from functions.upload.live import past_events
from tests.support.called import Functions
from tests.support.model import ScriptedModel
from tests.support.world import World, rows

WAY = [
    "lector.file.completed",
    "lector.page.read",
    "lector.page.read",
    "lector.page.registered",
    "lector.page.registered",
    "lector.pages.requested",
    "lector.pages.requested",
    "lector.file.uploaded",
]


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    """A file of two pages that was read."""
    made = World.with_pages(functions, 2)
    made.read()
    return made


def listed(api: Client, **query: object) -> dict[str, Any]:
    answer = api.get("/v1/events/history", query_string=query)
    assert answer.status_code == 200, answer.text
    assert answer.json
    return dict(answer.json)


def pages(api: Client, **query: object) -> list[list[dict[str, Any]]]:
    """Every page of the list, up to its end."""
    found = [listed(api, **query)]
    while found[-1]["next"]:
        found.append(listed(api, **query, cursor=found[-1]["next"]))
    return [one["events"] for one in found]


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def test_the_way_of_a_file_is_listed_newest_first_and_ends(api: Client, world: World) -> None:
    answer = listed(api, file=world.file_id)
    assert types(answer["events"]) == WAY
    assert answer["next"] is None


def test_an_event_tells_its_file_its_producer_and_how_long_it_waited(
    api: Client, world: World
) -> None:
    rows(
        b"UPDATE outbox SET published_at = created_at + interval '1 s'"
        b" WHERE subject = %s AND type = 'lector.page.read' RETURNING id",
        str(world.file_id),
    )
    last, read, *_ = listed(api, file=world.file_id)["events"]
    assert last["published_at"] is None
    assert read["published_at"] > read["time"]
    assert (read["source"], read["subject"]) == ("/lector/llm", str(world.file_id))
    assert read["file_name"] == world.file()["name"]
    assert read["data"]["pageNumber"] in (1, 2)


def test_pages_of_the_list_hold_each_event_once(api: Client, world: World) -> None:
    apart = pages(api, file=world.file_id, limit=3)
    assert [len(page) for page in apart] == [3, 3, 2]
    assert types([event for page in apart for event in page]) == WAY


def test_only_one_type_is_listed_where_that_is_asked_for(api: Client, world: World) -> None:
    kind = "lector.page.registered"
    assert types(listed(api, file=world.file_id, type=kind)["events"]) == [kind, kind]
    assert listed(api, file=world.file_id, type="lector.file.failed")["events"] == []


def test_where_little_fits_the_list_goes_on_behind_the_rows_that_were_looked_at(
    api: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_events, "LOOK_AT", 3)
    apart = pages(api, file=world.file_id, type="lector.file.uploaded")
    assert apart[0] == []
    assert types([event for page in apart for event in page]) == ["lector.file.uploaded"]


def test_another_tenant_is_told_nothing(api: Client, world: World) -> None:
    rows(b"UPDATE files SET tenant = 'other' WHERE id = %s RETURNING id", world.file_id)
    assert listed(api, file=world.file_id)["events"] == []
    assert str(world.file_id) not in {event["subject"] for event in listed(api)["events"]}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"type": "page.read"}, "malformed_type"),
        ({"file": "nothing"}, "malformed_id"),
        ({"cursor": "WzEsIC0xXQ"}, "malformed_cursor"),  # [1, -1]
        ({"limit": 0}, "malformed_limit"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_what_is_wrong(
    api: Client, query: dict[str, object], code: str
) -> None:
    answer = api.get("/v1/events/history", query_string=query)
    assert (answer.status_code in (400, 422), answer.json and answer.json["code"]) == (True, code)
