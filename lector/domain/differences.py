"""In what a text differs from what a second reader sees: words, numbers, and the order of lines.

What the second reader is not sure of itself speaks against nobody. Digits that look alike it
mistakes for each other even when it is rather sure, and rules and signs of currencies for digits.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from lector.domain.alignment import AnchorWord, units
from lector.domain.boxes import on_one_line
from lector.domain.word_places import Agreement, Box, MissingWord, PlacedWord, Places

SURE = 80
"""Of 100: with less, the second reader is not sure of a word."""
SURE_OF_PARTS, SURE_OF_DIGITS, SURE_OF_OTHER_DIGITS = 92, 92, 60
"""The same of a number that has the digits of the text and more, or fewer; of one whose digits look
like those of the text; and of one whose do not.
"""
_ALIKE = frozenset(
    frozenset(pair)
    for pair in ("38", "58", "68", "08", "98", "56", "59", "39", "35", "17", "27", "06", "09", "49")
)
_LEAST_DIGITS = 3
"""Of a number that is missed, unless it is written with decimals."""
SURE_OF_LINES = 90
"""The same of a word that stands on a line of which the text has nothing."""
_LEAST_LETTERS, _MOST_LOST = 4, 30
_LEAST_IN_LINE = 3
"""Words on a line, before and behind the place where the text goes on in another column."""


class Number(NamedTuple):
    """A number of the text, and the other reading; one of them may be missing."""

    text: str | None
    other: str | None
    box: Box | None
    start: int


class Reading(NamedTuple):
    """One or several words of the text that are one of the anchor's, or nobody's."""

    text: str
    first: PlacedWord

    @property
    def is_alone(self) -> bool:
        """Whether the anchor has no such word."""
        return self.first.agreement is Agreement.ALONE

    @property
    def numbers_differ(self) -> bool:
        """Whether the anchor surely reads another number."""
        if not self.first.other:
            return False
        one, other = digits_of(self.text), digits_of(self.first.other)
        if not one or not other or one == other:
            return False
        confidence = self.first.confidence
        return confidence is None or confidence >= _least_confidence(one, other)


class Differences:
    """What both readers have, and what only one of them has.

    `readings` are the text's; there are none where each word is the same as one of the anchor's.
    """

    def __init__(self, text: str, places: Places, anchor: Sequence[AnchorWord]) -> None:
        self._text, self._places, self._anchor = text, places, anchor
        differ = any(word.agreement is not Agreement.SAME for word in places.words)
        self.readings = list(_readings(text, places.words)) if differ else []

    @property
    def words(self) -> int:
        """The words of both, each once."""
        elsewhere, near = self._elsewhere
        return len(self._places.words) + len(self._places.missing) - elsewhere + near

    @cached_property
    def agreement(self) -> float:
        """The share of words that both have; two spellings of one are half of it."""
        kinds = [word.agreement for word in self._places.words]
        elsewhere, near = self._elsewhere
        same, alike = kinds.count(Agreement.SAME), kinds.count(Agreement.NEAR)
        agreed = same + elsewhere + (alike - near) / 2
        return round(agreed / self.words, 4) if self.words else 1.0

    @cached_property
    def _elsewhere(self) -> tuple[int, int]:
        """How many words both have, but not in one place; and how many of them are near others."""
        left = Counter(units.key_of(word.text) for word in self._places.missing)
        near = [one for one in self.readings if one.first.agreement is Agreement.NEAR]
        left.update(units.key_of(one.first.other) for one in near)
        found = [0, 0]
        for one in [*self.alone, *near]:
            key = units.key_of(one.text)
            if left[key] > 0:
                left[key] -= 1
                found[0] += 1
                found[1] += not one.is_alone
        return found[0], found[1]

    @cached_property
    def only_in_anchor(self) -> int:
        """The words that the text lacks, with those that it has others for."""
        replaced = sum(bool(one.first.other) and one.is_alone for one in self.readings)
        return len(self._places.missing) + replaced

    @cached_property
    def lost(self) -> list[MissingWord]:
        """The words that the text lacks, and that the anchor is sure of.

        One that the text has somewhere without a place is there.
        """
        somewhere = Counter(units.key_of(one.text) for one in self.alone)
        lost = []
        for word in self._places.missing:
            key = units.key_of(word.text)
            if somewhere[key] > 0:
                somewhere[key] -= 1
            elif _is_sure(word.confidence):
                lost.append(word)
        return lost

    @cached_property
    def longest_lost(self) -> int:
        """How many of them stand together, less those between them that the text has."""
        if not self.lost:
            return 0
        events = [(word.end, False) for word in self._places.words]
        events += [(word.offset, True) for word in self.lost]
        return _densest(is_lost for _, is_lost in sorted(events))

    @cached_property
    def lost_lines(self) -> int:
        """How many of them, but for short ones, stand on lines of which the text has nothing.

        Only the first ones are looked at.
        """
        same = (word for word in self._places.words if word.agreement is Agreement.SAME)
        there = [box for word in same for box in word.boxes]
        return sum(
            len(word.text) >= _LEAST_LETTERS
            and (word.confidence is None or word.confidence >= SURE_OF_LINES)
            and not any(on_one_line(word.box, box) for box in there)
            for word in self.lost[:_MOST_LOST]
        )

    @cached_property
    def alone(self) -> list[Reading]:
        """The words that only the text has."""
        return [one for one in self.readings if one.is_alone]

    @cached_property
    def longest_alone(self) -> int:
        """How many of them stand together, less those between them that the anchor has."""
        return _densest(one.is_alone for one in self.readings) if self.alone else 0

    @cached_property
    def numbers(self) -> list[Number]:
        """The numbers that differ, then those that the text lacks."""
        changed = [
            Number(one.text, one.first.other, next(iter(one.first.boxes), None), one.first.start)
            for one in self.readings
            if one.numbers_differ
        ]
        lost = [
            Number(None, word.text, word.box, word.offset)
            for word in self._places.missing
            if _is_amount(word.text) and _is_sure(word.confidence)
        ]
        return changed + lost

    @cached_property
    def crossings(self) -> int:
        """At how many places the text goes on to the right where the anchor goes down.

        So it does where somebody reads across columns. Cells of a table are no lines, nor are a few
        words that stand apart.
        """
        if self._goes_down():
            return 0
        known = list(self._known())
        steps = (after - before for before, after in pairwise(number for _, number in known))
        # One between them may not be known.
        starts = [0, *(at for at, step in enumerate(steps, 1) if not 0 <= step <= 2)]
        runs = [known[start:end] for start, end in pairwise([*starts, len(known)])]
        return sum(self._crosses(one, other) for one, other in pairwise(runs))

    def _goes_down(self) -> bool:
        """Whether the text has the words of the anchor one by one, and none stands on another."""
        boxes = [word.box for word in self._anchor]
        return [word.boxes for word in self._places.words] == [(box,) for box in boxes] and (
            len(set(boxes)) == len(boxes)
        )

    def _known(self) -> Iterator[tuple[PlacedWord, int]]:
        """The words that both have, each with its number in the anchor."""
        numbers = {word.box: number for number, word in enumerate(self._anchor)}
        for word in self._places.words:
            number = numbers.get(word.boxes[0]) if word.boxes else None
            if number is not None and word.agreement is Agreement.SAME:
                yield word, number

    def _crosses(
        self, one: Sequence[tuple[PlacedWord, int]], other: Sequence[tuple[PlacedWord, int]]
    ) -> bool:
        (before, number), (behind, _) = one[-1], other[0]
        follower = self._anchor[number + 1].box if number + 1 < len(self._anchor) else None
        return (
            follower is not None
            and on_one_line(before.boxes[-1], behind.boxes[0])
            and not on_one_line(before.boxes[-1], follower)
            and not self._text[before.end : behind.start].strip()
            and _count_in_line(before, reversed(one)) >= _LEAST_IN_LINE
            and _count_in_line(behind, other) >= _LEAST_IN_LINE
        )


def digits_of(text: str) -> str:
    """The digits of a number, however it is written; empty for one that hangs on a word."""
    key = units.key_of(text.strip())
    digits = "".join(filter(str.isdigit, key))
    return digits if 2 * len(digits) >= len(key.replace(".", "")) else ""


def _least_confidence(one: str, other: str) -> int:
    if len(one) != len(other):
        shorter, longer = sorted((one, other), key=len)
        left = iter(longer)
        is_within = all(digit in left for digit in shorter)
        return SURE_OF_PARTS if is_within else SURE
    changed = [frozenset(pair) for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return SURE_OF_DIGITS if _ALIKE.issuperset(changed) else SURE_OF_OTHER_DIGITS


def _is_amount(text: str) -> bool:
    digits = digits_of(text)
    return len(digits) >= _LEAST_DIGITS or ("." in units.key_of(text)[1:-1] and bool(digits))


def _is_sure(confidence: int | None) -> bool:
    return confidence is None or confidence >= SURE


def _densest(there: Iterable[bool]) -> int:
    """How many more are there than not, in the stretch where these are most."""
    best = total = 0
    for is_there in there:
        total = max(0, total + (1 if is_there else -1))
        best = max(best, total)
    return best


def _readings(text: str, words: Sequence[PlacedWord]) -> Iterator[Reading]:
    first: PlacedWord | None = None
    end = 0
    for word in words:
        goes_on = word.agreement is Agreement.NEAR and not word.other
        if goes_on and first is not None and first.other:
            end = word.end
            continue
        if first is not None:
            yield Reading(text[first.start : end], first)
        first, end = word, word.end
    if first is not None:
        yield Reading(text[first.start : end], first)


def _count_in_line(word: PlacedWord, others: Iterable[tuple[PlacedWord, int]]) -> int:
    return sum(on_one_line(word.boxes[0], other.boxes[0]) for other, _ in others)
