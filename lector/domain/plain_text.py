"""A page's text without the marks of Markdown and HTML that models and Lector itself put in.

Taken away is what hardly anybody prints: the marks of headings, the frames of tables, fences, tags,
and two stars around words. Texts that a page carries, or that Tesseract reads, have no escapes, so
what may well be print stays: a single star, an underscore, the dash of a list. No word is lost.
"""

import html
import re

_VALUE = r"""\s*+=\s*+(?:"[^"]{0,400}"|'[^']{0,400}'|[^\s<>"']{1,400}+)"""
_ATTRIBUTE = re.compile(rf"\s++[\w:-]++{_VALUE}")
_TAG = re.compile(
    r"(?:<(?P<close>/?)(?P<name>[a-z][a-z0-9]{0,15})"
    rf"(?P<attributes>(?:\s++[\w:-]++(?:{_VALUE})?){{0,40}}+)\s*+/?>|<!--.{{0,400}}?-->)"
    r"(?P<space>\s*)",
    re.IGNORECASE | re.DOTALL,
)
_TABLE = frozenset({"table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th"})
_ENDING_LINES = frozenset({"p", "div", "li", "tr", "caption", *(f"h{n}" for n in range(1, 7))})
_WITHIN_LINES = frozenset(
    {"b", "i", "u", "s", "em", "strong", "sub", "sup", "span", "small", "code"}
)
_HTML = frozenset({*_TABLE, *_ENDING_LINES, *_WITHIN_LINES, "mark", "ul", "ol", "br", "hr"})
_LAST_CELL = re.compile(r"(?<!\t)\t+\n")
_FENCE = re.compile(r"[ \t]{0,3}(?:```|~~~)[\w-]{0,20}[ \t]*")
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]+(?=\S)(?P<text>.*)")
_RULE_OF_TABLE = re.compile(r"[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)+\|[ \t]*")
_ROW = re.compile(r"[ \t]*\|(?P<cells>.*)\|[ \t]*")
_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")
_STRONG = re.compile(r"(?<![\w*])\*\*(?=[^\s*])([^*\n]{1,2000}?)(?<=[^\s*])\*\*(?![\w*])")


def of(text: str) -> str:
    """The text without marks; what stands in cells of a row is parted by tabs."""
    without_tags, tags = _TAG.subn(_without_tag, text) if "<" in text else (text, 0)
    if tags and without_tags != text:
        text = html.unescape(_LAST_CELL.sub("\n", without_tags))
    lines = (_line(line) for line in text.split("\n"))
    return "\n".join(line for line in lines if line is not None)


def of_heading(line: str) -> str | None:
    """The words of a line of Markdown that is a heading; None if it is none."""
    heading = _HEADING.fullmatch(line.rstrip())
    return _STRONG.sub(r"\1", _without_closing(heading["text"].rstrip())) if heading else None


def opens_code(line: str) -> str | None:
    """The fence of code that a line of Markdown opens; None if it opens none."""
    return line.strip()[:3] if _FENCE.fullmatch(line.rstrip()) else None


def _without_tag(found: re.Match[str]) -> str:
    """What stands in place of a tag and the space behind it, which within a table means nothing."""
    name = (found["name"] or "").lower()
    if name and name not in _HTML:
        return found[0]
    if name not in _TABLE and _ATTRIBUTE.sub("", found["attributes"] or ""):
        return found[0]  # words, as in: a <b and c> d
    space = "" if name in _TABLE else found["space"]
    if name in ("td", "th"):
        return "\t" if found["close"] else ""
    ends_line = name == "br" or (found["close"] and name in _ENDING_LINES)
    return f"\n{space}" if ends_line and "\n" not in space else space


def _line(line: str) -> str | None:
    """A line without its marks; None if it was nothing else."""
    if _FENCE.fullmatch(line) or _RULE_OF_TABLE.fullmatch(line):
        return None
    if row := _ROW.fullmatch(line):
        cells = (cell.strip().replace("\\|", "|") for cell in _BETWEEN_CELLS.split(row["cells"]))
        line = "\t".join(cells)
    elif heading := _HEADING.fullmatch(line):
        line = _without_closing(heading["text"].rstrip())
    return _STRONG.sub(r"\1", line)


def _without_closing(heading: str) -> str:
    """A heading without number signs that close it, as those that open it do."""
    text = heading.rstrip("#")
    return text.rstrip() if text != heading and text.endswith((" ", "\t")) else heading
