"""What passes for a page's text, and what does not."""

import dataclasses
import time

import pytest

from functions.llm import answers, prompts
from lector.local.tools import checkout
from lector.runtime import failures
from lector.tesseract import endpoint

PROMPTS = checkout() / "functions" / "llm" / "prompts.yaml"


@pytest.mark.parametrize(
    "text",
    [
        "Chapter 1 " + "." * 300 + " 7",
        "-" * 500,
        "| | |\n" * 100,
        "A normal paragraph that says something once and then goes on to something else. " * 2,
        "no no no no no no",
    ],
)
def test_ordinary_repetition_is_not_taken_for_a_stuck_model(text: str) -> None:
    assert not answers.repeats(text)


@pytest.mark.parametrize("text", ["Start. " + "the same again " * 40, "abc\n" * 200, "x" * 400])
def test_a_stuck_model_is_noticed(text: str) -> None:
    assert answers.repeats(text)


def test_looking_for_repetition_stays_fast_on_a_long_text() -> None:
    text = "word" + " " * 3900 + "x"
    started = time.perf_counter()
    answers.repeats(text)
    assert time.perf_counter() - started < 2  # a guard against catastrophic backtracking


def test_the_embedded_model_and_the_prompt_agree_on_the_marker() -> None:
    prompt = prompts.load(PROMPTS, "default")
    assert answers.NO_TEXT == endpoint.NO_TEXT
    assert answers.NO_TEXT in prompt.user


def test_the_default_prompt_asks_the_default_model() -> None:
    assert prompts.load(PROMPTS, "default").model == "qwen/qwen3-vl-8b-instruct"


def test_an_unknown_prompt_is_named_with_those_there_are() -> None:
    with pytest.raises(prompts.UnknownPrompt, match="default"):
        prompts.load(PROMPTS, "poetry")


def test_another_model_image_or_wording_is_another_cache_entry() -> None:
    prompt = prompts.load(PROMPTS, "default")
    other_model = prompts.load(PROMPTS, "default", model="other")
    reworded = dataclasses.replace(prompt, user="Read.")
    keys = {
        prompt.cache_key("a", "default"),
        prompt.cache_key("b", "default"),
        other_model.cache_key("a", "default"),
        reworded.cache_key("a", "default"),
        prompt.cache_key("a", "another"),
    }
    assert len(keys) == 5


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    ],
)
def test_retry_after_is_understood_or_left_out(header: str | None, seconds: float | None) -> None:
    assert failures.retry_after_s(header) == seconds


def test_a_text_holds_no_commands_for_a_terminal() -> None:
    said = "one\x1b]0;owned\x07\tcell\r\nsoft\u00adhyphen\x0ctwo\x9b2J"
    answer = {"choices": [{"finish_reason": "stop", "message": {"content": said}}]}
    text = answers.parse_answer(answer, "m").text
    assert text == "one]0;owned\tcell\nsoft\u00adhyphentwo2J"
