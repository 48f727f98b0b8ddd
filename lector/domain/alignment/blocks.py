"""Which words of an answer are which of an anchor's: first what is the same, in blocks.

Reading orders differ, so a block is found wherever it is: by rows of words that both have once,
then by single words that both have once, and last by rows that come several times, near their
neighbours.
Each is extended to both sides for as long as the words are the same.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

NONE = -1
GROUPED = -2
"""Of a word whose partner is not one word alone."""
_ROWS = (4, 2, 1)
REPEATED = 3
"""Words in a row that are a block where they come several times."""
_LOOKED_AT = 6


class Matching:
    """For each word of both sides its partner on the other, or NONE, or GROUPED.

    `groups` has the anchor's words for each grouped one of the answer.
    """

    def __init__(self, answer: Sequence[int], anchor: Sequence[int], lines: Sequence[int]) -> None:
        self.answer, self.anchor, self.lines = answer, anchor, lines
        self.to_anchor = [NONE] * len(answer)
        self.to_answer = [NONE] * len(anchor)
        self.groups: dict[int, tuple[int, ...]] = {}

    def is_open(self, place: int, other: int) -> bool:
        """Whether neither of both has a partner."""
        return self.to_anchor[place] == NONE and self.to_answer[other] == NONE

    def pair(self, place: int, other: int) -> None:
        """Make two words partners."""
        self.to_anchor[place] = other
        self.to_answer[other] = place

    def group(self, places: Sequence[int], others: tuple[int, ...]) -> None:
        """Make several words partners of several."""
        for place in places:
            self.to_anchor[place] = GROUPED
            self.groups[place] = others
        for other in others:
            self.to_answer[other] = GROUPED

    def partners(self, place: int) -> tuple[int, ...]:
        """The anchor's words that a word of the answer has."""
        other = self.to_anchor[place]
        if other == GROUPED:
            return self.groups[place]
        return () if other == NONE else (other,)

    def extend(self, place: int, other: int, *, within_line: bool = False) -> None:
        """Pair two words that are the same, and what is the same before and behind them."""
        self.pair(place, other)
        for step in (-1, 1):
            here, there = place + step, other + step
            while (
                0 <= here < len(self.answer)
                and 0 <= there < len(self.anchor)
                and self.answer[here] == self.anchor[there]
                and self.is_open(here, there)
                and not (within_line and self.lines[here] != self.lines[place])
            ):
                self.pair(here, there)
                here, there = here + step, there + step

    def extend_all(self) -> None:
        """Extend what is paired across the answer's lines."""
        for place, other in enumerate(self.to_anchor):
            if other != NONE:
                self.extend(place, other)


def match(
    answer: Sequence[int], anchor: Sequence[int], lines: Sequence[int], rare: Sequence[bool]
) -> Matching:
    """Pair the words that are the same; words are numbers, the same for the same word.

    `lines` has the line of each word of the answer: what is in one line with a block's words is
    more surely of it than what follows. `rare` says for each number whether the word alone may tell
    a place, if both have it once.
    """
    matching = Matching(answer, anchor, lines)
    for length in _ROWS:
        here, there = _once(answer, length), _once(anchor, length)
        for row, place in here.items():
            other = there.get(row, NONE)
            if NONE in (place, other) or not matching.is_open(place, other):
                continue
            if lines[place] != lines[place + length - 1]:
                continue  # another paragraph may follow than on the page
            if length > 1 or rare[answer[place]]:
                matching.extend(place, other, within_line=True)
    matching.extend_all()
    _match_repeated(matching)
    return matching


def _once(words: Sequence[int], length: int) -> dict[tuple[int, ...], int]:
    """Where each row of words begins; NONE for those that come several times."""
    places: dict[tuple[int, ...], int] = {}
    for place, row in enumerate(_rows(words, length)):
        places[row] = NONE if row in places else place
    return places


def _rows(words: Sequence[int], length: int) -> Iterator[tuple[int, ...]]:
    return zip(*(words[start:] for start in range(length)), strict=False)


def _match_repeated(matching: Matching) -> None:
    """Pair rows that come several times, with what stands nearest to their neighbours' partners."""
    places: dict[tuple[int, ...], _Open] = defaultdict(_Open)
    for other, row in enumerate(_rows(matching.anchor, REPEATED)):
        if matching.to_answer[other] == NONE:
            places[row].others.append(other)
    behind = _next_partners(matching.to_anchor)
    last = NONE
    for place, row in enumerate(_rows(matching.answer, REPEATED)):
        if matching.to_anchor[place] != NONE:
            last = place
            continue
        found = places.get(row)
        if not found:
            continue
        wanted = [matching.to_anchor[last] + place - last] if last != NONE else []
        if behind[place] != NONE:
            wanted.append(matching.to_anchor[behind[place]] + place - behind[place])
        other = _nearest(matching, place, found, wanted or [0])
        if other != NONE:
            matching.extend(place, other)
            last = place


def _next_partners(partners: Sequence[int]) -> list[int]:
    """For each place, the next one that has a partner, or NONE."""
    found, behind = [NONE] * len(partners), NONE
    for place in range(len(partners) - 1, -1, -1):
        found[place] = behind
        if partners[place] != NONE:
            behind = place
    return found


def _nearest(matching: Matching, place: int, found: "_Open", wanted: Sequence[int]) -> int:
    """Of a row's places, the open one that is nearest to one that is wanted, or the first one.

    Only a few around each are looked at; NONE if none is open.
    """
    best, least = NONE, len(matching.anchor)
    others = found.others
    for aim in wanted:
        at = bisect_left(others, aim)
        for other in others[max(0, at - _LOOKED_AT) : at + _LOOKED_AT]:
            if abs(other - aim) < least and _is_row_open(matching, place, other):
                best, least = other, abs(other - aim)
    while best == NONE and found.first < len(others):
        if _is_row_open(matching, place, others[found.first]):
            return others[found.first]
        found.first += 1
    return best


@dataclass
class _Open:
    """Where a row stands in the anchor; before the `first` one of these places none is open."""

    others: list[int] = field(default_factory=list)
    first: int = 0


def _is_row_open(matching: Matching, place: int, other: int) -> bool:
    return all(matching.is_open(place + step, other + step) for step in range(REPEATED))


def runs(partners: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The stretches of words without partners: start and end of each."""
    start = None
    for place, partner in enumerate(partners):
        if partner == NONE and start is None:
            start = place
        elif partner != NONE and start is not None:
            yield start, place
            start = None
    if start is not None:
        yield start, len(partners)
