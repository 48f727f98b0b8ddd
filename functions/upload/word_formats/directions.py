"""In which order the letters of a word, and the words of a line, stand from left to right.

A text holds its letters as they are read. A PDF has them where they stand, and programs that take
text out of it find the order again: that of the content (MuPDF), or by the places (PDFium). Both
come to the same where each letter of a script from right to left is drawn by itself, at its place,
in the order of reading. This is the part of the Unicode bidirectional algorithm that words need.
"""

import unicodedata
from collections.abc import Iterable
from itertools import groupby

_RIGHT_TO_LEFT = ("R", "AL")
# As PDFium has it: signs beside numbers belong to them.
_LEFT_TO_RIGHT = ("L", "EN", "AN", "ES", "ET", "CS")
_MARKS = ("Mn", "Me", "Cf")
MARK_SHARE = 0.1
"""How wide a mark is, in widths of a letter."""


def is_right_to_left(text: str) -> bool | None:
    """Whether a text is read so, by its first letter; None if it has no letter that says."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in _RIGHT_TO_LEFT:
            return True
        if direction == "L":
            return False
    return None


def of_words(words: Iterable[str]) -> bool:
    """Whether a line, or a page, of words is read from right to left: as most of them are."""
    return count_right_to_left(words) > 0


def count_right_to_left(words: Iterable[str]) -> int:
    """How many words more are read from right to left than from left to right."""
    found = map(is_right_to_left, words)
    return sum(0 if backwards is None else 1 if backwards else -1 for backwards in found)


def is_mark(char: str) -> bool:
    """Whether a letter stands over, under or in the one before it, or is not seen at all."""
    return not char.isascii() and unicodedata.category(char) in _MARKS


def count_cells(word: str) -> float:
    """How wide a word is, in letters that stand beside each other."""
    marks = sum(map(is_mark, word))
    return len(word) - marks + MARK_SHARE * marks


def places(word: str) -> list[float]:
    """For each letter of a word that is read from right to left, its place from the left.

    Numbers and letters of other scripts in it are read from left to right. A mark stands a little
    behind its letter.
    """
    letters = [at for at, char in enumerate(word) if at == 0 or not is_mark(char)]
    order: list[int] = []  # which letter stands at each place
    leftwards = {at: not _runs_left_to_right(word[at]) for at in letters}
    for is_leftwards, run in groupby(letters, leftwards.__getitem__):
        ahead = list(run)
        order[:0] = ahead[::-1] if is_leftwards else ahead
    at_place = {letter: place for place, letter in enumerate(order)}
    found: list[float] = []
    last = 0
    for at in range(len(word)):
        last = at if at in at_place else last
        behind = (at - last) * MARK_SHARE
        found.append(at_place[last] + (-behind if leftwards[last] else behind))
    return found


def _runs_left_to_right(char: str) -> bool:
    return unicodedata.bidirectional(char) in _LEFT_TO_RIGHT
