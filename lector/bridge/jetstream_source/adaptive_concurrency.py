"""How many deliveries of a subscription may be under way, by the answers that come back.

As TCP does (RFC 5681): one more for each success, half of what was in flight after a refusal, and
a burst of refusals cuts once. TCP has something refused at the end of each climb, which here would
be every few calls. So the level that was refused is kept as the ceiling, like the plateau of CUBIC
(RFC 9438): back to just below it is fast, then nothing changes for a number of successes, then one
more is tried. A ceiling that refuses again is left alone for twice as long, one that gives way is
forgotten. How many of a burst were refused tells how far above the ceiling it was.

When a delivery is refused that is alone, there are not too many of them: the far side is away, or
busy with somebody else. Then no ceiling is learnt, and nothing is tried for a while, longer each
time, like TCP's timer (RFC 6298, 5.5). Replicas of the source share nothing: each finds its part.
"""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from lector.runtime.backoff import Backoff

# Successes before one more is tried at the ceiling: for each refusal, so that about 3 % of calls
# are refused even where the ceiling moves all the time, and at most, which bounds how long it goes
# unnoticed that a ceiling has risen.
_PATIENCE, _MOST_PATIENCE = 32, 128
_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 30.0


class Slot(NamedTuple):
    """A slot that was taken: when, and as which of how many."""

    at: float
    level: int


class Slots:
    """Slots between 1 and `at_most`, adapting to what the far side can take."""

    def __init__(
        self, at_start: int, at_most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = min(at_start, at_most)
        self.at_most = at_most
        self._ceiling: int | None = None
        self._patience = _PATIENCE
        self._owed = 0
        self._successes = 0
        self._pause = Backoff(_PAUSE_S, _LONGEST_PAUSE_S)
        self._clock = clock
        self._last_cut = float("-inf")
        self._closed_until = float("-inf")
        self._in_use = 0
        self._changed = asyncio.Event()

    @property
    def limit(self) -> int:
        """How many may be taken now."""
        return self._limit

    @property
    def in_use(self) -> int:
        """How many are taken now."""
        return self._in_use

    @property
    def closed_s(self) -> float:
        """For how long none may be taken, because the far side asked for a pause."""
        return max(0.0, self._closed_until - self._clock())

    async def wait_for_free(self) -> int:
        """Wait until at least one slot is free; how many are."""
        while True:
            wait_s = self.closed_s
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            elif self._in_use < self._limit:
                return self._limit - self._in_use
            else:
                self._changed.clear()
                await self._changed.wait()

    def take(self) -> Slot:
        """Take a slot, which `record_success` and `record_refusal` want back."""
        self._in_use += 1
        return Slot(self._clock(), self._in_use)

    def release(self) -> None:
        """Give a slot back."""
        self._in_use -= 1
        self._changed.set()

    def record_success(self, slot: Slot) -> None:
        """A delivery went well: there may be room for more."""
        self._pause.reset()
        ceiling = self._ceiling
        if ceiling is None or self._limit < ceiling - 1:
            # While half of the slots are empty, nothing is learnt about more of them.
            if self._limit < min(self.at_most, 2 * slot.level):
                self._limit += 1
        elif self._limit < ceiling:
            self._successes += 1
            if self._successes >= max(self._patience, self._owed):
                self._limit, self._successes, self._owed = ceiling, 0, 0
        elif slot.level >= ceiling:
            self._successes += 1
            if self._successes >= ceiling:
                self._ceiling, self._patience = None, _PATIENCE

    def record_refusal(self, slot: Slot, retry_after_s: float = 0.0) -> None:
        """A delivery was "not now": halve, unless its slot was taken before the last cut."""
        now = self._clock()
        self._close(now + retry_after_s)
        self._owed = min(_MOST_PATIENCE, self._owed + _PATIENCE)
        if slot.at > self._last_cut:
            self._cut(min(self._limit, max(slot.level, self._in_use)), now)
        elif self._ceiling is not None:
            self._lower(self._ceiling - 1)

    def _cut(self, level: int, now: float) -> None:
        again = level == self._ceiling
        self._patience = min(_MOST_PATIENCE, 2 * self._patience) if again else _PATIENCE
        self._last_cut = now
        self._limit = max(1, level // 2)
        self._lower(level)
        if level == 1:
            self._close(now + self._pause.next_s())

    def _lower(self, ceiling: int) -> None:
        self._ceiling = ceiling if ceiling > 1 else None
        self._limit = max(1, min(self._limit, ceiling - 1))
        self._successes = 0

    def _close(self, until: float) -> None:
        self._closed_until = max(self._closed_until, until)
