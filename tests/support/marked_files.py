"""Files of marked pages, uploaded and watched through the API, as any client would."""

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lector.cli.client import Client
from lector.cli.outcome import FINISHED
from tests.support import marked_pages

_POLL_S = 0.1
_documents = itertools.count(1)


@dataclass(frozen=True)
class MarkedFile:
    """A file that was uploaded; `document` is its part of each page's mark."""

    client: Client
    id: str
    document: int
    pages: int
    uploaded_at: float  # seconds since the epoch, before the upload began

    def state(self) -> Mapping[str, Any]:
        """The file as the API shows it."""
        return self.client.send("GET", f"/v1/files/{self.id}")

    def pages_read(self) -> int:
        """How many of its pages are read."""
        return int(self.state()["progress"]["read"])

    def wait_read(self, pages: int, within_s: float) -> int:
        """Wait until so many pages are read; how many are, fewer if it took too long."""
        deadline = time.monotonic() + within_s
        while (read := self.pages_read()) < pages and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return read

    def wait_finished(self, within_s: float) -> float | None:
        """Wait for its end; seconds since the upload began, None if it took too long."""
        deadline = time.monotonic() + within_s
        while (state := self.state())["status"] not in FINISHED:
            if time.monotonic() > deadline:
                return None
            time.sleep(_POLL_S)
        return datetime.fromisoformat(state["finished_at"]).timestamp() - self.uploaded_at

    def failures(self) -> list[str]:
        """What its failed pages say of why."""
        return [p["error"] for p in self.client.pages(self.id) if p["status"] == "failed"]

    def cancel(self) -> None:
        """Stop it, unless it has ended."""
        if self.state()["status"] not in FINISHED:
            self.client.send("POST", f"/v1/files/{self.id}/cancel")


class Uploader:
    """Makes PDFs in a folder, no two pages alike, and uploads them to a Lector, until closed."""

    def __init__(self, url: str, folder: Path, token: str | None = None) -> None:
        self.client = Client(url, token)
        self._folder = folder
        self._files: list[MarkedFile] = []

    def __enter__(self) -> "Uploader":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.__exit__()

    def upload(
        self, pages: int, model: str | None = None, document: int | None = None
    ) -> MarkedFile:
        """Upload a file of so many pages, to be read by this model; its document is a new one."""
        document = document or next_document()
        path = self._folder / f"{document}.pdf"
        path.write_bytes(marked_pages.pdf([(document, page + 1) for page in range(pages)]))
        began = time.time()
        file = self.client.upload(path, None, model=model)
        self._files.append(MarkedFile(self.client, file["id"], document, pages, began))
        return self._files[-1]

    def cancel_all(self) -> None:
        """Stop what has not ended."""
        for file in self._files:
            file.cancel()
        self._files.clear()


def next_document() -> int:
    """A number that no other document has."""
    return next(_documents)
