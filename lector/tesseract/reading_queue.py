"""Which page is read next, and what is kept of pages that were read.

Callers say how long they wait. A page that no caller waits for any longer when its turn comes is
not read. One that is being read is finished, whoever has gone, and its text is kept by the SHA-256
of the image and its languages, so that the next try of the same page gets it at once. Requests with
the same ones share one reading. Of pages that would wait for longer than their callers, none is
taken.
"""

import asyncio
import math
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256

from lector.tesseract.page_reading import Reading
from lector.tesseract.recognition import ReadingTimedOut

USUAL_WAIT_S = 30.0
"""How long a caller is taken to wait that does not say."""
FAILURE_KEPT_S = 300.0
"""How long a page that timed out fails at once, before it is tried again."""

_FIRST_GUESS_S = 2.0  # for a full page, until one has been measured
_WEIGHT = 0.2  # of the newest page in the moving average
_MOST_KEPT = 64
_MOST_KEPT_BYTES = 16 * 1024 * 1024
_WORD_BYTES = 280  # a tuple with a short string and five floats

Outcome = Reading | ReadingTimedOut
Read = Callable[[bytes, Sequence[str]], Reading]
"""Reads an image in languages, by Tesseract's codes; with none, in the one that it is in."""


class Busy(Exception):
    """The caller cannot be answered in the time that it waits; the message says why."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = max(1, math.ceil(retry_after_s))
        """Whole seconds until another try makes sense, at least one."""


@dataclass
class _Page:
    """A page that waits or is being read, and how many callers wait for it."""

    image: bytes
    languages: Sequence[str]
    callers: int = 0
    begun_at: float | None = None
    task: asyncio.Task[Outcome] = field(init=False)


class ReadingQueue:
    """Pages in the order in which they came, for a number of readers; for one event loop."""

    def __init__(
        self,
        read: Read,
        readers: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._readers = readers
        self._clock = clock
        self._threads = ThreadPoolExecutor(readers)
        self._free = asyncio.Semaphore(readers)
        self._pages: dict[str, _Page] = {}
        self._kept = _Outcomes(clock)
        self._measured_s: float | None = None

    async def run_in_thread(self, what: Callable[[], None]) -> None:
        """Call it in one of the threads that read pages, which keeps what it starts there."""
        await asyncio.get_running_loop().run_in_executor(self._threads, what)

    async def read(
        self,
        image: bytes,
        wait_s: float | None = None,
        languages: Sequence[str] = (),
        there: Sequence[str] = (),
    ) -> Reading:
        """Read an image; `wait_s` is how long the caller waits, None if it does not say.

        What is kept of it counts for the same `languages`, and as long as the same ones are there.
        A caller that goes earlier cancels this.

        Raises:
            Busy: the caller would wait, or has waited, in vain.
            ReadingTimedOut: the page takes longer than any may, or did so a short while ago.
            BadImage: there is no image in these bytes.

        """
        key = " ".join([sha256(image).hexdigest(), ",".join(languages), ",".join(there)])
        outcome = self._kept.get(key)
        if outcome is None:
            page = self._pages.get(key) or self._enqueue(key, _Page(image, languages), wait_s)
            outcome = await self._wait(key, page, wait_s)
        if isinstance(outcome, ReadingTimedOut):
            raise outcome.with_traceback(None)
        return outcome

    def _enqueue(self, key: str, page: _Page, wait_s: float | None) -> _Page:
        patience_s = USUAL_WAIT_S if wait_s is None else wait_s
        expected_s = self._expected_wait_s()
        if expected_s > patience_s:
            waiting = max(0, len(self._pages) - self._readers)
            pages = "1 page waits" if waiting == 1 else f"{waiting} pages wait"
            message = f"busy: {pages}, about {math.ceil(expected_s)} s"
            raise Busy(message, expected_s - patience_s)
        self._pages[key] = page
        page.task = asyncio.create_task(self._process(key, page))
        return page

    def _expected_wait_s(self) -> float:
        """How long a page that comes now waits for its turn, if pages take what they took."""
        waiting = max(0, len(self._pages) - self._readers + 1)
        return waiting * self._page_s() / self._readers

    def _page_s(self) -> float:
        return _FIRST_GUESS_S if self._measured_s is None else self._measured_s

    async def _wait(self, key: str, page: _Page, wait_s: float | None) -> Outcome:
        page.callers += 1
        try:
            async with asyncio.timeout(wait_s):
                return await asyncio.shield(page.task)
        except TimeoutError:
            raise self._too_late(page) from None
        finally:
            page.callers -= 1
            if not page.callers and page.begun_at is None:
                page.task.cancel()
                del self._pages[key]

    def _too_late(self, page: _Page) -> Busy:
        if page.begun_at is None:
            return Busy("busy: the page's turn did not come in time", self._expected_wait_s())
        elapsed_s = self._clock() - page.begun_at
        message = f"busy: reading the page takes {elapsed_s:.0f} s so far; ask again for its text"
        return Busy(message, self._page_s() - elapsed_s)

    async def _process(self, key: str, page: _Page) -> Outcome:
        """Read a page when its turn comes, and keep what came of it."""
        async with self._free:
            page.begun_at = self._clock()
            loop = asyncio.get_running_loop()
            outcome: Outcome
            try:
                reading = loop.run_in_executor(
                    self._threads, self._read, page.image, page.languages
                )
                outcome = await reading
                self._measure(self._clock() - page.begun_at)
            except ReadingTimedOut as error:
                outcome = error
            finally:
                del self._pages[key]
        self._kept.put(key, outcome)
        return outcome

    def _measure(self, took_s: float) -> None:
        """Keep the moving average; a page that timed out says nothing about others."""
        if self._measured_s is None:
            self._measured_s = took_s
        self._measured_s += _WEIGHT * (took_s - self._measured_s)


class _Outcomes:
    """What came of the latest pages, by key: so many, and so many bytes, at most."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: OrderedDict[str, tuple[Outcome, float]] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> Outcome | None:
        outcome, until = self._entries.get(key, (None, 0.0))
        if outcome is None:
            return None
        if self._clock() >= until:
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return outcome

    def put(self, key: str, outcome: Outcome) -> None:
        """Keep it, whatever its size, in the place of the ones that were asked for least lately."""
        lifetime_s = math.inf if isinstance(outcome, Reading) else FAILURE_KEPT_S
        self._entries[key] = (outcome, self._clock() + lifetime_s)
        self._bytes += _measure_bytes(outcome)
        while len(self._entries) > 1 and (
            len(self._entries) > _MOST_KEPT or self._bytes > _MOST_KEPT_BYTES
        ):
            self._remove(next(iter(self._entries)))

    def _remove(self, key: str) -> None:
        outcome, _ = self._entries.pop(key)
        self._bytes -= _measure_bytes(outcome)


def _measure_bytes(outcome: Outcome) -> int:
    if isinstance(outcome, Reading):
        return sys.getsizeof(outcome.text) + _WORD_BYTES * len(outcome.words)
    return 0
