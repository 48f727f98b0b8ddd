"""How boxes of words stand to each other."""

from collections.abc import Sequence

from lector.domain.word_places import Box

_SHARED = 0.5
"""Of the lower one's height, two boxes on one line share so much."""


def on_one_line(one: Box, other: Box) -> bool:
    """Whether words in these boxes stand on the same line."""
    shared = min(one[3], other[3]) - max(one[1], other[1])
    return shared >= _SHARED * min(one[3] - one[1], other[3] - other[1])


def around(boxes: Sequence[Box]) -> Box:
    """The box that holds all of these."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
