"""Documents on their way: uploaded a few at a time, and watched until every page is finished."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lector.cli.answers import Json
from lector.cli.client import Client
from lector.cli.outcome import Document
from lector.cli.uploading import Uploads
from lector.domain.states import PageStatus

Watcher = Callable[[Sequence[Document]], None]

_POLL_S = 0.2
_MOST_UNDER_WAY = 200


def read(
    client: Client,
    documents: Sequence[Document],
    reading_options: Mapping[str, Any],
    watch: Watcher,
) -> Iterator[tuple[Document, Json]]:
    """Upload files and yield every finished page, in the order of files and of pages.

    `reading_options` are pages, reader, prompt, model, language, text_layer, describe,
    max_cost_usd and keep_days, each None for the default.
    `watch` is called whenever the state of the files was looked up.
    """
    uploads = Uploads(client, [one for one in documents if not one.finished], reading_options)
    try:
        for document in documents:
            while True:
                uploads.collect()
                _refresh(client, documents)
                watch(documents)
                yield from _new_pages(client, document)
                document.out_of_money = client.is_out_of_money(document.file)
                if document.out_of_money:
                    yield from _new_pages(client, document, in_order=False)
                if document.finished:
                    break
                time.sleep(_POLL_S)
    finally:
        uploads.stop()


def read_whole(
    client: Client,
    documents: Sequence[Document],
    reading_options: Mapping[str, Any],
    watch: Watcher,
) -> Iterator[Document]:
    """Upload files and yield each when it is finished, with all its finished pages.

    Else as `read`.
    """
    arrivals: Iterator[Sequence[Document] | None] = iter([documents])
    return read_arriving(
        client, lambda: next(arrivals, None), reading_options, lambda _: watch(documents)
    )


def read_arriving(
    client: Client,
    arrivals: Callable[[], Sequence[Document] | None],
    reading_options: Mapping[str, Any],
    watch: Watcher = lambda _: None,
) -> Iterator[Document]:
    """The same of files that come one after the other; `watch` gets those that are not finished.

    However many there are, so many are under way that others wait for nothing, and no more: what is
    uploaded, asked for and kept here does not grow with their number.

    Args:
        client: of the Lector that reads them.
        arrivals: which have come since it was called before; None once no more will come.
        reading_options: as for `read`.
        watch: as for `read`.

    """
    waiting: list[Document] = []
    uploads = Uploads(client, (), reading_options, 0)
    try:
        while (new := arrivals()) is not None or waiting:
            waiting += new or ()
            uploads.add([document for document in new or () if not document.finished])
            uploads.collect()
            under_way = [document for document in waiting if document.file["id"]]
            uploads.begin(_MOST_UNDER_WAY - len(under_way))
            _refresh(client, under_way)
            watch(waiting)
            for document in under_way:
                document.out_of_money = client.is_out_of_money(document.file)
            done = [document for document in waiting if document.finished]
            waiting = [document for document in waiting if not document.finished]
            for document in done:
                for _ in _new_pages(client, document, in_order=False):
                    pass
                yield document
            if not done:
                time.sleep(_POLL_S)
    finally:
        uploads.stop()


def _refresh(client: Client, documents: Sequence[Document]) -> None:
    open_files = {d.file["id"]: d for d in documents if d.file["id"] and not d.finished}
    for file in client.files(list(open_files)):
        open_files.pop(file["id"]).file = file
    for deleted in open_files.values():
        reason = f"somebody deleted it, or another Lector answers at {client.url} now"
        deleted.file = {**deleted.file, "status": "failed", "error": reason}


def _new_pages(
    client: Client, document: Document, *, in_order: bool = True
) -> Iterator[tuple[Document, Json]]:
    """Finished pages that were not yielded yet; in order: up to the first that is not finished.

    In order, no page is asked for while the file, as it was seen last, has no more finished ones.
    """
    if not document.file.get("progress"):
        return
    last = document.pages[-1]["number"] if document.pages else 0
    counts = document.file["progress"]
    if in_order and counts["read"] + counts["failed"] == len(document.pages):
        return
    for page in client.pages(document.file["id"], after=last):
        if page["status"] not in (PageStatus.READ, PageStatus.FAILED):
            if in_order:
                return
            continue
        document.pages.append(page)
        yield document, page
