"""Amounts as Tesseract reads them off receipts and tables: cut at their point, or below the names.

Where names and amounts stand far apart, Tesseract takes them for two columns, and reads one after
the other: what costs how much is lost, though every word was read.
"""

import re
from collections.abc import Iterator, Sequence

from lector.tesseract.recognition import Word

_BEGUN = re.compile(r"(?:\D{0,3}|[^\W\d]{1,3})-?\d+[.,]")
_REST = re.compile(r"\d\d\D{0,3}")
_GAP = 1.5
"""The rest of an amount that was cut begins within so many times its height."""
_MOST_CUT = 2
_AMOUNT = re.compile(r"[^\w\s]{0,3}(?:\d[\d.,:%/-]*)(?:[^\w\s]{0,3}|[A-Z]{1,3})|[A-Z]{3}|[^\w\s]")
"""A number with or without its currency, or that alone."""
_FEWEST = 3
"""So many amounts one below the other are a column, if nearly all stand beside a name."""
_BESIDE_NAMES = 0.8
_SAME_LINE = 0.5
"""Of the height of the lower of two lines: how much of it both share if they are one."""

Line = list[Word]


def are_cut(words: Sequence[Word]) -> bool:
    """Whether the ends of amounts stand apart from them, as in wide columns: €36. and 90."""
    begun = [word for word in words if _BEGUN.fullmatch(word[0])]
    if len(begun) <= _MOST_CUT:
        return False
    rests = [word for word in words if _REST.fullmatch(word[0])]
    return sum(any(_follows(rest, word) for rest in rests) for word in begun) > _MOST_CUT


def _follows(rest: Word, begun: Word) -> bool:
    """Whether a word stands just behind another one, as the rest of it does."""
    height = begun[4] - begun[2]
    return _shared(rest, begun) >= _SAME_LINE and -height < rest[1] - begun[3] < _GAP * height


def put_beside_names(text: str, words: Sequence[Word]) -> tuple[str, list[Word]]:
    """The text and its words with each column of amounts line by line behind its names.

    What is not so is returned as it is: also a text whose words are not the ones given.
    """
    lines = _lines(text, words)
    moved: dict[int, int] = {}
    for run in _runs(lines):
        places = {at: _name_beside(lines, at) for at in run}
        found = {at: name for at, name in places.items() if name is not None}
        if len(found) >= max(_FEWEST, _BESIDE_NAMES * len(run)):
            moved |= found
    if not moved:
        return text, list(words)
    return _put_together(text, lines, moved)


def _lines(text: str, words: Sequence[Word]) -> list[Line]:
    """The words of each line of a text; none if they are not its words."""
    if text.split() != [word[0] for word in words]:
        return []
    left = iter(words)
    return [[next(left) for _ in line.split()] for line in text.split("\n")]


def _runs(lines: Sequence[Line]) -> Iterator[list[int]]:
    """The places of lines with nothing but amounts that follow each other; empty ones part none."""
    run: list[int] = []
    for at, line in enumerate(lines):
        if line and all(_AMOUNT.fullmatch(word[0]) for word in line):
            run.append(at)
        elif line:
            yield run
            run = []
    yield run


def _name_beside(lines: Sequence[Line], at: int) -> int | None:
    """The line that an amount stands behind: the nearest one to its left at its height."""
    amount = lines[at][0]
    beside = [
        (line[-1][3], other)
        for other, line in enumerate(lines)
        if line
        and other != at
        and line[0][1] < amount[1] >= line[-1][3]
        and _shared(line[-1], amount) >= _SAME_LINE
    ]
    return max(beside)[1] if beside else None


def _shared(one: Word, other: Word) -> float:
    """How much of the lower one's height two words have in common; 0 or less: nothing."""
    lower = min(one[4] - one[2], other[4] - other[2])
    return (min(one[4], other[4]) - max(one[2], other[2])) / lower if lower > 0 else 0.0


def _put_together(
    text: str, lines: Sequence[Line], moved: dict[int, int]
) -> tuple[str, list[Word]]:
    said = text.split("\n")
    behind: dict[int, list[int]] = {}
    for at, name in moved.items():
        behind.setdefault(name, []).append(at)

    def whole(at: int) -> list[int]:
        """The lines that become this one; columns of amounts stand behind each other."""
        return [at, *(part for other in behind.get(at, []) for part in whole(other))]

    kept = [whole(at) for at in range(len(lines)) if at not in moved]
    joined = "\n".join(" ".join(said[at] for at in parts) for parts in kept)
    words = [word for parts in kept for at in parts for word in lines[at]]
    return re.sub(r"\n{3,}", "\n\n", joined).strip(), words
