"""What people name to be read: files, folders, patterns and URLs, also in a list of them."""

import codecs
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click

from lector.cli import formats, targets
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
        last = unquote(parts.path).rpartition("/")[2]
        return targets.name_in_folder(last or parts.hostname or "document", formats.ORIGINAL)


class InputType(click.Path):
    """A path, - or a URL."""

    def __init__(self) -> None:
        super().__init__(allow_dash=True, path_type=Path)

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> Any:
        """As what it is read."""
        try:
            return _input(value) if is_url(value) else super().convert(value, parameter, context)
        except ValueError as error:
            self.fail(f"{printable(value)} is no URL: {error}", parameter, context)


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
    try:
        listed = [_input(line) for line in _lines(path) if line.strip()]
    except ValueError as error:
        raise click.UsageError(
            f"the list {printable(str(path))} names what is no URL: {error}"
        ) from error
    if STDIN in listed:
        raise click.UsageError("a list names no standard input (-)")
    if not listed and not named:
        raise click.UsageError(f"the list {printable(str(path))} names nothing")
    return [*named, *listed]


def _input(text: str) -> Path | Url:
    """A path, or a URL; ValueError if it is one that cannot be."""
    if not is_url(text):
        return Path(text)
    urlsplit(text)
    return Url(text)


def _lines(path: Path) -> list[str]:
    """Names as the system has them, which need not be UTF-8."""
    try:
        if path != STDIN:
            content = path.read_bytes()
        elif sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("--files - reads a list from standard input, where none comes")
        else:
            content = sys.stdin.buffer.read()
    except OSError as error:
        raise click.UsageError(
            f"the list {printable(str(path))} cannot be read: {error.strerror}"
        ) from error
    if b"\0" in content:
        raise click.UsageError(f"the list {printable(str(path))} cannot be read: it is no text")
    lines = content.removeprefix(codecs.BOM_UTF8).split(b"\n")
    return [os.fsdecode(line.removesuffix(b"\r")) for line in lines]
