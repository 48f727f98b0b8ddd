"""How much waits is told by place."""

from collections import Counter

import pytest
from werkzeug.test import Client

from tests.support.called import Functions
from tests.support.model import ScriptedModel
from tests.support.world import World, announced, rows


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


def waiting(api: Client) -> Counter[str]:
    answer = api.get("/v1/backlog")
    assert answer.status_code == 200, answer.text
    return Counter(answer.get_json())


def test_a_file_waits_to_be_opened_then_its_pages_to_be_drawn_then_to_be_read(
    api: Client, functions: Functions, model: ScriptedModel
) -> None:
    before = waiting(api)
    world = World.with_pages(functions, 2)

    def more() -> dict[str, int]:
        return dict(waiting(api) - before)

    assert more() == {"to_open": 1, "unpublished": 1}
    world.requested()
    assert more() == {"to_draw": 2, "unpublished": len(announced(world.file_id))}
    world.registered()
    assert more() == {"to_read": 2, "unpublished": len(announced(world.file_id))}
    rows(
        b"UPDATE outbox SET published_at = now() WHERE subject = %s RETURNING id",
        f"{world.file_id}",
    )
    assert more() == {"to_read": 2}
    world.read()
    assert {"to_open", "to_draw", "to_read"} & more().keys() == set()


def test_pages_that_nobody_was_told_of_wait_in_line(api: Client, functions: Functions) -> None:
    before = waiting(api)
    world = World.with_pages(functions, 3)
    world.requested()
    rows(
        b"UPDATE pages SET announced_at = NULL WHERE file_id = %s AND number > 1 RETURNING id",
        world.file_id,
    )
    more = waiting(api) - before
    assert (more["to_draw"], more["in_line"]) == (1, 2)
