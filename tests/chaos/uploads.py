"""A steady stream of uploads, with the patience that a person has while the API is being killed."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx2

from lector.cli.answers import ServerError
from lector.cli.client import Client
from lector.local.stack import Report

_AT_ONCE = 4
_PAUSE_S = 0.5
_TRIES_IN_CALM = 30


@dataclass(frozen=True)
class Accepted:
    """A file that was accepted: the id that whoever uploaded it was told, and its number.

    `began` is when its upload began, in seconds since 1970.
    """

    id: str
    number: int
    began: float = 0.0


class Uploads:
    """Uploads files one after the other, spread over a time.

    `accepted` are those it was told of, in that order. While there is noise it never gives up;
    without any, after a number of tries.
    """

    def __init__(self, url: str, report: Report) -> None:
        self.accepted: list[Accepted] = []
        self.tries = 0
        self.given_up: list[str] = []
        self._url = url
        self._report = report
        self._calm = threading.Event()
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        self._running: list[Future[None]] = []

    def begin(self, paths: Sequence[Path], over_s: float) -> None:
        """Upload each file at its time, and again until it is accepted."""
        begin = time.monotonic()
        for number, path in enumerate(paths):
            at = begin + over_s * number / len(paths)
            self._running.append(self._pool.submit(self._upload, path, at))

    def add(self, path: Path) -> None:
        """Upload one more, now."""
        self._running.append(self._pool.submit(self._upload, path, time.monotonic()))

    def finish(self) -> None:
        """Wait for all of them, now that there is no noise."""
        self._calm.set()
        for running in self._running:
            running.result()

    def stop(self) -> None:
        """Leave it, as we are being stopped."""
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def _upload(self, path: Path, at: float) -> None:
        self._stop.wait(max(0.0, at - time.monotonic()))
        in_calm = 0
        with Client(self._url) as client:
            while not self._stop.is_set() and in_calm < _TRIES_IN_CALM:
                self.tries += 1
                in_calm += self._calm.is_set()
                began = time.time()
                try:
                    file_id = client.upload(path, None)["id"]
                    self.accepted.append(Accepted(file_id, int(path.stem), began))
                    return
                except (ServerError, OSError, httpx2.TransportError) as error:
                    self._report(f"{path.name} is uploaded again: {error}")
                    self._stop.wait(_PAUSE_S)
        self.given_up.append(path.name)
