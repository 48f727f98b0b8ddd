"""The model's side: calls that take their time, a quota, and the source's own slots before it."""

import math
import random

from lector.bridge.jetstream_source.adaptive_concurrency import Slot, Slots

TIMEOUT_S = 90


class Quota:
    """Calls a minute, refilled all the time; what was saved up is `burst_s` worth at most."""

    def __init__(self, per_minute: float, burst_s: float) -> None:
        self._per_s = per_minute / 60
        self._most = max(1.0, self._per_s * burst_s)
        self._left = self._most

    def refill(self) -> None:
        """A second passes."""
        self._left = min(self._most, self._left + self._per_s)

    def takes(self) -> bool:
        """Whether one more call is taken; if so, it counts."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Calls:
    """Calls under way. How many is what the real slots of the JetStream source allow."""

    def __init__(
        self, slots: int, quota: Quota, median_s: float, sigma: float, chance: random.Random
    ) -> None:
        self.refused = 0
        self.under_way = 0
        self._now = 0
        self._quota = quota
        self._slots = Slots(8, slots, clock=lambda: float(self._now))
        self._mu, self._sigma = math.log(median_s), sigma
        self._chance = chance
        self._ends: dict[int, list[Slot]] = {}

    @property
    def limit(self) -> int:
        """The slots of the moment."""
        return self._slots.limit

    def ended(self, now: int) -> int:
        """Pages whose call is over by now."""
        self._now = now
        self._quota.refill()
        over = self._ends.pop(now, [])
        for slot in over:
            self._slots.record_success(slot)
            self._slots.release()
        self.under_way -= len(over)
        return len(over)

    def begin(self, at_most: int, places: int) -> int:
        """Send pages to the model, as many as slots, pods and quota take; how many it took."""
        free = min(self._slots.limit, places) - self._slots.in_use
        begun = 0
        for _ in range(min(at_most, free)):
            if self._slots.closed_s > 0 or self._slots.in_use >= self._slots.limit:
                break
            slot = self._slots.take()
            if not self._quota.takes():
                self.refused += 1
                self._slots.record_refusal(slot)
                self._slots.release()
                continue
            took_s = min(TIMEOUT_S, self._chance.lognormvariate(self._mu, self._sigma))
            self._ends.setdefault(self._now + max(1, round(took_s)), []).append(slot)
            begun += 1
        self.under_way += begun
        return begun
