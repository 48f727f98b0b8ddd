"""Tables in a page's text, in Markdown or HTML, as a grid in which each cell has neighbours."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

_ROW = re.compile(r"^[^\n]*\|[^\n]*$")
_RULE = re.compile(r"^[\s|:-]*-[\s|:-]*$")
_MOST_SPANNED = 100


@dataclass(frozen=True)
class Cell:
    """What stands in one cell, and the rows and columns (from 0, ends excluded) that it covers."""

    text: str
    rows: range
    columns: range
    heading: bool = False


@dataclass(frozen=True)
class Table:
    """The cells of a table, row by row."""

    cells: tuple[Cell, ...]

    def above(self, cell: Cell) -> list[Cell]:
        """The cells that touch its upper edge."""
        return self._touching(
            lambda c: c.rows.stop == cell.rows.start and _meet(c.columns, cell.columns)
        )

    def below(self, cell: Cell) -> list[Cell]:
        """The cells that touch its lower edge."""
        return self._touching(
            lambda c: c.rows.start == cell.rows.stop and _meet(c.columns, cell.columns)
        )

    def left_of(self, cell: Cell) -> list[Cell]:
        """The cells that touch its left edge."""
        return self._touching(
            lambda c: c.columns.stop == cell.columns.start and _meet(c.rows, cell.rows)
        )

    def right_of(self, cell: Cell) -> list[Cell]:
        """The cells that touch its right edge."""
        return self._touching(
            lambda c: c.columns.start == cell.columns.stop and _meet(c.rows, cell.rows)
        )

    def headings(self, cell: Cell, towards: Callable[[Cell], list[Cell]]) -> list[Cell]:
        """Headings on the way `towards` an edge; without any, what stands at the edge itself."""
        headings, last, open_cells, seen = [], [], [cell], {cell}
        while open_cells:
            current = open_cells.pop()
            if current.heading and current is not cell:
                headings.append(current)
            next_cells = towards(current)
            if not next_cells and current is not cell:
                last.append(current)
            open_cells += [one for one in next_cells if one not in seen]
            seen.update(next_cells)
        return headings or last

    def _touching(self, touches: Callable[[Cell], bool]) -> list[Cell]:
        return [cell for cell in self.cells if touches(cell)]


def _meet(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def find_markdown(text: str) -> Iterator[Table]:
    """Tables of lines with strokes; the line above a rule is one of headings."""
    rows: list[str] = []
    for line in [*text.split("\n"), ""]:
        if _ROW.match(line):
            rows.append(line)
            continue
        if len(rows) > 1:
            yield _from_markdown(rows)
        rows = []


def _from_markdown(lines: list[str]) -> Table:
    cells: list[Cell] = []
    number, headings = 0, len(lines) > 1 and bool(_RULE.match(lines[1]))
    for line in lines:
        if _RULE.match(line):
            continue
        row = range(number, number + 1)
        for index, content in enumerate(
            line.strip().removeprefix("|").removesuffix("|").split("|")
        ):
            heading = headings and number == 0
            cells.append(Cell(content.strip(), row, range(index, index + 1), heading))
        number += 1
    return Table(tuple(cells))


def find_html(text: str) -> list[Table]:
    """Tables in HTML, with cells that cover several rows and columns."""
    if "<table" not in text.lower():
        return []
    reader = _HtmlTables()
    reader.feed(text)
    reader.close()
    return [_from_html(rows) for rows in reader.tables if any(rows)]


@dataclass
class _HtmlCell:
    heading: bool
    rows: int
    columns: int
    text: str = ""


class _HtmlTables(HTMLParser):
    """Collects the rows of each table; `in_head` says that a cell is in a thead."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[_HtmlCell]]] = []
        self._cell: _HtmlCell | None = None
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "thead":
            self._in_head = True
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables:
            if not self.tables[-1]:
                self.tables[-1].append([])
            given = dict(attrs)
            rows, columns = _span(given.get("rowspan")), _span(given.get("colspan"))
            self._cell = _HtmlCell(tag == "th" or self._in_head, rows, columns)
            self.tables[-1][-1].append(self._cell)
        elif tag == "br":
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._cell = None
        elif tag == "thead":
            self._in_head = False

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.text += data


def _span(given: str | None) -> int:
    return min(int(given), _MOST_SPANNED) if given and given.isdigit() and int(given) else 1


def _from_html(rows: list[list[_HtmlCell]]) -> Table:
    cells: list[Cell] = []
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while (number, column) in taken:
                column += 1
            covered = range(number, number + cell.rows), range(column, column + cell.columns)
            taken |= {(y, x) for y in covered[0] for x in covered[1]}
            cells.append(Cell(" ".join(cell.text.split()), *covered, cell.heading))
            column += cell.columns
    return Table(tuple(cells))
