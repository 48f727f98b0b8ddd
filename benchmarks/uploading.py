"""upload_50, upload_1000: how long many small files take to go up, together and one by one."""

import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from benchmarks import full_stack, samples
from benchmarks.reporting import Figure, say
from lector.cli.client import Client
from lector.cli.outcome import Document
from lector.cli.uploading import Uploads
from lector.domain.states import Provenance
from lector.local.stack import Stack

NAMES = ("upload_50", "upload_1000")
LONGEST_S = 600  # seconds that a figure may take: a thousand files are read, too

_FEW, _MANY = 50, 1000
_FILE_BYTES = 7 * 1024
_ROUNDS = 3
_AT_ONCE = 4
_POLL_S = 0.01
_WITHIN_S = 500.0
_FEW_NOTE = (
    f"s until {_FEW} files of 7 KB and one page are confirmed, as `lector ocr` sends them: many in"
    f" a request; limit: the same number one by one, {_AT_ONCE} at a time, as before; the median of"
    f" {_ROUNDS} rounds of each in turn; ratio = value/limit, where less is better"
)
_MANY_NOTE = (
    f"files/s of {_MANY} files of 7 KB and one page until all are confirmed, as `lector ocr` sends"
    " them, while they are being read; the last page was read after {read:.1f} s; limit: files/s of"
    f" {_FEW} one by one just before"
)


def measure(folder: Path, wanted: Collection[str]) -> Iterator[Figure]:
    """Each on a stack of its own; the pages carry their text, so that no model holds them up."""
    [name] = wanted
    with full_stack.running(folder / name, 0.0, settings={"TEXT_LAYER": "auto"}) as stack:
        warm_up = _files(folder / f"{name}-warm-up", 8)
        full_stack.read(stack, warm_up, 8, _WITHIN_S, Provenance.TEXT_LAYER)
        if name == "upload_50":
            yield _few(stack, folder)
        else:
            yield _many(stack, folder)


def _few(stack: Stack, folder: Path) -> Figure:
    together: list[float] = []
    alone: list[float] = []
    for number in range(_ROUNDS):
        for name, send, seconds in (
            ("one by one", _send_one_by_one, alone),
            ("together", _send_together, together),
        ):
            paths = _files(folder / f"few-{name.replace(' ', '-')}-{number}", _FEW)
            seconds.append(send(stack, paths))
            say(f"upload_50: {name} in {seconds[-1]:.2f} s")
            _settle(stack)
    return Figure("upload_50", median(together), "s", median(alone), _FEW_NOTE)


def _many(stack: Stack, folder: Path) -> Figure:
    say("upload_1000: fifty one by one")
    alone = _FEW / _send_one_by_one(stack, _files(folder / "many-limit", _FEW))
    _settle(stack)
    paths = _files(folder / "many", _MANY)
    say("upload_1000: a thousand together")
    begin = time.monotonic()
    together = _MANY / _send_together(stack, paths)
    _settle(stack)
    read_s = time.monotonic() - begin
    return Figure("upload_1000", together, "files/s", alone, _MANY_NOTE.format(read=read_s))


def _files(folder: Path, count: int) -> list[Path]:
    """PDFs of a page of text each, filled up to the size that they are to have."""
    paths = full_stack.pdfs(folder, count, 1, samples.text_pdf)
    for path in paths:
        content = path.read_bytes()
        path.write_bytes(content + b"%" + bytes(max(0, _FILE_BYTES - len(content) - 1)))
    return paths


def _send_one_by_one(stack: Stack, paths: Sequence[Path]) -> float:
    with Client(stack.url) as client, ThreadPoolExecutor(_AT_ONCE) as pool:
        begin = time.monotonic()
        list(pool.map(client.upload, paths))
        return time.monotonic() - begin


def _send_together(stack: Stack, paths: Sequence[Path]) -> float:
    documents = [Document(path, path.name) for path in paths]
    with Client(stack.url) as client:
        begin = time.monotonic()
        uploads = Uploads(client, documents, {})
        while not uploads.collect():
            time.sleep(_POLL_S)
        seconds = time.monotonic() - begin
    refused = [document.file for document in documents if not document.file["id"]]
    if refused:
        raise RuntimeError(f"{len(refused)} were not taken, first of all {refused[0]}")
    return seconds


def _settle(stack: Stack) -> None:
    """Wait until nothing is left to be read."""
    with Client(stack.url) as client:
        deadline = time.monotonic() + _WITHIN_S
        query = [("limit", 1), *(("status", one) for one in ("announced", "uploaded", "reading"))]
        while client.send("GET", "/v1/files", params=query)["files"]:
            if time.monotonic() > deadline:
                raise TimeoutError("the files are not read in time")
            time.sleep(_POLL_S * 10)
