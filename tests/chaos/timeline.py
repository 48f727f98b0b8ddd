"""When something was disturbed, in seconds since 1970: what that explains is no fault."""

import threading
import time

# What follows from a kill or a cut goes on for so long: a start, an ack wait, a pause.
_AFTERMATH_S = 3.0


class Timeline:
    """The disturbances of a run, from several threads; `over_at` is when the last one ended."""

    def __init__(self) -> None:
        self.over_at = float("inf")
        self._spans: list[tuple[float, float]] = []
        self._lock = threading.Lock()

    def note(self, lasts_s: float = 0.0) -> None:
        """Something is disturbed from now on, for so long."""
        now = time.time()
        with self._lock:
            self._spans.append((now, now + lasts_s + _AFTERMATH_S))

    def end(self) -> None:
        """From now on nothing is disturbed."""
        self.over_at = time.time()

    def disturbed(self, begin: float, end: float) -> bool:
        """Whether anything was disturbed between two moments."""
        with self._lock:
            return any(first <= end and begin <= last for first, last in self._spans)
