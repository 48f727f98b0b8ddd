"""The tables of a page that was made with a computer: those with ruling lines, as Markdown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pymupdf
from pymupdf import table as pymupdf_table

from functions.render.text_lines import Box, Line, Word

_MOST_PATHS, _MOST_LINES = 3000, 3000
_MOST_TABLES, _MOST_CELLS = 20, 2000
_MOST_CROSSINGS = 3000
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
    rest = list(lines)
    if len(lines) > _MOST_LINES or not _may_rule(paths):
        return [], rest
    tables: list[Table] = []
    for found in _tables(page, lines):
        table, without = _fill(found, rest)
        if table is not None:
            tables.append(table)
            rest = without
    return tables, rest


def _may_rule(paths: Sequence[tuple[str, Box]]) -> bool:
    """Whether edges for two rows and two columns may be drawn, and not too much to look at."""
    if len(paths) > _MOST_PATHS:
        return False
    boxes = [box for _, box in paths]
    if any(box[2] - box[0] >= _SHORTEST_RULE_PT <= box[3] - box[1] for box in boxes):
        return True  # what is drawn in one go may be all rules of a table
    return _has_rules(boxes)


def _has_rules(boxes: Iterable[Box]) -> bool:
    """Whether there are edges, across and down, for two rows and two columns."""
    across: set[int] = set()
    down: set[int] = set()
    for left, top, right, bottom in boxes:
        width, height = right - left, bottom - top
        if width >= _SHORTEST_RULE_PT:
            across |= {round(top / _THICKEST_RULE_PT), round(bottom / _THICKEST_RULE_PT)}
        if height >= _SHORTEST_RULE_PT / 3:
            down |= {round(left / _THICKEST_RULE_PT), round(right / _THICKEST_RULE_PT)}
    return len(across) >= _FEWEST_EDGES and len(down) >= _FEWEST_EDGES


def _tables(page: pymupdf.Page, lines: Sequence[Line]) -> list[Any]:
    try:
        drawings = page.get_cdrawings()
        if sum(len(path["items"]) for path in drawings) > _MOST_PATHS:
            return []
        return _find_tables(page, lines) if _has_rules(_drawn_boxes(drawings)) else []
    except MemoryError:
        raise
    except Exception:
        # It is Python that meets pages from strangers. Without it the text is there, in lines.
        return []


def _drawn_boxes(drawings: Sequence[dict[str, Any]]) -> Iterator[Box]:
    """Where lines and rectangles are drawn; curves are no rules."""
    for path in drawings:
        for kind, *parts in path["items"]:
            if kind == "re":
                yield parts[0]
            elif kind in ("l", "qu"):
                points = parts[0] if kind == "qu" else parts
                xs, ys = zip(*points, strict=True)
                yield min(xs), min(ys), max(xs), max(ys)


def _find_tables(page: pymupdf.Page, lines: Sequence[Line]) -> list[Any]:
    """What `page.find_tables()` does, with the words that are known already, and within bounds.

    Only the words' places count there. To collect them anew, character by character, would cost
    more than all the rest.
    """
    height = page.rect.height
    pymupdf_table.CHARS.clear()
    pymupdf_table.EDGES.clear()
    pymupdf_table.CHARS.extend(
        {"text": word.text, "x0": x0, "x1": x1, "top": y0, "bottom": y1}
        | {"y0": height - y1, "y1": height - y0}
        for line in lines
        for word in line.words
        for x0, y0, x1, y1 in [word.box]
    )
    settings = pymupdf_table.TableSettings.resolve({})
    pymupdf_table.make_edges(page, clip=page.rect, tset=settings, paths=_displayed(page))
    if _count_crossings(pymupdf_table.EDGES) > _MOST_CROSSINGS:
        return []
    tables: list[Any] = pymupdf_table.TableFinder(page, settings=settings).tables
    return tables[:_MOST_TABLES]


def _displayed(page: pymupdf.Page) -> list[dict[str, Any]]:
    """What is drawn, where the displayed page shows it; `get_drawings` leaves out its turn."""
    drawings: list[dict[str, Any]] = page.get_drawings()
    if page.rotation:
        turn = page.rotation_matrix
        for path in drawings:
            path["rect"] = path["rect"] * turn
            path["items"] = [
                (kind, *(part * turn if hasattr(part, "transform") else part for part in parts))
                for kind, *parts in path["items"]
            ]
    return drawings


def _count_crossings(edges: Iterable[dict[str, Any]]) -> int:
    """How often edges can cross at most, those on one line counted once."""
    places: dict[str, set[int]] = {"h": set(), "v": set()}
    for edge in edges:
        at = edge["top"] if edge["orientation"] == "h" else edge["x0"]
        places[edge["orientation"]].add(round(at / _THICKEST_RULE_PT))
    return len(places["h"]) * len(places["v"])


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
            rest.append(line.having(outside))
    if len(inside) <= _EMPTIEST * len(cells) * columns or _lies_on_its_side(inside.values()):
        return None, []
    rows = tuple(
        tuple(tuple(inside.get((r, c), ())) for c in range(columns)) for r in range(len(cells))
    )
    return Table(box, rows), rest


def _lies_on_its_side(cells: Iterable[Sequence[Line]]) -> bool:
    """Whether a table is written upwards or downwards: its rows are no rows of the page."""
    turned = [line.direction != (1, 0) for cell in cells for line in cell]
    return 2 * sum(turned) > len(turned)


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
        inside.setdefault(place, []).append(line.having(words))
    return outside


def _cell_of(box: Box, cells: Sequence[Sequence[Box]]) -> tuple[int, int] | None:
    for r, row in enumerate(cells):
        for c, cell in enumerate(row):
            if _contains(cell, box):
                return r, c
    return None


def _contains(outer: Box, box: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]
