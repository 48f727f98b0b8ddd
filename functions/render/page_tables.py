"""The tables of a page that was made with a computer: those with ruling lines, as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pymupdf

from functions.render.text_lines import Box, Line, Word

_MOST_PATHS, _MOST_LINES = 3000, 3000
_MOST_TABLES, _MOST_CELLS = 20, 2000
_FEWEST_EDGES = 3
_THICKEST_RULE_PT, _SHORTEST_RULE_PT = 4.0, 20.0
_EMPTIEST = 0.5

pymupdf.no_recommend_layout()


@dataclass(frozen=True, slots=True)
class Table:
    """A table's place, and the lines of text in each of its cells, row by row."""

    box: Box
    rows: tuple[tuple[tuple[Line, ...], ...], ...]


def find(
    page: pymupdf.Page, lines: Sequence[Line], paths: Sequence[tuple[str, Box]]
) -> tuple[list[Table], list[Line]]:
    """The tables of a page, and the lines that stand in none of them.

    `paths` are what the page draws besides text, as `get_bboxlog` has it. What does not look like
    a table in the end is left among the lines.
    """
    if page.rotation or len(lines) > _MOST_LINES or not _has_rules(paths):
        return [], list(lines)
    tables: list[Table] = []
    rest = list(lines)
    for found in _tables(page):
        table, without = _fill(found, rest)
        if table is not None:
            tables.append(table)
            rest = without
    return tables, rest


def _tables(page: pymupdf.Page) -> list[Any]:
    try:
        tables: list[Any] = page.find_tables().tables[:_MOST_TABLES]
    except MemoryError:
        raise
    except Exception:
        # It is Python that meets pages from strangers. Without it the text is there, in lines.
        return []
    return tables


def _has_rules(paths: Sequence[tuple[str, Box]]) -> bool:
    """Whether there are edges, across and down, for two rows and two columns."""
    if len(paths) > _MOST_PATHS:
        return False
    across: set[int] = set()
    down: set[int] = set()
    for _, (left, top, right, bottom) in paths:
        width, height = right - left, bottom - top
        if width >= _SHORTEST_RULE_PT:
            across |= {round(top / _THICKEST_RULE_PT), round(bottom / _THICKEST_RULE_PT)}
        if height >= _SHORTEST_RULE_PT / 3:
            down |= {round(left / _THICKEST_RULE_PT), round(right / _THICKEST_RULE_PT)}
    return len(across) >= _FEWEST_EDGES and len(down) >= _FEWEST_EDGES


def _fill(found: Any, lines: Sequence[Line]) -> tuple[Table | None, list[Line]]:
    """A table with the words that stand in its cells; None if it is none after all."""
    box: Box = tuple(found.bbox)
    cells = [tuple(cell or (0, 0, 0, 0) for cell in row.cells) for row in found.rows]
    columns = max((len(row) for row in cells), default=0)
    if len(cells) < 2 or columns < 2 or len(cells) * columns > _MOST_CELLS:
        return None, []
    inside: dict[tuple[int, int], list[Line]] = {}
    rest: list[Line] = []
    for line in lines:
        outside = _sort_in(line, box, cells, inside)
        if outside is None:
            return None, []
        if outside:
            rest.append(_with(line, outside))
    if len(inside) <= _EMPTIEST * len(cells) * columns:
        return None, []
    rows = tuple(
        tuple(tuple(inside.get((r, c), ())) for c in range(columns)) for r in range(len(cells))
    )
    return Table(box, rows), rest


def _sort_in(
    line: Line,
    box: Box,
    cells: Sequence[Sequence[Box]],
    inside: dict[tuple[int, int], list[Line]],
) -> list[Word] | None:
    """The words of a line that stand outside the table; None if one stands between its cells."""
    outside: list[Word] = []
    parts: dict[tuple[int, int], list[Word]] = {}
    for word in line.words:
        if not _contains(box, word.box):
            outside.append(word)
            continue
        place = _cell_of(word.box, cells)
        if place is None:
            return None
        parts.setdefault(place, []).append(word)
    for place, words in parts.items():
        inside.setdefault(place, []).append(_with(line, words))
    return outside


def _with(line: Line, words: list[Word]) -> Line:
    return line if len(words) == len(line.words) else Line(
        words, line.direction, line.vertical, line.baseline
    )  # fmt: skip


def _cell_of(box: Box, cells: Sequence[Sequence[Box]]) -> tuple[int, int] | None:
    for r, row in enumerate(cells):
        for c, cell in enumerate(row):
            if _contains(cell, box):
                return r, c
    return None


def _contains(outer: Box, box: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]
