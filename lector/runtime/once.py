"""A decorator for what a process makes once, at first use, and keeps."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class once(Generic[Made]):  # noqa: N801 - a decorator
    """Call a function once, in whichever thread asks first, and return its result ever after.

    `functools.cache` does not lock: two threads that ask at the same time would make two results.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        self.__doc__ = make.__doc__
        self._make = make
        self._lock = threading.Lock()
        self._made: list[Made] = []

    def __call__(self) -> Made:
        """Return the result, which the first call makes."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    def forget(self) -> None:
        """Drop the result: the next call makes a new one."""
        with self._lock:
            self._made.clear()
