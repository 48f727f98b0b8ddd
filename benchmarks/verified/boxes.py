"""Whether words that answer and anchor both have get the right boxes."""

import random
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.reading.texts import Writer
from benchmarks.verified import answers
from benchmarks.verified.answers import FORMATS, Answer, Scrambler
from benchmarks.verified.pages import Page, Word
from lector.domain.alignment import AnchorWord, align
from lector.domain.word_places import Box, Places

RIGHT_FROM = 0.5
"""Of the union of both boxes, what is common."""
_COUNTS = re.compile(r"[^\W_]")
"""A sign alone, such as that of a currency, is no word."""


@dataclass
class Tally:
    """Of words that both have: how many have the right box, a wrong one, or none.

    `askew` have the box of the right word, where the anchor itself sees it in a wrong place.
    """

    right: int = 0
    wrong: int = 0
    askew: int = 0
    none: int = 0
    invented_placed: int = 0
    invented: int = 0

    @property
    def both(self) -> int:
        """How many both have."""
        return self.right + self.wrong + self.askew + self.none

    def add(self, other: "Tally") -> None:
        """Count the other one's words as well."""
        self.right += other.right
        self.wrong += other.wrong
        self.askew += other.askew
        self.none += other.none
        self.invented += other.invented
        self.invented_placed += other.invented_placed


def scrambled(page: Page, seed: object) -> Answer:
    """An answer to a page from a seeded scrambler."""
    chance = random.Random(f"{seed}/{page.kind}/{page.language}/scrambled")
    scrambler = Scrambler(Writer(page.language, chance), chance)
    return answers.write(scrambler.scramble(answers.right(page)), chance.choice(FORMATS))


def measure(answer: Answer, anchor: Sequence[AnchorWord], *, inks: bool) -> Tally:
    """Hold the boxes of an answer's words against where they are printed.

    With `inks`, against what is seen of them, as Tesseract has it. Words that were altered count
    where the anchor has what they were.
    """
    places = align(answer.text, anchor)
    seen = Counter(_plain(word.text) for word in anchor)
    broken = _broken(anchor)
    tally = Tally()
    for start, end, said in answer.spans:
        boxes = _boxes_within(places, start, end)
        if said.truth is None:
            tally.invented += 1
            tally.invented_placed += bool(boxes)
        elif _COUNTS.search(said.text) and _is_seen(said.truth, seen, broken):
            truth = said.truth.inks if inks else said.truth.boxes
            if not boxes:
                tally.none += 1
            elif _is_right(boxes, truth):
                tally.right += 1
            elif _is_of_word(boxes, said.truth, anchor):
                tally.askew += 1
            else:
                tally.wrong += 1
    return tally


def _is_seen(word: Word, seen: Counter[str], broken: set[str]) -> bool:
    """Whether the anchor has a word as it is printed; where it does not, it has it nowhere."""
    plain = _plain(word.text)
    return seen[plain] > 0 or plain in broken


def _broken(anchor: Sequence[AnchorWord]) -> set[str]:
    """The words that an anchor has in two, with a hyphen at a line's end."""
    texts = [unicodedata.normalize("NFKC", word.text) for word in anchor]
    return {_plain(one[:-1] + other) for one, other in pairwise(texts) if one.endswith("-")}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip(".,;:!?()\u201c\u201d\"'")


def _boxes_within(places: Places, start: int, end: int) -> list[Box]:
    """The boxes of what stands in a span of the text."""
    first = bisect_left(places.words, start + 1, key=lambda word: word.end)
    boxes: list[Box] = []
    for word in places.words[first:]:
        if word.start >= end:
            break
        boxes += word.boxes
    return boxes


def _is_right(boxes: Sequence[Box], truth: Sequence[Box]) -> bool:
    """Whether each place of a word is covered by what was found on its line, and nothing else."""
    left = list(boxes)
    for place in truth:
        near = [box for box in left if _common(box, place) > 0]
        if not near or _overlap(_around(near), place) < RIGHT_FROM:
            return False
        left = [box for box in left if box not in near]
    return not left


def _is_of_word(boxes: Sequence[Box], word: Word, anchor: Sequence[AnchorWord]) -> bool:
    """Whether a box is the one that the anchor gives a word, and touches where that is printed."""
    own = {seen.box for seen in anchor if _plain(seen.text) == _plain(word.text)}
    return len(boxes) == 1 and boxes[0] in own and _common(boxes[0], word.boxes[0]) > 0


def _around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _common(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)


def _overlap(one: Box, other: Box) -> float:
    common = _common(one, other)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return common / (areas - common) if areas > common else 0.0
