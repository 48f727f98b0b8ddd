"""Which words of one text stand in another, however the order of columns and tables is read."""

from collections import Counter
from collections.abc import Sequence

_TOGETHER = 3  # words in a row by which a place is known


def find(wanted: Sequence[str], found: Sequence[str]) -> list[bool]:
    """For each word that is wanted, whether it is there, as often as it stands there.

    It must stand among its neighbours, or at least not be needed elsewhere: else the many common
    words of a dropped paragraph would seem to be there.
    """
    there = _among_neighbours(wanted, found)
    used = (word for word, is_there in zip(wanted, there, strict=True) if is_there)
    left = Counter(found) - Counter(used)
    for place, word in enumerate(wanted):
        if not there[place] and left[word] > 0:
            there[place] = True
            left[word] -= 1
    return there


def _among_neighbours(wanted: Sequence[str], found: Sequence[str]) -> list[bool]:
    """For each word, whether it stands among the same neighbours; each place is used up once."""
    places = Counter(_in_a_row(found))
    there = [False] * len(wanted)
    for place, words in enumerate(_in_a_row(wanted)):
        if places[words] > 0:
            places[words] -= 1
            there[place : place + _TOGETHER] = [True] * _TOGETHER
    return there


def _in_a_row(words: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(words[start:] for start in range(_TOGETHER)), strict=False))
