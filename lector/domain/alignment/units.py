"""What is compared: words of letters and digits, in one form, with where they stand in their text.

A word is what no space parts, without the punctuation at its ends. Hyphens and apostrophes within
it do not count, nor do ligatures, case, vowel points, and how the thousands of a number are parted.
Of scripts that part no words, each letter with its marks is one.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

FILLER = "\u200b"
"""Stands for what was markup within a word: it neither counts nor parts anything."""
MOST_UNITS = 20_000
"""Of a text, or of an anchor. What comes behind them is not compared."""

_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff"
    r"\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSEEN = r"\u200b-\u200f\u202a-\u202e\u2060-\u2069\u00ad\ufe00-\ufe0f\ufeff"
# Marks that belong to the letter before them, vowel signs, and what is not seen.
_MARK = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    r"\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a"
    r"\u0900-\u0963\u0970-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"
    r"\u102b-\u103e\u1056-\u1059\u135d-\u135f\u17b4-\u17d3\u3099\u309a\u1ab0-\u1aff\u1dc0-\u1dff"
    r"\ufe20-\ufe2f" + _UNSEEN
)
_UNSPACED_MARK = (
    r"\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u1059"
    r"\u17b4-\u17d3\u3099\u309a\u200b-\u200d"
)
_SPACED = rf"[^\W_{_UNSPACED}]"
_RUN = rf"{_SPACED}++(?:[{_MARK}]++{_SPACED}*+)*+"
_HYPHENS = r"\-\u2010\u2011"
# Between digits, between letters, and between either; a hyphen may end a line.
_JOINER = (
    rf"(?:(?<=[\d{FILLER}])[.,:/'\u2019\u066b\u066c\u2013](?=[\d{FILLER}])"
    r"|(?<=\d)[\u00a0\u2007\u2009\u202f](?=\d{3}(?!\d))"
    r"|(?<=\w)['\u2019\u02bc](?=[^\W\d_])"
    rf"|(?<=[^\W_])[{_HYPHENS}](?=[^\W_])"
    rf"|(?:(?<=[^\W\d_])[{_HYPHENS}]|(?<=\u00ad))[ \t]{{0,8}}\r?\n[ \t]{{0,8}}(?=[^\W\d_]))"
)
_CLINGS = rf"[^\w\s{_MARK}]"
_WORD = re.compile(
    rf"(?P<before>{_CLINGS}{{0,4}})"
    rf"(?P<word>{_RUN}(?:{_JOINER}{_RUN})*"
    rf"|[{_UNSPACED}][{_UNSPACED_MARK}]*)"
    rf"{_CLINGS}{{0,4}}"
)
_OF_WORD = _WORD.groupindex["word"]
# Hebrew and Arabic vowels, and what only lengthens an Arabic word: most texts have none.
_VOWELS = r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u0652\u0670"
_DROPPED = re.compile(rf"[^\w.{_MARK}]|[_{_VOWELS}{_UNSEEN}]|(?<!\d)\.|\.(?!\d)")
_PARTED = re.compile(r"(?<=\d)[.,'\u2019\u066c](?=\d{3}(?!\d))")
_POINT = re.compile(r"(?<=\d)[,:/'\u2019\u066b\u066c\u2013-](?=\d)")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
# Where words may go on behind a space, or no spaces part them.
_OVER_SPACES = re.compile(rf"[\u00a0\u00ad\u2007\u2009\u202f{_UNSPACED}]")
_OVER_LINES = re.compile(rf"[{_HYPHENS}][ \t]{{0,8}}\r?\n")
_LONGEST_KEPT = 40
"""Characters; longer ones are no words, and seldom come again."""


class Unit(NamedTuple):
    """A word from `start` to `end` of a text, with the punctuation that clings to it.

    `key` is the form in which it is compared.
    """

    start: int
    end: int
    key: str


def find(plain: str, most: int = MOST_UNITS) -> Iterator[Unit]:
    """The words of a text without markup."""
    return islice(_between_spaces(plain) if is_parted_by_spaces(plain) else _find(plain), most)


def keys(plain: str, most: int = MOST_UNITS) -> Iterator[tuple[str, str]]:
    """The same words without places: each as it is compared, and as it is written."""
    parts = plain.split() if is_parted_by_spaces(plain) else (plain,)
    found = ((key, part[start:end]) for part in parts for start, end, key in within(part))
    return islice(found, most)


def is_parted_by_spaces(plain: str) -> bool:
    """Whether no word of a text goes on behind a space, and none of its scripts does without."""
    is_spaced = plain.isascii() or not _OVER_SPACES.search(plain)
    return is_spaced and not _OVER_LINES.search(plain)


def within(written: str) -> Iterable[Unit]:
    """The words of what stands between two spaces: most of them have come before."""
    return _kept(written) if len(written) <= _LONGEST_KEPT else _find(written)


def _between_spaces(plain: str) -> Iterator[Unit]:
    at = 0
    for written in plain.split():
        at = plain.index(written, at)
        for start, end, key in within(written):
            yield Unit(at + start, at + end, key)
        at += len(written)


@lru_cache(maxsize=4096)
def _kept(written: str) -> tuple[Unit, ...]:
    return tuple(_find(written))


def _find(plain: str) -> Iterator[Unit]:
    for found in _WORD.finditer(plain):
        key = key_of(found[_OF_WORD])
        if key:
            yield Unit(*found.span(), key)


@lru_cache(maxsize=4096)
def key_of(word: str) -> str:
    """A word in the form in which it is compared; empty if nothing of it counts."""
    if word.isascii() and word.isalnum():
        return word.lower()
    plain = unicodedata.normalize("NFKC", word.replace(FILLER, "")).casefold()
    if any(map(str.isdecimal, plain)):
        plain = _number(plain)
    return unicodedata.normalize("NFC", _DROPPED.sub("", plain))


def is_unspaced(text: str) -> bool:
    """Whether a text has letters of scripts that part no words."""
    return _IS_UNSPACED.search(text) is not None


def _number(word: str) -> str:
    """With Western digits, without what parts thousands, and with points for all other strokes."""
    if not word.isascii():
        word = "".join(
            str(unicodedata.decimal(char)) if char.isdecimal() else char for char in word
        )
    return _POINT.sub(".", _PARTED.sub("", word))
