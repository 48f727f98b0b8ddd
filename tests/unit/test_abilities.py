"""What an endpoint's refusal says that it does not take, in the words of servers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from functions.llm import abilities, chat_requests
from functions.llm.abilities import NOTHING_KNOWN, Abilities
from functions.llm.readers import Endpoint, Request
from tests import support
from tests.support.sent import sent_body

REQUEST = Request(
    endpoint=Endpoint("http://models.example/v1", "key"),
    model="reader-1",
    user="Read it.",
    system="You read.",
    max_tokens=4096,
    temperatures=(0.0, 0.2),
    provider={"data_collection": "deny"},
)
IMAGE = b"\xff\xd8 an image"


@pytest.fixture(autouse=True)
def _nothing_learnt() -> Iterator[None]:
    abilities.MEMORY.forget()
    yield
    abilities.MEMORY.forget()


def learn(refusal: object, known: Abilities = NOTHING_KNOWN) -> Abilities | None:
    sent = chat_requests.sent_with(REQUEST, known)
    return abilities.adapt(REQUEST, known, sent, refusal)


def sent_after(refusal: object) -> dict[str, Any]:
    """What is sent once the refusal was understood."""
    learnt = learn(refusal)
    assert learnt is not None
    return sent_body(REQUEST, 0.0, IMAGE, learnt)


def of_fastapi(*names: str) -> dict[str, Any]:
    message = "Extra inputs are not permitted"
    return {
        "detail": [{"type": "extra_forbidden", "loc": ["body", n], "msg": message} for n in names]
    }


SAID = yaml.load(
    (Path(support.__file__).parent / "server_refusals.yaml").read_text(), yaml.CSafeLoader
)


def each(kind: str) -> pytest.MarkDecorator:
    """Every refusal of this kind."""
    return pytest.mark.parametrize("refusal", SAID[kind].values(), ids=SAID[kind])


@each("no_provider")
def test_a_provider_that_is_refused_is_left_out(refusal: object) -> None:
    sent = sent_after(refusal)
    assert not {"provider", "lector"} & sent.keys()
    assert (sent["max_tokens"], sent["temperature"], len(sent["messages"])) == (4096, 0.0, 2)


@each("other_name")
def test_a_limit_that_is_refused_is_sent_under_its_other_name(refusal: object) -> None:
    sent = sent_after(refusal)
    assert "max_tokens" not in sent
    assert sent["max_completion_tokens"] == 4096
    assert "provider" in sent


@each("no_temperature")
def test_a_temperature_that_is_refused_is_left_out(refusal: object) -> None:
    sent = sent_after(refusal)
    assert "temperature" not in sent
    assert sent["max_tokens"] == 4096


@each("no_system")
def test_a_system_role_that_is_refused_goes_into_the_words_of_the_user(refusal: object) -> None:
    [message] = sent_after(refusal)["messages"]
    assert message["role"] == "user"
    assert message["content"][1]["text"] == "You read.\n\nRead it."


@each("fewer_tokens")
def test_fewer_tokens_are_asked_for_where_so_many_are_refused(refusal: dict[str, Any]) -> None:
    assert sent_after(refusal["said"])["max_tokens"] == refusal["room"]


@each("nothing_to_give_up")
def test_a_refusal_that_names_nothing_that_could_be_left_out_stays_one(refusal: object) -> None:
    assert learn(refusal) is None


def test_several_parameters_are_given_up_together() -> None:
    sent = sent_after(of_fastapi("provider", "temperature"))
    assert not {"provider", "lector"} & sent.keys()
    assert "temperature" not in sent


def test_a_limit_refused_under_both_names_is_left_out() -> None:
    known = learn(of_fastapi("max_tokens"))
    assert known is not None
    known = learn(of_fastapi("max_completion_tokens"), known)
    assert known is not None
    sent = sent_body(REQUEST, 0.0, IMAGE, known)
    assert not {"max_tokens", "max_completion_tokens"} & sent.keys()


def test_what_was_given_up_once_is_not_given_up_again() -> None:
    known = learn(of_fastapi("provider"))
    assert known is not None
    assert learn(of_fastapi("provider"), known) is None


def test_what_was_learnt_holds_for_an_endpoint_and_a_model() -> None:
    learn(of_fastapi("provider"))
    elsewhere = replace(REQUEST, endpoint=Endpoint("http://others.example/v1", "key"))
    assert "provider" in abilities.MEMORY.of(REQUEST).without
    assert abilities.MEMORY.of(replace(REQUEST, model="reader-2")) == NOTHING_KNOWN
    assert abilities.MEMORY.of(elsewhere) == NOTHING_KNOWN


def test_what_several_learnt_at_once_is_kept_together() -> None:
    learn(of_fastapi("provider"))
    learn(of_fastapi("temperature"))
    assert abilities.MEMORY.of(REQUEST).without == {"provider", "temperature"}


def test_only_the_endpoints_and_models_that_were_asked_last_are_remembered() -> None:
    for number in range(1000):
        abilities.MEMORY.learn(replace(REQUEST, model=str(number)), Abilities(most_tokens=1))
    assert abilities.MEMORY.of(replace(REQUEST, model="0")) == NOTHING_KNOWN
    assert abilities.MEMORY.of(replace(REQUEST, model="999")).most_tokens == 1


def test_a_model_that_is_asked_is_remembered_though_it_refused_long_ago() -> None:
    abilities.MEMORY.learn(REQUEST, Abilities(most_tokens=1))
    for number in range(1000):
        abilities.MEMORY.learn(replace(REQUEST, model=str(number)), Abilities(most_tokens=1))
        assert abilities.MEMORY.of(REQUEST).most_tokens == 1


def test_the_log_repeats_no_key_that_a_refusal_quotes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    request = replace(REQUEST, endpoint=Endpoint("http://models.example/v1", "sk-secret"))
    sent = chat_requests.sent_with(request, NOTHING_KNOWN)
    refusal = {"error": {"message": "Unsupported parameter: 'provider' (key sk-secret)"}}
    assert abilities.adapt(request, NOTHING_KNOWN, sent, refusal) is not None
    assert "refused provider" in caplog.text
    assert "sk-secret" not in caplog.text


@pytest.mark.parametrize(
    "message",
    [
        "Invalid 'messages': at most 1 image is allowed",
        "messages.0.content.0.image_url: invalid image, maximum size is 5242880 bytes",
        "Invalid base64 image_url in 'messages[1].content[0]'",
        "the image has 9000 prompt tokens, the maximum context length is 8192",
    ],
)
def test_a_refusal_of_messages_or_of_the_image_gives_nothing_up(message: str) -> None:
    for param in (None, "messages", "messages[0].content", "image_url"):
        assert learn({"error": {"message": message, "param": param}}) is None
