"""Which words of an answer are which of an anchor's: first what is the same, in blocks.

Reading orders differ, so a block is found wherever it is: by rows of words that both have once,
then by single words that both have once, and last by rows that come several times, in their order.
Each is extended to both sides for as long as the words are the same.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

NONE = -1
_ROWS = (4, 2, 1)
_REPEATED = 3


class Matching:
    """For each word of both sides its partner on the other, or NONE."""

    def __init__(self, answer: Sequence[int], anchor: Sequence[int]) -> None:
        self.answer, self.anchor = answer, anchor
        self.to_anchor = [NONE] * len(answer)
        self.to_answer = [NONE] * len(anchor)

    def is_open(self, place: int, other: int) -> bool:
        """Whether neither of both has a partner."""
        return self.to_anchor[place] == NONE and self.to_answer[other] == NONE

    def pair(self, place: int, other: int) -> None:
        """Make two words partners."""
        self.to_anchor[place] = other
        self.to_answer[other] = place

    def extend(self, place: int, other: int) -> None:
        """Pair two words that are the same, and what is the same before and behind them."""
        self.pair(place, other)
        for step in (-1, 1):
            here, there = place + step, other + step
            while (
                0 <= here < len(self.answer)
                and 0 <= there < len(self.anchor)
                and self.answer[here] == self.anchor[there]
                and self.is_open(here, there)
            ):
                self.pair(here, there)
                here, there = here + step, there + step


def match(answer: Sequence[int], anchor: Sequence[int], rare: Sequence[bool]) -> Matching:
    """Pair the words that are the same; words are numbers, the same for the same word.

    `rare` says for each number whether the word alone may tell a place, if both have it once.
    """
    matching = Matching(answer, anchor)
    for length in _ROWS:
        here, there = _once(answer, length), _once(anchor, length)
        for row, place in here.items():
            other = there.get(row, NONE)
            if NONE in (place, other) or not matching.is_open(place, other):
                continue
            if length > 1 or rare[answer[place]]:
                matching.extend(place, other)
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
    """Pair rows that come several times, in their order."""
    places: dict[tuple[int, ...], deque[int]] = defaultdict(deque)
    for other, row in enumerate(_rows(matching.anchor, _REPEATED)):
        if matching.to_answer[other] == NONE:
            places[row].append(other)
    for place, row in enumerate(_rows(matching.answer, _REPEATED)):
        if matching.to_anchor[place] != NONE:
            continue
        left = places.get(row)
        while left:
            other = left.popleft()
            if _is_row_open(matching, place, other):
                matching.extend(place, other)
                break


def _is_row_open(matching: Matching, place: int, other: int) -> bool:
    return all(matching.is_open(place + step, other + step) for step in range(_REPEATED))
