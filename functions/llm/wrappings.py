"""What a model puts around a page's text: code fences, JSON, tags, front matter.

Each is taken off only where it is around all of the text, or open at one of its ends. A page that
prints code, a manual of YAML or an example of XML keeps what it prints.
"""

import json
import re
from typing import Any, NamedTuple

from functions.llm import ocr_marks
from functions.llm.words import NO_TEXT, vocabulary

_MOST_LAYERS = 3
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

_TEXT_KEYS = vocabulary("text_members")
_ABOUT_KEYS = vocabulary("about_members")
# Those that no page's own front matter begins with.
_OWN_KEYS = vocabulary("own_members")
_ERROR_KEYS = vocabulary("error_members")
_LONE_BACKSLASH = re.compile(r"\\(?![\"\\/bfnrtu])")
_NESTED_KEYS = {"page", "pages", "data", "document"} | _TEXT_KEYS
_FRONT_MATTER = re.compile(r"---[ \t]*\n((?:[\w -]{1,40}:[^\n]*\n)+)---[ \t]*(?:\n|\Z)")
_FENCED_FRONT_MATTER = re.compile(
    r"```ya?ml\n((?:---[ \t]*\n)?(?:[\w -]{1,40}:[^\n]*\n)+(?:---[ \t]*\n)?)```[ \t]*\n"
)
# A web page around the text of a page.
_HTML_BEGIN = re.compile(
    r"(?:<!doctype html[^<>]*>\s*)?(?:<html\b[^<>]*>\s*)?"
    r"(?:<head>(?:(?!</head>).)*</head>\s*)?(?:<body\b[^<>]*>)?",
    re.IGNORECASE | re.DOTALL,
)
_HTML_END = re.compile(r"(?:</body>)?\s*(?:</html>)?\Z", re.IGNORECASE)
_LONGEST_HTML_END = 40
_QUOTE_FENCES = ("'''", '"""')

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


class _Fence(NamedTuple):
    """A line that is a fence: its number, its mark, and the language that it names."""

    line: int
    mark: str
    language: str


def unwrap(text: str) -> str:
    """The text without what is around it, one layer after the other."""
    for _ in range(_MOST_LAYERS):
        before = text
        for step in _STEPS:
            text = step(text.strip())
        if text == before:
            break
    return text


def _remove_quote_fences(text: str) -> str:
    """Without three quotes on the first and on the last line, and nowhere else."""
    for mark in _QUOTE_FENCES:
        if text.startswith(f"{mark}\n") and text.find(mark, 3) == len(text) - 3 > 3:
            return text[3:-3].strip()
    return text


def _remove_fences(text: str) -> str:
    inline = _FENCED_INLINE.fullmatch(text)
    if inline and "\n" not in inline[2]:
        return inline[2].strip()
    if "```" not in text and "~~~" not in text:
        return text
    lines = text.split("\n")
    fences = _find_fences(lines)
    return "\n".join(_unfenced_lines(lines, fences)).strip() if fences else text


def _unfenced_lines(lines: list[str], fences: list[_Fence]) -> list[str]:
    """Lines without the fences that are around all of them, or open at an end."""
    first, last = fences[0], fences[-1]
    is_at_end = last.line == len(lines) - 1
    if first.line != 0:
        # The end of a fence whose beginning is missing.
        is_end = is_at_end and len(fences) % 2 == 1 and not last.language
        return lines[:-1] if is_end else lines
    if len(fences) == 1 and len(lines) > 1 and lines[-1].endswith(first.mark):
        return [*lines[1:-1], lines[-1].removesuffix(first.mark)]
    if _are_all_fenced(lines, fences):
        at = {fence.line for fence in fences}
        return [line for number, line in enumerate(lines) if number not in at]
    if is_at_end and _is_around(fences):
        return lines[1:-1]
    is_unclosed = len(fences) % 2 == 1 and bool(fences[1].language)
    return lines[1:] if is_unclosed and first.language in _TEXT_LANGUAGES else lines


def _find_fences(lines: list[str]) -> list[_Fence]:
    found = (
        (number, _FENCE_LINE.fullmatch(line))
        for number, line in enumerate(lines)
        if line.lstrip(" \t").startswith(("```", "~~~"))
    )
    return [_Fence(number, fence[1], fence[2].lower()) for number, fence in found if fence]


def _is_around(fences: list[_Fence]) -> bool:
    """Whether the first fence ends with the last one: what is between is in pairs of its own."""
    first, *inner, last = fences
    if last.language or first.mark[0] != last.mark[0]:
        return False
    if not inner or len(first.mark) > max(len(fence.mark) for fence in inner):
        return True
    if len(inner) % 2 or first.language not in _TEXT_LANGUAGES:
        return False
    # One directly within another, or one that names what is in it, begins anew.
    is_nested = bool(inner[0].language) or inner[0].line == first.line + 1
    return is_nested or first.language in ("markdown", "md")


def _are_all_fenced(lines: list[str], fences: list[_Fence]) -> bool:
    """Whether the text is one fenced piece after the other, with nothing between."""
    numbers = [fence.line for fence in fences] + [len(lines)] * (len(fences) % 2)
    between = zip(numbers[1::2], [*numbers[2::2], len(lines)], strict=False)
    return not any("".join(lines[end + 1 : begin]).strip() for end, begin in between)


def _take_from_json(text: str) -> str:
    if not (text.startswith(("{", "[")) and text.endswith(("}", "]"))):
        return text
    value = _decode(text)
    blocks = ocr_marks.text_of_blocks(value)
    found = _text_in(value) if blocks is None else blocks
    return text if found is None else found.strip() or NO_TEXT


def _decode(text: str) -> Any:
    """The value in JSON, also where backslashes of formulas were left as they are; else None."""
    for written in (text, _LONE_BACKSLASH.sub(r"\\\\", text)):
        try:
            return json.loads(written, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def is_error(text: str) -> bool:
    """Whether a text is JSON that says that something went wrong, and nothing else."""
    value = _decode(text) if text.startswith("{") and text.endswith("}") else None
    return isinstance(value, dict) and bool(value.get("error")) and set(value) <= _ERROR_KEYS


def _text_in(value: Any) -> str | None:
    """The text in an object made for it; None if it is JSON that a page may print."""
    if isinstance(value, list):
        texts = [_text_in(item) for item in value if isinstance(item, dict)]
        known = [found for found in texts if found is not None]
        return "\n\n".join(known) if known and len(known) == len(value) else None
    if not isinstance(value, dict) or not value:
        return None
    keys = [key for key in value if key in _NESTED_KEYS and key not in _ABOUT_KEYS] or [
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


def _remove_html(text: str) -> str:
    """Without the tags of a web page around all of the text."""
    begun = _HTML_BEGIN.match(text)
    if begun is None or not begun.end() or not text.endswith(("</body>", "</html>")):
        return text
    ended = _HTML_END.search(text, max(begun.end(), len(text) - _LONGEST_HTML_END))
    return text[begun.end() : ended.start() if ended else len(text)].strip()


def _remove_front_matter(text: str) -> str:
    found = _FRONT_MATTER.match(text) or _FENCED_FRONT_MATTER.match(text)
    if found is None:
        return text
    after = text[found.end() :].strip()
    pairs = [line.split(":", 1) for line in found[1].strip("-\n \t").split("\n")]
    values = {key.strip().lower().replace(" ", "_"): value.strip(" \"'") for key, value in pairs}
    # A title, say, is left out only where the text has it, too.
    others = [value for key, value in values.items() if key not in _ABOUT_KEYS]
    is_known = all(value and value in after for value in others)
    return (after or NO_TEXT) if is_known and not _OWN_KEYS.isdisjoint(values) else text


_STEPS = (
    _remove_fences,
    _remove_quote_fences,
    _take_from_json,
    _remove_html,
    _remove_tags,
    _remove_front_matter,
)
