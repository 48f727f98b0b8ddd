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
from itertools import pairwise

# Letters of scripts that part no words count by themselves.
_UNSPACED = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
_WORD = re.compile(rf"{_UNSPACED}|\d+|(?:(?!{_UNSPACED})[^\W\d_])+")
_MARKS = re.compile(
    r"</?(?:table|thead|tbody|t[rdh]|br|p|div|span|su[bp]|b|i|u|em|strong|h[1-6])\b[^<>\n]{0,200}>"
    r"|\[/?(?:picture|illegible|no text)\]"  # Lector's own
    r"|\\[a-z]+"  # LaTeX
    r"|\]\([^()\s]{0,500}\)"  # where a Markdown link leads
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
    text = unicodedata.normalize("NFKC", html.unescape(text).replace("\u00ad\n", "")).casefold()
    text = _MARKS.sub(" ", text)
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
    return "; ".join(reasons) or None


def compare(wanted: Sequence[str], found: Sequence[str]) -> Difference:
    """What of `wanted` is not in `found`.

    A word is there as often as it stands there. For runs it must stand beside one of its
    neighbours, or at least not be needed elsewhere: else the many common words of a dropped
    paragraph would seem to be there.
    """
    missing = sum((Counter(wanted) - Counter(found)).values())
    there = _in_context(wanted, found)
    used = (word for word, is_there in zip(wanted, there, strict=True) if is_there)
    left = Counter(found) - Counter(used)
    for place, word in enumerate(wanted):
        if not there[place] and left[word] > 0:
            there[place] = True
            left[word] -= 1
    run, start, end = _longest_run(there)
    lost = [word for place, word in enumerate(wanted) if not there[place]]
    in_run = [wanted[place] for place in range(start, end) if not there[place]]
    return Difference(missing, len(wanted), run, tuple(dict.fromkeys([*in_run, *lost])))


def _in_context(wanted: Sequence[str], found: Sequence[str]) -> list[bool]:
    """For each word, whether it stands beside the same neighbour; each pair is used up once."""
    pairs = Counter(pairwise(found))
    there = [False] * len(wanted)
    for place, pair in enumerate(pairwise(wanted)):
        if pairs[pair] > 0:
            pairs[pair] -= 1
            there[place] = there[place + 1] = True
    return there


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
