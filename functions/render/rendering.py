"""PDFs opened and drawn in processes that may die of it, within limits of time, memory and pixels.

The PDF engine itself (`engine`) is imported only there, never in the function's own process.
"""

import atexit
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from functions.render.admission import busy, end_of_budget
from functions.render.engine_messages import Inspection, RenderedImage, Request
from functions.render.renderer import RendererEnded, TooLarge, TooSlow
from functions.render.renderers import Renderers
from lector.runtime import settings
from lector.runtime.failures import PermanentFailure, TransientFailure
from lector.runtime.once import once
from lector.telemetry import tracing

__all__ = [
    "Inspection",
    "RenderedImage",
    "inspect",
    "let_go",
    "prepare",
    "processes",
    "render",
]

Drawn = RenderedImage | PermanentFailure


def prepare() -> None:
    """Have the processes started, without waiting for them."""
    _renderers()


def let_go(path: Path) -> None:
    """Have the processes that are idle close a file."""
    _renderers().let_go(path)


def processes() -> int:
    """How many PDFs may be opened or drawn at once."""
    return settings.current(settings.Rendering).render_processes or _processors()


def inspect(
    path: Path, max_pages: int, config: settings.Rendering, until: float | None = None
) -> Inspection:
    """Open a PDF and count its pages.

    Raises:
        PermanentFailure: it is not a PDF, is empty or protected, has no page or too many, or takes
            too long, too much memory or the renderer's life.
        TransientFailure: it is not opened until then (monotonic; by default a request's budget).

    """
    request = Request("inspect", path, config, max_pages)
    try:
        reply = _renderers().answer(request, until or end_of_budget())
    except RendererEnded as ended:
        raise _failure(ended) from None
    if isinstance(reply, Exception):
        raise reply
    if not isinstance(reply, Inspection):
        raise TypeError(f"the renderer answered with {type(reply).__name__}")
    return reply


def render(
    path: Path, numbers: Sequence[int], config: settings.Rendering, until: float | None = None
) -> Iterator[tuple[int, Drawn]]:
    """Render pages, counted from 1, each to an image or to the failure that says why not.

    They come in the order of their numbers, while further ones are drawn. What lies at `path`
    must not change: a process may have it open since the last call.

    Raises:
        PermanentFailure: the file as a whole cannot be opened.
        TransientFailure: a page is not drawn until then (monotonic; by default a request's budget).

    """
    until = until or end_of_budget()
    threads, drawn = _renderers().threads, tracing.here(_drawn)
    pages = [threads.submit(drawn, path, number, config, until) for number in numbers]
    try:
        for number, page in zip(numbers, pages, strict=True):
            yield number, _in_time(page, until)
    finally:
        for page in pages:
            page.cancel()


def _in_time(page: Future[Drawn], until: float) -> Drawn:
    try:
        return page.result(timeout=max(0.0, until - time.monotonic()))
    except TimeoutError:
        raise busy() from None


def _drawn(path: Path, number: int, config: settings.Rendering, until: float) -> Drawn:
    with tracing.span("draw page", attributes={tracing.PAGE_NUMBER: number}) as span:
        drawn = _answered(path, number, config, until)
        if isinstance(drawn, PermanentFailure):
            tracing.failed(span, drawn.code)
        return drawn


def _answered(path: Path, number: int, config: settings.Rendering, until: float) -> Drawn:
    try:
        reply = _renderers().answer(Request("draw", path, config, number), until)
    except RendererEnded as ended:
        if ended.request.task == "draw":
            return _failure(ended)
        raise _failure(ended) from None
    if isinstance(reply, RenderedImage | PermanentFailure):
        return reply
    if isinstance(reply, TransientFailure):
        raise reply
    raise TypeError(f"the renderer answered with {type(reply).__name__}")


def _failure(ended: RendererEnded) -> PermanentFailure:
    """The failure of a page, or of the file when a process was lost while opening it."""
    config, number = ended.request.config, ended.request.number
    page = ended.request.task == "draw"
    kind, what = ("page", f"page {number}") if page else ("file", "the file")
    match ended:
        case TooSlow():
            limit = f"{config.render_page_timeout_s:g} s"
            verb = "draw" if page else "open"
            return PermanentFailure(
                f"{kind}_too_slow", f"{what} takes longer than {limit} to {verb}"
            )
        case TooLarge():
            limit = f"{config.render_memory_bytes // 2**20} MiB of memory"
            verb = "drawn" if page else "opened"
            return PermanentFailure(
                f"{kind}_too_large", f"{what} needs more than {limit} to be {verb}"
            )
        case _:
            return PermanentFailure(
                f"{kind}_crashes_renderer", f"{what} crashes the renderer, and did so twice"
            )


@once
def _renderers() -> Renderers:
    renderers = Renderers(processes())
    atexit.register(renderers.close)
    return renderers


def _processors() -> int:
    """How many processors this process may run on."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
