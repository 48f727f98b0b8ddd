"""What a model puts around a page's text: code fences, JSON, tags, front matter.

Each is taken off only where it is around all of the text, or open at one of its ends. A page that
prints code, a manual of YAML or an example of XML keeps what it prints.
"""

import json
import re
from typing import Any

from functions.llm.words import NO_TEXT

_MOST_LAYERS = 8
_FENCE_LINE = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})[ \t]*([\w+.-]*)[ \t]*")
_FENCED_INLINE = re.compile(r"(`{1,3})(?!`)([^`]+)(?<!`)\1")
# What fences that are around all of a text say is in them; others are a page's own.
_TEXT_LANGUAGES = {
    "",
    "markdown",
    "md",
    "mdx",
    "text",
    "txt",
    "plaintext",
    "plain",
    "latex",
    "tex",
} | {"html", "ocr", "transcription", "output", "json", "xml", "yaml"}

_TEXT_KEYS = (
    "natural_text text transcription transcript transcribed_text page_text full_text extracted_text"
    " ocr_text plain_text markdown content output answer response result"
).split()
_ABOUT_KEYS = set(
    "primary_language language lang languages is_rotation_valid rotation_correction is_table is_diagram"
    " page page_number page_no number format type confidence has_text orientation rotation document_type"
    " status success".split()
)
# Those that no page's own front matter begins with.
_OWN_KEYS = set(
    "primary_language language lang is_rotation_valid rotation_correction is_table is_diagram"
    " page_number confidence".split()
)
_NESTED_KEYS = {"page", "pages", "data", "document"} | set(_TEXT_KEYS)
_FRONT_MATTER = re.compile(r"---[ \t]*\n((?:[\w -]{1,40}:[^\n]*\n)+)---[ \t]*(?:\n|\Z)")

_TAGS = (
    "transcription|transcript|transcribed_text|page|page_text|page_content|text|document|output"
    "|answer|result|response|ocr|ocr_text|ocr_result|extracted_text|markdown|content|final|final_answer"
)
_TAG = re.compile(rf"<({_TAGS})(?:\s[^<>]{{0,200}})?>", re.IGNORECASE)
_CLOSED_TAG = re.compile(rf"\n?</(?:{_TAGS})>\Z", re.IGNORECASE)
# What the text of a page may well begin with in angle brackets.
_MARKUP = re.compile(
    rf"<(?:{_TAGS}|table|thead|tbody|tr|td|th|b|i|u|s|em|strong|p|br|hr|h[1-6]|sup|sub|ul|ol|li|div"
    rf"|span|center|img|figure|header|footer|page_number|math|a|https?:[^>]*|[^<>\s]+@[^<>]*)\b",
    re.IGNORECASE,
)


def unwrap(text: str) -> str:
    """The text without what is around it, one layer after the other."""
    for _ in range(_MOST_LAYERS):
        before = text
        for step in (_remove_fences, _take_from_json, _remove_tags, _remove_front_matter):
            text = step(text.strip())
        if text == before:
            break
    return text


def _remove_fences(text: str) -> str:
    inline = _FENCED_INLINE.fullmatch(text)
    if inline and "\n" not in inline[2]:
        return inline[2].strip()
    lines = text.split("\n")
    fences = _find_fences(lines)
    if len(fences) == 1 and fences[0][0] == 0 and text.endswith(fences[0][1]):
        # Its end is on the last line of the text.
        return text[: -len(fences[0][1])].partition("\n")[2].strip()
    if not fences:
        return text
    is_first, is_last = fences[0][0] == 0, fences[-1][0] == len(lines) - 1
    if not is_first:
        # The end of a fence whose beginning is missing.
        is_end = is_last and len(fences) % 2 == 1 and not fences[-1][2]
        return "\n".join(lines[:-1]).strip() if is_end else text
    if _are_all_fenced(lines, fences):
        at = {number for number, *_ in fences}
        return "\n".join(line for number, line in enumerate(lines) if number not in at).strip()
    if is_last and _is_around(fences):
        return "\n".join(lines[1:-1]).strip()
    is_unclosed = len(fences) % 2 == 1 and bool(fences[1][2])
    is_unclosed = is_unclosed and fences[0][2].lower() in _TEXT_LANGUAGES
    return "\n".join(lines[1:]).strip() if is_unclosed else text


def _find_fences(lines: list[str]) -> list[tuple[int, str, str]]:
    """Lines that are fences: their number, their mark, and the language that they name."""
    found = [(number, _FENCE_LINE.fullmatch(line)) for number, line in enumerate(lines)]
    return [(number, fence[1], fence[2]) for number, fence in found if fence]


def _is_around(fences: list[tuple[int, str, str]]) -> bool:
    """Whether the first fence ends with the last one: what is between is in pairs of its own."""
    (_, mark, language), *inner, (_, last_mark, last_language) = fences
    if last_language or mark[0] != last_mark[0]:
        return False
    if not inner or len(mark) > max(len(fence[1]) for fence in inner):
        return True
    if len(inner) % 2 or language.lower() not in _TEXT_LANGUAGES:
        return False
    # One directly within another, or one that names what is in it, begins anew.
    return (
        language.lower() in ("markdown", "md")
        or bool(inner[0][2])
        or inner[0][0] == fences[0][0] + 1
    )


def _are_all_fenced(lines: list[str], fences: list[tuple[int, str, str]]) -> bool:
    """Whether the text is one fenced piece after the other, with nothing between."""
    numbers = [number for number, *_ in fences] + ([] if len(fences) % 2 == 0 else [len(lines)])
    between = zip(numbers[1::2], [*numbers[2::2], len(lines)], strict=False)
    return not any("".join(lines[end + 1 : begin]).strip() for end, begin in between)


def _take_from_json(text: str) -> str:
    if not (text.startswith(("{", "[")) and text.endswith(("}", "]"))):
        return text
    try:
        found = _text_in(json.loads(text, strict=False))
    except (ValueError, RecursionError):
        return text
    return text if found is None else found.strip() or NO_TEXT


def _text_in(value: Any) -> str | None:
    """The text in an object made for it; None if it is JSON that a page may print."""
    if isinstance(value, list):
        texts = [_text_in(item) for item in value if isinstance(item, dict)]
        known = [found for found in texts if found is not None]
        return "\n\n".join(known) if known and len(known) == len(value) else None
    if not isinstance(value, dict) or not value:
        return None
    [*keys] = [key for key in value if key in _NESTED_KEYS and key not in _ABOUT_KEYS] or [
        key for key in value if key in _NESTED_KEYS and isinstance(value[key], dict)
    ]
    if len(keys) != 1 or not set(value) - set(keys) <= _ABOUT_KEYS:
        return None
    inner = value[keys[0]]
    if isinstance(inner, str) or (inner is None and keys[0] in _TEXT_KEYS):
        return inner or ""
    return _text_in(inner)


def _remove_tags(text: str) -> str:
    begun = _TAG.match(text)
    if begun is None:
        # The end of a pair whose beginning is missing.
        closed = _CLOSED_TAG.search(text, max(0, len(text) - 40))
        if closed and f"<{closed[0].strip()[2:-1]}" not in text:
            return text[: closed.start()].strip()
        return text
    end = f"</{begun[1]}>"
    inner, closing, after = text[begun.end() :].partition(end)
    is_pages_own = inner.lstrip().startswith("<") and not _MARKUP.match(inner.lstrip())
    if is_pages_own or (not closing and not inner.startswith("\n")):
        return text
    if not after.strip():
        return inner.strip()
    # Several pages, one after the other.
    return f"{inner.strip()}\n\n{after.strip()}" if _TAG.match(after.strip()) else text


def _remove_front_matter(text: str) -> str:
    found = _FRONT_MATTER.match(text)
    if found is None:
        return text
    after = text[found.end() :].strip()
    pairs = [line.split(":", 1) for line in found[1].strip().split("\n")]
    values = {key.strip().lower().replace(" ", "_"): value.strip(" \"'") for key, value in pairs}
    # A title, say, is left out only where the text has it, too.
    others = [value for key, value in values.items() if key not in _ABOUT_KEYS]
    is_known = all(value and value in after for value in others)
    return (after or NO_TEXT) if is_known and not _OWN_KEYS.isdisjoint(values) else text
