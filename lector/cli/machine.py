"""up, stop, down: a Lector on this machine."""

import signal
import threading
from pathlib import Path

import click

from lector.cli import options, output, session
from lector.cli.output import echo
from lector.local import contents, stack
from lector.local.data_folder import DataFolder
from lector.local.process import ON_LOOPBACK, Listening
from lector.local.seaweedfs import remove_sockets
from lector.runtime import source_tree
from lector.runtime.failures import LectorError


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port of the API.  [default: 8080, or a free one]",
)
@click.option(
    "-d", "--detach", is_flag=True, help="Return when all is ready; `lector stop` ends it."
)
@click.option("--reload", is_flag=True, help="Start anew what a saved source file belongs to.")
@click.option(
    "--auth", is_flag=True, help="Ask for a token, also on this machine; these commands have one."
)
@click.option(
    "--host",
    default=ON_LOOPBACK.host,
    help="Address on which page, API and objects listen, for a container; needs --auth."
    "  [default: this machine alone]",
)
@click.option(
    "--objects-port",
    type=click.IntRange(1, 65535),
    help="Port of the objects that browsers send and fetch.  [default: a free one]",
)
@options.readers_file
@options.data_folder
def up(
    port: int | None,
    *,
    host: str,
    objects_port: int | None,
    detach: bool,
    reload: bool,
    auth: bool,
    readers_file: Path | None,  # noqa: ARG001 - it is in the environment
    data: Path,
) -> None:
    """Start Lector on this machine. Ctrl-C stops it; the data stays."""
    folder = DataFolder(data)
    if detach and reload:
        raise click.UsageError("--detach and --reload exclude each other")
    if reload and source_tree.is_installed():
        raise click.UsageError("--reload is for a checkout: nobody edits what is installed")
    if host != ON_LOOPBACK.host and not auth:
        raise click.UsageError("--host lets others reach Lector, so that --auth is needed, too")
    listening = Listening(host, objects_port)
    if detach:
        session.start_detached(folder, port, auth=auth, listening=listening)
        return
    stop_requested = threading.Event()
    running = stack.running(folder, port, echo, reload=reload, auth=auth, listening=listening)
    with running as lector:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop_requested.set())
        session.echo_addresses(lector.as_running, folder)
        echo("Ctrl-C stops Lector; the data stays")
        stop_requested.wait()
        echo("stopping")


@click.command()
@options.data_folder
def stop(data: Path) -> None:
    """Stop the Lector that runs on a data folder. The data stays."""
    folder = DataFolder(data)
    if folder.stop():
        echo(f"stopped; the data stays in {folder.path}")
    else:
        echo(f"nothing runs on {folder.path}")


@click.command()
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@options.data_folder
def down(data: Path, *, yes: bool) -> None:
    """Stop the Lector on a data folder, and DELETE the folder with all files and texts.

    On a terminal it says what is there and asks first; elsewhere it needs --yes.
    """
    folder = DataFolder(data)
    if not folder.path.exists():
        echo(f"there is no {folder.path}")
        return
    if not folder.is_ours():
        raise LectorError(f"{folder.path} is no data folder of Lector's; nothing was deleted")
    folder.settled()
    options.check_can_ask(yes=yes)
    if not yes:
        echo(_describe(contents.count(folder), folder))
        options.confirm_deletion("Delete all that for good?")
    folder.stop()
    echo(f"deleting {folder.path} with all files and texts in it")
    remove_sockets(folder.path / "s3")
    folder.delete()


def _describe(held: contents.Contents, folder: DataFolder) -> str:
    """What is there that would be gone."""
    size = f"{held.size_bytes / 1_000_000:,.0f} MB"
    if held.files is None or held.pages is None:
        return f"{folder.path} holds {size}; how many files that is cannot be said"
    files, pages = output.count(held.files, "file"), output.count(held.pages, "page")
    return f"{folder.path} holds {files} with {pages} read, and all settings and tokens: {size}"
