"""status: the processes of the Lector that runs on this machine."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from lector.cli import options, output
from lector.cli.output import echo
from lector.local import running_parts
from lector.local.data_folder import DataFolder
from lector.local.running_parts import RunningPart

_MIB = 1 << 20


@click.command()
@click.argument("part", required=False)
@click.option("--pid", is_flag=True, help="Only process ids, each on a line.")
@click.option("--json", "as_json", is_flag=True, help="Answer as one JSON document.")
@options.data_folder
def status(part: str | None, data: Path, *, pid: bool, as_json: bool) -> None:
    """Say whether Lector runs on this machine, and what each of its processes takes.

    With the name of a PART, only that one: kill -9 $(lector status outbox --pid)

    Exits with 1 if nothing runs.
    """
    if pid and as_json:
        raise click.UsageError("--pid and --json exclude each other")
    folder = DataFolder(data)
    running = folder.settled()
    if running is None:
        echo(f"nothing runs on {folder.path}; `lector up` starts it")
        sys.exit(1)
    parts = running_parts.of(folder.path, running.pid)
    if part is not None and not (parts := [one for one in parts if one.name == part]):
        raise click.UsageError(f"no part that runs is called '{part}'; `lector status` lists them")
    if pid:
        click.echo("\n".join(str(one.pid) for one in parts))
    elif as_json:
        answer = {"url": running.url, "data": str(folder.path), "parts": list(map(asdict, parts))}
        output.write_json(answer)
    else:
        _write(parts)
        echo(f"Lector runs at {running.url}, on {folder.path}{_sum(parts)}")


def _write(parts: list[RunningPart]) -> None:
    now = datetime.now(UTC)
    output.write_table(
        ("part", "state", "pid", "for", "processor", "memory"),
        [
            (
                one.name,
                one.state,
                str(one.pid),
                output.format_duration((now - one.started_at).total_seconds()),
                f"{one.cpu_s:.1f} s",
                f"{one.memory_bytes / _MIB:.0f} MiB",
            )
            for one in parts
        ],
    )


def _sum(parts: list[RunningPart]) -> str:
    if len(parts) == 1:
        return ""
    return f", and takes {sum(one.memory_bytes for one in parts) / _MIB:.0f} MiB of memory"
