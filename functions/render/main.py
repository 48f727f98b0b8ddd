"""render: opens PDFs and turns their pages into images.

Consumes  lector.file.uploaded    replies lector.file.opened, with the number of pages
          lector.pages.requested  replies lector.pages.rendered, with an image or a failure for each

It changes no rows, so it announces nothing and replies instead. Safe to repeat: a page's image
lies under a key made of ids, rendering is deterministic, and so are the replies' ids.
"""

import atexit
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pages
import rendering
from lector import endpoint, events, objects, settings
from lector.contracts import FileOpened, FileUploaded, PagesRendered, PagesRequested
from lector.events import Event
from lector.failures import PermanentFailure
from lector.warm import warm
from pdf_cache import PdfCache


def open_file(event: Event[FileUploaded]) -> Event[FileOpened]:
    """lector.file.uploaded: find out whether it is a PDF, and of how many pages."""
    uploaded = event.data
    limits = settings.current(settings.Limits)
    with _local(uploaded.object_key) as path:
        inspection = rendering.inspect(path, limits.max_pages)
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
    with _local(requested.object_key) as path:
        rendered = pages.render_and_store(
            path,
            event.file_id,
            requested.page_numbers,
            settings.current(settings.Rendering),
            objects.store().put,
        )
    reply = PagesRendered(generation=requested.generation, pages=rendered)
    return events.event(event.id, event.subject, reply, "render")


@warm
def _pdf_cache() -> PdfCache:
    config = settings.current(settings.Rendering)
    folder = tempfile.TemporaryDirectory(prefix="lector-render-")
    atexit.register(folder.cleanup)
    return PdfCache(Path(folder.name), objects.store().download, config.render_cached_files)


@contextmanager
def _local(key: str) -> Iterator[Path]:
    try:
        with _pdf_cache().fetched(key) as path:
            yield path
    except objects.ObjectMissing:
        raise PermanentFailure("file_missing", "the PDF is no longer in the object store") from None


render = endpoint.function("render", {FileUploaded: open_file, PagesRequested: render_pages})
