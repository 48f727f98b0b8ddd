"""What each Lector is given to do, by HTTP as any client would, and what that costs it."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import httpx2

from benchmarks import samples
from benchmarks.against.checkouts import Checkout, Lector
from benchmarks.footprint import most_memory
from benchmarks.reporting import say

Json = dict[str, Any]

_SETTLE_S = 10.0
_UPLOADS = 4
_UPLOAD_RUNS = 3
_POLL_S = 0.25
_WITHIN_S = 300.0
_PENDING = ("announced", "uploaded", "reading")


@dataclass(frozen=True)
class Load:
    """How much there is to do."""

    files: int = 12
    pages: int = 16
    warm_up: int = 40
    first_pages: int = 5
    small_files: int = 50


@dataclass(frozen=True)
class Cost:
    """What one Lector needed, of a page where nothing else is said.

    Pages of `text` carry what they say, `pictures` do not. `upload_s` is for all small files but
    the first.
    """

    text_cpu_ms: float
    text_wall_ms: float
    pictures_cpu_ms: float
    pictures_wall_ms: float
    first_page_ms: float
    upload_s: float
    idle_mib: float
    busy_mib: float


class Files:
    """The PDFs of one round: every Lector is given the same ones."""

    def __init__(self, folder: Path, name: str, load: Load) -> None:
        self.load = load
        self.warm_up = [samples.read_pdf(folder / f"{name}-w.pdf", load.warm_up, f"{name} w")]
        self.text = self._several(folder, f"{name}-text", load.files, load.pages)
        self.pictures = self._several(
            folder, f"{name}-pictures", load.files, load.pages, samples.drawn_pdf
        )
        self.first = self._several(folder, f"{name}-first", load.first_pages, load.pages)
        self.one, self.small = folder / f"{name}-one", folder / f"{name}-small"
        for where, count in ((self.one, 1), (self.small, load.small_files)):
            where.mkdir()
            self._several(where, f"{where.name}", count, 1)

    def _several(
        self,
        folder: Path,
        name: str,
        files: int,
        pages: int,
        make: Callable[..., Path] = samples.read_pdf,
    ) -> list[Path]:
        return [make(folder / f"{name}-{n}.pdf", pages, f"{name} {n}") for n in range(files)]


def cost(source: Checkout, lector: Lector, files: Files) -> Cost:
    """Let a Lector that has just started do all of it, and measure."""
    time.sleep(_SETTLE_S)
    idle_mib = lector.tree.pss_mib()
    pages = files.load.files * files.load.pages
    with client_of(lector) as client:
        client.read(files.warm_up)
        with most_memory({"all": lector.tree}) as memory:
            text_cpu_ms, text_wall_ms = of_a_page(lector, client, files.text, pages)
        pictures_cpu_ms, pictures_wall_ms = of_a_page(lector, client, files.pictures, pages)
        first_s = [client.first_page_s(path) for path in files.first]
        upload_s = [
            min(client.upload_by_command_s(source, some) for _ in range(_UPLOAD_RUNS))
            for some in (files.one, files.small)
        ]
    return Cost(
        text_cpu_ms=text_cpu_ms,
        text_wall_ms=text_wall_ms,
        pictures_cpu_ms=pictures_cpu_ms,
        pictures_wall_ms=pictures_wall_ms,
        first_page_ms=1000 * median(first_s),
        upload_s=upload_s[1] - upload_s[0],
        idle_mib=idle_mib,
        busy_mib=memory["all"],
    )


class Client:
    """The least that reads files: announce, store, confirm, and look until they are finished."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http

    def read(self, paths: Sequence[Path]) -> float:
        """Seconds from the first upload to the end of the last file, by the server's clock."""
        began = time.time()
        with ThreadPoolExecutor(_UPLOADS) as pool:
            ids = list(pool.map(self._upload, paths))
        return max(_moment(file["finished_at"]) for file in self._finished(ids)) - began

    def first_page_s(self, path: Path) -> float:
        """Seconds from the confirmation of a file until its first page was read."""
        [file] = self._finished([self._upload(path)])
        pages = self._send("GET", f"/v1/files/{file['id']}/pages", params={"limit": 100})["pages"]
        first = min(_moment(page["finished_at"]) for page in pages)
        return first - _moment(file["uploaded_at"])

    def upload_by_command_s(self, source: Checkout, folder: Path) -> float:
        """Seconds from the start of `lector ocr` until a folder's files were all confirmed."""
        for path in folder.iterdir():
            with path.open("ab") as file:
                file.write(b"%\n")  # as the same bytes are not uploaded twice
        began = time.time()
        command = [*source.command(), "ocr", "--server", str(self._http.base_url), str(folder)]
        environment = {**source.environment(), "LECTOR_DATA": os.devnull}
        subprocess.run(
            command,
            cwd=source.folder,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        expected = len(list(folder.iterdir()))
        query = {"name": folder.name, "limit": 200}
        files = self._send("GET", "/v1/files", params=query)["files"]
        files = [file for file in files if _moment(file["created_at"]) >= began]
        if len(files) != expected:
            raise RuntimeError(f"{len(files)} of {expected} files were uploaded")
        return max(_moment(file["uploaded_at"]) for file in files) - began

    def _upload(self, path: Path) -> str:
        about = {"name": path.name, "size_bytes": path.stat().st_size}
        file = self._send("POST", "/v1/files", json=about)
        target = file["upload"]
        httpx2.put(
            target["url"], content=path.read_bytes(), headers=target["headers"]
        ).raise_for_status()
        return str(self._send("POST", f"/v1/files/{file['id']}/confirm")["id"])

    def _finished(self, ids: Sequence[str]) -> list[Json]:
        """These files when all of their pages are read."""
        deadline = time.monotonic() + _WITHIN_S
        query = [("limit", str(len(ids))), *(("id", one) for one in ids)]
        while True:
            files: list[Json] = self._send("GET", "/v1/files", params=query)["files"]
            pending = [file for file in files if file["status"] in _PENDING]
            if not pending:
                break
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(pending)} files are not read after {_WITHIN_S:.0f} s")
            time.sleep(_POLL_S)
        if bad := [file for file in files if file["status"] != "completed"]:
            raise RuntimeError(f"{len(bad)} files were not read, first of all {bad[0]}")
        return files

    def _send(self, method: str, path: str, **request: Any) -> Json:
        answer = self._http.request(method, path, **request)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        found: Json = answer.json()
        return found


def of_a_page(
    lector: Lector, client: Client, paths: Sequence[Path], pages: int
) -> tuple[float, float]:
    """Milliseconds of a processor, and of a clock, for each of so many pages in these files."""
    used_s = lector.tree.cpu_s()
    took_s = client.read(paths)
    time.sleep(1.0)  # what follows the last page belongs to the work, too
    used_s = lector.tree.cpu_s() - used_s
    return 1000 * used_s / pages, 1000 * took_s / pages


@contextmanager
def client_of(lector: Lector) -> Iterator[Client]:
    """A client of a Lector that runs."""
    with httpx2.Client(base_url=lector.url, timeout=60.0) as http:
        yield Client(http)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def describe(made: Cost) -> None:
    """Say what was just measured."""
    say(
        f"CPU {made.text_cpu_ms:.1f} ms and {made.text_wall_ms:.1f} ms a page of text,"
        f" {made.pictures_cpu_ms:.1f} and {made.pictures_wall_ms:.1f} of a picture, first page"
        f" {made.first_page_ms:.0f} ms, uploads {made.upload_s:.2f} s,"
        f" {made.idle_mib:.0f} MiB idle and {made.busy_mib:.0f} at work"
    )
