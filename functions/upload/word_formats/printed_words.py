"""The words of a page's text as they are printed, with the places that are known."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from functions.upload.word_formats import printed_text
from lector.domain.boxes import around
from lector.domain.word_places import Agreement, Box, PlacedWord

_RUN = re.compile(rf"[^\s{printed_text.FILLER}]\S*")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_LINE_END = re.compile(r"\n|<br|</(?:tr|p|li|h[1-6]|div)\b", re.IGNORECASE)
_HYPHENS = "-\u2010\u00ad"
_BREAK = re.compile(rf"[{_HYPHENS}]\s*\n\s*")
_NEAR = 3
"""A word is broken at a hyphen of its own that is so many letters from where its boxes say."""


@dataclass(frozen=True, slots=True)
class PrintedWord:
    """A word, or a piece of one that is broken at the end of a line.

    `gap` is what parts it from the word before: nothing, a space, a line feed, or two where a
    paragraph ends. `box` is where it stands; None if nobody knows. Of a broken word, `whole` is all
    of it, and this is piece number `piece` of `pieces`, without the hyphen at its end.
    """

    text: str
    gap: str
    box: Box | None = None
    confidence: int | None = None
    agreement: Agreement | None = None
    whole: str = ""
    piece: int = 0
    pieces: int = 0

    @property
    def is_broken(self) -> bool:
        """Whether its line ends within the word."""
        return 0 < self.piece < self.pieces


def find(text: str, placed: Sequence[PlacedWord]) -> Iterator[PrintedWord]:
    """The words of a text in its order: those with places, and between them all others."""
    printed = printed_text.of(text)
    at, gap = 0, ""
    for word in [*placed, PlacedWord(len(text), len(text))]:
        for run in _RUN.finditer(printed, at, max(at, word.start)):
            gap = _longer(gap, _gap(text, printed, at, run.start()))
            if cleaned := printed_text.clean(run[0]):
                yield PrintedWord(cleaned, gap)
                gap = ""
            at = run.end()
        gap = _longer(gap, _gap(text, printed, at, word.start))
        at = max(at, word.end)
        for piece in _pieces(printed[word.start : word.end], gap, word):
            yield piece
            gap = ""


def _gap(text: str, printed: str, start: int, end: int) -> str:
    """What parts two words that end and start there."""
    between = text[start:end]
    if _BLANK_LINE.search(between):
        return "\n\n"
    if _LINE_END.search(between):
        return "\n"
    return " " if any(map(str.isspace, printed[start:end])) else ""


def _longer(one: str, other: str) -> str:
    return max(one, other, key=lambda gap: (gap.count("\n"), len(gap)))


def _pieces(printed: str, gap: str, word: PlacedWord) -> Iterator[PrintedWord]:
    """A word, or the pieces of it that its boxes say."""
    boxes = _one_for_each_line(word.boxes)
    parts = [" ".join(map(printed_text.clean, part.split())) for part in _BREAK.split(printed)]
    whole = "".join(parts)
    if not whole:
        return
    sure = (word.confidence, word.agreement)
    if len(boxes) < 2 or len(whole) < 2 * len(boxes):
        yield PrintedWord(whole, gap, boxes[0] if boxes else None, *sure)
        return
    widths = [right - left for left, _, right, _ in boxes]
    texts = parts if len(parts) == len(boxes) and all(parts) else _split(whole, widths)
    for number, (text, box) in enumerate(zip(texts, boxes, strict=True), 1):
        before = gap if number == 1 else "\n"
        piece = (text.rstrip(_HYPHENS) or text) if number < len(boxes) else text
        yield PrintedWord(piece, before, box, *sure, whole, number, len(boxes))


def _one_for_each_line(boxes: Sequence[Box]) -> list[Box]:
    """Boxes of a word, of which those that stand on one line are one."""
    found: list[Box] = []
    for left, top, right, bottom in boxes:
        if found and min(bottom, found[-1][3]) > max(top, found[-1][1]):
            found[-1] = around([found[-1], (left, top, right, bottom)])
        else:
            found.append((left, top, right, bottom))
    return found


def _split(word: str, widths: Sequence[float]) -> list[str]:
    """A word in pieces as long as the boxes are wide, at a hyphen of its own if one is near."""
    total, texts, at = sum(widths) or 1.0, [], 0
    for number in range(1, len(widths)):
        end = round(len(word) * sum(widths[:number]) / total)
        hyphens = [n + 1 for n, char in enumerate(word) if char in _HYPHENS]
        near = [n for n in hyphens if abs(n - end) <= _NEAR and n > at]
        end = min(near, key=lambda n: abs(n - end)) if near else end
        end = max(at + 1, min(end, len(word) - (len(widths) - number)))
        texts.append(word[at:end])
        at = end
    return [*texts, word[at:]]
