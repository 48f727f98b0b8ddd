"""What is between blocks: words that are the same, or nearly, or one for several.

A gap of the answer is held against what is not yet paired behind the word before it, and before the
word behind it. No more than so many characters are compared at once, so that no page, whatever is
on it, takes long.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, Levenshtein

from lector.domain.alignment.blocks import NONE, Matching, runs

_MOST_WORDS = 1_500
"""Of a gap, on either side."""
_MOST_CHARACTERS = 4_000
NEAR = 60.0
"""Of 100: words with so much in common are two spellings of one."""
_MOST_TOGETHER = 4
"""Words on one side that may be one on the other."""
_MOST_IN_PLACE = 2
"""So many words in a row that differ altogether stand in each other's place."""


class Group(NamedTuple):
    """Words that are each other's, but not one that is the same as one.

    `ratio`, 0 to 100, says how alike they are.
    """

    answer: tuple[int, ...]
    anchor: tuple[int, ...]
    ratio: float


class Gaps:
    """Pairs what blocks have left, and gathers groups."""

    def __init__(
        self, matching: Matching, answer_keys: Sequence[str], anchor_keys: Sequence[str]
    ) -> None:
        self._matching = matching
        self._here, self._there = answer_keys, anchor_keys
        self.groups: list[Group] = []

    def close(self) -> None:
        """Look at each gap of the answer once."""
        for start, end in list(runs(self._matching.to_anchor)):
            others, is_enclosed = self._candidates(start, end)
            if others:
                here = list(range(start, end))[:_MOST_WORDS]
                self._close(here, others, is_enclosed=is_enclosed)

    def _candidates(self, start: int, end: int) -> tuple[list[int], bool]:
        """The anchor's words without partners that may stand where a gap of the answer is.

        And whether they are all that stands between the partners of both words beside the gap.
        """
        matching = self._matching
        to_answer, to_anchor = matching.to_answer, matching.to_anchor
        most = min(_MOST_WORDS, 2 * (end - start) + 8)
        before = matching.partners(start - 1)[-1] if start else -1
        behind = matching.partners(end)[0] if end < len(to_anchor) else len(to_answer)
        forward: list[int] = []
        place = before + 1
        while place < len(to_answer) and to_answer[place] == NONE and len(forward) < most:
            forward.append(place)
            place += 1
        backward: list[int] = []
        place = behind - 1
        taken = set(forward)
        while (
            place >= 0 and to_answer[place] == NONE and len(backward) < most and place not in taken
        ):
            backward.append(place)
            place -= 1
        return forward + backward[::-1], len(forward) == behind - before - 1

    def _close(self, here: Sequence[int], there: Sequence[int], *, is_enclosed: bool) -> None:
        answer = [self._matching.answer[place] for place in here]
        anchor = [self._matching.anchor[place] for place in there]
        left_here: list[int] = []
        left_there: list[int] = []
        for step in Indel.opcodes(answer, anchor):
            one, other = here[step.src_start : step.src_end], there[step.dest_start : step.dest_end]
            if step.tag == "equal":
                self._compare(left_here, left_there, is_enclosed=is_enclosed)
                left_here, left_there = [], []
                for place, partner in zip(one, other, strict=True):
                    self._matching.pair(place, partner)
            else:
                left_here += one
                left_there += other
        self._compare(left_here, left_there, is_enclosed=is_enclosed)

    def _compare(self, here: Sequence[int], there: Sequence[int], *, is_enclosed: bool) -> None:
        """Find words that are nearly the same, letter by letter; or stand in the same place."""
        if not here or not there:
            return
        groups = list(self._near(here, there))
        if not groups and is_enclosed and len(here) == len(there) <= _MOST_IN_PLACE:
            groups = [
                Group((place,), (other,), fuzz.ratio(self._here[place], self._there[other]))
                for place, other in zip(here, there, strict=True)
            ]
        for group in groups:
            self.groups.append(group)
            self._matching.group(group.answer, group.anchor)

    def _near(self, here: Sequence[int], there: Sequence[int]) -> Iterator[Group]:
        one, owners = _spell(here, self._here)
        other, others = _spell(there, self._there)
        if max(len(one), len(other)) > _MOST_CHARACTERS:
            return
        common: dict[tuple[int, int], int] = {}
        for step in Levenshtein.opcodes(one, other):
            if step.tag == "equal":
                for letter in range(step.src_end - step.src_start):
                    pair = owners[step.src_start + letter], others[step.dest_start + letter]
                    common[pair] = common.get(pair, 0) + 1
        for places, partners in _together(common, self._here, self._there):
            said = "".join(self._here[place] for place in places)
            seen = "".join(self._there[place] for place in partners)
            ratio = fuzz.ratio(said, seen)
            if ratio >= NEAR:
                yield Group(places, partners, ratio)


def _spell(places: Sequence[int], keys: Sequence[str]) -> tuple[str, list[int]]:
    """Words as one text, and for each of its letters the word that it is of."""
    owners = [place for place in places for _ in keys[place]]
    return "".join(keys[place] for place in places), owners


def _together(
    common: dict[tuple[int, int], int], here: Sequence[str], there: Sequence[str]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Words that share half of the letters of the shorter one, with all others that they do so."""
    answer: list[int] = []
    anchor: list[int] = []
    for (place, other), count in common.items():
        if 2 * count < min(len(here[place]), len(there[other])):
            continue
        if answer and place != answer[-1] and other != anchor[-1]:
            yield tuple(answer), tuple(anchor)
            answer, anchor = [], []
        if not answer or place != answer[-1]:
            answer.append(place)
        if not anchor or other != anchor[-1]:
            anchor.append(other)
        if max(len(answer), len(anchor)) == _MOST_TOGETHER:
            yield tuple(answer), tuple(anchor)
            answer, anchor = [], []
    if answer:
        yield tuple(answer), tuple(anchor)
