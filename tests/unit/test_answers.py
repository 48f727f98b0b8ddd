"""What passes for a page's text, and what does not."""

import time
from typing import Any

import pytest

from functions.llm import answers, refusals, repetition
from functions.llm.readings import RefusedAnswer
from lector.domain import reader_catalogue
from lector.runtime import failures
from lector.tesseract import endpoint


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
    with pytest.raises(RefusedAnswer) as refused:
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


def completion(content: object, **changes: object) -> dict[str, object]:
    """A chat completion with this content; `changes` replace members of its choice."""
    return {"choices": [{"finish_reason": "stop", "message": {"content": content}, **changes}]}


def refusal(said: object) -> RefusedAnswer:
    with pytest.raises(RefusedAnswer) as refused:
        answers.parse_answer(said, "m")
    return refused.value


@pytest.mark.parametrize(
    "ending",
    [
        *("stop", "STOP", "Stop", "eos", "eos_token", "EOS_TOKEN", "end_turn", "stop_sequence"),
        *("COMPLETE", "complete", "completed", "end", "finish", "FINISH_REASON_STOP", "done"),
        *("eosFound", "stopStringFound", "stop_str"),
        *("stop_token", "end_of_text", "normal", "", None, {"type": "stop", "matched": 151645}),
    ],
)
def test_a_good_ending_has_several_names(ending: object) -> None:
    assert answers.parse_answer(completion("fine", finish_reason=ending), "m").text == "fine"


def test_an_answer_need_not_say_how_it_ended() -> None:
    said = {"choices": [{"message": {"role": "assistant", "content": "fine"}}]}
    assert answers.parse_answer(said, "m").text == "fine"


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("length", "answer_cut_off"),
        ("max_tokens", "answer_cut_off"),
        ("MAX_TOKENS", "answer_cut_off"),
        ("model_length", "answer_cut_off"),
        ({"type": "length", "length": 4096}, "answer_cut_off"),
        ("content_filter", "content_filtered"),
        ("SAFETY", "content_filtered"),
        ("RECITATION", "content_filtered"),
        ("PROHIBITED_CONTENT", "content_filtered"),
        ("guardrail_intervened", "content_filtered"),
        ("refusal", "model_refused"),
        ("maxPredictedTokensReached", "answer_cut_off"),
        ("contextLengthReached", "answer_cut_off"),
        ("truncated", "answer_cut_off"),
        ("FINISH_REASON_PROHIBITED_CONTENT", "content_filtered"),
        ("tool_calls", "answer_unfinished"),
        ("function_call", "answer_unfinished"),
        ("abort", "answer_unfinished"),
        ("error", "answer_unfinished"),
        ("insufficient_system_resource", "answer_unfinished"),
        (7, "answer_unfinished"),
    ],
)
def test_a_bad_ending_counts_as_what_it_means(ending: object, code: str) -> None:
    assert refusal(completion("half a sen", finish_reason=ending)).code == code


def test_an_ending_that_only_the_provider_names_counts() -> None:
    said = completion("half", finish_reason=None, native_finish_reason="MAX_TOKENS")
    assert refusal(said).code == "answer_cut_off"


@pytest.mark.parametrize("ending", [None, ""])
def test_without_an_ending_an_answer_that_took_all_tokens_was_cut_off(ending: object) -> None:
    said = completion("half a sen", finish_reason=ending)
    taken = said | {"usage": {"completion_tokens": 4096}}
    with pytest.raises(RefusedAnswer) as refused:
        answers.parse_answer(taken, "m", max_tokens=4096)
    assert refused.value.code == "answer_cut_off"
    assert answers.parse_answer(taken, "m", max_tokens=4097).text == "half a sen"
    assert answers.parse_answer(taken, "m").text == "half a sen"
    assert answers.parse_answer(said, "m", max_tokens=4096).text == "half a sen"


def test_an_answer_that_says_it_ended_may_have_taken_all_tokens() -> None:
    taken = completion("fine") | {"usage": {"completion_tokens": 4096}}
    assert answers.parse_answer(taken, "m", max_tokens=4096).text == "fine"


@pytest.mark.parametrize(
    "answer",
    [
        {"choices": [{"text": "fine", "finish_reason": "stop"}]},
        {"message": {"role": "assistant", "content": "fine"}, "done": True, "done_reason": "stop"},
        {
            "status": "completed",
            "output": [
                {"type": "reasoning", "summary": []},
                {"type": "message", "content": [{"type": "output_text", "text": "fine"}]},
            ],
        },
    ],
    ids=["before chats", "Ollama", "Responses"],
)
def test_the_text_is_found_in_other_forms_of_answers(answer: dict[str, Any]) -> None:
    assert answers.parse_answer(answer, "m").text == "fine"


@pytest.mark.parametrize(
    "answer",
    [
        {"choices": [{"text": "half", "finish_reason": "length"}]},
        {"message": {"content": "half"}, "done": True, "done_reason": "length"},
        {
            "status": "incomplete",
            "incomplete_details": {"reason": "max_output_tokens"},
            "output": [{"type": "message", "content": [{"type": "output_text", "text": "half"}]}],
        },
    ],
    ids=["before chats", "Ollama", "Responses"],
)
def test_other_forms_of_answers_can_be_cut_off_too(answer: dict[str, Any]) -> None:
    assert refusal(answer).code == "answer_cut_off"


@pytest.mark.parametrize(
    "answer",
    [{"message": "busy"}, {"message": {}}, {"output": []}, {"output": [None]}, {"output": [{}]}],
)
def test_what_only_looks_like_another_form_is_refused(answer: dict[str, Any]) -> None:
    assert refusal(answer).code in ("empty_answer", "not_a_completion")


def test_a_refusal_beside_a_text_is_one() -> None:
    refused = refusal(completion("", message={"content": "Two", "refusal": "I can't go on."}))
    assert refused.code == "model_refused"
    assert "I can't go on." in refused.detail


def test_an_answer_that_calls_a_tool_says_so() -> None:
    call = {"type": "function", "function": {"name": "zoom", "arguments": "{}"}}
    refused = refusal(completion("", message={"content": None, "tool_calls": [call]}))
    assert refused.code == "empty_answer"
    assert "called a tool" in refused.detail


def test_an_ending_that_nobody_knows_is_named() -> None:
    assert "'paused'" in refusal(completion("half", finish_reason="paused")).detail


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([{"type": "text", "text": "fine"}], "fine"),
        ([{"type": "output_text", "text": "fine"}], "fine"),
        ({"type": "text", "text": "fine"}, "fine"),
        (["fi", "ne"], "fine"),
        ([{"type": "text", "text": {"value": "fine"}}], "fine"),
        ([{"text": "fine"}], "fine"),
        ([{"type": "text", "text": "One.\n\n"}, {"type": "text", "text": "Two."}], "One.\n\nTwo."),
        ([{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}], "One.\nTwo."),
        ([{"type": "text", "text": "half a w"}, {"type": "text", "text": "ord"}], "half a word"),
        (
            [
                {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
                {"type": "text", "text": "fine"},
            ],
            "fine",
        ),
        ([{"type": "reasoning", "text": "Hm."}, {"type": "text", "text": "fine"}], "fine"),
        ([None, 7, {"type": "image_url"}, {"type": "text", "text": "fine"}], "fine"),
    ],
)
def test_content_in_parts_is_put_together(parts: object, text: str) -> None:
    assert answers.parse_answer(completion(parts), "m").text == text


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning", "thinking"])
@pytest.mark.parametrize("content", [None, "", "  ", []])
def test_thinking_beside_no_content_is_no_text_and_says_so(name: str, content: object) -> None:
    message = {"content": content, name: "It is an invoice. I start with the head."}
    refused = refusal(completion(None, message=message))
    assert refused.code == "empty_answer"
    assert 'nothing but its thinking: "It is an invoice.' in refused.detail


def test_thinking_beside_a_content_is_left_out() -> None:
    message = {"content": "fine", "reasoning_content": "Hm."}
    assert answers.parse_answer(completion(None, message=message), "m").text == "fine"


@pytest.mark.parametrize(
    "message",
    [
        {"content": None, "refusal": "I can't help with that."},
        {"content": [{"type": "refusal", "refusal": "I can't help with that."}]},
    ],
)
def test_a_refusal_of_its_own_member_is_the_reason(message: object) -> None:
    refused = refusal(completion(None, message=message))
    assert (refused.code, "I can't help with that." in refused.detail) == ("model_refused", True)


@pytest.fixture
def prompt() -> reader_catalogue.Prompt:
    """That of the default reader."""
    reader = reader_catalogue.load([reader_catalogue.OWN]).find(None)
    assert reader is not None
    assert isinstance(reader.prompt, reader_catalogue.Prompt)
    return reader.prompt


def test_the_embedded_model_and_the_prompt_agree_on_the_marker(
    prompt: reader_catalogue.Prompt,
) -> None:
    assert answers.NO_TEXT == endpoint.NO_TEXT
    assert answers.NO_TEXT in prompt.user


def test_the_default_prompt_has_a_mark_for_what_cannot_be_read(
    prompt: reader_catalogue.Prompt,
) -> None:
    assert answers.has_illegible(prompt.user)


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


@pytest.mark.parametrize("confidence", [[], [97.5]])
def test_places_of_words_are_taken_with_and_without_their_confidence(
    confidence: list[float],
) -> None:
    answer = {"lector": {"words": [["lamp", 0.1, 0.2, 0.3, 0.4, *confidence]]}}
    assert answers.parse_words(answer) == [["lamp", 0.1, 0.2, 0.3, 0.4, *confidence]]


@pytest.mark.parametrize(("told", "turn"), [(0, 0), (90, 90), (180, 180), (270, 270), (90.0, 90)])
def test_by_how_much_the_image_was_turned_to_be_read_is_taken(told: object, turn: int) -> None:
    said = answer("upright") | {"lector": {"turned_degrees": told, "confidence": 91.25}}
    reading = answers.parse_answer(said, "m")
    assert (reading.turned_degrees, reading.confidence) == (turn, 91.25)


@pytest.mark.parametrize("told", [45, -90, 360, "90", None, [90], True, float("nan")])
def test_a_turn_that_is_none_is_taken_for_none(told: object) -> None:
    said = answer("upright") | {"lector": {"turned_degrees": told}}
    assert answers.parse_answer(said, "m").turned_degrees == 0


@pytest.mark.parametrize("told", [-1, 101, "97", None, True, float("nan")])
def test_a_confidence_that_is_none_is_not_known(told: object) -> None:
    said = answer("upright") | {"lector": {"confidence": told}}
    assert answers.parse_answer(said, "m").confidence is None


def test_a_reader_that_tells_nothing_has_turned_nothing_and_has_no_confidence() -> None:
    reading = answers.parse_answer(answer("upright"), "m")
    assert (reading.turned_degrees, reading.confidence) == (0, None)


RECEIPT = "\n".join(f"Item {1000 + n} bread and butter {n % 9}.{n % 90:02d}" for n in range(150))
APOLOGY = "I'm sorry, but I can't help with that."


def placed(text: str) -> dict[str, Any]:
    """An answer that says where each of its words stands, as the embedded reader does."""
    lines = text.split("\n")
    words = [
        [word, 0.1 * column, row / len(lines), 0.1 * column + 0.08, (row + 0.8) / len(lines), 90.0]
        for row, line in enumerate(lines)
        for column, word in enumerate(line.split())
    ]
    return answer(text) | {"lector": {"words": words}}


@pytest.mark.parametrize("text", [RECEIPT, APOLOGY, "Here is the text of the page:\n\nlamps"])
def test_what_has_its_place_on_the_page_word_by_word_is_printed_there(text: str) -> None:
    assert answers.parse_answer(placed(text), "m").text == text


@pytest.mark.parametrize("text", [RECEIPT, APOLOGY])
def test_places_of_other_words_do_not_vouch_for_an_answer(text: str) -> None:
    said = placed("lamp") | {"choices": answer(text)["choices"]}
    with pytest.raises(RefusedAnswer):
        answers.parse_answer(said, "m")
