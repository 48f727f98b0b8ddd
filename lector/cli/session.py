"""Which Lector a command works with: one elsewhere, the one that runs here, or one of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lector.cli.commands import NotInstalled
from lector.cli.output import echo
from lector.client import local
from lector.client.local import Address, address_of
from lector.local import checkup
from lector.local.data_folder import DataFolder, Running
from lector.local.process import ON_LOOPBACK, Listening, StackError
from lector.runtime import settings, source_tree
from lector.runtime.failures import LectorError
from lector.telemetry import exporters

if TYPE_CHECKING:
    from lector.cli.client import Client


@contextmanager
def connect(server: str | None, token: str | None, data: Path) -> "Iterator[Client]":
    """The Lector elsewhere, or the one that runs on the data folder; none is started."""
    from lector.cli.client import Client  # noqa: PLC0415 - `lector up` needs none

    with Client(*find(server, token, data)) as client:
        client.check()
        yield client


def find(server: str | None, token: str | None, data: Path) -> Address:
    """The Lector elsewhere, else the one that runs on the data folder, whose token is there."""
    if server:
        return Address(server, token)
    return address_of(_find_running(data), token)


def find_nats_url(data: Path) -> str:
    """The NATS of the Lector that runs on a data folder."""
    return _find_running(data).nats_url


def find_function_urls(data: Path) -> dict[str, str]:
    """Where the functions of the Lector that runs on a data folder take events."""
    return _find_running(data).function_urls


def draw_sign_in_url(data: Path) -> str:
    """A new address that signs a browser in, once; those before are worth nothing any more."""
    running = _find_running(data)
    if not running.token:
        raise LectorError(f"this Lector asks for no token: open {running.url}")
    return _sign_in_url(running.url, DataFolder(data).draw_sign_in_code())


def _sign_in_url(url: str, code: str) -> str:
    # Behind #: a browser sends that to nobody, and the page takes it out of the address.
    return f"{url}/#code={code}"


def _find_running(data: Path) -> Running:
    folder = DataFolder(data)
    running = folder.running()
    if running is None:
        elsewhere = "--server names one elsewhere"
        # A client alone starts none: what `up` stands on is not installed.
        way_out = f"`lector up` starts one, {elsewhere}" if find_spec("psycopg") else elsewhere
        raise LectorError(f"no Lector runs on {folder.path}; {way_out}")
    return running


@contextmanager
def find_or_start(
    server: str | None,
    token: str | None,
    data: Path,
    *,
    temporary: bool,
    needs_reader: bool = True,
    reader: str | None = None,
) -> Iterator[Address]:
    """The Lector to use, started for the duration of the block if none runs.

    `reader` is the one that is to read; None: the default one.

    Raises:
        LectorError: one was started, and that reader cannot be reached, and `needs_reader`.
        UsageError: one would be started, and would have no such reader.

    """
    if server:
        yield Address(server, token)
        return
    if reader and (temporary or not DataFolder(data).running()):
        _check_that_there_is(reader)
    start = local.find_or_start(data, token, temporary=temporary, report=echo, reader=reader)
    with ExitStack() as cleanup:
        try:
            found = cleanup.enter_context(start)
        except ModuleNotFoundError as error:
            if not source_tree.is_foreign(error):
                raise
            raise NotInstalled(error, "; or name a Lector elsewhere with --server") from error
        if found.reader_problem and needs_reader:
            raise LectorError(
                "no page can be read by a model before that is changed; with --text-layer"
                " always pages have the text that they carry"
            )
        yield found.address


def _check_that_there_is(reader: str) -> None:
    """Find out before a Lector is started whether it would have this reader."""
    try:
        from lector.domain import reader_catalogue  # noqa: PLC0415 - a client has none of them
    except ModuleNotFoundError:
        return  # what starts it says what is not installed
    catalogue = reader_catalogue.current()
    if catalogue.find(reader) is None:
        there = ", ".join(sorted(catalogue.readers))
        raise click.UsageError(f"there is no reader {reader!r}, but {there}")


def describe_going_on(server: str | None, data: Path) -> str:
    """What becomes of files that are uploaded when this command ends: words with a place."""
    stays = server or DataFolder(data).running()
    return "Lector goes on with {}" if stays else "{} are kept until Lector runs again"


def start_telemetry() -> None:
    """Send traces where OTEL_* says so; a client alone may lack what sends them."""
    try:
        exporters.start("cli", settings.current(settings.Telemetry))
    except ModuleNotFoundError as error:
        echo(
            f"warning: no traces are sent, as {error.name} is not installed:"
            f" {source_tree.install('telemetry')}"
        )


def start_detached(
    folder: DataFolder, port: int | None, *, auth: bool, listening: Listening = ON_LOOPBACK
) -> None:
    """Start `lector up` in the background and return when it is ready."""
    command = [sys.executable, "-m", "lector.cli", "up", "--data", str(folder.path)]
    command += ["--port", str(port)] if port else []
    command += ["--auth"] if auth else []
    command += ["--host", listening.host]
    command += ["--objects-port", str(listening.objects_port)] if listening.objects_port else []
    checkup.require_room(folder.path)  # on a full disk it could not even log why it ends
    folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = folder.path / "up.log"
    with log.open("wb") as log_file:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=log_file,
            start_new_session=True,
        )
    shown = 0
    while child.poll() is None:
        lines = log.read_text().splitlines()
        for line in lines[shown:]:
            if " is still starting " in line or line.startswith("lector: warning: "):
                echo(line.removeprefix("lector: "))
        shown = len(lines)
        running = folder.running()
        if running and running.pid == child.pid:
            echo_addresses(running, folder)
            echo("`lector stop` ends it; the data stays")
            return
        time.sleep(0.1)
    last = log.read_text().strip().splitlines()[-1:]
    raise StackError((last or ["it ended at once"])[0].removeprefix("lector: error: "))


def echo_addresses(running: Running, folder: DataFolder) -> None:
    """Say where the page, the API, the data and the logs are."""
    url = running.url
    echo(f"open {url} in a browser; the API is at {url}/v1, described at {url}/docs")
    if running.token:
        code = folder.sign_in_file.read_text()
        echo(
            f"it asks for a token; this address signs a browser in, once: {_sign_in_url(url, code)}"
        )
        echo("the command line has a token; `lector token create` makes others")
    else:
        echo(f"or try: curl -F file=@document.pdf {url}/v1/files")
    echo(f"the data is in {folder.path}, logs in {folder.logs}")
