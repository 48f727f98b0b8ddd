"""What commands print: lines for people on stderr, tables and JSON documents on stdout.

Nothing that came from outside is printed raw. Names and reasons are single lines: each character
that cannot be printed becomes U+FFFD, everywhere. A page's text is data: a terminal gets it without
control characters, a file or a program gets it byte for byte, as it is stored. JSON says the same
either way, so it is always escaped.
"""

import codecs
import dataclasses
import errno
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lector.cli.answers import Json, ServerError, Target, printable
from lector.domain.failure_codes import FailureCode
from lector.telemetry.plain_text import escape_in_json, remove_controls

console = Console(stderr=True)

_LEGIBLE_WIDTH = 14
"""A column of a table may be made as narrow as this, if it is wider."""
_GAP = 2


def echo(message: str) -> None:
    """Write a line for people, on stderr; what it quotes may contain anything."""
    lines = "\n".join(printable(line) for line in message.split("\n"))
    console.print(f"lector: {lines}", highlight=False, markup=False, soft_wrap=True)


def replace_closed_streams() -> None:
    """Put something in place of streams that the caller has closed, so that no file takes it.

    What is written to a standard output that is closed is an error, as it is lost.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            # The lowest number that is free. What is opened for reading cannot be written.
            opened = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            if opened == number:
                os.set_inheritable(opened, True)  # noqa: FBT003 - as os has it
                mode = "r" if name == "stdin" else "w"
                setattr(sys, name, open(opened, mode, encoding="utf-8"))  # noqa: SIM115


def flush() -> None:
    """Write what stdout still holds back, so that what cannot be written is an error."""
    if sys.stdout is not None:
        sys.stdout.flush()


def discard() -> None:
    """Write no more to stdout: what it holds back cannot be written."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process


def describe_os_error(error: OSError) -> str:
    """What the system says, without its number, and of which file or stream."""
    words = error.strerror or str(error)
    if error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {words}"
    # Whoever writes a file says which; what else is written goes to stdout.
    is_written = error.errno in (errno.ENOSPC, errno.EBADF, errno.EIO, errno.EDQUOT, errno.EFBIG)
    return f"the text cannot be written to standard output: {words}" if is_written else words


def write_json(document: Any) -> None:
    """One JSON document on stdout, see `format_json`."""
    click.echo(format_json(document))


def format_json(document: Any, indent: int | None = 2) -> str:
    """A document as JSON; dataclasses become objects, and datetimes text in RFC 3339.

    Other types that JSON does not know raise TypeError. `indent` None puts all on one line.
    """
    text = json.dumps(document, ensure_ascii=False, indent=indent, default=_to_json)
    return escape_in_json(text)


def count(number: int, thing: str) -> str:
    """A number and what is counted, in the plural unless it is one."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def describe_failure(page: Json) -> str:
    """Why a page failed, beside its number: a reason that begins with the number loses it."""
    error, begins = str(page["error"]), f"page {page['number']}"
    if error.startswith(f"{begins}: "):
        return error.removeprefix(f"{begins}: ")
    return (
        f"the page {error.removeprefix(f'{begins} ')}" if error.startswith(f"{begins} ") else error
    )


def describe_wait(shown: Json) -> str:
    """What a file or page waits for, since when by the local clock; empty if for nothing."""
    waiting = shown.get("waiting")
    if not waiting:
        return str(shown.get("waiting_for") or "")  # as a server of before has it
    since = _format_since(waiting["since"]) if waiting["since"] else ""
    if waiting["code"] == FailureCode.BEHIND_FILES:
        return f"{waiting['detail']}{since}"
    return f"waits{since}: {waiting['detail']}"


def describe_deletion(file: Json) -> str:
    """When a file will be deleted; empty if somebody has to, or for a server of before."""
    time = file.get("delete_at")
    return f"will be deleted on {format_day(time)}" if time else ""


def format_day(time: str) -> str:
    """The day of a time that the server has told, by the local clock: 3 May 2026."""
    moment = datetime.fromisoformat(time).astimezone()
    return f"{moment.day} {moment:%B %Y}"


def _format_since(time: str) -> str:
    moment = datetime.fromisoformat(time).astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    return moment.strftime(" since %H:%M" if today else " since %Y-%m-%d %H:%M")


def _to_json(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def write_text(text: str) -> None:
    """A page's text on stdout, and a line feed; on a terminal without control characters."""
    print(remove_controls(text) if sys.stdout.isatty() else text, flush=True)


def binary_stdout() -> Target:
    """Where to write text in UTF-8, piece by piece; on a terminal without control characters."""
    return _Terminal() if sys.stdout.isatty() else sys.stdout.buffer


class _Terminal:
    """Stdout as a terminal; a piece may end within a character."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, piece: bytes, /) -> object:
        return sys.stdout.write(remove_controls(self._decoder.decode(piece)))

    def flush(self) -> None:
        sys.stdout.flush()


def write_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows on stdout: a table on a terminal, tab-separated lines for programs.

    A terminal gets no empty columns, and one that is too narrow each row as a paragraph. A name
    or a reason may contain anything; only what can be printed is written.
    """
    rows = [[printable(" ".join(cell.split())) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [header, *rows]:
            print("\t".join(row), flush=True)
        return
    terminal = Console()
    header, rows = _without_empty_columns(header, rows)
    if _narrowest([header, *rows]) > terminal.width:
        for row in rows:
            terminal.print(_paragraph(header, row))
        return
    table = Table(box=None, pad_edge=False)
    for number, name in enumerate(header):
        table.add_column(name, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    terminal.print(table)


def _without_empty_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    filled = [at for at in range(len(header)) if not rows or any(row[at] for row in rows)]
    return [header[at] for at in filled], [[row[at] for at in filled] for row in rows]


def _narrowest(rows: Sequence[Sequence[str]]) -> int:
    """The columns of a terminal that a table needs to be legible."""
    first, *others = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return first + sum(min(width, _LEGIBLE_WIDTH) + _GAP for width in others)


def _paragraph(header: Sequence[str], row: Sequence[str]) -> Text:
    """A row by itself: its first cell, and below it whatever else it has, under its name."""
    cells = [
        Text.assemble((f"{name} ", "dim"), cell)
        for name, cell in zip(header[1:], row[1:], strict=True)
        if cell
    ]
    first = Text.assemble((f"{header[0]} ", "dim"), (row[0], "bold"))
    return Text("\n").join([first, *(Text("  ").append(cell) for cell in cells)])


def format_duration(seconds: float) -> str:
    """Seconds, minutes or hours, as few digits as tell a person enough."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def format_dollars(cost_usd: float | None) -> str:
    """US dollars, with as many digits as a small sum needs; empty where the cost is unknown."""
    return "" if cost_usd is None else f"${cost_usd:.6f}".rstrip("0").rstrip(".")


def run_for_each(
    ids: Sequence[str], act: Callable[[str], tuple[str, Json]], *, as_json: bool = False
) -> None:
    """Call `act` for each id; one that is refused does not keep the others back.

    `act` returns a sentence for people, and a member of `results` for --json. Exits with 1 when
    one was refused.
    """
    results: list[Json] = []
    for one in ids:
        try:
            sentence, result = act(one)
            results.append({"id": one, **result})
        except ServerError as error:
            sentence = f"error: {one}: {error}"
            results.append({"id": one, "error": str(error)})
        if not as_json:
            echo(sentence)
    if as_json:
        write_json({"results": results})
    if any("error" in result for result in results):
        sys.exit(1)
