"""Accents of Greek as it is written since 1982: Tesseract's data takes many for older ones.

It reads ἐχει for έχει and καὶ for και, and the micro sign for the letter μ.
"""

import re
import unicodedata

_MARKS = re.compile(
    "[\N{COMBINING GRAVE ACCENT}\N{COMBINING ACUTE ACCENT}\N{COMBINING COMMA ABOVE}"
    "\N{COMBINING REVERSED COMMA ABOVE}\N{COMBINING GREEK PERISPOMENI}]+"
)
_ACUTE = "\N{COMBINING ACUTE ACCENT}"
_BREATHED = re.compile(
    "[αεηιουω]{1,2}[\N{COMBINING COMMA ABOVE}\N{COMBINING REVERSED COMMA ABOVE}]", re.IGNORECASE
)
_WORD = re.compile(r"[α-ωΑ-Ωµ][α-ωΑ-Ωµ\u0300-\u036f]*")
_TWICE = re.compile(rf"(.{_ACUTE})\1+")
"""A letter that is there once, read with one mark and with another."""
_VOWELS = frozenset("αεηιουω")
_SYLLABLE = re.compile(r"(?:αι|ει|οι|ου|υι|αυ|ευ|ηυ|[αεηιουω])")
_OLD = 0.8
"""Of the words that begin with a vowel: in older Greek nearly all of them have a breathing."""
_ACCENTED = {"η", "που", "πως"}
"""Words of one syllable that may have an accent."""


def restore_letters(texts: list[str]) -> list[str]:
    """A text, in any number of parts, with accents of today; as it is if it is older Greek."""
    parts = [unicodedata.normalize("NFD", text) for text in texts]
    if _is_old(parts):
        return texts
    return [unicodedata.normalize("NFC", _WORD.sub(_with_tonos, part)) for part in parts]


def _is_old(parts: list[str]) -> bool:
    words = [word for part in parts for word in _WORD.findall(part) if word[0].lower() in _VOWELS]
    breathed = sum(_BREATHED.match(word) is not None for word in words)
    return breathed > _OLD * len(words)


def _with_tonos(found: re.Match[str]) -> str:
    """The word with an accent where it has any mark, and without where it can have none."""
    word = found[0] if found[0] == "µ" else found[0].replace("µ", "μ")
    bare = _MARKS.sub("", word)
    is_short = len(_SYLLABLE.findall(bare.lower())) < 2
    if is_short and bare.lower() not in _ACCENTED:
        return bare
    return _TWICE.sub(r"\1", _MARKS.sub(_ACUTE, word))
