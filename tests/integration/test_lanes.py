"""What a reader's failure means for its page: by how its lane answers others, and for how long."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lector.contracts import DeliveryFailed, Failure, PageRegistered
from lector.runtime import settings
from lector.runtime.events import Event, to_http
from tests.support.called import Functions, event
from tests.support.model import Answer, ScriptedModel, error
from tests.support.world import World, rows

JSON = {"Content-Type": "application/json"}
QUARTER_S = 15 * 60
HOURS_2_S = 2 * 3600


@pytest.fixture(autouse=True)
def alone(functions: Functions) -> None:
    """No lane has answered yet, and no other test's pages fail in it."""
    rows(b"WITH gone AS (DELETE FROM files) SELECT 1")
    rows(b"WITH gone AS (DELETE FROM lanes) SELECT 1")


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    return World.with_pages(functions, 4)


def deliver(world: World, page: Event[PageRegistered]) -> str | None:
    """Hand a page to its reader as the source does; the code of what went wrong, if it did.

    What is permanent becomes a dead letter; what is "not now" comes again later.
    """
    answer = world.functions.call("llm", page)
    if answer.status_code == 204:
        return None
    problem = answer.get_json()
    assert answer.status_code in (422, 503), problem
    if answer.status_code == 422:
        failure = Failure(code=problem["code"], detail=problem["detail"])
        headers, body = to_http(page)
        letter = DeliveryFailed(
            function="llm", failure=failure, attempts=1, headers=headers, body=body
        )
        world.functions.accepts("register", event(page.id, page.subject, letter))
    code: str = problem["code"]
    return code


def outcomes(world: World) -> list[str]:
    """Of each page, its state."""
    return [page["status"] for page in world.pages()]


def pass_time(seconds: float) -> None:
    """Let time pass for every lane and page: all that is noted of them happened so much earlier."""
    rows(
        b"UPDATE lanes SET answered_at = answered_at - p, failing_since = failing_since - p,"
        b" failed_at = failed_at - p FROM (SELECT make_interval(secs => %s) AS p) AS past"
        b" RETURNING 1",
        seconds,
    )
    rows(
        b"UPDATE pages SET failing_since = failing_since - p, failed_at = failed_at - p,"
        b" refused_at = refused_at - p, waiting_since = waiting_since - p"
        b" FROM (SELECT make_interval(secs => %s) AS p) AS past RETURNING 1",
        seconds,
    )


def fail_for(world: World, pages: list[Event[PageRegistered]], seconds: float) -> list[str | None]:
    """Have pages tried every five minutes; what each was told at the end."""
    last: list[str | None] = []
    for _ in range(int(seconds // 300)):
        last = [deliver(world, page) for page in pages]
        pass_time(300)
    return last


BROKEN = Answer(body=b" " * 100, headers=JSON, breaks_off_at=10)
FAILURES = [
    (error(500, "no GPU is left"), "model_failed", "no GPU is left"),
    (error(503, "no GPU is left"), "model_failed", "no GPU is left"),
    (BROKEN, "answer_broken_off", "broke its answer off"),
]
of_one = pytest.mark.parametrize(("answer", "code", "words"), FAILURES, ids=["500", "503", "off"])


@of_one
def test_a_page_whose_reader_fails_while_others_are_answered_fails_after_three_attempts(
    world: World, model: ScriptedModel, answer: Answer, code: str, words: str
) -> None:
    bad, *good = world.registered()
    told = []
    for page in good:
        model.script.append(answer)
        told.append(deliver(world, bad))
        assert deliver(world, page) is None
    assert told == [code, code, code]
    assert outcomes(world) == ["failed", "read", "read", "read"]
    failed = world.pages()[0]
    assert failed["error_code"] == code
    assert words in failed["error"]
    assert "(3 attempts)" in failed["error"]


def test_three_bad_pages_fail_when_good_ones_are_answered_in_between(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 6)
    *bad, _, _, _ = pages = world.registered()
    for page in pages[3:]:
        for one in bad:
            model.script.append(error(500, "no GPU is left"))
            assert deliver(world, one) == "model_failed"
        assert deliver(world, page) is None
    for one in bad:
        if world.pages()[one.data.page_number - 1]["status"] == "rendered":
            model.script.append(error(500, "no GPU is left"))
            deliver(world, one)
    assert outcomes(world) == ["failed"] * 3 + ["read"] * 3


@of_one
def test_a_page_that_is_alone_fails_after_three_attempts(
    functions: Functions, model: ScriptedModel, answer: Answer, code: str, words: str
) -> None:
    world = World.with_pages(functions, 1)
    [page] = world.registered()
    model.otherwise = answer
    for status in ("rendered", "rendered", "failed"):
        assert deliver(world, page) == code
        assert outcomes(world) == [status]
    assert words in world.pages()[0]["error"]
    assert world.file()["status"] == "failed"


def test_a_page_that_waits_says_for_what_in_the_servers_own_words(
    world: World, model: ScriptedModel
) -> None:
    page, *_ = world.registered()
    model.script.append(error(500, "no GPU is left"))
    deliver(world, page)
    assert "no GPU is left" in world.pages()[0]["waiting_for"]


@of_one
def test_an_outage_in_which_several_pages_fail_in_a_row_costs_them_nothing(
    world: World, model: ScriptedModel, answer: Answer, code: str, words: str
) -> None:
    first, *others = world.registered()
    assert deliver(world, first) is None
    model.otherwise = answer
    assert fail_for(world, others, HOURS_2_S) == [code] * 3
    assert outcomes(world) == ["read", "rendered", "rendered", "rendered"]
    model.reset()
    for page in others:
        assert deliver(world, page) is None
    assert world.file()["status"] == "completed"


def test_two_hours_without_a_listener_cost_a_page_that_is_alone_nothing(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 2)
    first, second = world.registered()
    assert deliver(world, first) is None
    with model.away():
        assert fail_for(world, [second], HOURS_2_S) == ["model_unreachable"]
    assert deliver(world, second) is None
    assert world.file()["status"] == "completed"


@pytest.mark.parametrize(
    "answer",
    [
        error(429, "too fast"),
        error(429, **{"Retry-After": "9"}),
        error(503, **{"Retry-After": "9"}),
    ],
    ids=["429", "429-retry-after", "503-retry-after"],
)
def test_two_hours_of_a_rate_limit_cost_a_page_that_is_alone_nothing(
    functions: Functions, model: ScriptedModel, answer: Answer
) -> None:
    world = World.with_pages(functions, 2)
    first, second = world.registered()
    assert deliver(world, first) is None
    model.otherwise = answer
    assert fail_for(world, [second], HOURS_2_S) == ["model_limits_rate"]
    model.reset()
    assert deliver(world, second) is None
    assert world.file()["status"] == "completed"


def test_a_rate_limit_between_failures_does_not_count(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1)
    [page] = world.registered()
    model.script.extend([error(500), error(429), error(429), error(500), error(429)])
    for _ in range(5):
        deliver(world, page)
    assert outcomes(world) == ["rendered"]
    model.script.append(error(500))
    deliver(world, page)
    assert outcomes(world) == ["failed"]


def begin_to_fail(seconds: float) -> None:
    """Every lane began to fail so long ago, and failed a moment ago."""
    since = b"UPDATE lanes SET failing_since = now() - make_interval(secs => %s) RETURNING 1"
    assert rows(since, seconds)


NEVER = [
    (error(503, "no GPU is left"), "model_failed", "no GPU is left"),
    (error(429, "insufficient quota"), "model_limits_rate", "insufficient quota"),
    (BROKEN, "answer_broken_off", "broke its answer off"),
]


@pytest.mark.parametrize(("answer", "code", "words"), NEVER, ids=["503", "429", "off"])
def test_a_model_that_never_answered_well_fails_its_pages_after_a_quarter_of_an_hour(
    world: World, model: ScriptedModel, answer: Answer, code: str, words: str
) -> None:
    pages = world.registered()
    model.otherwise = answer
    assert [deliver(world, page) for page in pages] == [code] * 4
    begin_to_fail(QUARTER_S - 30)
    assert [deliver(world, page) for page in pages] == [code] * 4
    assert outcomes(world)[2:] == ["rendered"] * 2
    begin_to_fail(QUARTER_S + 1)
    assert [deliver(world, page) for page in pages[2:]] == [code] * 2
    assert outcomes(world)[2:] == ["failed"] * 2
    for page in world.pages()[2:]:
        assert page["error_code"] == code
        assert words in page["error"]
        assert "15 minutes" in page["error"]


def test_an_endpoint_at_which_nothing_ever_listened_fails_pages_after_a_quarter_of_an_hour(
    world: World, model: ScriptedModel
) -> None:
    pages = world.registered()
    with model.away():
        assert [deliver(world, page) for page in pages] == ["model_unreachable"] * 4
        begin_to_fail(QUARTER_S - 30)
        assert [deliver(world, page) for page in pages] == ["model_unreachable"] * 4
        assert outcomes(world) == ["rendered"] * 4
        begin_to_fail(QUARTER_S + 1)
        assert [deliver(world, page) for page in pages] == ["model_unreachable"] * 4
    assert outcomes(world) == ["failed"] * 4
    assert "refused" in world.pages()[0]["error"]
    assert "15 minutes" in world.pages()[0]["error"]


def test_a_limit_of_one_minute_is_said_in_the_singular(world: World, model: ScriptedModel) -> None:
    pages = world.registered()
    with model.away(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL_FIRST_ANSWER_S", "60")
        settings.current.cache_clear()
        deliver(world, pages[0])
        begin_to_fail(61)
        deliver(world, pages[0])
    settings.current.cache_clear()
    assert world.pages()[0]["error"].endswith("it has never answered well, for 1 minute")


def test_that_a_model_answered_well_is_known_to_processes_that_come_later(
    world: World, model: ScriptedModel
) -> None:
    first, *others = world.registered()
    deliver(world, first)
    model.otherwise = error(503)
    for page in others:
        deliver(world, page)
    begin_to_fail(HOURS_2_S)
    for page in others:
        deliver(world, page)
    assert outcomes(world)[1:] == ["rendered"] * 3


@contextmanager
def impatient() -> Iterator[None]:
    """A call may take 0.4 s."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL_TIMEOUT_S", "0.4")
        settings.current.cache_clear()
        yield
    settings.current.cache_clear()


SLOW = [
    Answer(delay_s=2),
    Answer(body=b" " * 40, headers=JSON, pause_s=0.1),
]


@pytest.mark.parametrize("answer", SLOW, ids=["hangs", "drips"])
def test_a_time_out_is_an_attempt_also_when_several_pages_time_out_in_a_row(
    world: World, model: ScriptedModel, answer: Answer
) -> None:
    first, *others = world.registered()
    deliver(world, first)
    model.otherwise = answer
    with impatient():
        for status in ("rendered", "rendered", "failed"):
            for page in others:
                assert deliver(world, page) == "model_timed_out"
            assert outcomes(world)[1:] == [status] * 3
    assert len(model.requests) == 1 + 3 * 3
    reason = world.pages()[1]["error"]
    assert "0.4 s" in reason
    assert "MODEL_TIMEOUT_S" in reason
    assert "(3 attempts)" in reason


BODIES: dict[str, object] = {
    "error": {"error": "insufficient quota"},
    "error-message": {"error": {"message": "insufficient quota"}},
    "detail": {"detail": "insufficient quota"},
    "message": {"message": "insufficient quota"},
}


@pytest.mark.parametrize("status", [400, 429, 500])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_words_of_an_error_are_kept_wherever_they_stand_in_its_body(
    functions: Functions, model: ScriptedModel, status: int, body: object
) -> None:
    world = World.with_pages(functions, 1)
    [page] = world.registered()
    model.script.append(Answer(status, json.dumps(body).encode(), JSON))
    problem = functions.call("llm", page).get_json()
    assert problem["detail"].endswith(f"answered {status}: insufficient quota")


def test_a_page_for_a_reader_that_there_is_not_fails(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1)
    [page] = world.registered()
    page.data.reader = "the-other"
    assert deliver(world, page) == "reader_unknown"
    assert "the-other" in world.pages()[0]["error"]
