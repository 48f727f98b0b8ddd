"""trace, events: what happened to a file, and what happens."""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from lector.cli import events_read, options, timeline
from lector.cli.client import Json, printable
from lector.cli.events_read import Wanted
from lector.cli.session import say

_SHOWN_DATA, _WIDE = 100, 1000
_KEPT = timedelta(days=30)


@click.command()
@options.file_id
@options.as_json
@options.somewhere
def trace(
    file_id: str, *, as_json: bool, server: str | None, token: str | None, data: Path
) -> None:
    """Show what happened to a file, and when: a tree of its pages' steps.

    Columns: from the upload to the beginning of the step, how long it took, and both as a bar.
    """
    with options.lector(server, token, data) as client:
        file = client.send("GET", f"/v1/files/{file_id}")
        steps = timeline.of_file(file, list(client.pages(file_id)))
    if as_json:
        links = {"trace_id": file["trace_id"], "trace_url": file["trace_url"]}
        options.write_json({**links, **timeline.as_json(steps)})
        return
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    console.print(timeline.tree(steps, datetime.now(UTC)))
    if file["trace_url"] or file["trace_id"]:
        say(f"its trace: {file['trace_url'] or file['trace_id']}")


@click.command()
@click.option("--file", "file_id", metavar="FILE_ID", help="Only events of this file.")
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="PATTERN",
    help="Only these types, such as page.read or 'page.*'; may be repeated.",
)
@click.option("-f", "--follow", is_flag=True, help="Go on with events as they come, until Ctrl-C.")
@click.option(
    "--since",
    metavar="AGE",
    callback=lambda *args: _age(args[2]),
    help="From so long ago: 90s, 30m, 2h, 7d.  [default: all that is kept; with --follow: now]",
)
@click.option("--json", "as_json", is_flag=True, help="A CloudEvent in JSON on each line.")
@click.option(
    "--nats",
    metavar="URL",
    envvar="NATS_URL",
    help="A NATS elsewhere.  [default: $NATS_URL, else that of the data folder]",
)
@options.data_folder
def events(
    file_id: str | None,
    *,
    types: tuple[str, ...],
    follow: bool,
    since: timedelta | None,
    as_json: bool,
    nats: str | None,
    data: Path,
) -> None:
    """Show the events of the last days, or follow them; nothing is taken from anybody.

    They are kept for 7 days, dead letters for 30. On a cluster, forward the port of NATS.
    """
    age = since or (None if follow else _KEPT)
    wanted = Wanted(file_id, types, datetime.now(UTC) - age if age else None)
    url = nats or options.nats_url(data)
    write = _as_line if as_json else _Words().write
    if not follow:
        for event in asyncio.run(events_read.kept(url, wanted)):
            write(event)
        return
    asyncio.run(_follow(url, wanted, write))


async def _follow(url: str, wanted: Wanted, write: Callable[[Json], None]) -> None:
    async for event in events_read.coming(url, wanted):
        write(event)


def _as_line(event: Json) -> None:
    click.echo(json.dumps(event, ensure_ascii=False))


class _Words:
    """Events as lines for people, in colour on a terminal."""

    def __init__(self) -> None:
        self._console = Console(soft_wrap=True, highlight=False)

    def write(self, event: Json) -> None:
        """When, what, of which file, and the beginning of what it says."""
        said = json.dumps(event["data"], ensure_ascii=False)
        said = said if len(said) <= _SHOWN_DATA else f"{said[:_SHOWN_DATA]}…"
        line = Text(f"{event['time'][:23]:<23}  ", style="dim")
        style = "red" if event["type"].endswith("failed") else "bold"
        line.append(f"{printable(event['type']):<24}", style=style)
        line.append(f"  {printable(event.get('subject', ''))}  ", style="cyan")
        self._console.print(line.append(printable(said)))


def _age(text: str | None) -> timedelta | None:
    try:
        return events_read.ago(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


COMMANDS = (trace, events)
