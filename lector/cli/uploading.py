"""Documents on their way up: small ones many in a request, large ones by themselves.

A server of before that takes no many at once, and whatever stands before one and does not let so
much through, gets them one by one.
"""

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import click
import httpx2

from lector.cli.answers import Json, Refused, ServerError
from lector.cli.client import Client
from lector.cli.outcome import Document
from lector.client.batches import NOT_THERE, ONE_BY_ONE, batches
from lector.client.sources import SmallFile

_PARALLEL = 4
_LAST_WORK_S = 5.0
_WRONG = (400, 422)
_UNKNOWN_OPTION = "unknown_option"


class Uploads:
    """Uploads documents in their order, a few requests at a time, from the moment it is made.

    With `most`, only so many are on their way at first, and others by `begin`.
    """

    def __init__(
        self,
        client: Client,
        documents: Sequence[Document],
        reading_options: Mapping[str, Any],
        most: int | None = None,
    ) -> None:
        self._client = client
        self._options = reading_options
        self._pool = ThreadPoolExecutor(_PARALLEL)
        self._together = threading.Event()
        if reading_options.get("password") is None:  # it is said of each alone
            self._together.set()
        self._open: dict[Future[Json], Document] = {}
        self._waiting: deque[list[tuple[Document, Future[Json]]]] = deque()
        self.add(documents)
        self.begin(len(documents) if most is None else most)

    @property
    def under_way(self) -> int:
        """How many documents have begun, and have not arrived yet."""
        return len(self._open) - sum(len(some) for some in self._waiting)

    def add(self, documents: Sequence[Document]) -> None:
        """Send further documents, too, after those that there are: with `begin`."""
        for some in batches(documents, _size):
            uploads = [(document, Future[Json]()) for document in some]
            self._open |= {future: document for document, future in uploads}
            self._waiting.append(uploads)

    def begin(self, room: int) -> None:
        """Send further ones, as long as no more than `room` are on their way."""
        while self._waiting and self.under_way < room:
            self._pool.submit(self._send, self._waiting.popleft())

    def collect(self) -> bool:
        """Note in each document what became of its upload, if that is known; whether all are."""
        for upload in [upload for upload in self._open if upload.done()]:
            document = self._open.pop(upload)
            if upload.cancelled():
                continue
            try:
                file = upload.result()
                document.found_before = file.pop("found", False)
                document.file = file
            except (ServerError, OSError, httpx2.TransportError) as error:
                document.file = {"id": None, "status": "failed", "error": str(error)}
        return not self._open

    def stop(self, wait_s: float = _LAST_WORK_S) -> None:
        """Begin no more of them, and wait a moment for those that are under way.

        Whoever interrupts does not want the rest of a folder uploaded first, but wants to know what
        arrived.
        """
        self._waiting.clear()
        for upload in self._open:
            upload.cancel()  # but for those that have begun
        self._pool.shutdown(wait=False, cancel_futures=True)
        wait([upload for upload in self._open if upload.running()], wait_s)
        self.collect()

    def _send(self, uploads: Sequence[tuple[Document, Future[Json]]]) -> None:
        begun = [one for one in uploads if one[1].set_running_or_notify_cancel()]
        if len(begun) > 1 and self._together.is_set():
            self._send_together(begun)
        elif len(begun) == 1:
            self._send_alone(*begun[0])
        else:
            self._send_one_by_one(begun)

    def _send_together(self, uploads: Sequence[tuple[Document, Future[Json]]]) -> None:
        there = list(_contents(uploads))
        if not there:
            return
        files = [
            SmallFile(Path(document.name).name, content, self._folder(document))
            for document, _, content in there
        ]
        try:
            outcomes = self._client.upload_many(files, **self._options)
        except Exception as error:
            self._refuse([(document, future) for document, future, _ in there], error)
            return
        for (document, future, _), outcome in zip(there, outcomes, strict=True):
            if isinstance(outcome, Refused) and outcome.code == _UNKNOWN_OPTION:
                self._send_one_by_one([(document, future)])  # it met a server of before
            elif isinstance(outcome, Refused):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    def _refuse(self, uploads: Sequence[tuple[Document, Future[Json]]], error: Exception) -> None:
        """Have them go up one by one if that may help, else they have failed."""
        status, code = (error.status, error.code) if isinstance(error, Refused) else (0, "")
        if status in NOT_THERE or code == _UNKNOWN_OPTION:
            self._together.clear()
        if status in ONE_BY_ONE:
            self._send_one_by_one(uploads)
            return
        for _, future in uploads:
            future.set_exception(error)

    def _send_one_by_one(self, uploads: Sequence[tuple[Document, Future[Json]]]) -> None:
        for document, future in uploads:
            try:
                self._pool.submit(self._send_alone, document, future)
            except RuntimeError:  # somebody has stopped it
                future.set_exception(ServerError("it was not uploaded any more"))

    def _send_alone(self, document: Document, future: Future[Json]) -> None:
        try:
            future.set_result(self._upload(document))
        except Exception as error:
            future.set_exception(error)

    def _upload(self, document: Document) -> Json:
        if document.url is not None:
            return self._client.upload_from(document.url, **self._options)
        name = Path(document.name).name
        try:
            about = {"folder": self._folder(document), **self._options}
            return self._client.upload(document.path, name=name, **about)
        except Refused as refused:
            if refused.code != _UNKNOWN_OPTION or not self._client.keeps_folders:
                raise
            # A server of before, while others are exchanged already.
            self._client.keeps_folders = False
            return self._client.upload(document.path, name=name, **self._options)

    def _folder(self, document: Document) -> str | None:
        return document.folder if self._client.keeps_folders else None


def _size(document: Document) -> int | None:
    try:
        return document.path.stat().st_size
    except OSError:  # said when it is to be sent
        return None


def _contents(
    uploads: Sequence[tuple[Document, Future[Json]]],
) -> Iterator[tuple[Document, Future[Json], bytes]]:
    """Each document with its bytes; those that cannot be read have failed."""
    for document, future in uploads:
        try:
            content = document.path.read_bytes()
        except OSError as error:
            future.set_exception(error)
        else:
            yield document, future, content


def check_options(client: Client, reading_options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as the server takes them, found out before anything is uploaded.

    A server of before does not know `again`, and reads everything anew; or cannot be asked.

    Raises:
        click.UsageError: files cannot be read so.

    """
    try:
        return _known_options(client, reading_options)
    except Refused as refused:
        if refused.status not in _WRONG:
            raise
        raise click.UsageError(str(refused)) from refused


def _known_options(client: Client, reading_options: Mapping[str, Any]) -> dict[str, Any]:
    options, of_before = dict(reading_options), {**reading_options, "again": None}
    try:
        client.check_options(**options)
    except Refused as refused:
        if refused.status in NOT_THERE:
            return of_before
        if refused.code != _UNKNOWN_OPTION or options.get("again") is None:
            raise
        client.check_options(**of_before)
        return of_before
    return options
