"""A reader's text held against the words that a page carries itself: what it lacks, what it adds.

Only words count: neither case, punctuation, Markdown nor LaTeX, hyphens, ligatures nor the order in
which columns and tables are read. A few wrong words are what a reader gets wrong. Many, or a run of
them, are a paragraph that was dropped, made up, summarised or translated.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from functions.llm import presence
from functions.llm.number_changes import NumberChanges

# Letters of scripts that part no words count by themselves.
_UNSPACED = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
# Letters, and the vowel signs of India's scripts, which are none by themselves.
_LETTER = rf"(?!{_UNSPACED})(?:[^\W\d_]|(?!\d)[\u0900-\u0963\u0970-\u0dff])"
_WORD = re.compile(rf"{_UNSPACED}|\d+|(?:{_LETTER})+")
# Tags, Lector's own marks, LaTeX, and where a Markdown link leads.
_MARKUP = re.compile(
    r"</?[a-z][a-z0-9]{0,15}(?:\s[^<>\n]{0,200})?/?>"
    r"|\[/?(?:picture|no text)\]"
    r"|\\(?:begin|end)\{[a-z*]{1,20}\}(?:\{[^{}\n]{0,40}\})?"
    r"|\\(?!(?:arccos|arcsin|arctan|arg|cos|cosh|cot|deg|det|dim|exp|gcd|inf|ker|lim|ln|log|max|min"
    r"|mod|sin|sinh|sup|tan|tanh)\b)[a-z]+"
    r"|\]\([^()\s]{0,500}\)"
)
_ILLEGIBLE = "[illegible]"
_POWER = re.compile(r"(?<=\d)(?:\^\{?|<sup>)(\d+)(?:\}|</sup>)?")
# Between thousands; a space that does not break parts nothing else.
_PARTED = re.compile(r"(?<=\d)[.,'\u2019\u066c](?=\d{3}(?!\d))")
_UNBROKEN = re.compile(r"(?<=\d)[\u00a0\u2007\u2009\u202f](?=\d{3}(?!\d))")
# Hebrew and Arabic vowels, and what only lengthens an Arabic word: most texts have none.
_VOWELS = re.compile(
    r"[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u0652\u0670]"
)
# At a line's end, or within a word; between numbers it is as often written as a dash.
_HYPHEN = re.compile(r"(?<=[^\W\d_])[\u00ad\u2010\u2011-]\s*(?=[^\W\d_])")
_APOSTROPHE = re.compile(r"(?<=\w)['\u2019\u02bc](?=\w)")

# Of the layer's words, how many an answer may lack, and have alone; and how long a run may be.
_MISSING_SHARE, _MISSING_AT_LEAST, _MISSING_RUN = 0.1, 3, 10
_EXTRA_SHARE, _EXTRA_AT_LEAST, _EXTRA_RUN = 0.25, 15, 20
_MOST_QUOTED = 6


@dataclass(frozen=True)
class Difference:
    """Words that one text lacks of another's, and the longest run of them.

    `run` is their number in the densest stretch, less those between them that are there; `words`
    are all of them, those of that stretch first.
    """

    missing: int
    of: int
    run: int
    words: tuple[str, ...]


def words_of(text: str) -> list[str]:
    """The words and numbers of a text, in the one form in which they are compared."""
    text = _PARTED.sub("", _normalize(text).replace(_ILLEGIBLE, " "))
    text = _APOSTROPHE.sub("", _HYPHEN.sub("", text))
    # One letter is a variable, a bullet or a mark: readers write these in many ways.
    return [word for word in _WORD.findall(text) if len(word) > 1 or not _is_lone_letter(word)]


def describe_difference(
    carried: str, answer: str, *, known: str | None = None, extra_expected: bool = False
) -> str | None:
    """What speaks against an answer, for people; None if it says what the page carries.

    It may also say what is `known` to stand there, as at the edge of a piece, and with
    `extra_expected` any number of other words, as where pictures hold text.
    """
    wanted, said = words_of(carried), words_of(answer)
    if not wanted:
        return None
    wanted, said = _join_thousands(wanted, said), _join_thousands(said, wanted)
    reasons = []
    lacks = compare(wanted, said)
    allowed = max(_MISSING_AT_LEAST, _MISSING_SHARE * lacks.of)
    if lacks.run >= _MISSING_RUN or lacks.missing > allowed:
        quoted = ", ".join(f"\u201c{word}\u201d" for word in lacks.words[:_MOST_QUOTED])
        reasons.append(f"{lacks.missing} of {lacks.of} words are missing, such as {quoted}")
    adds = compare(said, wanted if known is None else words_of(known))
    allowed = max(_EXTRA_AT_LEAST, _EXTRA_SHARE * lacks.of)
    if not extra_expected and (adds.run >= _EXTRA_RUN or adds.missing > allowed):
        reasons.append(f"{adds.missing} of {adds.of} words are in the answer alone")
    numbers = NumberChanges(
        _normalize(carried),
        _normalize(answer),
        known=None if known is None else _normalize(known),
        extra_expected=extra_expected,
    )
    reasons += numbers.reasons()
    return "; ".join(reasons) or None


def compare(wanted: Sequence[str], found: Sequence[str]) -> Difference:
    """What of `wanted` is not in `found`; a word is there as often as it stands there."""
    missing = sum((Counter(wanted) - Counter(found)).values())
    there = presence.find(wanted, found)
    run, start, end = _longest_run(there)
    lost = [word for place, word in enumerate(wanted) if not there[place]]
    in_run = [wanted[place] for place in range(start, end) if not there[place]]
    return Difference(missing, len(wanted), run, tuple(dict.fromkeys([*in_run, *lost])))


def _normalize(text: str) -> str:
    """A text without markup, in the one form in which texts are compared."""
    text = _UNBROKEN.sub("", html.unescape(text).replace("\u00ad\n", ""))
    text = unicodedata.normalize("NFKC", text).casefold()
    return _VOWELS.sub("", _MARKUP.sub(" ", _POWER.sub(r"\1", text)))


def _join_thousands(words: list[str], others: Sequence[str]) -> list[str]:
    """The words, with what the other text writes as 12480 joined where this one has 12 480."""
    wanted = Counter(others) - Counter(words)
    joined: list[str] = []
    for word in words:
        if len(word) == 3 and joined and wanted[whole := joined[-1] + word] > 0 and whole.isdigit():
            wanted[whole] -= 1
            joined[-1] = whole
        else:
            joined.append(word)
    return joined


def _longest_run(there: Sequence[bool]) -> tuple[int, int, int]:
    """The stretch with the most missing words over those that are there: its sum and its ends."""
    best = (0, 0, 0)
    total = start = 0
    for place, is_there in enumerate(there):
        if total <= 0:
            total, start = 0, place
        total += -1 if is_there else 1
        if total > best[0]:
            best = (total, start, place + 1)
    return best


def _is_lone_letter(word: str) -> bool:
    return word.isalpha() and re.match(_UNSPACED, word) is None
