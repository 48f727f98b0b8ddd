"""Knative's autoscaler for one function, second by second, as its documentation describes it."""

import math
from collections import deque
from collections.abc import Iterable

from benchmarks.scaling.sizing import Sizing

_STABLE_S, _PANIC_S = 60, 6
_PANIC = 2.0  # times what is ready
_SLOWEST_DOWN = 2  # to a half at once
_GRACE_S = 30  # at most, before the last pod goes


class Pods:
    """Pods that serve and pods that start."""

    def __init__(self, sizing: Sizing, cold_start_s: int) -> None:
        self.sizing = sizing
        self.ready = 0
        self._cold_start_s = cold_start_s
        self._starting: deque[tuple[int, int]] = deque()
        self._seen: deque[float] = deque(maxlen=_STABLE_S)
        self._panic_until = -1
        self._idle_s = 0

    @property
    def awake(self) -> int:
        """Those that are paid for: ready or starting."""
        return self.ready + sum(count for _, count in self._starting)

    @property
    def places(self) -> int:
        """Requests that can be worked on now."""
        return self.ready * self.sizing.concurrency

    def begin(self, now: int) -> None:
        """Take in the pods whose start is over."""
        while self._starting and self._starting[0][0] <= now:
            self.ready += self._starting.popleft()[1]

    def wake(self, now: int) -> None:
        """What a touch by the source does: one pod, if there is none."""
        self._idle_s = 0
        if not self.awake:
            self._grow(now, 1)

    def end(self, now: int, in_flight: float) -> None:
        """Decide by what was in flight this second, what waits for a pod included."""
        self._seen.append(in_flight)
        self._idle_s = 0 if in_flight > 0 else self._idle_s + 1
        if self._idle_s >= _STABLE_S + _GRACE_S:
            self.ready = 0
            self._starting.clear()
            self._seen.clear()
            return
        self._scale(now, self._wanted(now))

    def _wanted(self, now: int) -> int:
        stable, panic = self._pods(self._seen), self._pods(list(self._seen)[-_PANIC_S:])
        if self.ready and panic >= _PANIC * self.ready:
            self._panic_until = now + _STABLE_S
        if now < self._panic_until:
            return max(stable, panic, self.awake)
        return max(stable, math.ceil(self.ready / _SLOWEST_DOWN))

    def _pods(self, seen: Iterable[float]) -> int:
        values = list(seen)
        target = max(1.0, self.sizing.target * self.sizing.concurrency)
        return math.ceil(sum(values) / len(values) / target - 1e-9)

    def _scale(self, now: int, wanted: int) -> None:
        wanted = min(wanted, self.sizing.max_scale)
        if wanted > self.awake:
            self._grow(now, wanted - self.awake)
        elif wanted < self.ready:
            self.ready = max(wanted, 1)

    def _grow(self, now: int, count: int) -> None:
        self._starting.append((now + self._cold_start_s, count))
