"""Have files read by a Lector and watch them until the last page."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from lector.cli.client import Client, Json, ServerError, printable

FINISHED = ("completed", "incomplete", "failed", "cancelled")
_POLL_S = 0.2
_UPLOADS = 4


@dataclass
class Document:
    """One file on its way. `pages` holds the pages that are finished, in order, so far."""

    path: Path
    name: str
    file: Json = field(default_factory=lambda: {"id": None, "status": "waiting"})
    pages: list[Json] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether no more will come."""
        return self.file["status"] in FINISHED

    @property
    def wholly_read(self) -> bool:
        """Whether every page that was asked for was read."""
        return bool(self.file["status"] == "completed")


Watcher = Callable[[Sequence[Document]], None]


def read(
    client: Client,
    documents: Sequence[Document],
    wishes: Mapping[str, str | None],
    watch: Watcher,
) -> Iterator[tuple[Document, Json]]:
    """Upload files and yield every finished page, in the order of files and of pages.

    `wishes` say how they are to be read: pages, and prompt, model, language if anything.
    `watch` is called whenever the state of the files was looked up.
    """
    pool = ThreadPoolExecutor(_UPLOADS)
    uploads = {pool.submit(client.upload, d.path, **wishes): d for d in documents}
    try:
        for document in documents:
            while True:
                _collect_uploads(uploads)
                _refresh(client, documents)
                watch(documents)
                yield from _new_pages(client, document)
                if document.finished:
                    break
                time.sleep(_POLL_S)
    finally:
        # Whoever interrupts does not want the rest of a folder uploaded first.
        pool.shutdown(wait=False, cancel_futures=True)


def _collect_uploads(uploads: dict[Future[Json], Document]) -> None:
    for upload in [upload for upload in uploads if upload.done()]:
        document = uploads.pop(upload)
        try:
            document.file = upload.result()
        except (ServerError, OSError, httpx2.TransportError) as error:
            document.file = {"id": None, "status": "failed", "error": str(error)}


def _refresh(client: Client, documents: Sequence[Document]) -> None:
    open_files = {d.file["id"]: d for d in documents if d.file["id"] and not d.finished}
    for file in client.files(list(open_files)):
        open_files.pop(file["id"]).file = file
    for deleted in open_files.values():
        reason = f"somebody deleted it, or another Lector answers at {client.url} now"
        deleted.file = {**deleted.file, "status": "failed", "error": reason}


def _new_pages(client: Client, document: Document) -> Iterator[tuple[Document, Json]]:
    """Finished pages that were not yielded yet, up to the first that still waits."""
    if not document.file.get("progress"):
        return
    known = document.pages[-1]["number"] if document.pages else 0
    progress = document.file["progress"]
    if progress["read"] + progress["failed"] == len(document.pages):
        return
    for page in client.pages(document.file["id"], after=known):
        if page["status"] not in ("read", "failed"):
            return
        document.pages.append(page)
        yield document, page


def find_pdfs(paths: Sequence[Path]) -> list[Document]:
    """The files that were named, and the PDFs in the folders that were; names tell them apart."""
    documents = []
    for path in paths:
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix.lower() == ".pdf" and p.is_file())
            documents += [Document(p, printable(str(p.relative_to(path)))) for p in found]
        else:
            documents.append(Document(path, printable(path.name)))
    return documents
