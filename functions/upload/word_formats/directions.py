"""In which order the letters of a word, and the words of a line, stand from left to right.

A text holds its letters as they are read. A PDF has them where they stand, and programs that take
text out of it find the order again: that of the content (MuPDF), or by the places (PDFium). Both
come to the same where each letter of a script from right to left is drawn by itself, at its place,
in the order of reading. This is the part of the Unicode bidirectional algorithm that words need.
"""

import unicodedata
from collections.abc import Sequence
from itertools import groupby

_RIGHT_TO_LEFT = ("R", "AL")
# As PDFium has it: signs beside numbers belong to them.
_LEFT_TO_RIGHT = ("L", "EN", "AN", "ES", "ET", "CS")
_MARK = "NSM"


def is_right_to_left(text: str) -> bool | None:
    """Whether a text is read so, by its first letter; None if it has no letter that says."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in _RIGHT_TO_LEFT:
            return True
        if direction == "L":
            return False
    return None


def of_words(words: Sequence[str]) -> bool:
    """Whether a line, or a page, of words is read from right to left: as most of them are."""
    directions = [is_right_to_left(word) for word in words]
    return directions.count(True) > directions.count(False)


def places(word: str) -> list[int]:
    """For each letter of a word that is read from right to left, its place from the left.

    Numbers and letters of other scripts in it are read from left to right.
    """
    if word.isascii():
        return list(range(len(word)))
    order: list[int] = []  # which letter stands at each place
    runs = groupby(range(len(word)), lambda at: _runs_left_to_right(word, at))
    for left_to_right, run in runs:
        letters = list(run)
        order[:0] = letters if left_to_right else letters[::-1]
    found = [0] * len(word)
    for place, letter in enumerate(order):
        found[letter] = place
    return found


def _runs_left_to_right(word: str, at: int) -> bool:
    direction = unicodedata.bidirectional(word[at])
    if direction in _LEFT_TO_RIGHT:
        return True
    return direction == _MARK and at > 0 and _runs_left_to_right(word, at - 1)
