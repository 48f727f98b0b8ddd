"""What of a text in Markdown stands on the page: its words, without what marks them up.

The text stays as long as it is, so that offsets in it still hold: what parts words becomes spaces,
what stands within a word becomes `FILLER`.
"""

import html
import re
import unicodedata

FILLER = "\u200b"
_INLINE = "b|i|u|s|em|strong|sub|sup|span|small|mark|font|ins|del|code"
_WITHIN_WORDS = re.compile(
    rf"</?(?:{_INLINE})(?:\s[^<>\n]{{0,200}})?>|(?<=[^\W_])(?:\*{{1,3}}|~~|`)(?=[^\W_])",
    re.IGNORECASE,
)
_PARTING = re.compile(
    r"<!--.{0,400}?-->"
    r"|</?[a-z][a-z0-9]{0,15}(?:\s[^<>\n]{0,400})?/?>"
    r"|\[/?(?:picture|no text|illegible)\]"
    r"|\]\([^()\s]{0,500}(?:\s\"[^\"\n]{0,100}\")?\)|!\[(?=[^\]\n]{0,300}\]\()|\[\^|(?<!\w)\[(?=[^\]\n]{1,300}\]\()"
    r"|^[ \t]{0,8}(?:```|~~~)[^\n]{0,40}$"
    r"|^[ \t]{0,8}(?:\#{1,6}|>+|[-*+])(?=\s)|^[ \t:|+=-]{3,}$"
    r"|(?<!\\)(?:\*{1,3}(?=\S)|(?<=\S)\*{1,3}|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)|~~|`+|\|)",
    re.IGNORECASE | re.MULTILINE,
)
_ENTITY = re.compile(r"&(?:[a-z][a-z0-9]{1,20}|\#\d{1,6}|\#x[0-9a-f]{1,5});", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_UNPRINTED = ("Cc", "Cs", "Cn", "Co")
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def of(text: str) -> str:
    """The text with spaces and fillers where it has markup."""
    if "<" in text or "*" in text or "`" in text or "~" in text:
        text = _WITHIN_WORDS.sub(_fill, text)
    text = _PARTING.sub(_blank, text)
    text = _ESCAPED.sub(FILLER, text) if "\\" in text else text
    return _ENTITY.sub(_entity, text) if "&" in text else text


def clean(word: str) -> str:
    """A word as it is printed: without fillers and what has no shape, in its order of reading."""
    word = _DIRECTIONS.sub("", word.replace(FILLER, ""))
    if word.isascii() and word.isprintable():
        return word
    return "".join(char for char in word if unicodedata.category(char) not in _UNPRINTED)


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _fill(found: re.Match[str]) -> str:
    return FILLER * len(found[0])


def _entity(found: re.Match[str]) -> str:
    meant = html.unescape(found[0])
    if meant == found[0] or len(meant) > len(found[0]):
        return found[0]
    return meant.replace("\u00a0", " ") + FILLER * (len(found[0]) - len(meant))
