"""What passes for a page's text, and what does not."""

import dataclasses
import time

import pytest

from functions.llm import answers, prompts, refusals, repetition
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
    assert not repetition.find_loop(text)


@pytest.mark.parametrize("text", ["Start. " + "the same again " * 40, "abc\n" * 200, "x" * 400])
def test_a_stuck_model_is_noticed(text: str) -> None:
    assert repetition.find_loop(text)


def test_looking_for_repetition_stays_fast_on_a_long_text() -> None:
    text = "word" + " " * 3900 + "x"
    started = time.perf_counter()
    repetition.find_loop(text)
    assert time.perf_counter() - started < 2  # a guard against catastrophic backtracking


def answer(content: str) -> dict[str, object]:
    """A chat completion with this content."""
    return {"choices": [{"finish_reason": "stop", "message": {"content": content}}]}


@pytest.mark.parametrize(
    "said",
    [
        "I'm sorry.",
        "I am sorry!",
        "I'm sorry, but I can't help with that.",
        "I’m sorry, but I can’t assist with that request.",
        "I'm sorry, I can't do that.",
        "I'm sorry. I cannot do this.",
        "I am very sorry, but I am unable to do so.",
        "I'm sorry, but I can't assist with identifying or describing the people in the picture.",
        "I'm sorry, but the image is too blurry for me to make anything out.",
        "I'm sorry, the text on this page is not legible.",
        "I'm sorry — this image seems to be blank.",
        "I'm sorry, but there is no readable text in this image.",
        "I'm sorry, I don't see any text in the picture you sent.",
        "I'm sorry, but I don't have the ability to process images.",
        "I'm sorry, but I must decline, as this document is protected by copyright.",
        "I am sorry to say that I cannot read this page.",
        "I'm sorry for the inconvenience, but I'm unable to transcribe this document.",
        "I'm sorry, but as an AI language model I cannot view images.",
        "Sorry, I can't help you with transcribing this image.",
        "I apologize, but I cannot provide a transcription of this material.",
        "Unfortunately, I cannot read the page.",
        "As an AI language model, I can't view images directly.",
        "I cannot help.",
        "I can't help you.",
        "I am unable to assist.",
        "I cannot transcribe this.",
        "I can't help with that. Please send me another page.",
        "I can't assist you with this.",
        "I cannot assist with reading or transcribing the personal data on this document.",
        "I cannot transcribe the text in this image.",
        "I cannot\nread the page.",
        "I can't process this image. Please upload a clearer one.",
        "I am unable to read any of the handwriting.",
        "I'm unable to view images.",
        "I'm not able to fulfill this request.",
        "```\nI'm unable to extract the text.\n```",
    ],
)
def test_a_refusal_is_not_taken_for_the_text_of_a_page(said: str) -> None:
    with pytest.raises(answers.RefusedAnswer) as refused:
        answers.parse_answer(answer(said), "m")
    assert refused.value.code == "model_refused"


@pytest.mark.parametrize(
    "said",
    [
        "I cannot read your letter without thinking of the summer that we spent by the sea.",
        "I cannot read your\nletter without thinking\nof the summer.\n\nYours, Anna",
        "I can't read Greek, and my brother reads nothing else.",
        "I cannot help thinking of the picture in your hall.",
        "I can't help but wonder at the picture that you paint of the harbour.",
        "I cannot help you any further in this matter. Please turn to the consulate.\n\nJ. Smith",
        "I cannot assist at the wedding, as my leave was refused.",
        "I cannot process so much grief at once.",
        "I am unable to attend the meeting on Friday.\n\nKind regards\nM. Keller",
        "I'm unable to come before the first of May.",
        "I am sorry to hear of your loss.",
        "I am sorry for the delay. The goods were sent this morning.",
        "I'm sorry that I missed you on Sunday. The train was late again.",
        "I am sorry, my dear, that I must write to you in such haste.",
        "I'm sorry, but I cannot come tomorrow.",
        "I am sorry. The picture of you and Father hangs above my bed.",
        "I'm sorry, but the document that you asked for is not ready.",
        "I am sorry about the photograph; the frame was broken when it came.",
        "Sorry, we are closed.",
        "Unfortunately, I cannot recommend this hotel.",
        "I can help you with this image.",
        "He said: I'm sorry, but I can't help with that.",
        "The first rule is short. I cannot transcribe this image, said the clerk.",
    ],
)
def test_a_page_that_begins_like_a_refusal_is_a_page(said: str) -> None:
    assert answers.parse_answer(answer(said), "m").text == said


def test_a_long_text_is_no_refusal() -> None:
    said = "I cannot transcribe this image, wrote the monk. " + "And yet he tried, day by day. " * 9
    said += "Then winter came."
    assert answers.parse_answer(answer(said), "m").text == said


def test_looking_for_a_refusal_stays_fast() -> None:
    texts = ["I'm sorry" + ", but I cannot read" * 15, "I cannot read" + " a" * 140, "sorry, " * 42]
    started = time.perf_counter()
    assert not any(refusals.is_refusal(text) for text in texts)
    assert time.perf_counter() - started < 1  # a guard against catastrophic backtracking


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
    text = answers.parse_answer(answer(said), "m").text
    assert text == "one]0;owned\tcell\nsoft\u00adhyphentwo2J"
