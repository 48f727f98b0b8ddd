"""A page's image in pieces, and what was read of them put together again."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any

from functions.llm.readings import Reading
from lector.domain import text_layers

# Lines at the end of a piece and at the beginning of the next that may show the same print.
_MOST_LINES = 8
_MOST_HALVES = 2
_ALIKE = 0.8
_DIGIT = re.compile(r"\d")
# The same in words, where lines are not kept: how many are alike at least, or in half a line.
_MOST_WORDS, _LEAST_WORDS, _MOST_HALF_WORDS = 120, 5, 20
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+")

Box = tuple[float, float, float, float]
"""Left, top, right and bottom edge."""


@dataclass(frozen=True)
class Piece:
    """A piece of an image as a JPEG: what it shows, and which part of that is its own, in pixels.

    Where it `overlaps` the one before, its own part begins halfway.
    """

    jpeg: bytes
    box: Box
    core: Box
    overlaps: bool = False


@dataclass(frozen=True)
class Pieces:
    """The pieces of an image in reading order, the image's size, and how much smaller it was made.

    Edges count in that size.
    """

    pieces: tuple[Piece, ...]
    size: tuple[int, int]
    scale: float = 1.0

    def shares(self, box: Box) -> Box:
        """Edges in shares of the image."""
        width, height = self.size
        return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def join(cut: Pieces, readings: Sequence[Reading]) -> Reading:
    """What was read of each piece, as one reading; words only if each has them.

    It is turned as its piece is if that is the only one. Of several, the words stand in the image
    as it is, however each piece was turned.
    """
    text = join_texts([reading.text for reading in readings], [one.overlaps for one in cut.pieces])
    words: list[list[Any]] | None = []
    for piece, reading in zip(cut.pieces, readings, strict=True):
        if reading.words is None or words is None:
            words = None
        else:
            as_shown = text_layers.turn_words(reading.words, -reading.turned_degrees)
            words += place_words(as_shown, piece.box, piece.core, cut.size)
    doubts = {code: words for reading in readings for code, words in reading.doubts.items()}
    turned = readings[0].turned_degrees if len(readings) == 1 else 0
    return Reading(
        text,
        readings[-1].model,
        words=words and text_layers.turn_words(words, turned),
        doubts=doubts,
        turned_degrees=turned,
        confidence=_mean_confidence(readings),
    )


def find_turn(readings: Sequence[Reading]) -> int:
    """By how many degrees clockwise the image must be turned for more than half of its text."""
    letters: Counter[int] = Counter()
    for reading in readings:
        letters[reading.turned_degrees] += len(reading.text)
    return next((turn for turn, n in letters.items() if 2 * n > letters.total()), 0)


def _mean_confidence(readings: Sequence[Reading]) -> float | None:
    """Of all pieces that have one, each by the length of its text."""
    known = [(one.confidence, len(one.text)) for one in readings if one.confidence is not None]
    letters = sum(length for _, length in known)
    return sum(sure * length for sure, length in known) / letters if letters else None


def join_texts(texts: Sequence[str], overlaps: Sequence[bool]) -> str:
    """The texts of pieces as one; `overlaps` says of each whether it overlaps the one before."""
    joined = ""
    for text, overlap in zip(texts, overlaps, strict=True):
        joined = _join(joined, text.strip(), overlap=overlap)
    return joined


def place_words(
    words: Sequence[Any], box: Box, core: Box, size: tuple[float, float]
) -> list[list[Any]]:
    """The words of a piece in shares of the whole image, without those that are a neighbour's."""
    placed = []
    for text, left, top, right, bottom, *more in words:
        width, height = box[2] - box[0], box[3] - box[1]
        edges = (
            box[0] + left * width,
            box[1] + top * height,
            box[0] + right * width,
            box[1] + bottom * height,
        )
        x, y = (edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2
        if core[0] <= x <= core[2] and core[1] <= y <= core[3]:
            shares = (
                edges[0] / size[0],
                edges[1] / size[1],
                edges[2] / size[0],
                edges[3] / size[1],
            )
            on_page = (round(min(1.0, max(0.0, share)), 5) for share in shares)
            placed.append([text, *on_page, *more])
    return placed


def _join(before: str, behind: str, *, overlap: bool) -> str:
    if not before or not behind:
        return before or behind
    if overlap:
        end, start = _lines(before), _lines(behind)
        if (same := _same_lines(end, start)) is not None:
            kept, dropped = same
            return "\n".join([*end[:kept], *start[dropped:]])
        if (edges := _same_words(before, behind)) is not None:
            return before[: edges[0]] + behind[edges[1] :]
    return f"{before}\n\n{behind}"


def _same_lines(end: Sequence[str], start: Sequence[str]) -> tuple[int, int] | None:
    """How many lines of the first text stay, and how many of the second go; None: nothing is alike.

    What stands behind the lines that both have, or before them, was cut in half at an edge.
    """
    best: tuple[int, int, int, int] | None = None
    for place in range(max(0, len(end) - _MOST_LINES), len(end)):
        for other in range(min(_MOST_LINES, len(start))):
            run = _run(end[place:], start[other:])
            lost = max(_count(end[place + run :]), _count(start[:other]))
            if run and lost <= _MOST_HALVES and (best is None or (run, -lost) > best[:2]):
                best = (run, -lost, place + run, other + run)
    return best[2:] if best else None


def _same_words(before: str, behind: str) -> tuple[int, int] | None:
    """Up to where the first text stays, and from where the second; None: nothing is alike.

    For readers that write a paragraph as one line. What only one of them has between its edge and
    the words that both have was cut in half there.
    """
    end = list(_WORD.finditer(before))[-_MOST_WORDS:]
    start = list(_WORD.finditer(behind))[:_MOST_WORDS]
    words, others = [word[0] for word in end], [word[0] for word in start]
    place, other, size = SequenceMatcher(None, words, others, autojunk=False).find_longest_match()
    if sum(any(map(str.isalpha, word)) for word in words[place : place + size]) < _LEAST_WORDS:
        return None
    cut_before = Counter(words[place + size :]) - Counter(others[other + size :])
    cut_behind = Counter(others[:other]) - Counter(words[:place])
    if max(cut_before.total(), cut_behind.total()) > _MOST_HALF_WORDS:
        return None
    return end[place + size - 1].end(), start[other + size - 1].end()


def _run(end: Sequence[str], start: Sequence[str]) -> int:
    """How many lines are alike from the beginning of both; empty ones alone are none."""
    alike = [one for one, _ in takewhile(lambda pair: _alike(*pair), zip(end, start, strict=False))]
    return len(alike) if _count(alike) else 0


def _alike(one: str, other: str) -> bool:
    """Whether two lines are the same but for a few letters; figures must be the same."""
    one, other = " ".join(one.split()), " ".join(other.split())
    if one == other:
        return True
    same_figures = _DIGIT.findall(one) == _DIGIT.findall(other)
    return same_figures and SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def _count(lines: Sequence[str]) -> int:
    return sum(bool(line.strip()) for line in lines)


def _lines(text: str) -> list[str]:
    return text.split("\n")
