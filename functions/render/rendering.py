"""PDFs opened and drawn in processes that may die of it, within limits of time, memory and pixels.

The PDF engine itself (`engine`) is imported only there, never in the function's own process.
"""

import atexit
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine_messages import Inspection, RenderedImage, Request
from lector import settings
from lector.failures import PermanentFailure
from lector.warm import warm
from renderers import RendererEnded, Renderers, TooLarge, TooSlow

__all__ = ["Inspection", "RenderedImage", "inspect", "prepare", "render"]


def prepare() -> None:
    """Have the processes started, without waiting for them."""
    _renderers()


def inspect(path: Path, max_pages: int, config: settings.Rendering) -> Inspection:
    """Open a PDF and count its pages.

    Raises:
        PermanentFailure: it is not a PDF, is empty or protected, has no page or too many, or takes
            too long, too much memory or the renderer's life.

    """
    try:
        reply = _renderers().answer(Request("inspect", path, config, max_pages))
    except RendererEnded as ended:
        raise _failure(ended) from None
    if isinstance(reply, Exception):
        raise reply
    if not isinstance(reply, Inspection):
        raise TypeError(f"the renderer answered with {type(reply).__name__}")
    return reply


def render(
    path: Path, numbers: Sequence[int], config: settings.Rendering
) -> Iterator[tuple[int, RenderedImage | PermanentFailure]]:
    """Render pages, counted from 1, each to an image or to the failure that says why not.

    They come in the order of their numbers, while further ones are drawn. What lies at `path`
    must not change: a process may have it open since the last call.

    Raises:
        PermanentFailure: the file as a whole cannot be opened.

    """
    threads = _renderers().threads
    pages = [threads.submit(_drawn, path, number, config) for number in numbers]
    try:
        for number, page in zip(numbers, pages, strict=True):
            yield number, page.result()
    finally:
        for page in pages:
            page.cancel()


def _drawn(path: Path, number: int, config: settings.Rendering) -> RenderedImage | PermanentFailure:
    try:
        reply = _renderers().answer(Request("draw", path, config, number))
    except RendererEnded as ended:
        if ended.request.task == "draw":
            return _failure(ended)
        raise _failure(ended) from None
    if isinstance(reply, RenderedImage | PermanentFailure):
        return reply
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


@warm
def _renderers() -> Renderers:
    config = settings.current(settings.Rendering)
    renderers = Renderers(config.render_processes or _processors())
    atexit.register(renderers.close)
    return renderers


def _processors() -> int:
    """How many processors this process may run on."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
