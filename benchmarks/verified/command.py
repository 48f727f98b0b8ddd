"""`python -m benchmarks verified`: make pages, have Tesseract read them, and print two tables."""

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.reading.scores import Bar
from benchmarks.reporting import say
from benchmarks.verified import answers, boxes, pages, readers
from benchmarks.verified.boxes import Tally
from benchmarks.verified.faults import FAULTS, NOTHING
from benchmarks.verified.pages import KINDS, LANGUAGES, PRINT, SCAN, Page
from benchmarks.verified.readers import Read
from lector.domain.alignment import AnchorWord, align
from lector.domain.verification import Anchor, Status, judge

LAYER = "text layer"
_TIMES = 2
"""Answers to each page: of the scrambler, and with each fault."""
_SIZES = (1_000, 2_000, 5_000, 10_000, 20_000)
_LARGE = 10_000
_DIGITS = ("digit in a table", "digit in prose")


class Table:
    """Counts by column and row: of how many, how many."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])

    def add(self, row: str, column: str, *, counts: bool) -> None:
        """Count one."""
        cell = self._counts[row, column]
        cell[0] += counts
        cell[1] += 1

    def cell(self, rows: Iterable[str], columns: Iterable[str]) -> tuple[int, int]:
        """How many, and of how many, in some rows and columns together."""
        columns = list(columns)
        found = [self._counts[row, column] for row in rows for column in columns]
        return sum(cell[0] for cell in found), sum(cell[1] for cell in found)

    @property
    def rows(self) -> list[str]:
        """The rows in the order in which they came."""
        return list(dict.fromkeys(row for row, _ in list(self._counts)))


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 if a bar was missed."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    readers.use_languages(asked.data)
    languages = readers.there(LANGUAGES)
    say(f"languages: {', '.join(languages)}")
    chosen = _choose(asked.pages, languages)
    read = [
        _read(kind, variant, code, asked.seed) for kind, code in chosen for variant in (PRINT, SCAN)
    ]
    placed, times = _place(read, asked.seed)
    doubted, unjudged = _judge(read, asked.seed)
    sizes = [size for size in _SIZES if size <= asked.words]
    bars = [*_box_bars(placed, times), *_time_bars(sizes), *_fault_bars(doubted)]
    for line in _lines(placed, times, sizes, doubted, unjudged, bars):
        print(line)
    if asked.json:
        figures = {bar.name: bar.value for bar in bars}
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0 if all(bar.held for bar in bars) else 1


def _choose(count: int | None, languages: Sequence[str]) -> list[tuple[str, str]]:
    """Kinds with their languages: all, or so many evenly."""
    every = [(kind, code) for code in languages for kind in KINDS]
    count = len(every) if count is None else min(count, len(every))
    return [every[number * len(every) // count] for number in range(count)]


def _read(kind: str, variant: str, code: str, seed: int) -> Read:
    found = readers.read(pages.make(kind, variant, code, seed))
    say(f"{kind}, {variant}, {code}: {len(found.anchor.words)} words in {found.cpu_s:.1f} s")
    return found


def _place(read: Sequence[Read], seed: int) -> tuple[dict[str, Tally], tuple[float, float]]:
    """Boxes of scrambled answers by kind and anchor; and the time of aligning, and of reading."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    align_s = read_s = 0.0
    for one in read:
        if one.page.variant != PRINT:
            continue
        read_s += one.cpu_s
        for again in range(_TIMES):
            answer = boxes.scrambled(one.page, (seed, again))
            layer = boxes.measure(answer, one.page.layer, inks=False)
            tallies[f"{one.page.kind}, {LAYER}"].add(layer)
            began = time.process_time()
            align(answer.text, one.anchor.words)
            align_s += (time.process_time() - began) / _TIMES
            tallies[f"{one.page.kind}, Tesseract"].add(
                boxes.measure(answer, one.anchor.words, inks=True)
            )
    return dict(sorted(tallies.items(), key=lambda item: item[0].split(", ")[::-1])), (
        align_s,
        read_s,
    )


def _judge(read: Sequence[Read], seed: int) -> tuple[Table, int]:
    """Whether answers with faults are doubted; and how many answers could not be judged."""
    table, unjudged = Table(), 0
    for one in read:
        anchors = {one.page.variant: one.anchor}
        if one.page.variant == PRINT:
            anchors[LAYER] = readers.layer_of(one.page)
        for name in FAULTS:
            for again in range(_TIMES):
                text = _faulty(one.page, name, (seed, again))
                for way, anchor in anchors.items() if text is not None else ():
                    verified, doubted = _is_doubted(text or "", anchor)
                    unjudged += not verified
                    table.add(f"{one.page.kind}, {way}", name, counts=doubted)
    return table, unjudged


def _is_doubted(text: str, anchor: Anchor) -> tuple[bool, bool]:
    found, doubts = judge(text, align(text, anchor.words), anchor)
    return found.status is Status.VERIFIED, bool(doubts)


def _faulty(page: Page, name: str, seed: tuple[int, int]) -> str | None:
    chance = random.Random(f"{seed}/{page.kind}/{page.variant}/{page.language}/{name}")
    parts = FAULTS[name](page, answers.right(page), chance)
    return None if parts is None else answers.write(parts, chance.choice(answers.FORMATS)).text


def _time(count: int) -> float:
    """Milliseconds to align so many words, of which some are dropped, altered or elsewhere."""
    chance = random.Random(count)
    words = ["".join(chance.choices("abcdefghij", k=chance.randint(2, 9))) for _ in range(count)]
    seen = [
        AnchorWord(word, (at % 10 / 10, at / count, at % 10 / 10 + 0.09, (at + 1) / count))
        for at, word in enumerate(words)
    ]
    said = [answers.alter(word, chance) if chance.random() < 0.05 else word for word in words]
    said = [word for word in said if chance.random() > 0.03]
    blocks = [said[at : at + 50] for at in range(0, len(said), 50)]
    chance.shuffle(blocks)
    text = "\n\n".join(" ".join(block) for block in blocks)
    began = time.process_time()
    align(text, seen)
    return (time.process_time() - began) * 1000


def _box_bars(placed: dict[str, Tally], times: tuple[float, float]) -> Iterator[Bar]:
    total, seen = Tally(), Tally()
    for name, tally in placed.items():
        if name.endswith(LAYER):
            total.add(tally)
        else:
            seen.add(tally)
    for anchor, tally in ((LAYER, total), ("Tesseract", seen)):
        if tally.both:
            right, wrong = tally.right / tally.both, tally.wrong / tally.both
            yield Bar(f"words with the right box, {anchor}", right, 0.98)
            yield Bar(f"words with a wrong box, {anchor}", wrong, 0.005, at_most=True)
    if times[1]:
        yield Bar("time of aligning, of Tesseract's", times[0] / times[1], 0.1, at_most=True)


def _time_bars(sizes: Sequence[int]) -> Iterator[Bar]:
    if _LARGE not in sizes:
        return
    small, large = (min(_time(size) for _ in range(3)) / size for size in (_SIZES[0], _LARGE))
    yield Bar("time for a word of 10,000, of one of 1,000", large / small, 2.0, at_most=True)


def _fault_bars(table: Table) -> Iterator[Bar]:
    rows = [row for row in table.rows if not row.endswith(LAYER)]
    for name in FAULTS:
        many, of = table.cell(rows, [name])
        if of and name == NOTHING:
            yield Bar("faultless pages doubted", many / of, 0.03, at_most=True)
        elif of:
            yield Bar(f"{name}: doubted", many / of, 0.9 if name in _DIGITS else 0.95)


def _lines(
    placed: dict[str, Tally],
    times: tuple[float, float],
    sizes: Sequence[int],
    doubted: Table,
    unjudged: int,
    bars: Sequence[Bar],
) -> Iterator[str]:
    yield from (
        "## Boxes",
        "",
        "| page, anchor | words of both | right box | wrong | askew | none |",
    )
    yield "|---|---:|---:|---:|---:|---:|"
    for name, tally in placed.items():
        shares = (tally.right, tally.wrong, tally.askew, tally.none)
        yield f"| {name} | {tally.both} | {' | '.join(_percent(n, tally.both) for n in shares)} |"
    yield from (
        "",
        f"Aligning took {times[0]:.2f} s, Tesseract {times[1]:.1f} s of a processor.",
        "",
    )
    yield from (
        "| words | " + " | ".join(f"{size:,}" for size in sizes) + " |",
        "|---|" + "---:|" * 5,
    )
    yield "| ms | " + " | ".join(f"{_time(size):.0f}" for size in sizes) + " |"
    yield from ("", "## Faults", "", "| page | " + " | ".join(FAULTS) + " |")
    yield "|---|" + "---:|" * len(FAULTS)
    for row in sorted(doubted.rows, key=lambda name: name.split(", ")[::-1]):
        yield _fault_row(row, doubted, [row])
    for way in (PRINT, SCAN, LAYER):
        rows = [row for row in doubted.rows if row.endswith(f", {way}")]
        yield _fault_row(f"**{way}**", doubted, rows)
    yield from ("", f"{unjudged} answers could not be judged.", "", "## Bars", "")
    for bar in bars:
        sign = "at most" if bar.at_most else "at least"
        value = "?" if bar.value is None else f"{bar.value:.3f}"
        yield f"- {bar.name}: {value}, {sign} {bar.limit:g}: {'held' if bar.held else '**missed**'}"


def _fault_row(name: str, table: Table, rows: Sequence[str]) -> str:
    cells = [table.cell(rows, [fault]) for fault in FAULTS]
    return f"| {name} | {' | '.join(f'{many}/{of}' if of else '' for many, of in cells)} |"


def _percent(part: int, of: int) -> str:
    return f"{part / of:.2%}" if of else "-"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks verified", description=__doc__)
    add: Any = parser.add_argument
    add("--pages", type=int, metavar="N", help="so many pages, evenly from all kinds and languages")
    add("--words", type=int, default=_SIZES[-1], metavar="N", help="align no more to take the time")
    add("--seed", type=int, default=1, help="another seed makes other pages (default: 1)")
    add("--data", type=Path, metavar="DIR", help="where the data of languages is")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser
