"""completion: what has a shell complete commands, and names of files and readers in them."""

import os
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from lector.cli import session
from lector.cli.answers import Json, printable
from lector.cli.file_names import LAST, may_begin_id
from lector.local import data_folder
from lector.runtime.failures import LectorError

_SHELLS = ("bash", "zsh", "fish")
_TIMEOUT_S = 1.0
_MOST_FILES = 50


@click.command()
@click.argument("shell", required=False, metavar="[bash|zsh|fish]", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str | None) -> None:
    """Print what has a shell complete commands: eval "$(lector completion)".

    Without a name, for the shell that $SHELL names. In fish: lector completion fish | source
    """
    cli, completion_class = context.find_root().command, get_completion_class(shell or _own_shell())
    if completion_class is not None:
        click.echo(completion_class(cli, {}, "lector", "_LECTOR_COMPLETE").source())


def _own_shell() -> str:
    """The shell of whoever runs this; click.UsageError if there is nothing for it."""
    name = PurePath(os.environ.get("SHELL", "")).name
    if name not in _SHELLS:
        raise click.UsageError("say for which shell: lector completion bash, zsh or fish")
    return name


def complete_file(
    context: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of files that begin so, ids with their names, and @last; none if no Lector answers."""
    if incomplete.startswith("@"):
        return [CompletionItem(LAST, help="the newest file")] if LAST.startswith(incomplete) else []
    named = _ask(context, "/v1/files", limit=_MOST_FILES, name=incomplete or None)
    found = list(_files(named, incomplete))
    if may_begin_id(incomplete):
        begun = _ask(context, "/v1/files", limit=_MOST_FILES, id_begins=incomplete)
        found += [_by_id(file) for file in begun.get("files", [])]
    return found if incomplete else [CompletionItem(LAST, help="the newest file"), *found]


def complete_reader(
    context: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of readers that begin so, with their models; none if no Lector answers."""
    readers = _ask(context, "/v1/readers").get("readers", [])
    return [
        CompletionItem(reader["name"], help=printable(reader["model"] or ""))
        for reader in readers
        if reader["name"].startswith(incomplete)
    ]


def _files(answer: Json, incomplete: str) -> Iterator[CompletionItem]:
    """Each name once; a file by its id where a shell would split its name."""
    files = {file["name"]: file for file in answer.get("files", [])}
    for name, file in files.items():
        if name.isprintable() and not any(map(str.isspace, name)):
            if name.startswith(incomplete):
                yield CompletionItem(name, help=file["status"])
        elif not incomplete:
            yield _by_id(file)


def _by_id(file: Json) -> CompletionItem:
    return CompletionItem(file["id"], help=printable(file["name"]))


def _ask(context: click.Context, path: str, **query: Any) -> Json:
    """What a Lector answers; {} if it does not at once, as somebody waits at the keyboard."""
    from lector.cli.client import Client  # noqa: PLC0415 - `lector up` needs none

    said = context.params
    data = said.get("data") or data_folder.default()
    params = {name: value for name, value in query.items() if value is not None}
    try:
        with Client(*session.find(said.get("server"), said.get("token"), data)) as client:
            return client.send("GET", path, retry_for_s=0, params=params, timeout=_TIMEOUT_S)
    except (LectorError, OSError):
        return {}
