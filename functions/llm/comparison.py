"""A reader's text held against the words that a page carries itself: what it lacks, what it adds.

Only words count: neither case, punctuation, Markdown nor LaTeX, hyphens, ligatures nor the order in
which columns and tables are read. A few wrong words are what a reader gets wrong. Many, or a run of
them, are a paragraph that was dropped, made up, summarised or translated.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from functions.llm import number_changes, presence
from functions.llm.number_changes import NumberChanges
from lector.domain.alignment import answers, units

# Where a line was broken, also if lines were joined by spaces since.
_BROKEN = re.compile(r"(?<=[^\W\d_])[\u00ad\u2010\u2011-]\s+(?=[^\W\d_])")
# What the words of a text may depend on beside what stands between two spaces: where its lines
# end, and spaces that part thousands.
# One after the other is several times as fast as all at once.
_UNLIKE_OTHER_SPACES = (
    re.compile(r"[\u00a0\u00ad\u2007\u2009\u202f]"),
    re.compile(r"[\u2010\u2011-](?<=\w.)\s"),
    re.compile(r"\[(?i:illegible)\]"),
)
# What letters, or digits without a stroke between them, are of a word.
_PART = re.compile(r"\d+|[^\d.]+")
_MOST_WORDS = 200_000

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
    plain = answers.without_markup(_BROKEN.sub("", text))
    parts = (part for key, _ in units.keys(plain, _MOST_WORDS) for part in _parts(key))
    # One letter is a variable, a bullet or a mark: readers write these in many ways.
    return [part for part in parts if len(part) > 1 or not _is_lone_letter(part)]


def _parts(key: str) -> Sequence[str]:
    return (key,) if key.isalpha() else _PART.findall(key)


def describe_difference(
    carried: str, answer: str, *, known: str | None = None, extra_expected: bool = False
) -> str | None:
    """What speaks against an answer, for people; None if it says what the page carries.

    It may also say what is `known` to stand there, as at the edge of a piece, and with
    `extra_expected` any number of other words, as where pictures hold text.
    """
    if known is None and _say_the_same(carried, answer):
        return None
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
    numbers = NumberChanges(carried, answer, known=known, extra_expected=extra_expected)
    reasons += numbers.reasons()
    return "; ".join(reasons) or None


def _say_the_same(carried: str, answer: str) -> bool:
    """Whether both have the same between their spaces, but for markup: so nothing differs.

    Most answers do, and a comparison word by word would take a hundred times as long to find it.
    """
    if number_changes.has_markup(answer):
        return False
    texts = answers.without_markup(carried), answers.without_markup(answer)
    if texts[0].split() != texts[1].split():
        return False
    return not any(
        pattern.search(text)
        for text in {carried, answer, *texts}
        for pattern in _UNLIKE_OTHER_SPACES
    )


def compare(wanted: Sequence[str], found: Sequence[str]) -> Difference:
    """What of `wanted` is not in `found`; a word is there as often as it stands there."""
    missing = sum((Counter(wanted) - Counter(found)).values())
    there = presence.find(wanted, found)
    run, start, end = _longest_run(there)
    lost = [word for place, word in enumerate(wanted) if not there[place]]
    in_run = [wanted[place] for place in range(start, end) if not there[place]]
    return Difference(missing, len(wanted), run, tuple(dict.fromkeys([*in_run, *lost])))


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
    return word.isalpha() and not units.is_unspaced(word)
