"""Live progress on stderr: a table on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

from lector.local.reading import Document, Watcher

_LINE_EVERY_S = 2.0
_MOST_ROWS = 20
_MARKS = {"completed": "[green]✓[/]", "incomplete": "[yellow]![/]", "failed": "[red]✗[/]"}


@contextmanager
def shown(console: Console) -> Iterator[Watcher]:
    """A watcher that shows the state of files for as long as the block lasts."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    with Live(console=console, refresh_per_second=8, transient=True) as live:
        yield lambda documents: live.update(_table(documents))


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: dict[int, str] = {}
        self._next = 0.0

    def __call__(self, documents: Sequence[Document]) -> None:
        now = time.monotonic()
        due = now >= self._next
        for document in documents:
            line = f"{document.name}: {describe(document)}"
            if self._said.get(id(document)) != line and (due or document.finished):
                self._said[id(document)] = line
                self._next = now + _LINE_EVERY_S
                self._console.print(line, highlight=False, markup=False, soft_wrap=True)


def describe(document: Document) -> str:
    """How far a file has come, in words."""
    file = document.file
    progress = file.get("progress") or {}
    if file["status"] == "failed" and not progress.get("total"):
        return f"failed: {file['error']}"
    if not progress.get("total"):
        return {"waiting": "uploading", "announced": "uploading"}.get(file["status"], "opening")
    words = f"{progress['rendered']} rendered, {progress['read']} of {progress['total']} pages read"
    return words + (f", {progress['failed']} failed" if progress["failed"] else "")


def _table(documents: Sequence[Document]) -> Table:
    """The files under way; of many, those that matter now."""
    table = Table(box=None, show_header=False, padding=(0, 1))
    open_first = sorted(documents, key=lambda document: document.finished)
    for document in open_first[:_MOST_ROWS]:
        mark = _MARKS.get(document.file["status"], "[cyan]…[/]")
        table.add_row(mark, document.name, describe(document))
    if len(documents) > _MOST_ROWS:
        done = sum(document.finished for document in documents)
        table.add_row("", f"{done} of {len(documents)} files finished", "")
    return table
