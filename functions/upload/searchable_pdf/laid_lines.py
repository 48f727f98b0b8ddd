"""Words as they are laid over a page, and the spaces between those of a line.

A space fills the gap between two words: engines that take text out of a PDF begin a new line where
a gap is wide, whatever stands in it.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from functions.upload.word_formats import directions

_SAME_LINE = 0.5
_THINNEST = 0.02
"""A space between words that touch, in shares of their height."""


class LaidWord(NamedTuple):
    """A word and where it is laid, in shares of the page as it is shown, from its top left.

    `after` is what parts it from the next word: a space, a line feed, or nothing, as in scripts
    that part no words. None: what the places of the two say.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    after: str | None = None

    def ends_line(self, following: "LaidWord") -> bool:
        """Whether the next word stands on another line."""
        if self.after is not None:
            return self.after == "\n"
        shared = min(self.bottom, following.bottom) - max(self.top, following.top)
        is_beside = shared > _SAME_LINE * (self.bottom - self.top)
        return not (is_beside and following.left > self.left)


def with_spaces(words: Sequence[LaidWord]) -> list[LaidWord]:
    """Words in their order with the spaces that part them, as words of their own."""
    return [word for line in _lines([word for word in words if word.text]) for word in _part(line)]


def _lines(words: Sequence[LaidWord]) -> Iterator[list[LaidWord]]:
    line: list[LaidWord] = []
    for word in words:
        if line and line[-1].ends_line(word):
            yield line
            line = []
        line.append(word)
    if line:
        yield line


def _part(line: Sequence[LaidWord]) -> Iterator[LaidWord]:
    backwards = directions.of_words([word.text for word in line])
    for word, following in pairwise(line):
        if word.after == "":
            yield _joined(word, following)
        else:
            yield word
            yield _space(word, following, backwards=backwards)
    yield line[-1]


def _joined(word: LaidWord, following: LaidWord) -> LaidWord:
    """A word that reaches to the next one, as engines would see a space in the gap."""
    gap, height = following.left - word.right, word.bottom - word.top
    return word._replace(right=following.left) if 0 < gap < height else word


def _space(word: LaidWord, following: LaidWord, *, backwards: bool) -> LaidWord:
    """The space between two words.

    It stands behind the first. Between words of unlike directions it stands where the next letter
    of the line's own direction would: behind the one, or before the other.
    """
    own = directions.is_right_to_left(word.text) or False
    others = directions.is_right_to_left(following.text) or False
    is_behind = own in (others, backwards)
    beside, other = (word, following) if is_behind else (following, word)
    thinnest = _THINNEST * (beside.bottom - beside.top)
    left, right = beside.left - thinnest, beside.right + thinnest
    if own if is_behind else not others:
        left, right = other.right if other.right < left else left, beside.left
    else:
        left, right = beside.right, other.left if other.left > right else right
    return LaidWord(" ", left, beside.top, right, beside.bottom)
