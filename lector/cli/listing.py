"""Rows on stdout: a table for people on a terminal, tab-separated lines for programs."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lector.cli.client import Json, printable


def show_hits(hits: Sequence[Json]) -> None:
    """Write what a search found: file, page, and a piece of the text with its hits in bold."""
    if not sys.stdout.isatty():
        rows = [
            (hit["file_id"], hit["file_name"], str(hit["page"]), _snippet(hit).plain)
            for hit in hits
        ]
        show(("file", "name", "page", "text"), rows)
        return
    console = Console()
    for hit in hits:
        name = Text(printable(hit["file_name"]), style="bold cyan")
        console.print(name.append(f", page {hit['page']}", style="cyan"))
        console.print(_snippet(hit), soft_wrap=False)
        console.print(Text(hit["file_id"], style="dim"))


def dollars(cost_usd: float | None) -> str:
    """US dollars, with as many digits as a small sum needs; empty where nobody knows."""
    return "" if cost_usd is None else f"${cost_usd:.6f}".rstrip("0").rstrip(".")


def _snippet(hit: Json) -> Text:
    text = Text()
    for piece in hit["snippet"]:
        words = printable(" ".join(f"|{piece['text']}|".split()))[1:-1]
        text.append(words, style="bold yellow" if piece["hit"] else "")
    return text


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
