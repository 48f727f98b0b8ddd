"""The command line: lector up, ocr, ls, get, search and the rest."""

import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from click.core import ParameterSource
from click.shell_completion import get_completion_class

from lector.cli import (
    file_actions,
    finding,
    formats,
    options,
    progress,
    reading,
    seeing,
    transcript,
)
from lector.cli.client import Client, ServerError
from lector.cli.notify import notify
from lector.cli.sections import Sections
from lector.cli.session import console, lector_at, say, say_where, start_detached
from lector.cli.tokens import token
from lector.cli.try_page import try_page
from lector.domain import page_selection
from lector.local import process, stack
from lector.local.data_folder import DataFolder
from lector.local.seaweedfs import remove_sockets
from lector.runtime import settings
from lector.runtime.failures import LectorError
from lector.telemetry import exporters

ENV = ParameterSource.ENVIRONMENT


def main() -> None:
    """Run the command line; what is known to be wrong is said in a sentence, not a traceback."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _terminate)
    process.keep_loopback_direct()
    try:
        cli(prog_name="lector", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (LectorError, OSError) as error:
        say(f"error: {error}")
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        say("stopped")
        sys.exit(130)


@click.group(cls=Sections, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lector")
def cli() -> None:
    """A PDF in, its text out: page by page, read by a vision model.

    Exits with 0 when all went well, 1 when something failed, 2 for wrong usage, 130 when
    interrupted.
    """


@cli.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port of the API.  [default: 8080, or a free one]",
)
@click.option(
    "-d", "--detach", is_flag=True, help="Return when all is ready; `lector stop` ends it."
)
@click.option("--reload", is_flag=True, help="Start anew what a saved source file belongs to.")
@options.data_folder
def up(port: int | None, *, detach: bool, reload: bool, data: Path) -> None:
    """Start Lector on this machine. Ctrl-C stops it; the data stays."""
    folder = DataFolder(data)
    if detach and reload:
        raise click.UsageError("--detach and --reload exclude each other")
    if detach:
        start_detached(folder, port)
        return
    stop_asked = threading.Event()
    with stack.running(folder, port, say, reload=reload) as lector:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop_asked.set())
        say_where(lector.url, folder)
        say("Ctrl-C stops Lector; the data stays")
        stop_asked.wait()
        say("stopping")


@cli.command()
@options.data_folder
def stop(data: Path) -> None:
    """Stop the Lector that runs on a data folder. The data stays."""
    folder = DataFolder(data)
    if folder.stop():
        say(f"stopped; the data stays in {folder.path}")
    else:
        say(f"nothing runs on {folder.path}")


@cli.command()
@options.data_folder
def down(data: Path) -> None:
    """Stop the Lector on a data folder, and DELETE the folder with all files and texts."""
    folder = DataFolder(data)
    folder.stop()
    if not folder.path.exists():
        say(f"there is no {folder.path}")
        return
    if not folder.is_ours():
        raise LectorError(f"{folder.path} is no data folder of Lector's; nothing was deleted")
    say(f"deleting {folder.path} with all files and texts in it")
    remove_sockets(folder.path / "s3")
    folder.delete()


@cli.command()
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="FILE|FOLDER...",
    type=click.Path(exists=True, path_type=Path),
)
@options.server
@options.token_file
@click.option(
    "--format",
    "style",
    type=click.Choice(list(formats.FORMATS)),
    default="text",
    show_default=True,
    help="How the text is written.",
)
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a file for each PDF into DIR, instead of to stdout.",
)
@click.option(
    "--pages",
    metavar="1-3,7",
    callback=lambda *args: _selection(args[2]),
    help="Read only these pages.",
)
@options.prompt
@options.model
@options.language
@click.option("--temporary", is_flag=True, help="Use a Lector that leaves nothing behind.")
@options.data_folder
def ocr(
    paths: tuple[Path, ...],
    *,
    server: str | None,
    token: str | None,
    style: str,
    output: Path | None,
    pages: str | None,
    prompt: str | None,
    model: str | None,
    language: str | None,
    temporary: bool,
    data: Path,
) -> None:
    """Read PDFs, or all PDFs in folders, and print their text.

    Uses the Lector that runs on the data folder, else starts one for as long as it takes. Exits
    with 0 when every page was read, with 1 when a page or a file failed, with 2 for wrong usage.
    """
    documents = reading.find_pdfs(paths)
    if not documents:
        raise click.UsageError("there is no PDF in " + ", ".join(map(str, paths)))
    if server and temporary and click.get_current_context().get_parameter_source("server") != ENV:
        raise click.UsageError("--server and --temporary exclude each other")
    server = None if temporary else server
    wishes = {"pages": pages, "prompt": prompt, "model": model, "language": language}
    if output:
        _make(output)
    exporters.begin("cli", settings.current(settings.Telemetry))
    with lector_at(server, data, temporary=temporary) as url, Client(url, token) as client:
        client.check()
        try:
            with progress.display(console) as display:
                finished_pages = reading.read(client, documents, wishes, display.show)
                transcript.follow(finished_pages, style, output, display.print)
        except ServerError as error:
            say(f"error: {error}")
        transcript.conclude(documents, style, output)
        whole = transcript.summarize(documents, say)
    if not whole:
        sys.exit(1)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what has a shell complete commands: eval "$(lector completion bash)"."""
    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(cli, {}, "lector", "_LECTOR_COMPLETE").source())


for _command in (
    *finding.COMMANDS,
    *file_actions.COMMANDS,
    *seeing.COMMANDS,
    notify,
    token,
    try_page,
):
    cli.add_command(_command)


def _selection(pages: str | None) -> str | None:
    try:
        if pages is not None:
            page_selection.parse(pages)
    except page_selection.BadSelection as error:
        raise click.BadParameter(str(error)) from error
    return pages


def _make(output: Path) -> None:
    """Find out before anything is read whether there is a place for the text."""
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"there can be no folder {output}: {error.strerror}") from error


def _terminate(number: int, _: FrameType | None) -> NoReturn:
    """Unwind, so that what was started is stopped."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
