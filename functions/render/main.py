"""render: opens PDFs and turns their pages into images.

Consumes  lector.file.uploaded    replies lector.file.opened, with the number of pages
          lector.pages.requested  replies lector.pages.rendered, with an image or a failure for each

It changes no rows, so it announces nothing and replies instead. Safe to repeat: a page's image
lies under a key made of ids, rendering is deterministic, and so are the replies' ids.
"""

import atexit
import tempfile
from functools import cache
from pathlib import Path

import pages
import rendering
from lector import endpoint, events, objects, settings
from lector.contracts import FileOpened, FileUploaded, PagesRendered, PagesRequested
from lector.events import Event
from lector.failures import PermanentFailure
from pdf_cache import PdfCache


def open_file(event: Event[FileUploaded]) -> Event[FileOpened]:
    """lector.file.uploaded: find out whether it is a PDF, and of how many pages."""
    uploaded = event.data
    limits = settings.current(settings.Limits)
    inspection = rendering.inspect(_local(uploaded.object_key), limits.max_pages)
    opened = FileOpened(
        generation=uploaded.generation,
        object_key=uploaded.object_key,
        page_count=inspection.page_count,
        warning=inspection.warning,
    )
    return events.event(event.id, event.subject, opened, "render")


def render_pages(event: Event[PagesRequested]) -> Event[PagesRendered]:
    """lector.pages.requested: an image of each page, or the reason why there is none."""
    requested = event.data
    rendered = pages.render_and_store(
        _local(requested.object_key),
        event.file_id,
        requested.page_numbers,
        settings.current(settings.Rendering),
        objects.store().put,
    )
    reply = PagesRendered(generation=requested.generation, pages=rendered)
    return events.event(event.id, event.subject, reply, "render")


@cache
def _pdf_cache() -> PdfCache:
    config = settings.current(settings.Rendering)
    folder = tempfile.TemporaryDirectory(prefix="lector-render-")
    atexit.register(folder.cleanup)
    return PdfCache(Path(folder.name), objects.store().download, config.render_cached_files)


def _local(key: str) -> Path:
    try:
        return _pdf_cache().fetch(key)
    except objects.ObjectMissing:
        raise PermanentFailure("file_missing", "the PDF is no longer in the object store") from None


render = endpoint.function("render", {FileUploaded: open_file, PagesRequested: render_pages})
