"""Documents are opened, their pages drawn and stored, within limits of time, memory and pixels.

The PDF engine (`engine`) and the decoders of images (`images`) are imported only by the render
processes, which may crash, never in the function's own process.
"""

import atexit
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from functions.render import reader_wakeup
from functions.render.engine_messages import FoundLayer, Inspection, RenderedImage, Request
from functions.render.render_pool import (
    MemoryExceeded,
    ProcessLost,
    RenderPool,
    TimedOut,
    busy,
    deadline,
)
from lector.contracts import Failure, PageImage, RenderedPage, TextLayer
from lector.domain import object_keys
from lector.domain.failure_codes import FailureCode
from lector.runtime import object_store, settings
from lector.runtime.failures import PermanentFailure, TransientFailure
from lector.runtime.once import once
from lector.telemetry import tracing

__all__ = [
    "Inspection",
    "Parts",
    "RenderedImage",
    "close_file",
    "draw_first",
    "inspect",
    "process_count",
    "render",
    "render_and_store",
    "start_processes",
]

log = logging.getLogger("lector")

# How long the opening of a file may wait for its first page.
_FIRST_PAGE_S = 2.0


class Parts(Enum):
    """What is wanted of pages."""

    BOTH = "both"
    """Their images, and the text that they carry."""
    IMAGE = "image"
    TEXT = "text"


Outcome = RenderedImage | PermanentFailure
Put = Callable[[str, bytes, str], None]


def start_processes() -> None:
    """Have the first render process started, without waiting for it; requests start the others."""
    _pool()


def close_file(path: Path) -> None:
    """Have the render processes that are idle close a file."""
    _pool().close_file(path)


def process_count() -> int:
    """How many documents may be opened or drawn at once."""
    return settings.current(settings.Rendering).render_processes or _processor_count()


def inspect(
    path: Path, max_pages: int, config: settings.Rendering, until: float | None = None
) -> Inspection:
    """Open a document and count its pages.

    Raises:
        PermanentFailure: it is nothing that Lector reads, is empty or protected, has no page or too
            many, takes too long or too much memory, or crashes the renderer.
        TransientFailure: it is not opened until then (monotonic; by default a request's budget).

    """
    request = Request("inspect", path, config, max_pages)
    try:
        reply = _pool().request(request, until or deadline())
    except ProcessLost as lost:
        raise _failure_of(lost) from None
    if isinstance(reply, Exception):
        raise reply
    if not isinstance(reply, Inspection):
        raise TypeError(f"the renderer replied with {type(reply).__name__}")
    return reply


def render_and_store(
    path: Path,
    file_id: UUID,
    numbers: Sequence[int],
    config: settings.Rendering,
    put: Put,
    until: float,
    parts: Parts = Parts.BOTH,
) -> list[RenderedPage]:
    """Render pages and store their images, storing one while others are drawn.

    Every number asked for is in the result, with an image or a failure; with neither where only
    texts are wanted. When the time is over,
    images that were stored stay: they are drawn again with the others, under the same keys.

    Raises:
        PermanentFailure: the file as a whole cannot be opened.
        TransientFailure: the pages are not all drawn by `until`, or cannot be stored now.

    """
    keep = _store_text if parts is Parts.TEXT else _store_page
    store, media_type = tracing.in_current_context(keep), f"image/{config.render_format}"
    with ThreadPoolExecutor(max_workers=4) as sender:
        pages: list[Future[RenderedPage]] = [
            sender.submit(store, file_id, number, outcome, put, media_type)
            for number, outcome in render(path, numbers, config, until, parts)
        ]
        return [page.result() for page in pages]


def draw_first(
    path: Path,
    file_id: UUID,
    numbers: Sequence[int],
    config: settings.Rendering,
    until: float,
    parts: Parts = Parts.BOTH,
) -> RenderedPage | None:
    """Render and store the first of these pages ahead of its turn.

    None if that fails or takes long: it is drawn in its turn then, which says why it failed.
    """
    until = min(until, time.monotonic() + _FIRST_PAGE_S)
    try:
        put = object_store.store().put
        pages = render_and_store(path, file_id, numbers[:1], config, put, until, parts)
    except (PermanentFailure, TransientFailure) as error:
        log.info("drawing the first page of %s ahead of its turn failed: %s", file_id, error)
        return None
    return next((page for page in pages if page.HasField("image")), None)


def _store_page(
    file_id: UUID, number: int, outcome: Outcome, put: Put, media_type: str
) -> RenderedPage:
    if isinstance(outcome, PermanentFailure):
        failure = Failure(code=outcome.code, detail=outcome.detail)
        return RenderedPage(page_number=number, failure=failure)
    reader_wakeup.wake_for(outcome)  # it starts while the image is stored and registered
    key = object_keys.image_key(file_id, number)
    put(key, outcome.encoded, media_type)
    layer = _store_layer(file_id, number, outcome.layer, put) if outcome.layer else None
    image = PageImage(
        object_key=key,
        sha256=sha256(outcome.encoded).hexdigest(),
        width_px=outcome.width_px,
        height_px=outcome.height_px,
        blank=outcome.blank,
    )
    return RenderedPage(
        page_number=number,
        image=image,
        render_s=outcome.render_s,
        text_layer=layer,
        doubts=dict(outcome.doubts),
    )


def _store_text(
    file_id: UUID, number: int, outcome: Outcome, put: Put, _media_type: str
) -> RenderedPage:
    """Store what a page carries; one that cannot be drawn carries nothing."""
    layer = None if isinstance(outcome, PermanentFailure) else outcome.layer
    stored = _store_layer(file_id, number, layer, put) if layer else None
    return RenderedPage(page_number=number, text_sought=True, text_layer=stored)


def _store_layer(file_id: UUID, number: int, layer: FoundLayer, put: Put) -> TextLayer:
    put(object_keys.layer_key(file_id, number), layer.encoded, object_store.JSON)
    digest = sha256(layer.encoded).hexdigest()
    return TextLayer(sha256=digest, verdict=layer.verdict, reason=layer.reason)


def render(
    path: Path,
    numbers: Sequence[int],
    config: settings.Rendering,
    until: float | None = None,
    parts: Parts = Parts.BOTH,
) -> Iterator[tuple[int, Outcome]]:
    """Render pages, counted from 1, each to an image or to the failure that says why not.

    They come in the order of their numbers, while further ones are drawn. The file at `path` must
    not change: a process may have it open since the last call.

    Raises:
        PermanentFailure: the file as a whole cannot be opened.
        TransientFailure: a page is not drawn until then (monotonic; by default a request's budget).

    """
    until = until or deadline()
    threads, draw = _pool().threads, tracing.in_current_context(_draw_page)
    seeks_text = parts is not Parts.IMAGE
    requests = [Request("draw", path, config, number, seeks_text) for number in numbers]
    pages = [threads.submit(draw, request, until) for request in requests]
    try:
        for number, page in zip(numbers, pages, strict=True):
            yield number, _wait_for(page, until)
    finally:
        for page in pages:
            page.cancel()


def _wait_for(page: Future[Outcome], until: float) -> Outcome:
    try:
        return page.result(timeout=max(0.0, until - time.monotonic()))
    except TimeoutError:
        raise busy() from None


def _draw_page(request: Request, until: float) -> Outcome:
    with tracing.span("draw page", attributes={tracing.PAGE_NUMBER: request.number}) as span:
        outcome = _request_page(request, until)
        if isinstance(outcome, PermanentFailure):
            tracing.mark_failed(span, outcome.code)
        return outcome


def _request_page(request: Request, until: float) -> Outcome:
    try:
        reply = _pool().request(request, until)
    except ProcessLost as lost:
        if lost.request.task == "draw":
            return _failure_of(lost)
        raise _failure_of(lost) from None
    if isinstance(reply, RenderedImage | PermanentFailure):
        return reply
    if isinstance(reply, TransientFailure):
        raise reply
    raise TypeError(f"the renderer replied with {type(reply).__name__}")


def _failure_of(lost: ProcessLost) -> PermanentFailure:
    """The failure of a page, or of the file when a process was lost while opening it."""
    config, number = lost.request.config, lost.request.number
    page = lost.request.task == "draw"
    what = f"page {number}" if page else "the file"
    match lost:
        case TimedOut():
            limit = f"{config.render_page_timeout_s:g} s"
            verb = "draw" if page else "open"
            code = FailureCode.PAGE_TOO_SLOW if page else FailureCode.FILE_TOO_SLOW
            return PermanentFailure(code, f"{what} takes longer than {limit} to {verb}")
        case MemoryExceeded():
            limit = f"{config.render_memory_bytes // 2**20} MiB of memory"
            verb = "drawn" if page else "opened"
            code = FailureCode.PAGE_TOO_LARGE if page else FailureCode.FILE_TOO_LARGE
            return PermanentFailure(code, f"{what} needs more than {limit} to be {verb}")
        case _:
            code = FailureCode.FILE_CRASHES_RENDERER
            if page:
                code = FailureCode.PAGE_CRASHES_RENDERER
            return PermanentFailure(code, f"{what} crashes the renderer, and did so twice")


@once
def _pool() -> RenderPool:
    pool = RenderPool(process_count())
    atexit.register(pool.close)
    return pool


def _processor_count() -> int:
    """How many processors this process may run on."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
