"""A steady stream of uploads, with the patience that a person has while the API is being killed."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from lector.cli.client import Client, ServerError
from lector.local.stack import Report

_AT_ONCE = 4
_PAUSE_S = 0.5


class Uploads:
    """Uploads files one after the other, spread over a time; `accepted` are the ids it was told."""

    def __init__(self, url: str, report: Report) -> None:
        self.accepted: list[str] = []
        self.tries = 0
        self.given_up: list[str] = []
        self._url = url
        self._report = report
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(_AT_ONCE)

    def begin(self, paths: Sequence[Path], over_s: float, patience_s: float) -> None:
        """Upload each file at its time, and again until it is accepted."""
        begin = time.monotonic()
        deadline = begin + over_s + patience_s
        for number, path in enumerate(paths):
            at = begin + over_s * number / len(paths)
            self._pool.submit(self._upload, path, at, deadline)

    def finish(self) -> None:
        """Wait for all of them."""
        self._pool.shutdown()

    def stop(self) -> None:
        """Leave it, as we are being stopped."""
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def _upload(self, path: Path, at: float, deadline: float) -> None:
        self._stop.wait(max(0.0, at - time.monotonic()))
        with Client(self._url) as client:
            while not self._stop.is_set() and time.monotonic() < deadline:
                self.tries += 1
                try:
                    self.accepted.append(client.upload(path, None)["id"])
                    return
                except (ServerError, OSError, httpx2.TransportError) as error:
                    self._report(f"{path.name} is uploaded again: {error}")
                    self._stop.wait(_PAUSE_S)
        self.given_up.append(path.name)
