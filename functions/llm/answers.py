"""What counts as an answer: the step between what a model said and what is stored as text.

An answer ends well, has a text, and that is the page's: what the model says beside it is taken
off; what is no page's text (a refusal, a claim about the image, the same words without end) is
refused, with the model's own words as the reason.
"""

import re
from typing import Any

from functions.llm import chatter, refusals, repetition, template_marks, words, wrappings
from functions.llm.reader_doubts import parse_confidence, parse_doubts
from functions.llm.readings import Reading, RefusedAnswer
from lector.domain import text_layers
from lector.domain.failure_codes import FailureCode
from lector.runtime.failures import clean, remove_unstorable

NO_TEXT = words.NO_TEXT

# All but tab and line feed: on a terminal they are commands, and a form feed parts pages.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MOST_WORDS = 20_000
_LONGEST_QUOTE = 300
_LONGEST_CLAIM = 2000
_MOST_LAYERS = 8
_TURNS = (90, 180, 270)

# Endings by their letters alone; no name, too, is a good ending, as some servers give none.
_GOOD_ENDINGS = words.vocabulary("good_endings")
_CUT_ENDINGS = words.vocabulary("cut_endings")
_FILTERED_ENDINGS = words.vocabulary("filtered_endings")

_NO_TEXT_WORDS = {
    "no text", "no visible text", "no readable text", "no legible text", "no text found",
    "no text visible", "no text present", "no text detected", "no text available",
    "no text on page", "no text on this page", "no text on the page", "no text in image",
    "no text in the image", "there is no text", "empty page", "blank page", "page is blank",
    "sin texto", "no hay texto", "ningun texto", "sin texto visible", "pagina en blanco",
    "pagina vacia", "no hay texto en la pagina", "no hay texto en esta pagina",
    "sem texto", "nao ha texto", "nenhum texto", "pagina em branco", "pagina vazia",
    "sem texto visivel", "nao ha texto na pagina", "nao ha texto nesta pagina",
    "pas de texte", "aucun texte", "sans texte", "page blanche", "page vide", "page vierge",
    "aucun texte visible", "aucun texte sur la page", "aucun texte sur cette page",
    "kein text", "kein text vorhanden", "keinen text", "kein sichtbarer text", "leere seite",
    "ohne text", "kein text auf der seite", "kein text auf dieser seite", "seite leer",
    "nessun testo", "senza testo", "non c e testo", "pagina vuota", "pagina bianca",
    "nessun testo visibile", "nessun testo nella pagina", "nessun testo presente",
    "geen tekst", "ingen tekst", "ingen text", "brak tekstu", "нет текста", "无文字", "没有文字",
    "無文字", "文字なし", "テキストなし", "空白页", "空白頁", "空白ページ", "白紙", "без текста",
    "lege pagina", "zonder tekst", "bez tekstu", "pusta strona", "пустая страница", "tom sida",
    "utan text", "tom side", "uden tekst",
}  # fmt: skip
# Of one word, which a page may print; in brackets it is no text of a page.
_BRACKETED_NO_TEXT = _NO_TEXT_WORDS | {
    "blank", "empty", "none", "vacio", "vacia", "en blanco", "vazio", "vazia", "em branco", "vide",
    "blanche", "leer", "vuoto", "vuota", "bianca", "null", "n a", "void", "空白",
}  # fmt: skip
# As all of an answer; a page that prints nothing else is one in a million.
_NOTHING = {"none", "none.", "n/a", "null", "nil", "[]", "{}"}
# Links to pictures that are nowhere, without words on what they show.
_PICTURES = re.compile(
    r"(?:!\[(?:image|img|figure|picture|photo|page|scan)?[\s\d_-]{0,20}(?:\.\w{3,4})?\]\([^()\n]{0,300}\)\s*"
    r"|<image>\s*|<figure>\s*</figure>\s*|<img\b(?:(?!\balt=)[^<>])*>\s*)+",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[\s\"'`*_>#-]*[\[(<{].*[\])>}][\s.!\"'`*_-]*", re.DOTALL)
_MARKER_LINE = re.compile(r"[\s`*_\"'-]*\[\s*no[ _]text\s*\][\s.!`*_\"'-]*", re.IGNORECASE)
_UNREAD = (
    r"(?:illegibl[ey]|unreadable|unintelligible|ilegible|ileg[ií]vel|illisible|unleserlich"
    r"|nicht lesbar|illeggibile)"
)
_ILLEGIBLE = re.compile(
    rf"\[(?:[^\[\]\n]{{0,40}}\b)?(?:{_UNREAD}|unclear)\b[^\[\]\n]{{0,60}}\]|[(<{{]{_UNREAD}[)>}}]",
    re.IGNORECASE,
)


def parse_answer(answer: object, model: str, max_tokens: int | None = None) -> Reading:
    """The reading in a chat completion, given as decoded JSON, without what it took.

    `model` stands in for a model name that the answer lacks. An answer without an ending that took
    as many tokens as were asked for at most, `max_tokens`, was cut off.

    Raises:
        RefusedAnswer: there is none; its detail has the model's own words, as far as there are any.

    """
    try:
        return _parse(answer, model, max_tokens)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        detail = "the model endpoint's answer is no chat completion; check OPENAI_BASE_URL"
        raise RefusedAnswer(FailureCode.NOT_A_COMPLETION, detail) from error


def _parse(answer: Any, model: str, max_tokens: int | None) -> Reading:
    choice = _first_choice(answer)
    _check_ending(choice, took_all=_took_all(answer, max_tokens))
    message = choice["message"]
    content = _join_parts(message.get("content"))
    refusal = message.get("refusal") or _refusal_part(message.get("content"))
    if not content.strip() or (isinstance(refusal, str) and refusal.strip()):
        raise _empty(message, refusal)
    places = parse_words(answer)
    return Reading(
        text=_plain(content) if _is_printed(content, places) else parse_text(content),
        model=clean(str(answer.get("model") or model), 200),
        words=places,
        blank=parse_blank(answer),
        doubts=parse_doubts(answer),
        turned_degrees=parse_turn(answer),
        confidence=parse_confidence(answer),
    )


def _first_choice(answer: Any) -> Any:
    """The first choice of an answer, also in the forms of other endpoints of the same servers."""
    if "choices" not in answer and isinstance(answer.get("message"), dict):
        # Ollama's own API.
        return {"message": answer["message"], "finish_reason": answer.get("done_reason")}
    if "choices" not in answer and isinstance(answer.get("output"), list):
        # OpenAI's Responses.
        items = [item for item in answer["output"] if item.get("type") == "message"]
        content = [part for item in items for part in item["content"]]
        ending = (answer.get("incomplete_details") or {}).get("reason") or answer.get("status")
        return {"message": {"content": content}, "finish_reason": ending}
    if not answer["choices"]:
        raise RefusedAnswer(FailureCode.EMPTY_ANSWER, "the answer holds no choice")
    choice = answer["choices"][0]
    if "message" not in choice and isinstance(choice.get("text"), str):
        # Completions from before chats.
        return {**choice, "message": {"content": choice["text"]}}
    return choice


def _took_all(answer: Any, max_tokens: int | None) -> bool:
    """Whether an answer took all the tokens that it was allowed."""
    usage = answer.get("usage")
    taken = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return max_tokens is not None and isinstance(taken, int) and taken >= max_tokens


def _check_ending(choice: Any, *, took_all: bool) -> None:
    """Raise unless an answer ended well, whatever the server calls that."""
    ending = choice.get("finish_reason") or choice.get("native_finish_reason")
    if isinstance(ending, dict):
        ending = ending.get("type")
    if ending is None or ending == "":
        if took_all:
            raise RefusedAnswer(FailureCode.ANSWER_CUT_OFF)
        return
    name = re.sub(r"[^a-z]", "", str(ending).lower())
    if name in _GOOD_ENDINGS:
        return
    if name in _CUT_ENDINGS:
        raise RefusedAnswer(FailureCode.ANSWER_CUT_OFF)
    if name in _FILTERED_ENDINGS:
        raise RefusedAnswer(FailureCode.CONTENT_FILTERED)
    if name == "refusal":
        said = choice["message"].get("refusal") or _join_parts(choice["message"].get("content"))
        raise _refused(FailureCode.MODEL_REFUSED, said)
    raise RefusedAnswer(
        FailureCode.ANSWER_UNFINISHED,
        f"the answer ended with {clean(repr(ending), 100)} instead of 'stop'",
    )


def _join_parts(content: Any) -> str:
    """The text of a message, which may be in parts; those with thinking or images are left out."""
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    text = ""
    for part in content:
        following = part if isinstance(part, str) else _text_of_part(part)
        text += _between(text, following) + following
    return text


def _text_of_part(part: Any) -> str:
    if not isinstance(part, dict) or part.get("type", "text") not in ("text", "output_text"):
        return ""
    text = part.get("text") or part.get("content")
    if isinstance(text, dict):
        text = text.get("value")
    return text if isinstance(text, str) else ""


def _between(before: str, after: str) -> str:
    """What parts of a text are joined with: servers cut paragraphs apart, and within words."""
    begins_anew = after[:1].isupper() or after[:1] in tuple("#|-*>[")
    return "\n" if begins_anew and before[-1:].strip() and not before[-1:].isupper() else ""


def _refusal_part(content: Any) -> str | None:
    parts = content if isinstance(content, list) else []
    refusals_ = [part.get("refusal") for part in parts if isinstance(part, dict)]
    return next((words_ for words_ in refusals_ if isinstance(words_, str)), None)


def _empty(message: Any, refusal: Any) -> RefusedAnswer:
    if refusal:
        return _refused(FailureCode.MODEL_REFUSED, refusal)
    names = ("reasoning_content", "reasoning", "thinking")
    thinking = next((message[name] for name in names if message.get(name)), None)
    if thinking is None:
        called = f"{FailureCode.EMPTY_ANSWER.sentence}; it called a tool instead"
        return RefusedAnswer(
            FailureCode.EMPTY_ANSWER, called if message.get("tool_calls") else None
        )
    return _thinking_only(thinking)


def _thinking_only(thinking: Any) -> RefusedAnswer:
    said = _quote(thinking)
    detail = "the model answered nothing but its thinking" + (f': "{said}"' if said else "")
    return RefusedAnswer(FailureCode.EMPTY_ANSWER, detail)


def _refused(code: FailureCode, said: Any) -> RefusedAnswer:
    """A refused answer, with the model's own words as the reason."""
    quote = _quote(said)
    detail = f'{code.sentence}; the model said: "{quote}"' if quote else None
    return RefusedAnswer(code, detail)


def _quote(said: Any) -> str:
    return clean(" ".join(said.split()), _LONGEST_QUOTE) if isinstance(said, str) else ""


def _is_printed(content: str, places: list[Any] | None) -> bool:
    """Whether each word of an answer has its place on the page, as the embedded reader's have.

    Whatever it says is printed there then, also a long list that counts, or an apology.
    """
    return bool(places) and "".join(place[0] for place in places or ()) == "".join(content.split())


def _plain(content: str) -> str:
    return _CONTROLS.sub("", remove_unstorable(content)).strip()


def parse_text(content: str) -> str:
    """The page's text in what a model said; empty if it says that there is none.

    Raises:
        RefusedAnswer: it is a refusal, about the image, nothing but thinking, or without end.

    """
    said = _plain(content)
    text = template_marks.remove_thinking(said)
    is_thinking = text != said and not template_marks.remove_tokens(text)
    text = _remove_surroundings(text)
    if not text:
        raise _thinking_only(said) if is_thinking else _refused(FailureCode.EMPTY_ANSWER, said)
    if is_no_text(text):
        return ""
    if refusals.is_refusal(text) or wrappings.is_error(text):
        raise _refused(FailureCode.MODEL_REFUSED, text)
    loop = repetition.find_loop(text)
    if loop is not None:
        detail = f'{FailureCode.ANSWER_REPEATS.sentence}: "{_quote(loop.words)}"'
        raise RefusedAnswer(FailureCode.ANSWER_REPEATS, f"{detail} {loop.times} times")
    return text


def _remove_surroundings(text: str) -> str:
    """A text without tokens, prefaces, notes, and what is around it, one layer after the other."""
    for _ in range(_MOST_LAYERS):
        before = text
        text = template_marks.remove_tokens(text)
        text = wrappings.unwrap(text)
        text = chatter.remove_preface(text)
        text = template_marks.remove_thinking(chatter.remove_notes(text))
        text = _skip_markers(text)
        if text == before:
            break
    return text


def is_no_text(text: str) -> bool:
    """Whether an answer says that the page has no text: by the marker in any dress, or plainly."""
    if refusals.is_claim_of_emptiness(text):
        return True
    if len(text) > _LONGEST_CLAIM:
        return False
    if _PICTURES.fullmatch(text):
        return True
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) == 1 and text.casefold() in _NOTHING:
        return True
    return all(map(_is_marker, lines))


def _is_marker(line: str) -> bool:
    if len(line) > 80:
        return False
    said = " ".join(words.words_of(words.fold(line.replace("_", " "))))
    return said in (_BRACKETED_NO_TEXT if _BRACKETED.fullmatch(line) else _NO_TEXT_WORDS)


def _skip_markers(text: str) -> str:
    """Without the marker for no text where there is text after or before it."""
    lines = text.split("\n")
    first, last = 0, len(lines)
    while first < last and _is_skipped(lines[first]):
        first += 1
    while first < last and _is_skipped(lines[last - 1]):
        last -= 1
    return "\n".join(lines[first:last]) or text


def _is_skipped(line: str) -> bool:
    return not line.strip() or (len(line) < 80 and _MARKER_LINE.fullmatch(line) is not None)


def has_illegible(text: str) -> bool:
    """Whether a text says of parts of the page that they cannot be read, as [illegible] does."""
    return _ILLEGIBLE.search(text) is not None


def parse_blank(answer: Any) -> bool:
    """Whether the embedded model says that nothing on the page looks like print."""
    extra = answer.get("lector")
    return isinstance(extra, dict) and extra.get("blank") is True


def parse_words(answer: Any) -> list[Any] | None:
    """The places of words that the embedded model gives beside its answer; None if any is invalid.

    [word, left, top, right, bottom] each, in shares of the image's width and height, and as a sixth
    member how sure it is of the word, 0 to 100, if it tells.
    """
    extra = answer.get("lector")
    places = extra.get("words") if isinstance(extra, dict) else None
    return text_layers.clean_words(places) if text_layers.is_words(places, _MOST_WORDS) else None


def parse_turn(answer: Any) -> int:
    """By how many degrees clockwise the embedded model turned the image to read it upright."""
    extra = answer.get("lector")
    degrees = extra.get("turned_degrees") if isinstance(extra, dict) else None
    return int(degrees) if isinstance(degrees, int | float) and degrees in _TURNS else 0
