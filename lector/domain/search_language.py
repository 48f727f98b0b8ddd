"""The language of a page's text, as its search has it: that of which most words are stop words.

It says what the `search_language` of the database says of it, at a small part of its cost, and
before the transaction in which the text is stored.
"""

import re
from collections import Counter
from functools import cache
from pathlib import Path

UNKNOWN = "simple"
"""The text search configuration that knows no language."""

_STOP_WORDS = Path(__file__).with_name("stop_words.txt")
_LOOKED_AT = 1000  # characters
_FEWEST = 0.15  # of all words
_LETTERS = re.compile(r"[^\W\d_]+")
_ASCII_LETTERS = re.compile(r"[a-z]+")
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def find(text: str, *, ascii_only: bool) -> str:
    """The name of a text search configuration of PostgreSQL.

    With `ascii_only`, as a database has it whose locale knows no other letters.
    """
    begin = text[:_LOOKED_AT]
    if ascii_only:
        words = _ASCII_LETTERS.findall(begin.translate(_ASCII_LOWER))
    else:
        words = _LETTERS.findall(begin.lower())
    languages = stop_words()
    found = Counter(language for word in words for language in languages.get(word, ()))
    if not found:
        return UNKNOWN
    most = max(found.values())
    if most < _FEWEST * len(words):
        return UNKNOWN
    return min(language for language, count in found.items() if count == most)


@cache
def stop_words() -> dict[str, tuple[str, ...]]:
    """The languages of each stop word."""
    languages: dict[str, tuple[str, ...]] = {}
    language = ""
    for line in _STOP_WORDS.read_text(encoding="utf-8").splitlines():
        if line.endswith(":"):
            language = line.removesuffix(":")
        elif not line.startswith("#"):
            for word in line.split():
                languages[word] = (*languages.get(word, ()), language)
    return languages


def languages() -> set[str]:
    """Those that are known."""
    return {language for found in stop_words().values() for language in found}
