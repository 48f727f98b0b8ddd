"""Starts processes so that an interrupt leaves none behind that nobody knows of."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Started = TypeVar("Started")


class Starter:
    """A thread in which processes are started: Ctrl-C interrupts the main thread only.

    It stays as long as they do. The kernel takes the end of the thread that started a process for
    the death of its parent, and stops it.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "starter")
        # It begins now: an interrupt while it does would have the next start make another thread.
        self.wait()

    def start(self, begin: Callable[[], Started], note: Callable[[Started], object]) -> Started:
        """Start a process by `begin`, and `note` it.

        An interrupt meanwhile breaks off the wait for it, and not the start.
        """

        def start() -> Started:
            started = begin()
            note(started)
            return started

        return self._thread.submit(start).result()

    def wait(self) -> None:
        """Until no start is under way: what was started is known then."""
        self._thread.submit(lambda: None).result()

    def close(self) -> None:
        """End the thread, after its processes."""
        self._thread.shutdown()
