"""A Lector that reads the set: that of this checkout or of another, started once for all pages."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.reading.pages import Page
from lector.cli import watching
from lector.cli.answers import Json, ServerError
from lector.cli.client import Client
from lector.cli.doubts import doubts_of
from lector.cli.outcome import Document
from lector.domain.states import PageStatus
from lector.local.process import free_port

_START_S = 180.0
_STOP_S = 60.0


@dataclass(frozen=True)
class Reading:
    """What became of a page: of a file, which has several pages only if it was not made here.

    `texts` are those that were read, by the number of their page from 1. `error` is None if all of
    them were; `cost_usd` if it is unknown.
    """

    page: Page
    texts: Mapping[int, str]
    doubts: tuple[str, ...]
    error: str | None
    origin: str | None
    cost_usd: float | None

    @property
    def text(self) -> str:
        """All that was read."""
        return "\n\n".join(self.texts.values())


@dataclass(frozen=True)
class Batch:
    """Pages that were read together: what became of each, and how long all of them took.

    `seconds` are those of a clock, from the first upload to the last page read; `cpu_s` those of
    all processes of Lector, the database and the reader among them.
    """

    readings: list[Reading]
    seconds: float
    cpu_s: float


class Lector:
    """A running Lector."""

    def __init__(self, client: Client, process: psutil.Process) -> None:
        self._client = client
        self._process = process

    def read(self, pages: Sequence[Page], **options: str | None) -> Batch:
        """Have pages read; `options` are those of an upload, such as text_layer and language.

        With the text layer "auto", files that carry their text are read, where there are such.

        The language "page" stands for that of each page.
        """
        with_layers = options.get("text_layer") == "auto"
        paths = [(with_layers and page.layer_path) or page.path for page in pages]
        documents = [Document(path, path.name) for path in paths]
        languages = {page.language for page in pages} if options.get("language") == "page" else {""}
        used_s, began = self._cpu_s(), time.monotonic()
        for language in sorted(languages):
            some = [
                d for d, p in zip(documents, pages, strict=True) if language in ("", p.language)
            ]
            told = {**options, **({"language": language} if language else {}), "pages": None}
            for _ in watching.read(self._client, some, told, lambda _: None):
                pass
        seconds, cpu_s = time.monotonic() - began, self._cpu_s() - used_s
        pairs = zip(pages, documents, strict=True)
        return Batch([_reading(page, document) for page, document in pairs], seconds, cpu_s)

    def _cpu_s(self) -> float:
        used_s = 0.0
        for process in [self._process, *self._process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                used_s += sum(process.cpu_times()[:4])  # with those of children that have ended
        return used_s


def _reading(page: Page, document: Document) -> Reading:
    read = [result for result in document.pages if result["status"] == PageStatus.READ]
    errors = [str(result["error"]) for result in document.pages if result not in read]
    if not document.pages:
        errors = [str(document.file.get("error") or document.file["status"])]
    costs = [_cost_usd(result) for result in read]
    return Reading(
        page,
        {int(result["number"]): str(result["text"]) for result in read},
        tuple(str(doubt["code"]) for result in read for doubt in doubts_of(result)),
        "; ".join(errors) or None,
        str(read[0].get("provenance")) if read else None,
        None if None in costs else sum(cost for cost in costs if cost is not None),
    )


def _cost_usd(page: Json) -> float | None:
    """What a page cost; nothing where no model was asked."""
    usage = page.get("usage")
    if usage is None:
        return 0.0
    cost = usage.get("cost_usd")
    return None if cost is None else float(cost)


@contextmanager
def running(checkout: Path | None, environment: Mapping[str, str]) -> Iterator[Lector]:
    """A Lector of a checkout (None: this one) with settings of its own, on a temporary folder.

    Raises:
        RuntimeError: it does not start; the message has the last line of its log.

    """
    python = sys.executable if checkout is None else str(checkout / ".venv" / "bin" / "python")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="lector-reading-") as folder:
        command = [python, "-m", "lector.cli", "up", "--data", f"{folder}/data"]
        log = Path(folder, "up.log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, "--port", str(port)],
                cwd=checkout,
                env={**os.environ, **environment},
                stdout=output,
                stderr=output,
            )
        try:
            with Client(f"http://127.0.0.1:{port}") as client:
                _wait(client, process, log)
                yield Lector(client, psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait(_STOP_S)


def _wait(client: Client, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        with suppress(ServerError):
            client.check()
            return
        if process.poll() is not None or time.monotonic() > deadline:
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise RuntimeError(f"Lector does not start: {(last or ['it said nothing'])[0]}")
