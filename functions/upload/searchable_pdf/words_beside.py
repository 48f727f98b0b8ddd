"""Words of a page that stand beside those that its PDF carries itself.

Where the PDF has a word, a reader's reading of the same print would be found, and copied, twice.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from functions.upload.word_formats.layout import Block, Line, Word
from lector.domain.word_places import Box

# In shares of the page: words are looked up by the stripes of it that they reach into.
_STRIPES = 200


class Carried:
    """Words that a PDF carries: [word, left, top, right, bottom] each, in shares of the page."""

    def __init__(self, words: Iterable[Sequence[Any]]) -> None:
        self._boxes: dict[int, list[Box]] = defaultdict(list)
        self._texts: Counter[str] = Counter()
        for text, left, top, right, bottom in words:
            self._texts[_key(text)] += 1
            for stripe in range(int(top * _STRIPES), int(bottom * _STRIPES) + 1):
                self._boxes[stripe].append((left, top, right, bottom))

    def has_at(self, box: Box) -> bool:
        """Whether one of them stands around the middle of a box."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return any(
            left <= x <= right and top <= y <= bottom
            for left, top, right, bottom in self._boxes.get(int(y * _STRIPES), ())
        )

    def take(self, text: str) -> bool:
        """Whether one of them reads so; each is taken once."""
        key = _key(text)
        if not self._texts[key]:
            return False
        self._texts[key] -= 1
        return True


def without(blocks: Sequence[Block], words: Iterable[Sequence[Any]]) -> list[Block]:
    """A page without the words that its PDF carries.

    These are the ones that stand where it has a word, whatever that says; of those whose place is
    not known, the ones that it has too.
    """
    carried = Carried(words)
    kept: list[Block] = []
    for block in blocks:
        lines = [_without(line, carried) for line in block.lines]
        if filled := tuple(line for line in lines if line.words):
            kept.append(replace(block, lines=filled))
    return kept


def _without(line: Line, carried: Carried) -> Line:
    return Line(tuple(word for word in line.words if not _is_carried(word, carried)))


def _is_carried(word: Word, carried: Carried) -> bool:
    return carried.has_at(word.box) if word.is_placed else carried.take(word.text)


def _key(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold() or text
