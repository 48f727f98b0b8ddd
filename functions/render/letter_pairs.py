"""Whether letters are those of a language, by which of them follow each other.

A font can show one letter and name another. Then the text is a cipher, or stands backwards, and
every single character of it looks well. In the languages of a script much the same letters follow
each other; in a cipher they do not.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise, product
from operator import mul

from functions.render import letter_tables

_Pair = tuple[str, str]

EDGE = "^"
_RUNS = re.compile(r"[^\W\d_]+")
_PLAIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
    | {"ħ": "h", "ŋ": "n", "ə": "e", "ـ": None}
)
_ACCENTED = "ёйїўѓќآأؤإئ"  # letters of their own, not ones with an accent

# Bits for each pair: the languages that were counted take 3.8 in the mean and 4.6 at most (Arabic
# script: 4.7, but the others of its languages were not counted), ciphers 6 to 9.
_MOST_BITS = {"latin": 4.75, "cyrillic": 5.3, "greek": 5.3, "hebrew": 4.9, "arabic": 6.3}
_UNSURE = 15.0  # bits that a few letters may take beyond that in all
_BACKWARDS = 0.1
_UNSURE_BACKWARDS = 20.0
_FEWEST_LETTERS, _MOST_LETTERS = 30, 4000


def doubt(words: Sequence[str], fewest: int = 8) -> str | None:
    """What speaks against these words being those of a language, for people.

    Each counts once: a name that is repeated says no more than one. Fewer than `fewest` tell
    nothing.
    """
    by_script: dict[str, list[str]] = {}
    text = " ".join(words)
    once = [run for run in dict.fromkeys(runs(text)) if len(run) > 1]
    if text.isascii():
        by_script["latin"] = [run.lower() for run in once]
    else:
        for script, word in map(_known, once):
            if script:
                by_script.setdefault(script, []).append(word)
    reasons = (_judge(script, found) for script, found in by_script.items() if len(found) >= fewest)
    return next((reason for reason in reasons if reason), None)


def _known(run: str) -> tuple[str | None, str]:
    """Letters as they are counted, and the script that has all of them; None if none has."""
    if run.isascii():
        return "latin", run.lower()
    word = fold(run)
    script = _script(word[:1])
    if script and all(map(letter_tables.TABLES[script][0].__contains__, word)):
        return script, word
    return None, word


def runs(text: str) -> list[str]:
    """The letters of a text that stand together."""
    return _RUNS.findall(text)


def fold(word: str) -> str:
    """A word in small letters without accents."""
    word = word.lower().translate(_PLAIN)
    if word.isascii():
        return word
    return "".join(
        char if char in _ACCENTED else _without_accents(char)
        for char in unicodedata.normalize("NFKC", word)
    )


@lru_cache(maxsize=4096)
def _without_accents(char: str) -> str:
    decomposed = unicodedata.normalize("NFD", char)
    return "".join(part for part in decomposed if not unicodedata.combining(part))


@lru_cache(maxsize=4096)
def _script(letter: str) -> str | None:
    tables = letter_tables.TABLES.items()
    return next((script for script, (letters, _) in tables if letter and letter in letters), None)


def _judge(script: str, words: list[str]) -> str | None:
    count = 0
    for at, word in enumerate(words):
        count += len(word)
        if count > _MOST_LETTERS:
            words = words[:at]
            break
    if count < _FEWEST_LETTERS:
        return None
    pairs = Counter(pairwise(f"{EDGE}{EDGE.join(words)}{EDGE}"))
    forwards, backwards = _bits(pairs, _costs(script)), _bits(pairs, _costs(script, turned=True))
    if forwards > _MOST_BITS[script] + _UNSURE / count:
        return "its letters follow each other as in no language; its fonts may name wrong ones"
    if forwards - backwards > _BACKWARDS + _UNSURE_BACKWARDS / count:
        return "its words stand backwards"
    return None


@cache
def _costs(script: str, *, turned: bool = False) -> dict[_Pair, int]:
    """By pair of letters: how unexpected the second one is, or the first one behind the second."""
    letters, cells = letter_tables.TABLES[script]
    pairs = product(EDGE + letters, EDGE + letters)
    costs = zip(pairs, cells, strict=True)
    return {(b, a) if turned else (a, b): ord(cell) - 48 for (a, b), cell in costs}


def _bits(pairs: Counter[_Pair], costs: Mapping[_Pair, int]) -> float:
    """What a pair takes in the mean."""
    total = sum(map(mul, pairs.values(), map(costs.__getitem__, pairs)))
    return float(total / 4 / max(pairs.total(), 1))
