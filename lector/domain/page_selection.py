"""Page selections as people write them: 1-3,7."""

import re
from collections.abc import Iterator

from lector.runtime.failures import LectorError

MOST_PAGES = 1_000_000
"""No file has more, whatever is selected from it."""
_LONGEST = 1000
_PART = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")


class InvalidSelection(LectorError):
    """A page selection that cannot be understood; the message says what one looks like."""


def parse(text: str) -> list[range]:
    """The ranges of page numbers in a selection; `BadSelection` if it is not one."""
    if len(text) > _LONGEST:
        raise InvalidSelection(f"a page selection has at most {_LONGEST} characters")
    return [_range(part.strip(), text) for part in text.split(",")]


def select(selection: str | None, page_count: int) -> list[int]:
    """The page numbers, ascending, that a selection takes from a file; all without one."""
    return [number for part in _existing(selection, page_count) for number in part]


def count(selection: str | None, page_count: int) -> int:
    """How many pages a selection takes from a file; all without one."""
    return sum(len(part) for part in _existing(selection, page_count))


def exceeds(selection: str | None, page_count: int) -> bool:
    """Whether a selection asks for pages that the file does not have."""
    return selection is not None and any(part[-1] > page_count for part in parse(selection))


def batches(numbers: list[int], size: int) -> Iterator[list[int]]:
    """Page numbers in batches of at most `size`."""
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def _existing(selection: str | None, page_count: int) -> Iterator[range]:
    """The ranges that a selection takes from a file, ascending; none overlaps another."""
    chosen = [range(1, page_count + 1)] if selection is None else parse(selection)
    following = 1
    for part in sorted(chosen, key=lambda part: part.start):
        existing = range(max(part.start, following), min(part.stop, page_count + 1))
        if existing:
            yield existing
            following = existing.stop


def _range(part: str, text: str) -> range:
    match = _PART.fullmatch(part)
    first = int(match[1]) if match else 0
    last = int(match[2] or first) if match else 0
    if not 1 <= first <= last:
        raise InvalidSelection(f"{text!r} is not a page selection; write it as 1-3,7")
    return range(first, last + 1)
