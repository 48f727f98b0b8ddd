"""What people name to be read: files, folders, patterns and URLs, also in a list of them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click

from lector.cli.answers import printable
from lector.client.sources import is_url

STDIN = Path("-")


class Url(str):
    """A file elsewhere, which the server fetches."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """What its text is called here: the last part of its path, else its host."""
        parts = urlsplit(self)
        return printable(unquote(parts.path).rpartition("/")[2] or parts.hostname or "document")


class InputType(click.Path):
    """A path, - or a URL."""

    def __init__(self) -> None:
        super().__init__(allow_dash=True, path_type=Path)

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> Any:
        """As what it is read."""
        return Url(value) if is_url(value) else super().convert(value, parameter, context)


def read_list(path: Path | None, named: Sequence[Path | Url]) -> list[Path | Url]:
    """What was named, and then what a list has, a line for each; blank lines are none.

    Raises:
        click.UsageError: nothing was named, or the list cannot be read.

    """
    if path is None:
        if not named:
            raise click.UsageError("name files, folders or URLs to read, or a list with --files")
        return list(named)
    if path == STDIN and STDIN in named:
        raise click.UsageError("standard input (-) can be read only once")
    lines = filter(None, (line.strip("\r\n") for line in _lines(path)))
    listed = [Url(line) if is_url(line) else Path(line) for line in lines if line.strip()]
    if STDIN in listed:
        raise click.UsageError("a list names no standard input (-)")
    if not listed and not named:
        raise click.UsageError(f"the list {printable(str(path))} names nothing")
    return [*named, *listed]


def _lines(path: Path) -> list[str]:
    try:
        if path != STDIN:
            return path.read_text().splitlines()
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("--files - reads a list from standard input, where none comes")
        return sys.stdin.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        detail = "it is no text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise click.UsageError(
            f"the list {printable(str(path))} cannot be read: {detail}"
        ) from error
