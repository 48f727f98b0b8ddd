"""Rows on stdout: a table for people on a terminal, tab-separated lines for programs."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lector.local.client import printable


def show(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows; of a name or a reason, which may contain anything, only what is text."""
    rows = [[printable(" ".join(cell.split())) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [header, *rows]:
            print("\t".join(row), flush=True)
        return
    table = Table(box=None, pad_edge=False)
    for number, name in enumerate(header):
        table.add_column(name, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
