"""Which files go up together: many small ones in a request, large ones by themselves."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")

_SMALL_BYTES = 256 * 1024
# Few enough that the first are read while others go up, and that proxies with a usual limit of
# 1 MiB let them pass.
_MOST_BYTES = 960 * 1024
_MOST_FILES = 100

NOT_THERE = (404, 405)
ONE_BY_ONE = (400, 408, 413, 422, *NOT_THERE)
"""Refusals of a request as a whole, before any file was made: alone they may be taken."""


def batches(items: Iterable[Item], size_of: Callable[[Item], int | None]) -> list[list[Item]]:
    """What goes up in a request, as early as the first of it; of an unknown size, alone."""
    made: list[list[Item]] = []
    small: list[Item] = []
    room = 0
    for item in items:
        size = size_of(item)
        if size is None or size > _SMALL_BYTES:
            made.append([item])
            continue
        if not small or size > room or len(small) == _MOST_FILES:
            small, room = [], _MOST_BYTES
            made.append(small)
        small.append(item)
        room -= size
    return made
