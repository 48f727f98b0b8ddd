"""The whole of Lector as processes, with a model of our own, and files going through it.

Pages carry no text, unless a figure is about that, and the model is asked about each of them: there
is no figure if it was not.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks import in_process, samples
from benchmarks.reporting import say
from lector.cli.client import Client
from lector.domain.states import Provenance
from lector.local import functions, stack
from lector.local.data_folder import DataFolder
from lector.local.process import Child, Part, free_port, wait_ready
from lector.local.stack import Stack
from lector.local.tools import checkout
from lector.local.wiring import Reroute
from tests.support import without_model

NEVER = {**without_model.ASKING, "VERIFY": "never"}
"""No text is taken from the PDF, and no second reader is asked."""
_UPLOADS = 4
_POLL_S = 0.1
_FINISHED = """
    SELECT extract(epoch FROM finished_at)::float8 FROM pages WHERE status = 'read' ORDER BY 1
"""
_PROVENANCES = """
    SELECT provenance, count(*) FROM pages WHERE status = 'read' GROUP BY 1
"""
_FAILED = """
    SELECT 'file ' || name, error_code || ', ' || error FROM files WHERE status = 'failed'
    UNION ALL
    SELECT 'page ' || number, error_code || ', ' || error FROM pages WHERE status = 'failed'
"""


@contextmanager
def running(
    folder: Path,
    model_delay_s: float,
    *,
    traced: bool = False,
    settings: Mapping[str, str] = NEVER,
    reroute: Reroute = str,
) -> Iterator[Stack]:
    """A stack in a folder that it makes, whose model answers after `model_delay_s`.

    Traced, each of its processes sends all of its spans, and metrics, to the model's process.
    `reroute` is the stack's: what it makes of an address is where parts find each other.
    """
    data = DataFolder(folder)
    data.logs.mkdir(parents=True)
    port = free_port()
    env = {"PORT": str(port), "DELAY_S": str(model_delay_s)}
    command = [sys.executable, "-m", "benchmarks.model_server"]
    model = Child(Part("model", command, env, folder=checkout()), data.logs)
    try:
        wait_ready(model, functions.healthy(port))
        address = {
            "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
            "OPENAI_API_KEY": "bench",
            "READER_CHECK": "0",
        }
        address |= settings
        if traced:
            address["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{port}"
        with (
            in_process.environment(address),
            stack.running(data, free_port(), say, reroute) as started,
        ):
            yield started
    finally:
        model.ask_to_stop()
        model.wait_stopped()


def pdfs(
    folder: Path, files: int, pages: int, make: Callable[..., Path] = samples.drawn_pdf
) -> list[Path]:
    """Files of which no two pages are alike, nor like those in another folder, made by `make`."""
    folder.mkdir()
    return [make(folder / f"{n}.pdf", pages, seed=f"{folder.name} {n}") for n in range(files)]


def read(
    started: Stack,
    paths: Sequence[Path],
    pages: int,
    within_s: float,
    provenance: Provenance = Provenance.MODEL,
) -> list[float]:
    """Upload files and wait for their pages: seconds from the first upload to each page's end.

    Raises:
        RuntimeError: something failed, or text came from elsewhere than it was to come from.
        TimeoutError: the pages are not read in time.

    """
    before = len(_finished(started))
    begin = time.time()
    with Client(started.url) as client, ThreadPoolExecutor(_UPLOADS) as pool:
        list(pool.map(lambda path: client.upload(path, None), paths))
    deadline = time.monotonic() + within_s
    while len(finished := _finished(started)) < before + pages:
        _check_nothing_failed(started)
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(finished) - before} of {pages} pages after {within_s:.0f} s")
        time.sleep(_POLL_S)
    check_provenance(_provenances(started), provenance)
    return [at - begin for at in finished[before:]]


def _finished(started: Stack) -> list[float]:
    """When each page that was read was committed, as the database's clock has it, ascending."""
    with psycopg.connect(started.embedded.postgres.url) as connection:
        return [row[0] for row in connection.execute(_FINISHED)]


def check_provenance(counts: Mapping[str, int], provenance: Provenance) -> None:
    """Refuse pages, counted by provenance, whose text came from elsewhere: `RuntimeError`."""
    if set(counts) != {provenance}:
        raise RuntimeError(f"all pages were to be read by {provenance}, but were by {counts}")


def _provenances(started: Stack) -> dict[str, int]:
    with psycopg.connect(started.embedded.postgres.url) as connection:
        return dict(connection.execute(_PROVENANCES).fetchall())


def _check_nothing_failed(started: Stack) -> None:
    with psycopg.connect(started.embedded.postgres.url) as connection:
        failures = [f"{what}: {error}" for what, error in connection.execute(_FAILED)]
    if failures:
        raise RuntimeError(f"{len(failures)} failed, first of all {failures[0]}")
