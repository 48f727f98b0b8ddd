"""How long to wait before something that failed is tried again: longer each time, up to a limit."""

import random


class Backoff:
    """Waits that grow exponentially.

    After n failures the wait is min(longest_s, first_s * factor ** (n - 1)) seconds, times a random
    number between 1 - jitter and 1 + jitter. Jitter keeps those that failed together from trying
    again together; it may lead beyond `longest_s` by that share.
    """

    def __init__(
        self, first_s: float, longest_s: float, factor: float = 2.0, jitter: float = 0.0
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._factor = factor
        self._jitter = jitter
        self._failures = 0

    def next_s(self) -> float:
        """Count one more failure; the seconds to wait after it."""
        self._failures += 1
        return self.after_s(self._failures)

    def after_s(self, failures: int) -> float:
        """The seconds to wait after so many failures, 1 or more, that the caller has counted."""
        try:
            grown_s = self._first_s * self._factor ** (failures - 1)
        except OverflowError:
            grown_s = self._longest_s
        jitter = random.uniform(1 - self._jitter, 1 + self._jitter)  # noqa: S311 - no secret
        return min(self._longest_s, grown_s) * jitter

    def reset(self) -> None:
        """Begin anew with the shortest wait, after a success."""
        self._failures = 0
