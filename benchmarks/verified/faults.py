"""What is wrong with an answer, one thing at a time; what cannot be on a page is None."""

import random
import re
from collections.abc import Callable, Sequence

from benchmarks.reading.texts import Writer
from benchmarks.verified import answers
from benchmarks.verified.answers import Part, Said
from benchmarks.verified.pages import ROWS, Page, Word, lines_of, make

NOTHING = "nothing"
Fault = Callable[[Page, list[Part], random.Random], list[Part] | None]


def _dropped_line(_: Page, parts: list[Part], chance: random.Random) -> list[Part] | None:
    """A line of a paragraph: not a last one of one or two words."""
    lines = [
        (part, line)
        for part in parts
        if not part.is_row
        for line in _said_lines(part)
        if len(line) > 3
    ]
    if not lines:
        return None
    chosen, line = chance.choice(lines)
    gone = {id(word) for word in line}
    left = [word for word in chosen.words if id(word) not in gone]
    return [part.keep(left) if part is chosen else part for part in parts]


def _dropped_row(page: Page, parts: list[Part], chance: random.Random) -> list[Part] | None:
    rows = [part for part in parts if part.is_row and len(part.cells) > 1]
    if page.kind not in ROWS or not rows:
        return None
    chosen = chance.choice(rows)
    return [part for part in parts if part is not chosen]


def _invented_sentence(page: Page, parts: list[Part], chance: random.Random) -> list[Part]:
    known = " ".join(word.text for word in page.words)
    at = chance.randint(1, len(parts))
    return [*parts[:at], answers.invented(Writer(page.language, chance), known), *parts[at:]]


def _paragraph_twice(_: Page, parts: list[Part], chance: random.Random) -> list[Part] | None:
    long = [part for part in parts if not part.is_row and len(part.words) > 7]
    if not long:
        return None
    at = parts.index(chance.choice(long))
    return [*parts[: at + 1], *parts[at:]]


def _another_page(page: Page, _: list[Part], chance: random.Random) -> list[Part]:
    return answers.right(make(page.kind, page.variant, page.language, chance.random()))


def _digit_changed(page: Page, parts: list[Part], chance: random.Random) -> list[Part] | None:
    if page.kind not in ROWS:
        return None
    return _with_another_digit(parts, chance)


def _digit_in_prose(page: Page, parts: list[Part], chance: random.Random) -> list[Part] | None:
    return None if page.kind in ROWS else _with_another_digit(parts, chance)


def _columns_mixed(page: Page, parts: list[Part], _: random.Random) -> list[Part] | None:
    if page.kind != "two columns":
        return None
    head, *rest = parts
    words = [word for part in rest for word in part.words]
    left = [word for word in words if _truth(word).boxes[0][0] < 0.5]
    right = [word for word in words if _truth(word).boxes[0][0] >= 0.5]
    lines = sorted(
        [*_lines(left), *_lines(right)],
        key=lambda line: (round(_truth(line[0]).boxes[0][3], 3), _truth(line[0]).boxes[0][0]),
    )
    return [head, Part([[word for line in lines for word in line]])]


def _translation(page: Page, parts: list[Part], chance: random.Random) -> list[Part]:
    """In another language, with the same names of nothing and the same numbers."""
    writer = Writer(
        chance.choice([code for code in ("en", "es", "de") if code != page.language]), chance
    )
    translated = []
    for part in parts:
        words = [word for _ in range(9) for word in writer.sentence().split()]
        words = [word for word in words if not re.search(r"\d", word)]
        cells = [
            [Said(said.text if re.search(r"\d", said.text) else words.pop()) for said in cell]
            for cell in part.cells
            if words
        ]
        translated.append(Part(cells, is_row=part.is_row))
    return translated


def _cut_off(_: Page, parts: list[Part], chance: random.Random) -> list[Part]:
    words = [word for part in parts for word in part.words]
    kept = words[: round(len(words) * chance.uniform(0.3, 0.85))]
    return [part for part in (part.keep(kept) for part in parts) if part.words]


def _nothing(_: Page, parts: list[Part], __: random.Random) -> list[Part]:
    return parts


FAULTS: dict[str, Fault] = {
    NOTHING: _nothing,
    "line dropped": _dropped_line,
    "row dropped": _dropped_row,
    "sentence invented": _invented_sentence,
    "paragraph twice": _paragraph_twice,
    "another page": _another_page,
    "digit in a table": _digit_changed,
    "digit in prose": _digit_in_prose,
    "columns mixed": _columns_mixed,
    "translation": _translation,
    "cut off": _cut_off,
}


def _with_another_digit(parts: list[Part], chance: random.Random) -> list[Part] | None:
    numbers = [word for part in parts for word in part.words if re.search(r"\d", word.text)]
    if not numbers:
        return None
    chosen = chance.choice(numbers)
    other = Said(answers.alter(chosen.text, chance), chosen.truth, altered=True)
    return [
        Part(
            [[other if word is chosen else word for word in cell] for cell in part.cells],
            part.is_row,
        )
        for part in parts
    ]


def _truth(word: Said) -> Word:
    if word.truth is None:
        raise RuntimeError("a right answer has only words of the page")
    return word.truth


def _said_lines(part: Part) -> list[list[Said]]:
    return _lines(part.words)


def _lines(words: Sequence[Said]) -> list[list[Said]]:
    """Words by the lines on which they begin."""
    lines, left = lines_of([_truth(word) for word in words]), iter(words)
    return [[next(left) for _ in line] for line in lines]
