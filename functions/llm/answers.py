"""What counts as an answer: the checks between what a model said and what is stored as text."""

import re
from dataclasses import dataclass
from typing import Any

from lector.domain import text_layers
from lector.domain.failure_codes import FailureCode
from lector.runtime.failures import CodedFailure, clean, remove_unstorable

NO_TEXT = "[no text]"

_FENCED = re.compile(r"```[\w-]*\n(.*?)\n?```", re.DOTALL)
# All but tab and line feed: on a terminal they are commands, and a form feed parts pages.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SHORTEST_PIECE, _LONGEST_PIECE = 12, 200
_FILLING = " .-_*|\n"
_MOST_WORDS = 20_000

_LONGEST_REFUSAL = 300
_SORRY = (
    r"(?:(?:i['’]?m|i am) (?:(?:very|so|really|truly) )?sorry|sorry|i apologi[sz]e|my apologies)"
)
_PREFACE = r"(?:unfortunately,? |as an? [^,]*\b(?:ai|model|assistant)\b[^,]*, )?"
_CANNOT = r"(?:i(?:['’]?m| am) (?:unable|not able) to|i (?:cannot|can['’]?t|can not))"
_ACT = (
    r"(?:transcribe|read|process|view|see|access|analy[sz]e|extract|provide|identify|recogni[sz]e"
    r"|decipher|complete|fulfill?|comply|assist|help(?! (?:but|myself|\w+ing)\b))"
)
_CANNOT_HELP = rf"{_PREFACE}{_CANNOT} (?:help|assist)(?: you)? with"
_OBJECT = r"(?: you)?(?: with)?(?: (?:that|this|it|so))?"
# What a model was given, or is asked to do with it; few letters begin by speaking of it.
_GIVEN = (
    r"(?:image|picture|photo|photograph|screenshot|scan|page|document|file|pdf|attachment|text"
    r"|content|handwriting|material|request|transcription|assistance)s?\b"
)
_READING = (
    r"(?:blur|unclear|illegib|legib|unreadab|readab|visib|resolution|see\b|read\b|transcri|process"
    r"|view|detect|recogni|upload|attach|provided|available|declin|copyright|corrupt|blank|empty"
    r"|ability|ai\b)"
)
_REFUSALS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # "I'm sorry." and "I'm sorry, but I can't do that.", and nothing else.
        rf"{_SORRY}[.!]*$",
        rf"{_SORRY}[ ,.;:—–-]+(?:but |however,? )?{_CANNOT}(?: (?:do|{_ACT}))?{_OBJECT}[.!]*$",
        rf"{_PREFACE}{_CANNOT} {_ACT}{_OBJECT}[.!]*$",
        # "I can't help with that. …"
        rf"(?:{_SORRY}\b.{{0,80}}?)?\b{_CANNOT_HELP} (?:that|this|it)(?:[.!?,;]|$)",
        # "I cannot transcribe the text in this image …"
        rf"{_PREFACE}{_CANNOT} {_ACT}(?:[^\w.!?]+\w+){{0,4}}?[^\w.!?]+{_GIVEN}",
        rf"{_CANNOT_HELP} [^.!?]*?\b{_GIVEN}",
        rf"{_SORRY}\b.{{0,80}}?\b{_CANNOT} {_ACT}\b[^.!?]*?\b{_GIVEN}",
        # "I'm sorry, but the image is too blurry …"
        rf"{_SORRY}(?:[,.;:!—–-]| [—–-]| but\b)(?=.{{0,160}}\b{_GIVEN}).{{0,160}}\b{_READING}",
    )
]


@dataclass(frozen=True)
class Reading:
    """The text of a page, and what it took to get it.

    `words` are their places, if the model gives them: [word, left, top, right, bottom] each, in
    shares of the image's width and height. Tokens and `cost_usd` are None where nobody knows.
    """

    text: str
    model: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    words: list[Any] | None = None


class RefusedAnswer(CodedFailure):
    """An answer that must not pass for a page's text."""


def parse_answer(answer: object, model: str) -> Reading:
    """The reading in a chat completion, given as decoded JSON, without what it took.

    `model` stands in for a model name that the answer lacks.

    Raises:
        RefusedAnswer: there is none; only `finish_reason` "stop" is a result.

    """
    try:
        return _parse(answer, model)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        detail = "the model endpoint's answer is no chat completion; check OPENAI_BASE_URL"
        raise RefusedAnswer(FailureCode.NOT_A_COMPLETION, detail) from error


def _parse(answer: Any, model: str) -> Reading:
    if not answer["choices"]:
        raise RefusedAnswer(FailureCode.EMPTY_ANSWER, "the answer holds no choice")
    choice = answer["choices"][0]
    _check_finish_reason(choice.get("finish_reason"))
    message = choice["message"]
    content = message.get("content")
    if not isinstance(content, str) or not content.strip():
        if message.get("refusal"):
            raise RefusedAnswer(FailureCode.MODEL_REFUSED)
        raise RefusedAnswer(FailureCode.EMPTY_ANSWER)
    return Reading(
        text=_parse_text(content),
        model=clean(str(answer.get("model") or model), 200),
        words=parse_words(answer),
    )


def _check_finish_reason(finish_reason: str | None) -> None:
    if finish_reason == "length":
        raise RefusedAnswer(FailureCode.ANSWER_CUT_OFF)
    if finish_reason == "content_filter":
        raise RefusedAnswer(FailureCode.CONTENT_FILTERED)
    if finish_reason != "stop":
        raise RefusedAnswer(
            FailureCode.ANSWER_UNFINISHED,
            f"the answer ended with {finish_reason!r} instead of 'stop'",
        )


def _parse_text(content: str) -> str:
    text = _CONTROLS.sub("", remove_unstorable(content)).strip()
    fenced = _FENCED.fullmatch(text)
    text = fenced[1].strip() if fenced else text
    if text.lower() == NO_TEXT:
        return ""
    if is_refusal(text):
        raise RefusedAnswer(FailureCode.MODEL_REFUSED)
    if repeats(text):
        raise RefusedAnswer(FailureCode.ANSWER_REPEATS)
    return text


def is_refusal(text: str) -> bool:
    """Whether a text is a short refusal to read the page, in English, and not a page.

    A letter may begin like one ("I am sorry to hear …", "I cannot read your letter without …"), so
    it must also speak of what the model was given, or say nothing else.
    """
    line = " ".join(text.split())
    return len(text) <= _LONGEST_REFUSAL and any(refusal.match(line) for refusal in _REFUSALS)


def repeats(text: str) -> bool:
    """Whether a text ends in the same piece ten times or more, as a model that is stuck writes.

    Rows of dots, dashes and the like, as contents pages have, do not count, nor short ones.
    """
    tail = text.rstrip()[-10 * _LONGEST_PIECE :]
    return any(
        tail.endswith(tail[-length:] * 10) and tail[-length:].strip(_FILLING)
        for length in range(_SHORTEST_PIECE, _LONGEST_PIECE + 1)
    )


def parse_words(answer: Any) -> list[Any] | None:
    """The places of words that the embedded model gives beside its answer; None if any is invalid.

    [word, left, top, right, bottom] each, in shares of the image's width and height.
    """
    extra = answer.get("lector")
    words = extra.get("words") if isinstance(extra, dict) else None
    return text_layers.clean_words(words) if text_layers.is_words(words, _MOST_WORDS) else None
