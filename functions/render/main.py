"""render: opens documents, PDFs and images, and turns their pages into images.

Consumes  lector.file.uploaded    replies lector.file.opened, and draws the first page
          lector.pages.requested  replies lector.pages.rendered, with an image or a failure for each
                                  (or with the text alone that pages carry)
          lector.files.deleted    removes a file's objects and replies lector.objects.removed

It changes no rows, so it announces nothing and replies instead. Before it works it asks the ledger
whether the work is still wanted; it removes objects for a tombstone only, and makes every key from
the file's id. Safe to repeat: rendering is deterministic, and so are the replies' ids.
"""

import atexit
import hashlib
import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import UUID

from functions.render import ledger, rendering
from functions.render.original_cache import OriginalCache
from functions.render.render_pool import ConcurrencyLimit
from functions.render.rendering import Parts
from lector.contracts import (
    FileOpened,
    FilesDeleted,
    FileUploaded,
    ObjectsRemoved,
    PagesRendered,
    PagesRequested,
)
from lector.domain import object_keys, originals, page_selection, pending_work
from lector.domain.failure_codes import FailureCode
from lector.runtime import database, endpoint, events, failpoints, object_store, settings, warm_up
from lector.runtime.events import Event
from lector.runtime.failures import PermanentFailure
from lector.runtime.once import once

log = logging.getLogger("lector")

settings.require(
    settings.Database, settings.Objects, settings.Rendering, settings.Limits, settings.Readers
)
warm_up.process.register(rendering.start_processes)


def open_file(event: Event[FileUploaded]) -> Event[FileOpened] | None:
    """lector.file.uploaded: check that it is a document that Lector reads, and count its pages.

    Its first page is drawn on the way, unless that takes long: the first text comes early.
    """
    generation = event.data.generation
    with database.pipeline() as connection:
        found = ledger.file_to_open(connection, event.file_id, generation)
    file = found.first
    if file is None:
        return None
    with (
        _open_limit().acquire() as until,
        _fetch(event.file_id) as original,
        _without_password(event.file_id, original) as path,
    ):
        digest = _digest(original)
        if file.sha256 not in (None, digest):
            detail = f"the bytes that arrived have the SHA-256 {digest}, not the one announced"
            raise PermanentFailure(FailureCode.SHA256_MISMATCH, detail)
        config = settings.current(settings.Rendering)
        inspection = rendering.inspect(path, page_selection.MOST_PAGES, config, until)
        _check_count(file.page_selection, inspection.page_count)
        numbers = page_selection.select(file.page_selection, inspection.page_count)
        drawing = _image_settings(file.reader)
        parts = Parts.IMAGE if event.data.text_unwanted else Parts.BOTH
        first = rendering.draw_first(path, event.file_id, numbers, drawing, until, parts)
    opened = FileOpened(
        generation=generation,
        object_key=object_keys.original_key(event.file_id),
        page_count=inspection.page_count,
        warning=inspection.warning,
        media_type=inspection.media_type,
        sha256=digest,
        first_page=first,
    )
    return events.event(event.id, event.subject, opened, "render")


def render_pages(event: Event[PagesRequested]) -> Event[PagesRendered] | None:
    """lector.pages.requested: an image of each page, or the reason why there is none.

    Or, of pages that were read, only the text that they carry.
    """
    requested = event.data
    ask = ledger.pages_read if requested.text_only else pending_work.wanted_pages
    with database.pipeline() as connection:
        waiting = ask(
            connection, event.file_id, requested.generation, _possible(requested.page_numbers)
        )
    wanted = waiting.all
    if not wanted:
        return None
    with (
        _draw_limit().acquire() as until,
        _fetch(event.file_id) as original,
        _without_password(event.file_id, original) as path,
    ):
        rendered = rendering.render_and_store(
            path,
            event.file_id,
            wanted,
            _image_settings(requested.reader if requested.HasField("reader") else None),
            object_store.store().put,
            until,
            _parts_of(requested),
        )
    failpoints.passed("render.stored")
    reply = PagesRendered(generation=requested.generation, pages=rendered)
    return events.event(event.id, event.subject, reply, "render")


def remove_objects(event: Event[FilesDeleted]) -> Event[ObjectsRemoved] | None:
    """lector.files.deleted: remove a tombstone's objects, and the local copy of its original.

    A file that is no tombstone keeps them, whatever the event says: it was forged, or comes from
    before a backup was restored in which the file lives.
    """
    with database.transaction() as connection:
        deleted = ledger.is_deleted(connection, event.file_id)
    if not deleted:
        log.info("%s is no tombstone; its objects stay", event.file_id)
        return None
    store = object_store.store()
    store.abort_all_parts(object_keys.folder(event.file_id))
    store.remove(list(store.keys(object_keys.folder(event.file_id))))
    for key in (object_keys.original_key, object_keys.unlocked_key):
        _original_cache().forget(key(event.file_id))
    failpoints.passed("render.removed")
    removed = ObjectsRemoved(round=event.data.round)
    return events.event(event.id, event.subject, removed, "render")


@once
def _draw_limit() -> ConcurrencyLimit:
    # One that is drawn and one that is fetched or stored for each process. More would only wait:
    # 16 pages for each process, which at 0.1 to 1 s a page is seconds, and at 30 s a page is more
    # than the budget, so that the last of them are refused, too.
    return ConcurrencyLimit(2 * rendering.process_count())


@once
def _open_limit() -> ConcurrencyLimit:
    # Slots of their own: a file of many pages fills the others for as long as it is drawn.
    return ConcurrencyLimit(rendering.process_count())


@once
def _original_cache() -> OriginalCache:
    config = settings.current(settings.Rendering)
    folder = tempfile.TemporaryDirectory(prefix="lector-render-")
    atexit.register(folder.cleanup)
    store = object_store.store()
    capacity = config.render_cached_files
    return OriginalCache(Path(folder.name), store.download, capacity, rendering.close_file)


def _image_settings(name: str | None) -> settings.Rendering:
    """How a reader's images are drawn; for one that is not known here, as for any."""
    from lector.domain import reader_catalogue  # noqa: PLC0415 - no file is parsed at the start

    config = settings.current(settings.Rendering)
    reader = reader_catalogue.current().find(name)
    return reader.image.drawn_by(config) if reader else config


def _parts_of(requested: PagesRequested) -> Parts:
    if requested.text_only:
        return Parts.TEXT
    return Parts.IMAGE if requested.text_unwanted else Parts.BOTH


def _possible(numbers: Iterable[int]) -> list[int]:
    """Those numbers that a page can have at all."""
    return [number for number in numbers if number <= database.LARGEST_INTEGER]


@contextmanager
def _fetch(file_id: UUID) -> Iterator[Path]:
    rendering.start_processes()  # the first one starts while the file is fetched
    try:
        with _original_cache().fetch(object_keys.original_key(file_id)) as path:
            yield path
    except object_store.ObjectMissing:
        raise PermanentFailure(FailureCode.FILE_MISSING) from None


@contextmanager
def _without_password(file_id: UUID, original: Path) -> Iterator[Path]:
    """The copy of a locked document that was made with its password; any other one itself."""
    with ExitStack() as copies:
        path = original
        if originals.may_be_locked(original):
            with suppress(object_store.ObjectMissing):
                copy = _original_cache().fetch(object_keys.unlocked_key(file_id))
                path = copies.enter_context(copy)
        yield path


def _check_count(selection: str | None, page_count: int) -> None:
    limit = settings.current(settings.Limits).max_pages
    wanted = page_selection.count(selection, page_count)
    if wanted > limit:
        pages = f"the file has {page_count} pages"
        if selection is not None:
            pages += f", of which {wanted} are selected"
        raise PermanentFailure(FailureCode.TOO_MANY_PAGES, f"{pages}; the limit is {limit}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


render = endpoint.function(
    "render",
    {
        FileUploaded: open_file,
        PagesRequested: render_pages,
        FilesDeleted: remove_objects,
    },
)
