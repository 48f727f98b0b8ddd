"""Ceilings in money: what is reserved, spent and given back, and pages that wait under one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from functions.llm import readers as readers_of_llm
from functions.llm.budgets import NoMoneyLeft, PageBudget
from lector.contracts import LedgerStalled, PageRegistered
from lector.runtime import database, settings
from tests.support.called import Functions, event
from tests.support.model import ScriptedModel, completion, error
from tests.support.own_readers import own_readers
from tests.support.parts import Parts
from tests.support.world import World, rows

DOLLAR_EACH = """
readers:
  priced:
    endpoint: {url}
    model: scripted
    prompt: transcribe
    max_tokens: 1000
    temperatures: [0.0, 0.2]
    prices: {{prompt: 0, completion: 1000}}
  unpriced: {{endpoint: {url}, model: scripted, prompt: transcribe}}
  free: {{endpoint: {url}, model: scripted, prompt: transcribe, prices: {{prompt: 0}}}}
  falling: {{like: priced, fallback: unpriced}}
"""
"""A call of `priced` may cost a dollar at most, as its answer has 1000 tokens at most."""


@pytest.fixture(autouse=True)
def readers(functions: Functions, model: ScriptedModel, tmp_path: Path) -> Iterator[None]:
    rows(b"WITH gone AS (DELETE FROM files) SELECT 1")
    rows(b"WITH gone AS (DELETE FROM budgets) SELECT 1")
    rows(b"WITH gone AS (DELETE FROM reservations) SELECT 1")
    rows(b"WITH gone AS (DELETE FROM readings) SELECT 1")
    with own_readers(tmp_path, DOLLAR_EACH.format(url=model.base_url)):
        yield


def costing(usd: float, text: str = "some text", **more: Any) -> Any:
    """An answer of the model that says what it cost."""
    usage = {"prompt_tokens": 10, "completion_tokens": 10, "cost": usd}
    return completion(text, usage=usage, **more)


def budget(scope: str) -> tuple[float, float]:
    """What is spent and reserved in a scope, over all days."""
    [(spent, reserved)] = rows(
        b"SELECT coalesce(sum(spent_usd), 0), coalesce(sum(reserved_usd), 0) FROM budgets"
        b" WHERE scope = %s",
        scope,
    )
    return float(spent), float(reserved)


def statuses(world: World) -> list[str]:
    return [page["status"] for page in world.pages()]


def read_all(world: World) -> None:
    """Hand every event of a page to its reader once, those that come of it, too."""
    world.registered()
    done: set[str] = set()
    while left := [one for one in world.events(PageRegistered) if one.id not in done]:
        for one in left:
            done.add(one.id)
            world.functions.accepts("llm", one)


def raise_ceiling(world: World, usd: float | None) -> dict[str, Any]:
    answer = world.functions.clients["upload"].patch(
        f"/v1/files/{world.file_id}", json={"max_cost_usd": usd}
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    file: dict[str, Any] = answer.get_json()
    return file


def sweep(world: World) -> None:
    rows(b"UPDATE files SET look_at = now() WHERE id = %s RETURNING 1", world.file_id)
    world.functions.accepts("register", event("sweep", "sweep", LedgerStalled()))


def test_a_page_reserves_what_its_call_may_cost_and_settles_what_it_cost(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1, reader="priced", max_cost_usd=1.5)
    [page] = world.registered()
    seen = []

    def look(_: object) -> None:
        seen.append(budget(f"file {world.file_id}"))

    model.refuse = look
    model.otherwise = costing(0.25)
    functions.accepts("llm", page)
    assert seen == [(0.0, 1.0)]
    scopes = ("lector", "tenant default", f"file {world.file_id}")
    assert {scope: budget(scope) for scope in scopes} == dict.fromkeys(scopes, (0.25, 0.0))
    assert world.file()["spent_usd"] == 0.25
    assert rows(b"SELECT count(*) FROM reservations") == [(0,)]


def test_a_page_that_no_money_is_left_for_waits_without_a_call_and_says_so(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 3, reader="priced", max_cost_usd=1.2)
    model.otherwise = costing(0.9)
    read_all(world)
    assert statuses(world) == ["read", "rendered", "rendered"]
    assert len(model.requests) == 1
    file = world.file()
    assert (file["status"], file["waiting"]["code"]) == ("reading", "budget_exceeded")
    assert "the file's ceiling of $1.2 is reached (a page may cost $1.00)" in file["waiting_for"]
    assert budget(f"file {world.file_id}") == (0.9, 0.0)
    [(in_flight,)] = rows(
        b"SELECT count(*) FROM pages WHERE file_id = %s AND status = 'rendered'"
        b" AND announced_at IS NOT NULL",
        world.file_id,
    )
    assert in_flight == 0


def test_it_goes_on_when_the_ceiling_is_raised(functions: Functions, model: ScriptedModel) -> None:
    world = World.with_pages(functions, 3, reader="priced", max_cost_usd=1.2)
    model.otherwise = costing(0.9)
    read_all(world)
    raise_ceiling(world, 2.0)
    read_all(world)
    assert statuses(world) == ["read", "read", "rendered"]
    file = raise_ceiling(world, None)
    assert file["max_cost_usd"] is None
    read_all(world)
    assert world.file()["status"] == "completed"
    assert world.file()["spent_usd"] == pytest.approx(2.7)
    assert len(model.requests) == 3


def test_what_a_page_left_over_has_others_of_its_file_go_on_at_once(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 6, reader="priced", max_cost_usd=2.0)
    model.otherwise = costing(0.05)
    pages = world.registered()
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda page: functions.accepts("llm", page), pages))
    read_all(world)
    assert world.file()["status"] == "completed"
    assert budget(f"file {world.file_id}") == pytest.approx((0.3, 0.0))


def test_many_pages_at_once_never_exceed_a_ceiling(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 50, reader="priced", max_cost_usd=5.5)
    paid: list[Decimal] = []
    highest: list[float] = []

    def look(_: object) -> None:
        paid.append(Decimal("0.9"))
        highest.append(sum(budget(f"file {world.file_id}")))

    model.refuse = look
    model.otherwise = costing(0.9)
    pages = world.registered()
    with ThreadPoolExecutor(24) as threads:
        list(threads.map(lambda page: functions.accepts("llm", page), pages))
    read_all(world)
    assert sum(paid) <= Decimal("5.5")
    assert len(paid) == 6  # as many as the ceiling pays for: 0.9 each, a dollar at most
    assert max(highest) <= 5.5
    assert budget(f"file {world.file_id}") == pytest.approx((5.4, 0.0))
    assert world.file()["waiting"]["code"] == "budget_exceeded"


def test_answers_that_were_refused_are_counted_before_the_next_call_is_made(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1, reader="priced", max_cost_usd=5)
    [page] = world.registered()
    seen = []

    def look(_: object) -> None:
        seen.append(budget(f"file {world.file_id}"))

    model.refuse = look
    model.script.append(costing(0.5, "I'm sorry, but I can't help with that."))
    model.otherwise = costing(0.25)
    functions.accepts("llm", page)
    assert seen == [(0.0, 1.0), (0.5, 1.0)]
    assert budget(f"file {world.file_id}") == (0.75, 0.0)


def test_no_further_attempt_is_made_that_there_is_no_money_for(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1, reader="priced", max_cost_usd=1.2)
    model.script.append(costing(0.5, "I'm sorry, but I can't help with that."))
    read_all(world)
    assert len(model.requests) == 1
    assert world.file()["waiting"]["code"] == "budget_exceeded"
    assert budget(f"file {world.file_id}") == (0.5, 0.0)
    raise_ceiling(world, 3)
    read_all(world)
    assert world.file()["status"] == "completed"


def test_room_for_a_longer_answer_is_reserved_when_one_was_cut_off(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1, reader="priced", max_cost_usd=5)
    seen = []

    def look(_: object) -> None:
        seen.append(budget(f"file {world.file_id}"))

    model.refuse = look
    usage = {"prompt_tokens": 10, "completion_tokens": 1000, "cost": 1.0}
    model.script.append(completion("cut off", finish_reason="length", usage=usage))
    model.otherwise = costing(0.25)
    read_all(world)
    assert seen == [(0.0, 1.0), (1.0, 2.0)]


def test_a_call_that_timed_out_counts_at_most_as_it_may_have_been_paid_for(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1, reader="priced", max_cost_usd=1.9)
    [page] = world.registered()
    model.script.append(costing(0.1, delay_s=3))
    assert functions.call("llm", page).status_code == 503
    assert budget(f"file {world.file_id}") == (1.0, 0.0)
    functions.accepts("llm", page)
    assert world.file()["waiting"]["code"] == "budget_exceeded"
    assert len(model.requests) == 1


@pytest.mark.parametrize("answer", [error(429), error(500), error(401)], ids=["429", "500", "401"])
def test_a_request_that_was_not_answered_costs_nothing(
    functions: Functions, model: ScriptedModel, answer: Any
) -> None:
    world = World.with_pages(functions, 1, reader="priced", max_cost_usd=1)
    [page] = world.registered()
    model.script.append(answer)
    assert functions.call("llm", page).status_code in (422, 503)
    assert budget(f"file {world.file_id}") == (0.0, 0.0)


def test_an_answer_that_does_not_tell_what_it_took_counts_at_most(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1, reader="priced", max_cost_usd=1)
    model.otherwise = completion("some text", usage=None)
    read_all(world)
    assert world.file()["status"] == "completed"
    assert budget(f"file {world.file_id}") == (1.0, 0.0)


def test_the_next_delivery_of_a_page_takes_over_what_one_that_crashed_had_reserved(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.with_pages(functions, 1, reader="priced", max_cost_usd=1.5)
    [page] = world.registered()
    crash(monkeypatch, functions, page)
    assert budget(f"file {world.file_id}") == (0.0, 1.0)
    model.otherwise = costing(0.25)
    functions.accepts("llm", page)
    assert world.file()["status"] == "completed"
    assert budget(f"file {world.file_id}") == (0.25, 0.0)
    assert rows(b"SELECT count(*) FROM reservations") == [(0,)]


def test_what_a_process_that_is_gone_had_reserved_is_given_back_by_the_sweep(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.with_pages(functions, 2, reader="priced", max_cost_usd=1.5)
    lost, other = world.registered()
    crash(monkeypatch, functions, lost)
    functions.accepts("llm", other)
    assert world.file()["waiting"]["code"] == "budget_exceeded"
    sweep(world)
    assert budget(f"file {world.file_id}") == (0.0, 1.0)  # it may be under way
    rows(b"UPDATE reservations SET made_at = made_at - interval '1 hour' RETURNING 1")
    sweep(world)
    assert budget(f"file {world.file_id}") == (0.0, 0.0)
    again = [one for one in world.events(PageRegistered) if one.id not in (lost.id, other.id)]
    assert [one.data.page_number for one in again] == [other.data.page_number]


def crash(monkeypatch: pytest.MonkeyPatch, functions: Functions, page: Any) -> None:
    """Deliver a page to a process that ends in the middle of its call, without another word."""
    with monkeypatch.context() as patch:

        def end(*_: object) -> None:
            raise SystemExit

        patch.setattr("functions.llm.main.object_store.store", end)
        patch.setattr("functions.llm.budgets.PageBudget.settle", end)
        with pytest.raises(SystemExit):
            functions.call("llm", page)


def test_pages_that_cost_nothing_go_on_at_a_ceiling_and_take_no_statement_more(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 2, reader="free", max_cost_usd=0)
    read_all(world)
    assert world.file()["status"] == "completed"
    assert rows(b"SELECT count(*) FROM budgets WHERE spent_usd > 0 OR reserved_usd > 0") == [(0,)]


def test_a_page_that_was_read_before_is_taken_from_the_cache_whatever_the_ceiling(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1, reader="priced")
    model.otherwise = costing(0.9)
    read_all(world)
    [(sha256,)] = rows(b"SELECT image_sha256 FROM pages WHERE file_id = %s", world.file_id)
    again = World.with_pages(functions, 1, reader="priced", max_cost_usd=0)
    [page] = again.registered()
    rows(
        b"UPDATE pages SET image_sha256 = %s WHERE file_id = %s RETURNING 1",
        sha256,
        again.file_id,
    )
    functions.accepts("llm", page)
    assert again.file()["status"] == "completed"
    assert len(model.requests) == 1


def test_a_kept_answer_that_is_not_believed_of_a_page_is_not_replaced_at_an_unknown_cost(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = costing(0.9, "the harbour lamps were counted twice that year")
    earlier = World.with_pages(functions, 1, reader="unpriced")
    read_all(earlier)
    [(sha256,)] = rows(b"SELECT image_sha256 FROM pages WHERE file_id = %s", earlier.file_id)
    world = World.with_pages(functions, 1, reader="unpriced")
    [rendered] = world.rendered()
    world.carry(rendered.data.pages[0], "a letter of another kind, about other matters")
    functions.accepts("register", rendered)
    rows(b"UPDATE files SET max_cost_usd = 1 WHERE id = %s RETURNING 1", world.file_id)
    rows(
        b"UPDATE pages SET image_sha256 = %s WHERE file_id = %s RETURNING 1", sha256, world.file_id
    )
    [page] = world.events(PageRegistered)
    assert functions.call("llm", page).get_json()["code"] == "cost_unknown"
    assert len(model.requests) == 1


def test_the_whole_lector_has_a_ceiling_of_a_day_and_goes_on_with_the_next(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_COST_USD_PER_DAY", "1.5")
    settings.current.cache_clear()
    one, other = (World.with_pages(functions, 1, reader="priced") for _ in range(2))
    model.otherwise = costing(0.9)
    read_all(one)
    read_all(other)
    assert one.file()["status"] == "completed"
    waiting = other.file()["waiting"]
    assert waiting["code"] == "budget_exceeded"
    assert "it goes on tomorrow" in waiting["detail"]
    sweep(other)
    assert len(other.events(PageRegistered)) == 1
    rows(b"UPDATE budgets SET day = day - 1 WHERE day > '-infinity' RETURNING 1")
    sweep(other)
    read_all(other)
    assert other.file()["status"] == "completed"
    settings.current.cache_clear()


def test_a_file_at_its_ceiling_does_not_fail_however_long_it_waits(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 2, reader="priced", max_cost_usd=0.5)
    read_all(world)
    for _ in range(20):
        rows(
            b"UPDATE files SET created_at = created_at - interval '1 day', opened_at = opened_at -"
            b" interval '1 day', uploaded_at = uploaded_at - interval '1 day', announced_again_at ="
            b" announced_again_at - interval '1 day' WHERE id = %s RETURNING 1",
            world.file_id,
        )
        sweep(world)
    assert world.file()["status"] == "reading"
    assert statuses(world) == ["rendered", "rendered"]
    assert model.requests == []


def test_a_file_at_its_ceiling_can_be_cancelled_retried_and_deleted(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 2, reader="priced", max_cost_usd=0.5)
    read_all(world)
    client = functions.clients["upload"]
    assert client.post(f"/v1/files/{world.file_id}/cancel").get_json()["status"] == "cancelled"
    assert client.post(f"/v1/files/{world.file_id}/retry", json={}).status_code == 202
    read_all(world)
    assert world.file()["waiting"]["code"] == "budget_exceeded"
    assert client.delete(f"/v1/files/{world.file_id}").status_code == 204


def test_a_ceiling_is_refused_for_a_reader_of_whom_nobody_knows_what_it_costs(
    functions: Functions,
) -> None:
    client = functions.clients["upload"]
    body = {"name": "a.pdf", "size_bytes": 1, "max_cost_usd": 1}
    for reader in ("unpriced", "falling"):
        answer = client.post("/v1/files", json={**body, "reader": reader})
        assert (answer.status_code, answer.get_json()["code"]) == (422, "no_prices")
        assert "unpriced" in answer.get_json()["detail"]
    other = client.post("/v1/files", json={**body, "reader": "priced", "model": "scripted"})
    assert other.status_code == 201
    assert client.post("/v1/files", json={**body, "reader": "free"}).status_code == 201


def test_under_a_ceiling_pages_are_not_read_again_by_a_reader_without_prices(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1, reader="priced", max_cost_usd=5)
    read_all(world)
    path = f"/v1/files/{world.file_id}/retry"
    answer = functions.clients["upload"].post(path, json={"pages": "1", "reader": "unpriced"})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "no_prices")
    assert world.file()["status"] == "completed"
    again = functions.clients["upload"].post(path, json={"pages": "1", "reader": "free"})
    assert again.status_code == 202


def test_where_a_ceiling_comes_later_a_page_of_such_a_reader_fails_and_says_why(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.with_pages(functions, 1, reader="unpriced")
    [page] = world.registered()
    monkeypatch.setenv("MAX_COST_USD_PER_DAY", "1.5")
    settings.current.cache_clear()
    answer = functions.call("llm", page)
    settings.current.cache_clear()
    assert (answer.status_code, answer.get_json()["code"]) == (422, "cost_unknown")
    assert model.requests == []


@pytest.mark.parametrize("usd", [-1, "much", 1e9, True])
def test_a_ceiling_is_an_amount_of_money(functions: Functions, usd: object) -> None:
    body = {"name": "a.pdf", "size_bytes": 1, "max_cost_usd": usd}
    answer = functions.clients["upload"].post("/v1/files", json=body)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_max_cost_usd")


def statements(monkeypatch: pytest.MonkeyPatch, work: Any) -> int:
    """How many statements a piece of work takes, without checks of connections that were idle."""
    counted = 0
    execute = psycopg.Cursor.execute

    def count(cursor: Any, query: Any, *arguments: Any, **more: Any) -> Any:
        nonlocal counted
        counted += bool(query)
        return execute(cursor, query, *arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", count)
        work()
    return counted


def _nobody_notes_an_answer_soon() -> None:
    """Once a second an answer is written down, in a statement of its own, for the lane."""
    with database.transaction() as connection:
        connection.execute(b"UPDATE lanes SET answered_at = now() + interval '1 hour'")


def test_a_ceiling_takes_one_statement_a_page_and_none_where_reading_costs_nothing(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {}
    ways: dict[str, dict[str, Any]] = {
        "free": {"reader": "free"},
        "free under a ceiling": {"reader": "free", "max_cost_usd": 1},
        "priced": {"reader": "priced"},
        "priced under a ceiling": {"reader": "priced", "max_cost_usd": 5},
    }
    for name, options in ways.items():
        world = World.with_pages(functions, 3, **options)
        first, second, _ = world.registered()
        functions.accepts("llm", first)
        _nobody_notes_an_answer_soon()
        counts[name] = statements(monkeypatch, lambda page=second: functions.accepts("llm", page))
    free = counts["free"]
    assert counts == {
        "free": free,
        "free under a ceiling": free,
        "priced": free + 1,
        "priced under a ceiling": free + 1,
    }


def test_pages_of_many_files_at_once_never_exceed_the_ceiling_of_the_whole_lector(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_COST_USD_PER_DAY", "4.2")
    settings.current.cache_clear()
    worlds = [World.with_pages(functions, 3, reader="priced", max_cost_usd=2) for _ in range(6)]
    pages = [page for world in worlds for page in world.registered()]
    model.otherwise = costing(0.8)
    with ThreadPoolExecutor(18) as threads:
        list(threads.map(lambda page: functions.accepts("llm", page), pages))
    for world in worlds:
        sweep(world)
        read_all(world)
    settings.current.cache_clear()
    assert budget("lector") == pytest.approx((4.0, 0.0))
    assert len(model.requests) == 5  # four at 0.8 leave a dollar for the fifth
    for world in worlds:
        spent, reserved = budget(f"file {world.file_id}")
        assert spent <= 2
        assert reserved == 0


@dataclass(frozen=True)
class SmallImage:
    """An image that nobody has read yet."""

    image_width_px: int = 100
    image_height_px: int = 100
    tries: int = 0
    has_ceiling: bool = False


def test_of_a_thousand_reservations_at_once_no_more_are_made_than_the_ceiling_pays_for(
    functions: Functions, services: Parts
) -> None:
    world = World.with_pages(functions, 1, reader="priced", max_cost_usd=100.5)
    [page] = world.registered()
    request = readers_of_llm.choose("priced")

    def reserve(numbers: range) -> int:
        made = 0
        with psycopg.connect(services.embedded.postgres.url) as connection:
            for number in numbers:
                data = PageRegistered(generation=1, page_number=number)
                one = PageBudget(event(f"{number}", str(world.file_id), data), SmallImage())
                try:
                    one.reserve(connection, request)
                except NoMoneyLeft:
                    connection.rollback()
                else:
                    made += 1
                    connection.commit()
        return made

    with ThreadPoolExecutor(20) as threads:
        parts = [range(start, start + 50) for start in range(2, 1002, 50)]
        made = sum(threads.map(reserve, parts))
    assert made == 100
    assert budget(f"file {world.file_id}") == (0.0, 100.0)
    assert page.data.page_number == 1


@pytest.fixture
def all_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second reader doubts every answer."""
    monkeypatch.setattr("functions.llm.verifying.is_doubted", lambda _: True)


@pytest.mark.usefixtures("all_doubted")
def test_a_doubted_page_is_not_tried_again_without_money_but_has_its_best_answer(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1, reader="priced", max_cost_usd=1.1)
    model.otherwise = costing(0.5)
    read_all(world)
    assert world.file()["status"] == "completed"
    assert len(model.requests) == 1
    assert budget(f"file {world.file_id}") == (0.5, 0.0)


@pytest.mark.usefixtures("all_doubted")
def test_what_a_further_try_left_over_has_others_of_its_file_go_on_at_once(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 2, reader="priced", max_cost_usd=1.6)
    first, other = world.registered()
    model.otherwise = costing(0.2)
    functions.accepts("llm", first)
    [again] = [one for one in world.events(PageRegistered) if one.id not in (first.id, other.id)]

    def deliver_the_other(_: object) -> None:
        model.refuse = lambda _: None
        functions.accepts("llm", other)
        assert world.file()["waiting"]["code"] == "budget_exceeded"

    model.refuse = deliver_the_other
    functions.accepts("llm", again)
    assert world.file()["waiting"] is None
    assert budget(f"file {world.file_id}") == pytest.approx((0.4, 0.0))
    model.otherwise = costing(0.05)
    read_all(world)
    assert world.file()["status"] == "completed"
