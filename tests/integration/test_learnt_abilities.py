"""An endpoint that does not take what it is sent is asked once more without it, and remembered."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from tests.support.called import Functions
from tests.support.model import Answer, ScriptedModel, completion
from tests.support.world import World

Refuse = Callable[[dict[str, Any]], Answer | None]


def refusal(message: str, status: int = 400, **more: object) -> Answer:
    body = json.dumps({"error": {"message": message, **more}}).encode()
    return Answer(status, body, {"Content-Type": "application/json"})


def refusing(*names: str, status: int = 400) -> Refuse:
    """A server that refuses the first of these that it is sent."""

    def refuse(request: dict[str, Any]) -> Answer | None:
        found = next((name for name in names if name in request), None)
        return refusal(f"Unsupported parameter: '{found}'", status) if found else None

    return refuse


@pytest.fixture
def name() -> str:
    """A model of which nothing is known yet."""
    return f"model-{uuid4()}"


@pytest.fixture
def read(functions: Functions, model: ScriptedModel, name: str) -> Callable[[], TestResponse]:
    """Have that model read a page; every time another one."""

    def read_page() -> TestResponse:
        [page] = World.with_pages(functions, 1, model=name).registered()
        return functions.call("llm", page)

    return read_page


Read = Callable[[], TestResponse]


@pytest.mark.parametrize("status", [400, 422])
def test_a_provider_that_is_refused_costs_one_call_more_and_only_once(
    read: Read, model: ScriptedModel, status: int
) -> None:
    model.refuse = refusing("provider", status=status)
    assert read().status_code == 204
    assert ["provider" in request for request in model.requests] == [True, False]
    assert read().status_code == 204
    assert len(model.requests) == 3


def test_a_limit_goes_by_its_other_name_where_that_is_wanted(
    read: Read, model: ScriptedModel
) -> None:
    message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    model.refuse = lambda request: refusal(message) if "max_tokens" in request else None
    assert read().status_code == 204
    assert [request.get("max_completion_tokens") for request in model.requests] == [None, 4096]


def test_a_server_that_refuses_one_after_the_other_is_asked_as_often_and_once_more(
    read: Read, model: ScriptedModel
) -> None:
    names = ("provider", "max_tokens", "max_completion_tokens", "temperature")
    model.refuse = refusing(*names)
    assert read().status_code == 204
    assert len(model.requests) == len(names) + 1
    assert not set(names) & model.requests[-1].keys()


def test_a_server_that_refuses_whatever_it_gets_is_not_asked_for_ever(
    read: Read, model: ScriptedModel
) -> None:
    model.refuse = lambda _: refusal("Unsupported parameter: 'provider'", param="provider")
    response = read()
    assert (response.status_code, response.get_json()["code"]) == (422, "model_refused_request")
    assert len(model.requests) == 2


def test_a_refusal_that_names_nothing_is_asked_once(read: Read, model: ScriptedModel) -> None:
    model.refuse = lambda _: refusal("no such thing")
    assert read().status_code == 422
    assert len(model.requests) == 1


def test_a_system_role_that_is_refused_is_not_sent_again(read: Read, model: ScriptedModel) -> None:
    def refuse(request: dict[str, Any]) -> Answer | None:
        roles = [message["role"] for message in request["messages"]]
        return refusal("System role not supported", 500) if "system" in roles else None

    model.refuse = refuse
    assert read().status_code == 204
    assert len(model.requests) == 2
    words = model.requests[-1]["messages"][0]["content"][1]["text"]
    assert words.startswith("You transcribe")


def test_an_answer_cut_off_is_asked_again_with_no_more_room_than_there_is(
    read: Read, model: ScriptedModel
) -> None:
    message = "max_tokens is too large: {}. This model supports at most 6000 completion tokens"
    limit = 6000

    def refuse(request: dict[str, Any]) -> Answer | None:
        tokens = request["max_tokens"]
        return refusal(message.format(tokens), param="max_tokens") if tokens > limit else None

    model.refuse = refuse
    model.script.append(completion("half", "length"))
    assert read().status_code == 204
    assert [request["max_tokens"] for request in model.requests] == [4096, 8192, 6000]


def test_a_refusal_inside_a_200_is_understood_as_well(read: Read, model: ScriptedModel) -> None:
    message = "Unrecognized request argument supplied: provider"
    inside = refusal(message, 200, code=400)
    model.refuse = lambda request: inside if "provider" in request else None
    assert read().status_code == 204
    assert len(model.requests) == 2


def test_what_a_model_refuses_is_still_sent_to_another(
    functions: Functions, model: ScriptedModel
) -> None:
    model.refuse = lambda request: (
        refusal("Unsupported parameter: 'provider'")
        if "provider" in request and request["model"].startswith("poor-")
        else None
    )
    for wanted in (f"poor-{uuid4()}", f"rich-{uuid4()}"):
        [page] = World.with_pages(functions, 1, model=wanted).registered()
        functions.accepts("llm", page)
    assert ["provider" in request for request in model.requests] == [True, False, True]


def test_calls_that_were_refused_are_counted_and_cost_nothing(
    functions: Functions, model: ScriptedModel, name: str
) -> None:
    model.refuse = refusing("provider")
    world = World.with_pages(functions, 1, model=name)
    [page] = world.registered()
    functions.accepts("llm", page)
    [shown] = world.pages()
    assert (shown["attempts"], shown["usage"]["prompt_tokens"]) == (2, 11)
