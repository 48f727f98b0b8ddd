"""A page that a second reader doubts is tried again before it is believed."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lector.contracts import DeliveryFailed, Failure, FileCompleted, PageRead, PageRegistered
from lector.runtime import events, settings
from tests.support.called import Functions, event
from tests.support.model import Answer, ScriptedModel, completion, error
from tests.support.own_readers import own_readers
from tests.support.second_reader import FORGED, TEXT, seen_beside
from tests.support.world import World, rows

WORSE = FORGED.replace("harbour master", "lord").replace("fishermen", "clerks of the town")
OWN = """
readers:
  small:
    endpoint: {url}
    model: small
    prompt: transcribe
    temperatures: [0, 0.3]
    escalate: large
    prices: {{prompt: 100}}
  large: {{like: small, model: large, temperatures: [0], escalate: null, prices: {{prompt: 2000}}}}
  alone: {{like: small, model: alone, escalate: null}}
  keeping: {{like: small, model: keeping, on_doubt: keep}}
  straight: {{like: small, model: straight, on_doubt: escalate}}
  keyless: {{like: small, model: keyless, escalate: locked}}
  locked: {{like: large, endpoint: "https://127.0.0.1:1/v1", api_key: KEY_THAT_IS_NOT_SET}}
"""
SMALL_USD, LARGE_USD = 0.0011, 0.022


class Readers:
    """Answers by model: its script, one after the other, the last one for ever."""

    def __init__(self, model: ScriptedModel) -> None:
        self.scripts: dict[str, list[str | Answer]] = {}
        self.model = model
        model.refuse = self._answer

    def _answer(self, request: dict[str, Any]) -> Answer:
        script = self.scripts.get(request["model"], [TEXT])
        said = script.pop(0) if len(script) > 1 else script[0]
        return completion(said) if isinstance(said, str) else said

    @property
    def asked(self) -> list[str]:
        return [request["model"] for request in self.model.requests]


@pytest.fixture(autouse=True)
def second() -> Iterator[ScriptedModel]:
    with seen_beside(TEXT) as server:
        yield server


@pytest.fixture
def readers(functions: Functions, model: ScriptedModel, tmp_path: Path) -> Iterator[Readers]:
    with own_readers(tmp_path, OWN.format(url=model.base_url)):
        yield Readers(model)


def deliver(world: World) -> list[PageRegistered]:
    """Deliver what is announced for reading until nothing new is; what was delivered, in order."""
    world.registered()
    delivered: dict[str, PageRegistered] = {}
    while new := [one for one in world.events(PageRegistered) if one.id not in delivered]:
        for one in new:
            delivered[one.id] = one.data
            world.functions.accepts("llm", one)
    return list(delivered.values())


def page_of(world: World) -> dict[str, Any]:
    answer = world.functions.clients["upload"].get(f"/v1/files/{world.file_id}/pages/1")
    page: dict[str, Any] = answer.get_json()
    return page


def versions_of(world: World) -> list[dict[str, Any]]:
    path = f"/v1/files/{world.file_id}/pages/1/versions"
    versions: list[dict[str, Any]] = (
        world.functions.clients["upload"].get(path).get_json()["versions"]
    )
    return versions


def test_the_same_reader_is_asked_again_at_a_higher_temperature(
    functions: Functions, readers: Readers
) -> None:
    readers.scripts["small"] = [FORGED, TEXT]
    world = World.with_pages(functions, 1, reader="small")
    deliver(world)
    page = page_of(world)
    assert (page["status"], page["text"], page["doubts"]) == ("read", TEXT, [])
    assert readers.asked == ["small", "small"]
    assert [one["temperature"] for one in readers.model.requests] == [0, 0.3]
    assert page["usage"]["cost_usd"] == pytest.approx(2 * SMALL_USD)
    assert (page["attempts"], page["verification"]["agreement"]) == (2, 1)


def test_then_the_larger_one_in_its_own_lane_and_nobody_after_it(
    functions: Functions, readers: Readers
) -> None:
    readers.scripts["small"] = readers.scripts["large"] = [FORGED]
    world = World.with_pages(functions, 1, reader="small")
    delivered = deliver(world)
    assert readers.asked == ["small", "small", "large"]
    assert [(one.reader, one.tries) for one in delivered] == [
        ("small", 0),
        ("small", 1),
        ("large", 2),
    ]
    page = page_of(world)
    assert (page["status"], {doubt["code"] for doubt in page["doubts"]}) == (
        "read",
        {"numbers_differ"},
    )
    assert page["usage"]["cost_usd"] == pytest.approx(2 * SMALL_USD + LARGE_USD)


def test_of_the_answers_the_one_with_most_agreement_is_kept_and_all_stay_as_versions(
    functions: Functions, readers: Readers
) -> None:
    readers.scripts["small"] = [WORSE, FORGED]
    readers.scripts["large"] = [WORSE]
    world = World.with_pages(functions, 1, reader="small")
    deliver(world)
    page = page_of(world)
    assert (page["text"], page["model"], page["versions"]) == (FORGED, "scripted-1", 3)
    kept = versions_of(world)
    assert [(one["text"], one["current"]) for one in kept] == [
        (WORSE, False),
        (FORGED, True),
        (WORSE, False),
    ]
    assert kept[0]["usage"]["cost_usd"] == pytest.approx(LARGE_USD)
    assert kept[2]["usage"]["cost_usd"] == pytest.approx(SMALL_USD)
    assert len(world.events(PageRead)) == len(world.events(FileCompleted)) == 1


def test_meanwhile_the_page_waits_and_shows_the_best_answer_so_far(
    functions: Functions, readers: Readers
) -> None:
    readers.scripts["small"] = [FORGED]
    world = World.with_pages(functions, 1, reader="small")
    [first] = world.registered()
    functions.accepts("llm", first)
    page = page_of(world)
    assert (page["status"], page["text"]) == ("rendered", FORGED)
    assert world.events(PageRead) == []
    assert world.file()["progress"]["read"] == 0


@pytest.mark.parametrize(
    ("reader", "options", "asked"),
    [
        ("keeping", {}, ["keeping"]),
        ("small", {"on_doubt": "keep"}, ["small"]),
        ("alone", {}, ["alone", "alone"]),
        ("straight", {}, ["straight", "large"]),
        ("small", {"on_doubt": "escalate"}, ["small", "large"]),
        ("straight", {"on_doubt": "retry"}, ["straight", "straight", "large"]),
        ("small", {"verify": "never"}, ["small"]),
        ("small", {"verify": "always", "prompt": "Translate."}, ["small"]),
    ],
)
def test_what_follows_a_doubt_is_said_by_file_and_reader(
    functions: Functions,
    readers: Readers,
    reader: str,
    options: dict[str, str],
    asked: list[str],
) -> None:
    for name in ("small", "alone", "keeping", "straight", "large"):
        readers.scripts[name] = [FORGED]
    world = World.with_pages(functions, 1, reader=reader, **options)
    deliver(world)
    assert readers.asked == asked
    assert page_of(world)["status"] == "read"


def test_a_reader_that_names_no_larger_one_is_not_to_escalate(
    functions: Functions, readers: Readers
) -> None:
    api = functions.clients["upload"]
    body = {"name": "a.pdf", "size_bytes": 5, "on_doubt": "escalate"}
    refused = api.post("/v1/files", json={**body, "reader": "alone"})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "conflicting_options")
    assert "names no larger reader" in refused.get_json()["detail"]
    told = api.post("/v1/files", json=body).get_json()
    assert "names no larger reader" in told["warning"]


def test_a_delivery_that_comes_once_more_asks_nobody_and_changes_nothing(
    functions: Functions, readers: Readers
) -> None:
    readers.scripts["small"] = [FORGED]
    readers.scripts["large"] = [WORSE]
    world = World.with_pages(functions, 1, reader="small")
    [first] = world.registered()
    functions.accepts("llm", first)
    before, asked = world.snapshot(), list(readers.asked)
    functions.accepts("llm", first)
    assert (world.snapshot(), readers.asked) == (before, asked)
    deliver(world)
    before, asked = world.snapshot(), list(readers.asked)
    for one in world.events(PageRegistered):
        functions.accepts("llm", one)
    assert (world.snapshot(), readers.asked) == (before, asked)


@pytest.mark.parametrize("reader", ["keyless", "small"])
def test_a_further_try_that_fails_for_good_leaves_the_best_answer(
    functions: Functions, readers: Readers, reader: str
) -> None:
    readers.scripts[reader] = [FORGED]
    readers.scripts["large"] = [error(400, "too large")]
    world = World.with_pages(functions, 1, reader=reader)
    deliver(world)
    page = page_of(world)
    assert (page["status"], page["text"], page["error"]) == ("read", FORGED, None)
    assert world.file()["status"] == "completed"
    [read] = world.events(PageRead)
    assert "numbers_differ" in read.data.doubts


def test_so_does_one_for_which_no_money_is_left(functions: Functions, readers: Readers) -> None:
    readers.scripts["straight"] = [FORGED]
    world = World.with_pages(functions, 1, reader="straight", max_cost_usd=1)
    deliver(world)
    page = page_of(world)
    assert readers.asked == ["straight"]
    assert (page["status"], page["text"], page["waiting"]) == ("read", FORGED, None)
    assert world.file()["status"] == "completed"


def test_so_does_one_whose_delivery_is_given_up(functions: Functions, readers: Readers) -> None:
    readers.scripts["small"] = [FORGED]
    world = World.with_pages(functions, 1, reader="small")
    [first] = world.registered()
    functions.accepts("llm", first)
    [_, again] = world.events(PageRegistered)
    headers, body = events.to_http(again)
    failed = DeliveryFailed(
        function="llm",
        failure=Failure(code="not_now", detail="for too long"),
        attempts=8,
        headers=headers,
        body=body,
    )
    functions.accepts("register", event("letter", world.file_id, failed))
    page = page_of(world)
    assert (page["status"], page["text"]) == ("read", FORGED)
    assert len(world.events(PageRead)) == 1
    assert world.file()["status"] == "completed"


def test_a_file_that_is_cancelled_meanwhile_keeps_what_was_paid_for(
    functions: Functions, readers: Readers
) -> None:
    readers.scripts["small"] = [FORGED]
    world = World.with_pages(functions, 1, reader="small")
    [first] = world.registered()
    functions.accepts("llm", first)
    functions.clients["upload"].post(f"/v1/files/{world.file_id}/cancel")
    page = page_of(world)
    assert (page["status"], page["text"]) == ("read", FORGED)
    asked = list(readers.asked)
    for one in world.events(PageRegistered):
        functions.accepts("llm", one)
    assert readers.asked == asked


def test_whoever_has_the_page_read_once_more_has_all_tries_again(
    functions: Functions, readers: Readers
) -> None:
    readers.scripts["small"] = readers.scripts["large"] = [FORGED]
    world = World.with_pages(functions, 1, reader="small")
    deliver(world)
    functions.clients["upload"].post(f"/v1/files/{world.file_id}/retry", json={"pages": "1"})
    deliver(world)
    assert readers.asked == ["small", "small", "large"] * 2
    assert page_of(world)["versions"] == 6
    assert page_of(world)["usage"]["cost_usd"] == pytest.approx(2 * SMALL_USD + LARGE_USD)


def test_a_page_that_waits_for_its_next_try_goes_on_where_it_stands_when_others_are_retried(
    functions: Functions, readers: Readers
) -> None:
    readers.scripts["small"] = [TEXT, FORGED, TEXT]
    readers.scripts["large"] = [FORGED]
    world = World.with_pages(functions, 2, reader="small")
    first, second = world.registered()
    functions.accepts("llm", first)
    functions.accepts("llm", second)
    functions.clients["upload"].post(f"/v1/files/{world.file_id}/retry", json={"pages": "1"})
    new = [one for one in world.events(PageRegistered) if one.data.generation == 2]
    assert sorted((one.data.page_number, one.data.tries) for one in new) == [(1, 0), (2, 1)]
    late = [one for one in world.events(PageRegistered) if one.data.generation == 1]
    asked = list(readers.asked)
    for one in late:
        functions.accepts("llm", one)
    assert readers.asked == asked
    deliver(world)
    assert readers.asked == ["small"] * 4
    assert world.file()["status"] == "completed"
    assert [page["versions"] for page in world.pages()] == [2, 2]


def test_an_answer_that_was_doubted_is_given_to_no_other_page(
    functions: Functions, readers: Readers
) -> None:
    readers.scripts["small"] = [FORGED, FORGED, TEXT]
    readers.scripts["large"] = [FORGED]
    world = World.with_pages(functions, 1, reader="small")
    deliver(world)
    [[image]] = rows(b"SELECT image_sha256 FROM pages WHERE file_id = %s", world.file_id)
    assert rows(b"SELECT text FROM readings WHERE image_sha256 = %s", image) == []


def test_a_larger_reader_is_paid_for_doubted_pages_only(
    functions: Functions, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One page in twenty is doubted; COST_PAGES=1000 has it count so many."""
    pages = int(os.environ.get("COST_PAGES", "40"))
    doubted = pages // 20
    monkeypatch.setenv("MAX_PAGES", str(pages))
    settings.current.cache_clear()
    answers = [FORGED if n % 20 == 7 else TEXT for n in range(pages)]
    readers.scripts["straight"] = [*answers, TEXT]
    world = World.with_pages(functions, pages, reader="straight")
    deliver(world)
    assert Counter(readers.asked) == {"straight": pages, "large": doubted}
    file = world.file()
    assert (file["status"], file["progress"]["doubted"]) == ("completed", 0)
    cost = pages * SMALL_USD + doubted * LARGE_USD
    assert file["usage"]["cost_usd"] == pytest.approx(cost)
    sys.stdout.write(f"{pages} pages, {doubted} doubted: {file['usage']['cost_usd']:.4f} USD\n")
