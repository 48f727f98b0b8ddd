"""A model that lies, stalls, refuses or answers garbage: what becomes of the page."""

from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from functions.llm import page_texts
from functions.llm.readings import Reading
from lector.contracts import DeliveryFailed, Failure, PageRegistered
from lector.runtime import database, events
from lector.runtime.events import Event
from tests.support.called import Functions, event
from tests.support.model import Answer, ScriptedModel, completion, error, html
from tests.support.world import World, rows

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    return World.with_pages(functions, 1)


@pytest.fixture
def page(world: World) -> Event[PageRegistered]:
    [registered] = world.registered()
    return registered


def read(world: World, page: Event[PageRegistered]) -> TestResponse:
    return world.functions.call("llm", page)


def test_the_request_carries_prompt_image_and_parameters(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    read(world, page)
    [request] = model.requests
    system, user = request["messages"]
    assert request["model"] == "scripted"
    assert request["temperature"] == 0.0
    assert request["provider"] == {"data_collection": "deny", "allow_fallbacks": True}
    assert system["role"] == "system"
    assert user["content"][0]["image_url"]["url"].startswith("data:image/jpeg;base64,/9j/")
    assert "Write down all text" in user["content"][1]["text"]


def test_tokens_and_model_of_an_answer_are_kept(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    read(world, page)
    [shown] = world.pages()
    assert (
        shown["model"],
        shown["usage"]["prompt_tokens"],
        shown["usage"]["completion_tokens"],
    ) == (
        "scripted-1",
        11,
        7,
    )


def test_an_answer_without_usage_is_still_an_answer(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.script.append(completion("fine", usage=None))
    assert read(world, page).status_code == 204
    [shown] = world.pages()
    assert (shown["text"], shown["usage"]["prompt_tokens"]) == ("fine", None)


REFUSED = [
    (completion("half a sen", "length"), "answer_cut_off"),
    (completion("hidden", "content_filter"), "content_filtered"),
    (completion("odd", "tool_calls"), "answer_unfinished"),
    (completion(""), "empty_answer"),
    (completion(" \n "), "empty_answer"),
    (completion(None), "empty_answer"),
    (completion("x", choices=[]), "empty_answer"),
    (completion("x", choices=None), "empty_answer"),
    (completion("I'm sorry, but I can't help with that."), "model_refused"),
    (completion("Lo siento, no puedo ayudarte con eso."), "model_refused"),
    (completion("The provided image appears to contain no visible text."), "model_refused"),
    (completion("<think>\nThe user wants the text of the page."), "empty_answer"),
    (completion("la " * 400), "answer_repeats"),
    (Answer(body=b'{"detail": "Not Found"}', headers=JSON), "not_a_completion"),
    (html(), "not_a_completion"),
    (Answer(body=b"{not json", headers=JSON), "not_a_completion"),
    (Answer(body=b"[1, 2]", headers=JSON), "not_a_completion"),
    (Answer(body=b"", headers=JSON), "not_a_completion"),
    (Answer(body=b'"text"', headers=JSON), "not_a_completion"),
    (Answer(body=b'{"choices": "none"}', headers=JSON), "not_a_completion"),
    (
        Answer(body=b'{"choices": [{"message": 7, "finish_reason": "stop"}]}', headers=JSON),
        "not_a_completion",
    ),
    (Answer(body=b'{"choices": [7]}', headers=JSON), "not_a_completion"),
]


@pytest.mark.parametrize(("answer", "code"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_is_not_an_answer_fails_the_page_after_three_attempts(
    world: World, model: ScriptedModel, page: Event[PageRegistered], answer: Answer, code: str
) -> None:
    model.otherwise = answer
    response = read(world, page)
    assert (response.status_code, response.get_json()["code"]) == (422, code)
    assert len(model.requests) == 3


def test_a_usage_that_makes_no_sense_is_left_out(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    usage = {"prompt_tokens": "many", "completion_tokens": -(10**12), "total_tokens": None}
    model.script.append(completion("fine", usage=usage, model="m\x00odel"))
    assert read(world, page).status_code == 204
    [shown] = world.pages()
    assert (shown["model"], shown["usage"]["prompt_tokens"]) == ("model", None)


def test_a_good_answer_after_a_bad_one_is_taken(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.script.extend([completion(""), completion("better")])
    assert read(world, page).status_code == 204
    assert world.pages()[0]["text"] == "better"


def test_attempts_grow_warmer(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.otherwise = completion("")
    read(world, page)
    temperatures = [request["temperature"] for request in model.requests]
    assert temperatures == sorted(set(temperatures))


def test_an_answer_cut_off_is_asked_again_with_more_room(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.script.append(completion("half", "length"))
    read(world, page)
    first, second = (request["max_tokens"] for request in model.requests)
    assert second == 2 * first


def test_an_answer_without_an_ending_that_took_all_its_room_was_cut_off(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    usage = {"prompt_tokens": 11, "completion_tokens": 4096}
    model.script.append(completion("half a sen", None, usage=usage))
    model.script.append(completion("half a sentence and the rest", None))
    assert read(world, page).status_code == 204
    first, second = (request["max_tokens"] for request in model.requests)
    assert second == 2 * first
    assert world.pages()[0]["text"] == "half a sentence and the rest"


def test_a_refused_answer_is_not_kept(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    [[before]] = rows(b"SELECT count(*) FROM readings")
    model.otherwise = completion("half", "length")
    read(world, page)
    assert rows(b"SELECT count(*) FROM readings") == [(before,)]


def test_the_marker_for_no_text_reads_as_an_empty_page(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.script.append(completion("[No text]"))
    assert read(world, page).status_code == 204
    [shown] = world.pages()
    assert (shown["status"], shown["text"], shown["provenance"]) == ("read", "", "model")


def test_a_code_fence_around_the_text_is_taken_off(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.script.append(completion("```markdown\n# Title\n```"))
    read(world, page)
    assert world.pages()[0]["text"] == "# Title"


@pytest.mark.parametrize("ending", [None, "", "eos", "end_turn", "STOP"])
def test_an_answer_that_ended_well_by_another_name_is_taken_at_once(
    world: World, model: ScriptedModel, page: Event[PageRegistered], ending: str | None
) -> None:
    model.script.append(completion("fine", ending))
    assert read(world, page).status_code == 204
    assert (world.pages()[0]["text"], len(model.requests)) == ("fine", 1)


def test_a_page_says_what_the_model_said_when_it_refused(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.otherwise = completion("La imagen está demasiado borrosa.")
    assert "La imagen está demasiado borrosa." in read(world, page).get_json()["detail"]


def test_a_nul_in_the_text_does_not_stop_the_page(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.script.append(completion("a\x00b"))
    assert read(world, page).status_code == 204
    assert world.pages()[0]["text"] == "ab"


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_an_overloaded_model_is_not_now(
    world: World, model: ScriptedModel, page: Event[PageRegistered], status: int
) -> None:
    model.otherwise = error(status)
    assert read(world, page).status_code == 503
    assert len(model.requests) == 1


def test_why_a_page_waits_can_be_seen_until_it_is_read(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.script.append(error(502))
    read(world, page)
    waiting = world.file()["waiting_for"], world.pages()[0]["waiting_for"]
    read(world, page)
    host = urlsplit(model.base_url).netloc
    assert waiting == (f"the model endpoint {host} answered 502: no",) * 2
    assert world.file()["waiting_for"] is None


def test_an_html_error_page_with_a_5xx_is_not_now(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.otherwise = html(502)
    assert read(world, page).status_code == 503


def test_retry_after_is_handed_on(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.otherwise = error(429, **{"Retry-After": "7"})
    assert read(world, page).headers["Retry-After"] == "7"


def test_a_model_that_does_not_answer_in_time_is_not_now(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.otherwise = Answer(delay_s=3)
    assert read(world, page).status_code == 503


def test_a_model_that_trickles_without_end_is_not_now(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.otherwise = Answer(body=b" " * 40, headers=JSON, pause_s=0.1)
    assert read(world, page).status_code == 503


def test_a_reason_with_a_nul_still_becomes_a_visible_failure(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.otherwise = error(400, "no \x00 \ud800 such model")
    problem = read(world, page).get_json()
    failure = Failure(code=problem["code"], detail=problem["detail"])
    headers, body = events.to_http(page)
    letter = DeliveryFailed(function="llm", failure=failure, attempts=1, headers=headers, body=body)
    world.functions.accepts("register", event("cause", world.file_id, letter))
    assert world.pages()[0]["error"].endswith("no   such model")


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_permanent_and_say_so(
    world: World, model: ScriptedModel, page: Event[PageRegistered], status: int
) -> None:
    model.otherwise = error(status, "bad key")
    response = read(world, page)
    problem = response.get_json()
    assert (response.status_code, problem["code"]) == (422, "model_refused_authentication")
    assert "OPENAI_API_KEY" in problem["detail"]
    assert "secret-key" not in problem["detail"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "model_refused_request"),
        (402, "model_wants_payment"),
        (404, "model_refused_request"),
        (413, "model_refused_request"),
    ],
)
def test_a_refused_request_is_permanent(
    world: World, model: ScriptedModel, page: Event[PageRegistered], status: int, code: str
) -> None:
    model.otherwise = error(status, "the model does not exist")
    response = read(world, page)
    assert (response.status_code, response.get_json()["code"]) == (422, code)


def test_an_error_inside_a_200_is_not_a_text(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.otherwise = error(200, "upstream failed")
    response = read(world, page)
    assert response.status_code == 422
    assert world.pages()[0]["status"] == "rendered"


def test_a_rate_limit_inside_a_200_is_not_now(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    body = b'{"error": {"message": "Provider returned error", "code": 429}}'
    model.otherwise = Answer(body=body, headers={**JSON, "Retry-After": "7"})
    response = read(world, page)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "7")
    assert len(model.requests) == 1


def test_a_refused_request_says_what_the_server_said(
    world: World, model: ScriptedModel, page: Event[PageRegistered]
) -> None:
    model.otherwise = Answer(404, b'{"error": "model not found, try pulling it"}', JSON)
    assert "model not found, try pulling it" in read(world, page).get_json()["detail"]


def test_a_stale_answer_in_the_cache_is_not_used(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1)
    [page] = world.registered()
    read(world, page)
    rows(b"UPDATE readings SET created_at = now() - interval '8 days' RETURNING 1")
    rows(b"UPDATE pages SET status = 'rendered' WHERE file_id = %s RETURNING 1", world.file_id)
    read(world, page)
    assert len(model.requests) == 2


def test_no_more_stale_answers_are_dropped_however_the_database_plans_it(
    functions: Functions,
) -> None:
    [page] = World.with_pages(functions, 1).registered()
    rows(b"WITH gone AS (DELETE FROM readings) SELECT 1")
    rows(
        b"INSERT INTO readings (key, image_sha256, text, model, created_at)"
        b" SELECT 'stale' || n, '', '', 'm', now() - interval '9 days'"
        b" FROM generate_series(1, 25) AS n RETURNING 1"
    )
    with database.transaction() as connection:
        for way in (
            "hashjoin",
            "mergejoin",
            "hashagg",
            "sort",
            "material",
            "indexscan",
            "bitmapscan",
        ):
            connection.execute(f"SET LOCAL enable_{way} = off")
        page_texts.cache_reading(connection, page, "new", "", Reading("text", "m"), 7)
    assert rows(b"SELECT count(*) FROM readings WHERE key LIKE 'stale%%'") == [(15,)]
    assert rows(b"SELECT count(*) FROM readings WHERE key = 'new'") == [(1,)]


def test_stale_answers_are_dropped_a_few_at_a_time_and_fresh_ones_stay(
    functions: Functions, model: ScriptedModel
) -> None:
    rows(b"WITH gone AS (DELETE FROM readings) SELECT 1")
    keep = (
        b"INSERT INTO readings (key, image_sha256, text, model, created_at)"
        b" SELECT %s || n, '', '', 'm', now() - make_interval(mins => %s)"
        b" FROM generate_series(1, %s) AS n RETURNING 1"
    )
    days = 7 * 24 * 60
    rows(keep, "stale", days + 1, 12)
    rows(keep, "fresh", days - 5, 12)

    def left() -> tuple[int, int]:
        [[stale, fresh]] = rows(
            b"SELECT count(*) FILTER (WHERE key LIKE 'stale%%'),"
            b" count(*) FILTER (WHERE key LIKE 'fresh%%') FROM readings"
        )
        return stale, fresh

    first, second = World.with_pages(functions, 2).registered()
    functions.accepts("llm", first)
    assert left() == (2, 12)
    functions.accepts("llm", second)
    assert left() == (0, 12)
