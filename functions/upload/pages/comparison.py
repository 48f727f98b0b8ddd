"""What changed from one text to another, word by word, within a bound of time and memory.

The longest common subsequence of words, a row of the table of lengths in one large integer (Hyyrö,
"Bit-parallel LCS-length computation revisited", 2004): a table of 100 million places takes some
12 MB and a few hundredths of a second, where a place for each number takes minutes.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from typing import Literal

MOST_CHARACTERS = 100_000
MOST_PLACES = 100_000_000
"""Of the table: words (and what stands between them) of one text times those of the other, without
what both begin and end with."""

Kind = Literal["same", "removed", "added"]
_WORDS = re.compile(r"\s+|[^\W_]+|.", re.DOTALL)


class TooDifferent(Exception):
    """There is too much to compare."""


def compare(before: str, after: str) -> Iterator[tuple[Kind, str]]:
    """Pieces in reading order, no two of a kind one after the other.

    Raises:
        TooDifferent: there is more to compare than `MOST_PLACES`, or a text is too long for a page.

    """
    if max(len(before), len(after)) > MOST_CHARACTERS:
        raise TooDifferent
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    at_old = at_new = 0
    for start_old, start_new, count in [*_same(old, new), (len(old), len(new), 0)]:
        pieces: tuple[tuple[Kind, Sequence[str]], ...] = (
            ("removed", old[at_old:start_old]),
            ("added", new[at_new:start_new]),
            ("same", old[start_old : start_old + count]),
        )
        yield from ((kind, "".join(words)) for kind, words in pieces if words)
        at_old, at_new = start_old + count, start_new + count


def _same(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Where both have the same words, in order: from which on in each, and how many."""
    most = min(len(old), len(new))
    begin = next((n for n in range(most) if old[n] != new[n]), most)
    end = next((n for n in range(most - begin) if old[-1 - n] != new[-1 - n]), most - begin)
    middle_old, middle_new = old[begin : len(old) - end], new[begin : len(new) - end]
    if len(middle_old) * len(middle_new) > MOST_PLACES:
        raise TooDifferent
    start_old, start_new, count = 0, 0, begin
    for at_old, at_new in _pairs(middle_old, middle_new):
        if (at_old + begin, at_new + begin) != (start_old + count, start_new + count):
            yield start_old, start_new, count
            start_old, start_new, count = at_old + begin, at_new + begin, 0
        count += 1
    if (start_old + count, start_new + count) != (len(old) - end, len(new) - end):
        yield start_old, start_new, count
        start_old, start_new, count = len(old) - end, len(new) - end, 0
    yield start_old, start_new, count + end


def _pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The places of the words of a longest common subsequence, in order."""
    rows = _rows(old, new)
    pairs = []
    at_old, at_new = len(old), len(new)
    while at_old and at_new:
        if rows[at_new - 1] >> (at_old - 1) & 1:
            at_old -= 1
            continue
        at_new -= 1
        if at_new == 0 or rows[at_new - 1] >> (at_old - 1) & 1:
            at_old -= 1
            pairs.append((at_old, at_new))
    return pairs[::-1]


def _rows(old: Sequence[str], new: Sequence[str]) -> list[int]:
    """For each word of `new`: a bit is 0 where the length grows with that word of `old`."""
    where = dict(_places(old, set(new)))
    everywhere = (1 << len(old)) - 1
    row, rows = everywhere, []
    for word in new:
        matches = row & where.get(word, 0)
        row = (row + matches | row - matches) & everywhere
        rows.append(row)
    return rows


def _places(words: Sequence[str], wanted: Set[str]) -> Iterator[tuple[str, int]]:
    """Each wanted word with a bit for every place where it stands."""
    places: defaultdict[str, bytearray] = defaultdict(lambda: bytearray(len(words) // 8 + 1))
    for at, word in enumerate(words):
        if word not in wanted:
            continue
        places[word][at // 8] |= 1 << at % 8
    for word, bits in places.items():
        yield word, int.from_bytes(bits, "little")
