"""Live progress on stderr: a table on a terminal, a line now and then elsewhere.

Of many files it is one line about all of them.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from lector.cli import doubts, output, overview
from lector.cli.answers import Json, printable
from lector.cli.overview import Overview
from lector.domain.states import FileStatus

_LINE_INTERVAL_S = 2.0
_OVERVIEW_INTERVAL_S = 5.0
_MOST_ROWS = 20
"""Of more files there is one line about all of them."""
_MARKS = {
    FileStatus.COMPLETED: "[green]✓[/]",
    FileStatus.INCOMPLETE: "[yellow]![/]",
    FileStatus.FAILED: "[red]✗[/]",
    FileStatus.CANCELLED: "[red]✗[/]",
}


class Document(overview.Document, Protocol):
    """A file that is being read, as far as it is shown."""

    @property
    def name(self) -> str:
        """What tells it from others."""


class Display(Protocol):
    """Where the state of files is shown, and how text gets past it to stdout."""

    def show(self, documents: Sequence[Document]) -> None:
        """Show how far the files have come."""

    def print(self, text: str) -> None:
        """Write text to stdout, undisturbed by what is shown."""


@contextmanager
def display(console: Console) -> Iterator[Display]:
    """A display on this console for as long as the block lasts."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    # What goes to stdout must go there, also when it is a file and only stderr a terminal.
    with Live(
        console=console,
        refresh_per_second=8,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as live:
        yield _Table(live)


class _Table:
    def __init__(self, live: Live) -> None:
        self._live = live
        self._overview = Overview()

    def show(self, documents: Sequence[Document]) -> None:
        if len(documents) > _MOST_ROWS:
            self._live.update(Text(self._overview.describe(documents)))
        else:
            self._live.update(_table(documents))

    def print(self, text: str) -> None:
        self._live.stop()
        output.write_text(text)
        self._live.start(refresh=True)


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._last_lines: dict[int, str] = {}
        # At first nobody knows what is uploaded, and what is found.
        self._next_line_at = time.monotonic() + _LINE_INTERVAL_S
        self._overview = Overview()

    def show(self, documents: Sequence[Document]) -> None:
        if len(documents) > _MOST_ROWS:
            self._show_overview(documents)
            return
        due = time.monotonic() >= self._next_line_at
        for document in documents:
            line = f"{document.name}: {describe(document)}"
            if self._last_lines.get(id(document)) != line and (due or document.finished):
                self._last_lines[id(document)] = line
                self._next_line_at = time.monotonic() + _LINE_INTERVAL_S
                self._print(line)

    def _show_overview(self, documents: Sequence[Document]) -> None:
        if time.monotonic() >= self._next_line_at:
            self._next_line_at = time.monotonic() + _OVERVIEW_INTERVAL_S
            self._print(self._overview.describe(documents))

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def print(self, text: str) -> None:
        output.write_text(text)


def describe(document: Document) -> str:
    """How far a file has come, in words."""
    file = document.file
    progress = file.get("progress") or {}
    if file["status"] in (FileStatus.FAILED, FileStatus.CANCELLED) and not progress.get("total"):
        return f"{file['status']}: {printable(file['error'])}"
    if not progress.get("total"):
        state = {"waiting": "uploading", "announced": "uploading"}.get(file["status"], "opening")
        return state + _waiting(file)
    before = "found" if document.found_before else f"{progress['rendered']} rendered"
    text = f"{before}, {progress['read']} of {progress['total']} pages read"
    text += f", {progress['failed']} failed" if progress["failed"] else ""
    text += f", {doubts.count_words(progress['doubted'])}" if progress.get("doubted") else ""
    return text + _waiting(file)


def _waiting(file: Json) -> str:
    wait = printable(output.describe_wait(file))
    return f" ({wait})" if wait else ""


def _table(documents: Sequence[Document]) -> Table:
    """The files as a table."""
    table = Table(box=None, show_header=False, padding=(0, 1))
    for document in sorted(documents, key=lambda document: document.finished):
        mark = _MARKS.get(document.file["status"], "[cyan]…[/]")
        table.add_row(mark, escape(document.name), escape(describe(document)))
    return table
