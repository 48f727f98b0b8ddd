"""How many deliveries of a subscription may be under way, by the answers that come back.

Additive increase, multiplicative decrease, as TCP does (RFC 5681): one more for each success until
the first refusal, then half of what it was, then one more for each full round of successes. A burst
of refusals counts once.
"""

import asyncio
import time
from collections.abc import Callable


class Slots:
    """Slots between 1 and `at_most`, adapting to what the far side can take."""

    def __init__(
        self, at_start: int, at_most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = float(min(at_start, at_most))
        self._at_most = at_most
        self._threshold = float(at_most)
        self._clock = clock
        self._last_cut = float("-inf")
        self._closed_until = float("-inf")
        self._taken = 0
        self._changed = asyncio.Event()

    @property
    def limit(self) -> int:
        """How many may be taken now."""
        return int(self._limit)

    @property
    def taken(self) -> int:
        """How many are taken now."""
        return self._taken

    @property
    def closed_s(self) -> float:
        """For how long none may be taken, because the far side asked for a pause."""
        return max(0.0, self._closed_until - self._clock())

    async def free(self) -> int:
        """Wait until at least one slot is free; how many are."""
        while True:
            wait_s = self.closed_s
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            elif self._taken < self.limit:
                return self.limit - self._taken
            else:
                self._changed.clear()
                await self._changed.wait()

    def take(self) -> float:
        """Take a slot; returns the time, which `refused` wants back."""
        self._taken += 1
        return self._clock()

    def release(self) -> None:
        """Give a slot back."""
        self._taken -= 1
        self._changed.set()

    def succeeded(self) -> None:
        """A delivery went well: there may be room for more."""
        step = 1.0 if self._limit < self._threshold else 1.0 / self._limit
        self._limit = min(float(self._at_most), self._limit + step)

    def refused(self, taken_at: float, retry_after_s: float = 0.0) -> None:
        """A delivery was "not now": halve, unless its slot was taken before the last cut."""
        now = self._clock()
        self._closed_until = max(self._closed_until, now + retry_after_s)
        if taken_at <= self._last_cut:
            return
        self._limit = self._threshold = max(1.0, self._limit / 2)
        self._last_cut = now
