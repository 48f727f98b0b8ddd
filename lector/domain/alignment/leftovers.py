"""Words that stand among others than in the anchor: cells of a table that is read by its columns.

Of several places of a word, that one is taken which is in one line, or in one column, with those of
the words around it. What is nowhere near them stays without a place: it may as well be invented.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from lector.domain.alignment.blocks import NONE, Matching, runs
from lector.domain.word_places import Box

_AROUND = 8
"""Words to both sides whose places say where a word may be."""
_LOOKED_AT = 12
"""Places of a word, to both sides of its neighbour's."""
_ASIDE = 10.0
"""What is beside a line, or a column, counts so much more than what is along it."""
_BACKWARDS = 0.05
"""What reading against the anchor's order costs, in the same measure."""
_MOST_PAIRS = 40_000
_MOST_COMPARED, _COMPARED_AT_ONCE = 1_000_000, 64
"""Words of the anchor that are looked at for columns, so many at once where they are compared."""
_SHORTEST, _FEW_DIGITS, _ALIKE = 2, 2, 60.0
"""Letters of a word that is looked for, and how alike it must be, of 100."""
_SHORTEST_COLUMN, _IN_ORDER = 3, 0.75
"""Words of a line of which the anchor must have so many, in their order, if nothing bounds them."""
_FARTHEST = 0.6
"""In shares of the page, beside and along summed up."""


class _Neighbour(NamedTuple):
    """A word of the anchor that a word beside has, before the one that is looked for or behind."""

    other: int
    is_before: bool


def match_in_order(matching: Matching) -> None:
    """Pair words that the anchor has in the order of the answer, with others between them.

    So it has the cells of a column, of which several may be the same: there are those of other
    columns between them. The words of each line that follow each other without partners are held
    against the anchor's between the partners of both words beside them in the line, and if there is
    no such word, against all.
    """
    left = _MOST_COMPARED
    for start, end in list(_runs_in_lines(matching)):
        first, last = _bounds(matching, start, end)
        others = [at for at in range(first, last) if matching.to_answer[at] == NONE]
        left -= last - first + len(others) * (end - start) // _COMPARED_AT_ONCE
        if left < 0:
            return
        answer, anchor = matching.answer[start:end], [matching.anchor[at] for at in others]
        steps = [step for step in Indel.opcodes(answer, anchor) if step.tag == "equal"]
        found = sum(step.src_end - step.src_start for step in steps)
        is_bounded = first > 0 and last < len(matching.anchor)
        if not is_bounded and found < max(_SHORTEST_COLUMN, _IN_ORDER * (end - start)):
            continue
        for step in steps:
            for at in range(step.src_end - step.src_start):
                matching.pair(start + step.src_start + at, others[step.dest_start + at])


def _runs_in_lines(matching: Matching) -> Iterator[tuple[int, int]]:
    """The stretches of words without partners that are in one line: start and end of each."""
    for start, end in runs(matching.to_anchor):
        first = start
        for place in range(start + 1, end + 1):
            if place == end or matching.lines[place] != matching.lines[first]:
                yield first, place
                first = place


def _bounds(matching: Matching, start: int, end: int) -> tuple[int, int]:
    """Between which places of the anchor words of a line may stand; all if it has no others."""
    lines, first, last = matching.lines, 0, len(matching.anchor)
    if start and lines[start - 1] == lines[start]:
        first = max(matching.partners(start - 1), default=-1) + 1
    if end < len(lines) and lines[end] == lines[start]:
        last = min(matching.partners(end), default=last)
    return first, max(first, last)


def match_same(matching: Matching, boxes: Sequence[Box]) -> None:
    """Pair words without partners that are the same; `boxes` are those of the anchor's words."""
    open_places: dict[int, list[int]] = defaultdict(list)
    for other, word in enumerate(matching.anchor):
        if matching.to_answer[other] == NONE:
            open_places[word].append(other)
    left = [place for place, other in enumerate(matching.to_anchor) if other == NONE]
    for place in [*left, *reversed(left)]:  # each may be a neighbour of the next one
        word = matching.answer[place]
        if matching.to_anchor[place] != NONE or not open_places.get(word):
            continue
        around = _around(matching, place)
        found = _best(matching, open_places[word], boxes, around)
        if found != NONE:
            matching.pair(place, found)


def match_near(
    matching: Matching, boxes: Sequence[Box], said: Sequence[str], seen: Sequence[str]
) -> Iterator[tuple[int, int, float]]:
    """Pair words that are nearly the same, and say how alike they are, 0 to 100.

    `said` and `seen` are the words of both sides. Where many are without partners, the texts are
    others, and nothing is looked for.
    """
    left = [other for other, partner in enumerate(matching.to_answer) if partner == NONE]
    if len(left) * matching.to_anchor.count(NONE) > _MOST_PAIRS:
        return
    for place, partner in enumerate(matching.to_anchor):
        if partner != NONE or (len(said[place]) < _SHORTEST and not said[place].isdigit()):
            continue
        around = _around(matching, place)
        best, least, alike = NONE, _FARTHEST if around else 0.0, 0.0
        for other in left:
            if matching.to_answer[other] == NONE and around:
                ratio = _alike(said[place], seen[other])
                cost = min(_cost(other, boxes, one) for one in around) if ratio else least
                if cost < least:
                    best, least, alike = other, cost, ratio
        if best != NONE:
            matching.group((place,), (best,))
            yield place, best, alike


def _around(matching: Matching, place: int) -> list[_Neighbour]:
    """The nearest word before that has a partner, and the nearest one behind.

    Only those of its own line, if there are any.
    """
    found: list[tuple[bool, _Neighbour]] = []
    for step in (-1, 1):
        for distance in range(1, _AROUND + 1):
            at = place + step * distance
            if 0 <= at < len(matching.to_anchor) and matching.to_anchor[at] != NONE:
                other = matching.partners(at)[0 if step > 0 else -1]
                is_in_line = matching.lines[at] == matching.lines[place]
                found.append((is_in_line, _Neighbour(other, step < 0)))
                break
    in_line = [neighbour for is_in_line, neighbour in found if is_in_line]
    return in_line or [neighbour for _, neighbour in found]


def _best(
    matching: Matching, others: Sequence[int], boxes: Sequence[Box], around: Sequence[_Neighbour]
) -> int:
    best, least = NONE, _FARTHEST
    for neighbour in around:
        at = bisect_left(others, neighbour.other)
        for other in others[max(0, at - _LOOKED_AT) : at + _LOOKED_AT]:
            if matching.to_answer[other] != NONE:
                continue
            costs = [_cost(other, boxes, one) for one in around]
            cost = min(costs) + sum(costs) / 100
            if cost < least:
                best, least = other, cost
    return best


def _alike(one: str, other: str) -> float:
    """How alike two words are, 0 to 100; 0 if that is too little."""
    if len(one) == len(other) <= _FEW_DIGITS and one.isdigit() and other.isdigit():
        return _ALIKE  # of few digits each may be another
    return fuzz.ratio(one, other, score_cutoff=_ALIKE)


def _cost(other: int, boxes: Sequence[Box], neighbour: _Neighbour) -> float:
    is_backwards = (other > neighbour.other) != neighbour.is_before
    return _distance(boxes[other], boxes[neighbour.other]) + _BACKWARDS * is_backwards


def _distance(one: Box, other: Box) -> float:
    """How far apart two words are, in a line or in a column, whichever is nearer."""
    across = max(0.0, one[0] - other[2], other[0] - one[2])
    beside = abs(one[0] + one[2] - other[0] - other[2]) / 2
    down = abs(one[1] + one[3] - other[1] - other[3]) / 2
    beside = min(beside, abs(one[0] - other[0]), abs(one[2] - other[2]))
    return min(across / 2 + _ASIDE * down, down + _ASIDE * beside)
