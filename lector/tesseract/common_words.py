"""Which languages a text is in, by the commonest words of languages."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_LEAST_WORDS = 3
"""So many different common words of more than one letter, which tables have, tell a language."""
_LEAST_SHARE = 0.08
"""So many of a text's words are common words of its language."""
_SECOND_SHARE = 0.4
"""Of a second language there are so many common words, as a share of those of the first."""
_WORD = re.compile(r"[^\W\d_]+")
# Letters whose accent does not come off.
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "ı": "i"})


def find_languages(text: str) -> list[str]:
    """Tesseract's codes of the one or two languages that a text is in; empty if none can be told.

    Words count whether their accents were read or not.
    """
    counts = Counter(_words(text))
    weights = dict.fromkeys(_vocabularies(), 0.0)
    for word, count in counts.items():
        known = _languages_by_word().get(word, ())
        for code in known:
            weights[code] += count / len(known)
    first = max(weights, key=lambda code: weights[code])
    common = _vocabularies()[first]
    if not _tell(counts, common):
        return []
    seconds = {
        code: _count(counts, words - common)
        for code, words in _vocabularies().items()
        if _count(counts, words - common) > _SECOND_SHARE * _count(counts, common - words)
        and _tell(counts, words - common)
    }
    if not seconds:
        return [first]
    second = max(seconds, key=lambda code: seconds[code])
    is_more = seconds[second] > _count(counts, common - _vocabularies()[second])
    return [second, first] if is_more else [first, second]


def _tell(counts: Counter[str], common: Iterable[str]) -> bool:
    """Whether so many of the words are common words that the text is in their language."""
    found = [word for word in common if counts[word]]
    enough = _count(counts, found) >= _LEAST_SHARE * counts.total()
    return enough and sum(len(word) > 1 for word in found) >= _LEAST_WORDS


def _count(counts: Counter[str], words: Iterable[str]) -> int:
    return sum(counts[word] for word in words)


def _words(text: str) -> list[str]:
    """The words of a text, in small letters, without their accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _WORD.findall(bare.translate(_LETTERS))


@cache
def _vocabularies() -> dict[str, frozenset[str]]:
    """The common words of each language."""
    lines = Path(__file__).with_name("common_words.txt").read_text("utf-8").splitlines()
    entries = [line.partition(" ") for line in lines if not line.startswith("#")]
    return {code: frozenset(_words(words)) for code, _, words in entries}


@cache
def _languages_by_word() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code, words in _vocabularies().items():
        for word in words:
            found.setdefault(word, []).append(code)
    return found
