"""What a model says beside a page's text is taken off, and what a page says itself stays."""

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.llm import answers
from functions.llm.readings import RefusedAnswer
from tests.support.dressings import DRESSINGS, LAYOUTS, NO_TEXT, OBJECTS, PAGES, TEXT

ALL = [(kind, dressing) for kind, dressings in DRESSINGS.items() for dressing in dressings]


def fill(value: object) -> object:
    """JSON with the text where None is."""
    if isinstance(value, dict):
        return {key: fill(member) for key, member in value.items()}
    if isinstance(value, list):
        return [fill(item) for item in value]
    return TEXT if value is None else value


def refusal(content: str) -> RefusedAnswer:
    with pytest.raises(RefusedAnswer) as refused:
        answers.parse_text(content)
    return refused.value


@pytest.mark.parametrize(("kind", "dressing"), ALL)
def test_the_text_is_stored_without_what_is_around_it(kind: str, dressing: str) -> None:
    assert answers.parse_text(dressing.replace("{}", TEXT)) == TEXT


@pytest.mark.parametrize(
    ("outer", "kinds"),
    [
        ("```markdown\n{}\n```", {"prefaces", "notes", "tags", "front matter"}),
        ("<think>Fine.</think>\n{}", set(DRESSINGS) - {"thinking"}),
        ("{}<|im_end|>", set(DRESSINGS)),
    ],
)
@pytest.mark.parametrize(("kind", "dressing"), ALL)
def test_one_thing_around_another_is_taken_off_too(
    kind: str, dressing: str, outer: str, kinds: set[str]
) -> None:
    if kind not in kinds:
        return
    said = outer.replace("{}", dressing.replace("{}", TEXT))
    assert answers.parse_text(said) == TEXT


@pytest.mark.parametrize("value", OBJECTS, ids=str)
@pytest.mark.parametrize("dressing", ["{}", "```json\n{}\n```", "Here is the text:\n\n{}"])
def test_the_text_is_taken_out_of_json(value: object, dressing: str) -> None:
    for document in (
        json.dumps(fill(value)),
        json.dumps(fill(value), indent=2, ensure_ascii=False),
        json.dumps(fill(value), ensure_ascii=False).replace("\\n", "\n"),
    ):
        assert answers.parse_text(dressing.replace("{}", document)) == TEXT


@pytest.mark.parametrize(("layout", "text"), LAYOUTS)
@pytest.mark.parametrize("dressing", ["{}", "```json\n{}\n```"])
def test_the_text_is_taken_out_of_a_layout(layout: str, text: str, dressing: str) -> None:
    assert answers.parse_text(dressing.replace("{}", layout)) == text


def test_a_table_in_doctags_has_a_line_for_each_row() -> None:
    said = (
        "<doctag><section_header_level_1><loc_1><loc_2><loc_3><loc_4>Waybill"
        "</section_header_level_1>\n<otsl><loc_1><loc_2><loc_3><loc_4><ched>What<ched>kg<nl>"
        "<fcel>Tea<fcel>48<nl></otsl>\n</doctag>"
    )
    assert answers.parse_text(said) == "Waybill\n\n| What| kg |\n| Tea| 48 |"


def test_a_page_that_a_model_gave_up_is_no_text() -> None:
    for said in ("[MISSING_PAGE_POST]", "[MISSING_PAGE_FAIL:1]", "[MISSING_PAGE_EMPTY:3]\n"):
        assert refusal(said).code == "empty_answer"


def test_what_a_model_gave_up_within_a_page_is_marked() -> None:
    assert answers.parse_text(f"{TEXT}\n\n[MISSING_PAGE_POST]") == f"{TEXT}\n\n[illegible]"


@pytest.mark.parametrize(
    "said",
    [
        '{"error": "could not read the image"}',
        '```json\n{"error": {"message": "no image"}, "text": ""}\n```',
        '{"success": false, "error": "Unable to process the image"}',
    ],
)
def test_an_error_in_json_is_no_text(said: str) -> None:
    assert refusal(said).code == "model_refused"


@pytest.mark.parametrize("dressing", ["```\n{}\n```\n\n", "{}\n\n---\n\n"])
def test_courtesy_after_the_end_of_a_page_is_no_letter(dressing: str) -> None:
    letter = "Dear Anna,\n\nI come on Friday with the boat."
    said = dressing.replace("{}", letter) + "Let me know if you need anything else!"
    assert answers.parse_text(said) == letter


def test_an_offer_to_clear_up_what_is_unclear_says_nothing_of_the_page() -> None:
    said = f"```\n{TEXT}\n```\n\nLet me know if anything is unclear in the transcription."
    assert answers.parse_text(said) == TEXT


@pytest.mark.parametrize(
    "note",
    [
        "Note: The signature at the bottom is illegible.",
        "Hinweis: Einige Wörter im Bild waren schwer zu lesen.",
        "Remarque : certaines parties de l'image étaient difficiles à lire.",
    ],
)
def test_a_note_that_something_is_hard_to_read_leaves_the_mark_for_it(note: str) -> None:
    assert answers.parse_text(f"{TEXT}\n\n{note}") == f"{TEXT}\n\n[illegible]"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_looks_so_is_kept_as_it_is(page: str) -> None:
    assert answers.parse_text(page) == page


@pytest.mark.parametrize("said", NO_TEXT)
def test_the_marker_for_no_text_is_known_in_any_dress(said: str) -> None:
    assert answers.parse_text(said) == ""


def test_the_marker_beside_a_text_is_left_out() -> None:
    assert answers.parse_text(f"[no text]\n\n{TEXT}\n\n[no text].") == TEXT


@pytest.mark.parametrize(
    "said",
    [
        "<think>\nA waybill, of two boxes.",
        "<think>A waybill.</think>",
        "<thinking>A waybill.</thinking>\n\n",
        "◁think▷A waybill.",
        "[THINK]A waybill.",
        "<|channel|>analysis<|message|>A waybill.<|end|>",
        "A waybill.\n</think>\n",
        "<think>A waybill.</think><|im_end|>",
        "<|im_start|>assistant\n<think>\nA waybill.",
        '<tool_call>{"name": "zoom", "of": "A waybill"}</tool_call>',
    ],
)
def test_nothing_but_thinking_is_refused_and_says_so(said: str) -> None:
    refused = refusal(said)
    assert refused.code == "empty_answer"
    assert "nothing but its thinking" in refused.detail
    assert "A waybill" in refused.detail


@pytest.mark.parametrize(
    "said",
    [
        "```\n```",
        "```markdown\n\n```",
        "<|im_end|>",
        "<page></page>",
        "```",
        "</s>",
        "<html><body></body></html>",
        "Transcription:",
        "Here is the transcription:",
    ],
)
def test_a_dress_with_nothing_in_it_is_no_empty_page(said: str) -> None:
    assert refusal(said).code == "empty_answer"


def test_a_note_that_parts_cannot_be_read_leaves_the_mark_for_it() -> None:
    said = f"{TEXT}\n\nNote: Some parts of the text are illegible."
    assert answers.parse_text(said) == f"{TEXT}\n\n[illegible]"


@pytest.mark.parametrize(
    "text",
    [
        "Two boxes of [illegible], 48 kg",
        "[Illegible]",
        "[illegible: a signature]",
        "(illegible)",
        "[two words illegible]",
        "[partly illegible]",
        "[unleserlich]",
        "[ilegible]",
        "[ilegível]",
        "[illisible]",
        "[illeggibile]",
        "[unreadable]",
        "[unclear]",
    ],
)
def test_what_cannot_be_read_is_known_by_its_mark(text: str) -> None:
    assert answers.has_illegible(text)


@pytest.mark.parametrize(
    "text",
    [
        "The signature was illegible.",
        "An unclear case [4]",
        "(the law is unclear in this)",
        "(an illegible hand)",
        "illegible [sic]",
        "",
    ],
)
def test_a_page_may_say_that_something_is_illegible(text: str) -> None:
    assert not answers.has_illegible(text)


@pytest.mark.parametrize(
    "piece",
    [
        "<think>",
        "x\n<think>",
        "</think>",
        "```\n",
        "[no text]\n",
        "<page>\n",
        "<|im_end|>",
        "</s>",
        "{",
        "---\na: b\n",
        "Note: the text.\n\n",
        "Note: the image is blurry.\n\n",
        "\n \n",
        "Here is the text:\n",
        "[illegible ",
        " ",
        "\n",
    ],
)
@pytest.mark.parametrize("begin", ["", "page\n\n", "---\n"])
@pytest.mark.parametrize(
    "end", ["", "Let me know if you need more.", "\n\nNote: the image is blurry."]
)
def test_an_answer_is_cleaned_in_time_that_grows_with_its_length(
    begin: str, piece: str, end: str
) -> None:
    text = begin + piece * (60_000 // len(piece)) + end
    started = time.perf_counter()
    with contextlib.suppress(RefusedAnswer):
        answers.has_illegible(answers.parse_text(text))
    assert time.perf_counter() - started < 4  # a guard against what grows with its square


@given(st.text(max_size=400))
def test_whatever_a_model_says_is_a_text_or_refused(said: str) -> None:
    try:
        text = answers.parse_text(said)
    except RefusedAnswer:
        return
    assert text == text.strip()


@given(
    st.lists(st.sampled_from([*PAGES, *NO_TEXT, *(dressing for _, dressing in ALL)]), max_size=3)
)
def test_a_text_that_was_cleaned_stays_as_it_is(parts: list[str]) -> None:
    try:
        text = answers.parse_text("\n\n".join(parts).replace("{}", TEXT))
        again = answers.parse_text(text) if text else ""
    except RefusedAnswer:
        return
    assert again == text
