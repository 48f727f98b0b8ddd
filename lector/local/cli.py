"""The command line: lector up, ocr, stop, down."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from rich.console import Console

from lector import selection
from lector.failures import LectorError
from lector.local import datafolder, formats, progress, reading, stack, transcript
from lector.local.client import Client
from lector.local.datafolder import DataFolder

console = Console(stderr=True)

_data = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=datafolder.default,
    help="Folder that holds everything: database, events, files, logs.  [default: LECTOR_DATA, else your user data folder]",
)


def main() -> None:
    """Run the command line; what Lector knows to be wrong is said in a sentence, without a traceback."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        cli(prog_name="lector", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except LectorError as error:
        say(f"error: {error}")
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        say("stopped")
        sys.exit(130)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lector")
def cli() -> None:
    """A PDF in, its text out: page by page, read by a vision model."""


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the API.  [default: 8080, or a free one]")
@click.option("--detach", "-d", is_flag=True, help="Return when everything runs; `lector stop` ends it.")
@_data
def up(port: int | None, detach: bool, data: Path) -> None:
    """Start Lector on this machine. Ctrl-C stops it; the data stays."""
    folder = DataFolder(data)
    if detach:
        _start_detached(folder, port)
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with stack.running(folder, port, say) as lector:
        _say_where(lector.url, folder)
        say("Ctrl-C stops Lector; the data stays")
        stop.wait()
        say("stopping")


@cli.command()
@_data
def stop(data: Path) -> None:
    """Stop the Lector that runs on a data folder. The data stays."""
    folder = DataFolder(data)
    say(f"stopped; the data stays in {folder.path}" if folder.stop() else f"nothing runs on {folder.path}")


@cli.command()
@_data
def down(data: Path) -> None:
    """Stop the Lector that runs on a data folder, and DELETE the folder with all files and texts."""
    folder = DataFolder(data)
    folder.stop()
    if not folder.path.exists():
        say(f"there is no {folder.path}")
    elif not folder.is_ours():
        raise LectorError(f"{folder.path} does not look like a data folder of Lector; nothing was deleted")
    else:
        say(f"deleting {folder.path} with all files and texts in it")
        folder.delete()


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE|FOLDER…", type=click.Path(exists=True, path_type=Path))
@click.option("--server", metavar="URL", help="A Lector that runs elsewhere.  [default: the one on the data folder]")
@click.option("--format", "style", type=click.Choice(list(formats.FORMATS)), default="text", show_default=True, help="How the text is written.")
@click.option("-o", "--output", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="Write a file for each PDF into DIR instead of to stdout.")
@click.option("--pages", metavar="1-3,7", help="Read only these pages.")
@click.option("--temporary", is_flag=True, help="Read on a Lector of its own that leaves nothing behind.")
@_data
def ocr(
    paths: tuple[Path, ...],
    server: str | None,
    style: str,
    output: Path | None,
    pages: str | None,
    temporary: bool,
    data: Path,
) -> None:
    """Read PDFs, or all PDFs in folders, and print their text.

    Uses the Lector that runs on the data folder, else starts one for as long as it takes. Exits
    with 0 when every page was read, with 1 when a page or a file failed.
    """
    documents = reading.find_pdfs(paths)
    if not documents:
        raise click.UsageError("there is no PDF in " + ", ".join(map(str, paths)))
    if server and temporary:
        raise click.UsageError("--server and --temporary exclude each other")
    _check_pages(pages)
    with _lector(server, data, temporary) as url, Client(url) as client:
        with progress.shown(console) as watch:
            pages_read = reading.read(client, documents, pages, watch)
            transcript.follow(pages_read, documents, style, output)
    if not transcript.summarize(documents, say):
        sys.exit(1)


def say(message: str) -> None:
    """A line for people, on stderr."""
    console.print(f"lector: {message}", highlight=False, markup=False, soft_wrap=True)


@contextmanager
def _lector(server: str | None, data: Path, temporary: bool) -> Iterator[str]:
    """The URL of the Lector to use, started if none runs."""
    if server:
        yield server
        return
    if temporary:
        with tempfile.TemporaryDirectory(prefix="lector-") as folder:
            with stack.running(DataFolder(Path(folder)), None, say) as lector:
                yield lector.url
        return
    folder_in_use = DataFolder(data)
    running = folder_in_use.running()
    if running:
        yield running.url
        return
    with stack.running(folder_in_use, None, say) as lector:
        yield lector.url


def _start_detached(folder: DataFolder, port: int | None) -> None:
    words = [sys.executable, "-m", "lector.local.cli", "up", "--data", str(folder.path)]
    words += ["--port", str(port)] if port else []
    folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = folder.path / "up.log"
    with log.open("wb") as output:
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    while child.poll() is None:
        running = folder.running()
        if running and running.pid == child.pid:
            _say_where(running.url, folder)
            say("`lector stop` ends it; the data stays")
            return
        time.sleep(0.1)
    raise LectorError(log.read_text().strip().removeprefix("lector: error: "))


def _say_where(url: str, folder: DataFolder) -> None:
    say(f"the API is at {url}/v1/files")
    say(f"try: curl -F file=@document.pdf {url}/v1/files")
    say(f"the data is in {folder.path}, logs in {folder.logs}")


def _check_pages(pages: str | None) -> None:
    try:
        if pages is not None:
            selection.parse(pages)
    except selection.BadSelection as error:
        raise click.UsageError(str(error)) from error


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM unwinds the stack, so that what was started is stopped."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
