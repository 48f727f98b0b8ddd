"""The render processes, and who gets the next one that is free.

Each has a socket pair of its own and serves one thread at a time, so that whatever happens to one
touches nobody but the request it was working on.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from functions.render.admission import busy
from functions.render.engine_messages import Reply, Request
from functions.render.renderer import Crashed, Renderer, TooLarge
from lector.runtime.failures import TransientFailure


class Renderers:
    """So many render processes, and a thread for each."""

    def __init__(self, count: int) -> None:
        self._all = [Renderer() for _ in range(count)]
        self._idle = list(self._all)
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()
        self.threads = ThreadPoolExecutor(count, "render")
        for renderer in self._all:
            _prepare(renderer)

    def answer(self, request: Request, until: float) -> Reply:
        """As `Renderer.answer`, by the next one that is free.

        A process may crash over, and be too full because of, what it did before: a fresh one tries
        the request once more.
        """
        with self._taken(request.path, until) as renderer:
            try:
                return renderer.answer(request, until)
            except (Crashed, TooLarge):
                return renderer.answer(request, until)

    def let_go(self, path: Path) -> None:
        """Replace the idle processes that have a file open."""
        with self._changed:
            holding = [renderer for renderer in self._idle if renderer.path == path]
            self._idle = [renderer for renderer in self._idle if renderer not in holding]
        try:
            for renderer in holding:
                renderer.end()
                _prepare(renderer)
        finally:
            self._give_back(holding)

    def close(self) -> None:
        """End all processes."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        for renderer in self._all:
            renderer.end()

    @contextmanager
    def _taken(self, path: Path, until: float) -> Iterator[Renderer]:
        """A renderer for this thread alone, if possible one that has the file open."""
        with self._changed:
            self._wait_for_turn(until)
            fitting = (renderer for renderer in self._idle if renderer.path == path)
            taken = next(fitting, self._idle[0])
            self._idle.remove(taken)
        try:
            yield taken
        finally:
            self._give_back([taken])

    def _wait_for_turn(self, until: float) -> None:
        """First come, first served: or who opens would wait until nobody draws any more."""
        place = object()
        self._waiting.append(place)
        try:
            if not self._changed.wait_for(
                lambda: self._idle and self._waiting[0] is place, until - time.monotonic()
            ):
                raise busy()
        finally:
            self._waiting.remove(place)
            self._changed.notify_all()

    def _give_back(self, renderers: list[Renderer]) -> None:
        with self._changed:
            self._idle += renderers
            self._changed.notify_all()


def _prepare(renderer: Renderer) -> None:
    with suppress(TransientFailure):  # whoever asks it tries again
        renderer.start()
