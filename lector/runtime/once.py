"""What a function makes at its first event and keeps for as long as its process is warm."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class warm(Generic[Made]):  # noqa: N801 - a decorator
    """Make something once, in whichever thread asks first, and hand it out ever after.

    `functools.cache` does not lock: two threads that ask at once would make two of it.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        self.__doc__ = make.__doc__
        self._make = make
        self._lock = threading.Lock()
        self._made: list[Made] = []

    def __call__(self) -> Made:
        """What was made; made now at the first call."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    def forget(self) -> None:
        """Make it anew when it is asked for next."""
        with self._lock:
            self._made.clear()
