"""A page's text as blocks of lines of words in boxes: what hOCR, ALTO and PDFs are made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from functions.upload.word_formats import directions, printed_words, unplaced
from lector.domain.boxes import around, on_one_line
from lector.domain.word_places import Agreement, Box, Places

_SMALLEST = 0.0004
"""Of a box, in shares of the page: programs leave out what has no size."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word in its box, or a piece of one that is broken at the end of a line.

    `gap` is what parts it from the word before: nothing, a space, a line feed, or two where a
    paragraph ends; `is_placed` whether somebody saw it in its box, or it is only put beside its
    neighbours. Of a broken word, `whole` is all of it, and this is `piece` of so many, from 1.
    """

    text: str
    gap: str
    box: Box
    is_placed: bool = True
    confidence: int | None = None
    agreement: Agreement | None = None
    whole: str = ""
    piece: int = 0
    pieces: int = 0

    @property
    def is_broken(self) -> bool:
        """Whether its line ends within the word."""
        return 0 < self.piece < self.pieces


@dataclass(frozen=True, slots=True)
class Line:
    """The words of a line, in the order of reading."""

    words: tuple[Word, ...]

    @property
    def box(self) -> Box:
        """What holds its words."""
        return around([word.box for word in self.words])


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that stand together in the text."""

    lines: tuple[Line, ...]

    @property
    def box(self) -> Box:
        """What holds its lines."""
        return around([line.box for line in self.lines])


def lay_out(text: str, places: Places | None) -> list[Block]:
    """A page's text as it is printed; words without a place stand beside their neighbours."""
    found = list(printed_words.find(text, places.words if places else ()))
    boxes = unplaced.fill(
        [word.text for word in found],
        [word.gap for word in found],
        [word.box for word in found],
    )
    words = [
        Word(
            word.text,
            word.gap,
            _sized(box),
            word.box is not None,
            word.confidence,
            word.agreement,
            word.whole,
            word.piece,
            word.pieces,
        )
        for word, box in zip(found, boxes, strict=True)
    ]
    return list(_blocks(list(_lines(words))))


def _sized(box: Box) -> Box:
    """A box on the page that has a size."""
    left, top, right, bottom = (max(0.0, min(1.0, edge)) for edge in box)
    left, top = min(left, 1 - _SMALLEST), min(top, 1 - _SMALLEST)
    return left, top, max(right, left + _SMALLEST), max(bottom, top + _SMALLEST)


def _lines(words: Sequence[Word]) -> Iterator[Line]:
    line: list[Word] = []
    for word in words:
        if line and _ends(line[-1], word):
            yield Line(tuple(line))
            line = []
        line.append(word)
    if line:
        yield Line(tuple(line))


def _ends(word: Word, following: Word) -> bool:
    """Whether the next word stands on another line, by the text or by their places."""
    if "\n" in following.gap:
        return True
    if not on_one_line(word.box, following.box):
        return True
    backwards = (directions.is_right_to_left(one.text) for one in (word, following))
    return following.box[0] < word.box[0] and not any(backwards)


def _blocks(lines: Sequence[Line]) -> Iterator[Block]:
    block: list[Line] = []
    for line in lines:
        if block and (line.words[0].gap == "\n\n" or line.box[3] < block[-1].box[1]):
            yield Block(tuple(block))
            block = []
        block.append(line)
    if block:
        yield Block(tuple(block))
