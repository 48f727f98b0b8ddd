"""olmOCR-bench: facts about pages that an answer bears out or not, by the rules that it publishes.

A folder of the benchmark has `*.jsonl` files with a test on each line and the documents under
`pdfs/`. Of its tests these are judged: `present`, `absent`, `order`, `table` and `baseline` (also
the one that each document has for which none is written). `math` is left out: it compares drawings
of formulas, made by KaTeX in a browser. So are `format`, `footnote` and kinds that are not known.

The rules are those of the benchmark's `tests.py` as of 2026; the score is the mean of the shares of
tests passed in each file, as there.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from rapidfuzz import fuzz

from benchmarks.reading import near_matches, tables

BASELINE = "baseline"
_QUOTES_AND_DASHES = str.maketrans(
    {**dict.fromkeys("‘’‚", "'"), **dict.fromkeys("“”„", '"'), **dict.fromkeys("–—‑‒−", "-")}
    | {"＿": "_", "\u00b5": "\u03bc"}
)
_EMPHASIS = (r"\*\*(.*?)\*\*", r"__(.*?)__", r"\*(.*?)\*", r"_(.*?)_")
_LONGEST_REPEATED = 5
_NOT_EXPECTED = re.compile(
    "[\u3040-\u30ff\u4e00-\u9fff\U0001f1e0-\U0001f1ff\U0001f300-\U0001f64f\U0001f680-\U0001f6ff]"
)
_ALT_TEXT = re.compile(r"!\[.*?\]\(.*?\)")


@dataclass(frozen=True)
class Test:
    """One line of a file: a fact about a page (from 1) of a document."""

    file: str
    pdf: str
    page: int
    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Judgement:
    """Whether an answer bears a test out; None if that is not judged here."""

    test: Test
    passed: bool | None


def load(folder: Path) -> list[Test]:
    """The tests of a folder, and a baseline test for each document that has none.

    Raises:
        ValueError: there is none, or a line is no test; the message says where.

    """
    found: list[Test] = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if line.strip():
                found.append(_parse(path.name, number, line))
    if not found:
        raise ValueError(f"there are no tests in {folder}: no *.jsonl with a line")
    have_one = {test.pdf for test in found if test.kind == BASELINE}
    others = dict.fromkeys(test.pdf for test in found if test.pdf not in have_one)
    return [*found, *(Test(BASELINE, pdf, 1, BASELINE, {}) for pdf in others)]


def _parse(file: str, number: int, line: str) -> Test:
    try:
        values = json.loads(line)
        return Test(file, values["pdf"], int(values["page"]), values["type"], values)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file}, line {number}, is no test: {error!r}") from error


def judge(test: Test, answer: str) -> Judgement:
    """Hold a page's text against a test."""
    rule = _RULES.get(test.kind)
    return Judgement(test, rule(test.values, answer) if rule else None)


def score(judgements: Iterable[Judgement]) -> dict[str, float]:
    """The share of tests passed in each file, of those that are judged, and `all`: their mean."""
    outcomes: dict[str, list[bool]] = {}
    for judgement in judgements:
        if judgement.passed is not None:
            outcomes.setdefault(judgement.test.file, []).append(judgement.passed)
    shares = {file: fmean(passed) for file, passed in outcomes.items()}
    return {**shares, "all": fmean(shares.values())} if shares else {}


def normalise(text: str) -> str:
    """A text without emphasis, with plain quotes and dashes and single spaces."""
    text = re.sub(r"<br\s*/?>", " ", text)
    text = re.sub(r"</?[bi]>", "", text)
    for emphasis in _EMPHASIS:
        text = re.sub(emphasis, r"\1", text)
    text = re.sub(r"\s+", " ", text)
    return unicodedata.normalize("NFC", text).translate(_QUOTES_AND_DASHES)


def _contains(values: Mapping[str, Any], answer: str) -> bool:
    """Whether the text of a test is in the answer, or in its first or last characters."""
    wanted, answer = normalise(values["text"]), normalise(answer)
    if not values.get("case_sensitive", True):
        wanted, answer = wanted.lower(), answer.lower()
    first, last = values.get("first_n") or 0, values.get("last_n") or 0
    if first or last:
        answer = answer[:first] + (answer[-last:] if last else "")
    most = values.get("max_diffs") or 0
    if len(answer) < len(wanted) - most:
        return False
    return bool(fuzz.partial_ratio(wanted, answer) / 100 >= 1 - most / max(1, len(wanted)))


def _is_absent(values: Mapping[str, Any], answer: str) -> bool:
    return not _contains(values, answer)


def _is_in_order(values: Mapping[str, Any], answer: str) -> bool:
    answer, most = normalise(answer), values.get("max_diffs") or 0
    before = near_matches.starts(normalise(values["before"]), answer, most)
    after = near_matches.starts(normalise(values["after"]), answer, most)
    return bool(before and after) and min(before) < max(after)


def _is_in_table(values: Mapping[str, Any], answer: str) -> bool:
    found = [] if values.get("ignore_markdown_tables") else [*tables.find_markdown(answer)]
    found += tables.find_html(answer)
    return any(
        _is_like(values, "cell", cell) and _has_neighbours(values, table, cell)
        for table in found
        for cell in table.cells
    )


def _has_neighbours(values: Mapping[str, Any], table: tables.Table, cell: tables.Cell) -> bool:
    neighbours: dict[str, Callable[[], list[tables.Cell]]] = {
        "up": lambda: table.above(cell),
        "down": lambda: table.below(cell),
        "left": lambda: table.left_of(cell),
        "right": lambda: table.right_of(cell),
        "top_heading": lambda: table.headings(cell, table.above),
        "left_heading": lambda: table.headings(cell, table.left_of),
    }
    return all(
        any(_is_like(values, name, other) for other in find())
        for name, find in neighbours.items()
        if values.get(name)
    )


def _is_like(values: Mapping[str, Any], name: str, cell: tables.Cell) -> bool:
    wanted = normalise(values[name])
    least: float = max(0.5, 1 - (values.get("max_diffs") or 0) / max(1, len(wanted)))
    return bool(fuzz.ratio(wanted, normalise(cell.text)) / 100 >= least)


def _is_sound(values: Mapping[str, Any], answer: str) -> bool:
    """Something is read, it does not end in a loop, and its letters are those to be expected."""
    longest: int | None = values.get("max_length")
    if longest is not None:
        if values.get("max_length_skips_image_alt_tags"):
            answer = _ALT_TEXT.sub("", answer)
        return sum(character.isalnum() for character in answer) <= longest
    if not any(character.isalnum() for character in answer):
        return False
    most: int = values.get("max_repeats", 30)
    if max(_repeats_at_end(answer)) > most:
        return False
    checked = bool(values.get("check_disallowed_characters", True))
    return not (checked and _NOT_EXPECTED.search(answer))


def _repeats_at_end(text: str) -> Sequence[int]:
    """How often the last 1, 2, … characters come one after the other at the end."""
    counts = []
    for length in range(1, _LONGEST_REPEATED + 1):
        last, count = text[-length:], 0
        while text.endswith(last, 0, len(text) - count * length) and len(last) == length:
            count += 1
        counts.append(count)
    return counts


_RULES: dict[str, Callable[[Mapping[str, Any], str], bool]] = {
    "present": _contains,
    "absent": _is_absent,
    "order": _is_in_order,
    "table": _is_in_table,
    BASELINE: _is_sound,
}
