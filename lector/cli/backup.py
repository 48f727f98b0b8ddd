"""lector backup, lector restore: everything that Lector holds, in one file."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import MofNCompleteColumn, Progress, TaskID, TextColumn

from lector.cli import options
from lector.cli.output import console, echo
from lector.local import backup as backups
from lector.local import restore as restoring
from lector.local.backup_file import Manifest, Report
from lector.local.data_folder import DataFolder

_LINE_INTERVAL_S = 2.0
_MISSING_NAMED = 5


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@options.data_folder
def backup(file: Path, data: Path) -> None:
    """Write all files and texts into one FILE, also while Lector runs.

    FILE is a tar with a dump of the database, the PDFs and the images of pages. It appears when it
    is complete, and only you may read it: all texts are in it, the secrets of webhooks, and the key
    with which reports are signed. What is uploaded meanwhile is not in it, what is deleted
    meanwhile does not come back.

    \u0008
      lector backup lector-$(date +%F).tar
      lector restore lector-2026-11-27.tar --data /somewhere/else
    """
    with _progress() as report:
        manifest = backups.make(DataFolder(data), file, report)
    for key in manifest.missing[:_MISSING_NAMED]:
        echo(f"warning: {key} is not in the object store, so it is not in the backup")
    if len(manifest.missing) > _MISSING_NAMED:
        echo(f"warning: {len(manifest.missing) - _MISSING_NAMED} more objects are missing")
    echo(f"{file}: {_describe(manifest)}; {file.stat().st_size / 1e6:.1f} MB")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="DELETE what the data folder holds now.")
@options.data_folder
def restore(file: Path, data: Path, *, replace: bool) -> None:
    """Make a data folder of a backup that `lector backup` wrote.

    The data folder must be empty or missing, unless --replace is given; what it held goes only when
    the backup is restored. The whole FILE is checked first: nothing is made of one that is damaged,
    or that a newer Lector wrote. One of an older Lector is brought up to date.

    Then start Lector: work that was under way goes on by itself, within ten minutes.
    """
    folder = DataFolder(data)
    with _progress() as report:
        manifest = restoring.restore(file, folder, report, replace=replace)
    echo(f"{folder.path}: {_describe(manifest)}, as of {manifest.made_at}; `lector up` starts it")


def _describe(manifest: Manifest) -> str:
    return f"{manifest.files} files, {manifest.pages} pages, {manifest.objects} objects"


@contextmanager
def _progress() -> Iterator[Report]:
    """How far it has come, on stderr: a bar on a terminal, a line now and then elsewhere."""
    if not console.is_terminal:
        yield _lines()
        return
    columns = TextColumn("{task.description}"), *Progress.get_default_columns()[1:]
    with Progress(*columns, MofNCompleteColumn(), console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=total)

        yield report


def _lines() -> Report:
    next_line_at = time.monotonic() + _LINE_INTERVAL_S

    def report(what: str, done: int, total: int) -> None:
        nonlocal next_line_at
        if time.monotonic() >= next_line_at:
            next_line_at = time.monotonic() + _LINE_INTERVAL_S
            echo(f"{what}: {done} of {total}")

    return report
