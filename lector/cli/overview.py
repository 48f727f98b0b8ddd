"""How far many files have come, in one line: files, pages, rate, time left, cost, doubts."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from lector.cli import doubts, output
from lector.cli.answers import Json, printable
from lector.domain.failure_codes import FailureCode

_WINDOW_S = 60.0
"""Rate and time left are those of so long, as a reader may become slower or faster."""


class Document(Protocol):
    """A file that is being read, as far as it is counted."""

    @property
    def file(self) -> Json:
        """The file as the server shows it; before that, with a status only."""

    @property
    def finished(self) -> bool:
        """Whether nothing more will change."""

    @property
    def found_before(self) -> bool:
        """Whether it was uploaded earlier, so that what it cost was paid then."""


class Overview:
    """One line about many files, each time they are looked at."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int, int]] = deque()

    def describe(self, documents: Sequence[Document]) -> str:
        """Files and pages that are done, how fast, how long still, what it cost, and problems."""
        read = _sum(documents, "read")
        files = sum(document.finished for document in documents)
        parts = [f"{files:,} of {len(documents):,} files, {_pages(read)} read"]
        parts += self._speed(read, files, len(documents) - files)
        paid = [d.file.get("spent_usd") for d in documents if not d.found_before]
        if cost := sum(usd for usd in paid if usd):
            parts.append(output.format_dollars(cost))
        if failed := _sum(documents, "failed"):
            parts.append(f"{_pages(failed)} failed")
        if doubted := doubts.count_words(_sum(documents, "doubted")):
            parts.append(doubted)
        return f"{', '.join(parts)}{_waiting(documents)}"

    def _speed(self, read: int, files: int, left: int) -> list[str]:
        now = self._clock()
        self._seen.append((now, read, files))
        while self._seen[0][0] < now - _WINDOW_S:
            self._seen.popleft()
        began, read_then, files_then = self._seen[0]
        seconds = now - began
        if seconds < 1 or read <= read_then:
            return []
        parts = [f"{_rate((read - read_then) / seconds)}"]
        if left and files > files_then:
            parts.append(
                f"about {output.format_duration(left * seconds / (files - files_then))} left"
            )
        return parts


def _sum(documents: Iterable[Document], name: str) -> int:
    return sum((document.file.get("progress") or {}).get(name, 0) for document in documents)


def _pages(count: int) -> str:
    return f"{count:,} page{'' if count == 1 else 's'}"


def _rate(pages_per_s: float) -> str:
    if pages_per_s < 1:
        return f"{pages_per_s * 60:.0f} pages/min"
    return f"{pages_per_s:.0f} pages/s"


def _waiting(documents: Iterable[Document]) -> str:
    """What a file waits for beside its turn, if one does; it is the first one."""
    for document in documents:
        code = (document.file.get("waiting") or {}).get("code")
        if code not in (None, FailureCode.BEHIND_FILES) and not document.finished:
            return f" ({printable(output.describe_wait(document.file))})"
    return ""
