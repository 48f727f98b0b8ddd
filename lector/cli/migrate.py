"""lector migrate: the schema of this machine's database, up, down and where it stands."""

from pathlib import Path

import click

from lector.cli import options
from lector.cli.output import echo
from lector.local import schema
from lector.local.data_folder import DataFolder


@click.group()
def migrate() -> None:
    """Bring the database up to date, or back, or say which migrations have run.

    `lector up` brings it up to date by itself. On a cluster the Job lector-migrate does it.
    """


@migrate.command()
@options.data_folder
def up(data: Path) -> None:
    """Bring the database up to date, also while Lector runs."""
    schema.up(DataFolder(data))
    echo("the database is up to date")


@migrate.command()
@click.option(
    "--steps",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many migrations are taken back.",
)
@options.data_folder
def down(data: Path, *, steps: int) -> None:
    """Take back the newest migration: what only it can store is LOST.

    For going back to an older Lector, which refuses a database with migrations that it does not
    know. Make a backup first. The next `lector up` of this version brings it up again.
    """
    for name in schema.down(DataFolder(data), steps):
        echo(f"took back {name}")


@migrate.command()
@options.data_folder
def status(data: Path) -> None:
    """List the migrations: applied, pending, or unknown to this version."""
    for line in schema.status(DataFolder(data)):
        click.echo(line)
