"""Rows on stdout: a table for people on a terminal, tab-separated lines for programs."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text


def show(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows; whatever a name or a reason contains is shown as it is."""
    if not sys.stdout.isatty():
        for row in [header, *rows]:
            print("\t".join(" ".join(cell.split()) for cell in row), flush=True)
        return
    table = Table(box=None, pad_edge=False)
    for number, name in enumerate(header):
        table.add_column(name, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
