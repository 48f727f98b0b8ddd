"""What may go on at once: in this process, for each tenant, and for each address.

A tenant or an address that has all its slots is refused (429) while others are not.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from functions.upload.authentication import Caller
from functions.upload.errors import ApiError
from functions.upload.problem_codes import ProblemCode
from lector.runtime.failures import TransientFailure


@dataclass(frozen=True)
class Limits:
    """How many at once; 0: as many as they want."""

    process: int
    tenant: int
    address: int


class Slots:
    """Counts what goes on. `what` it is, in the plural, and when to come again, is told to people.

    It may be used by several threads; `limits` are asked for each time.
    """

    def __init__(self, what: str, limits: Callable[[], Limits], retry_after_s: int) -> None:
        self._what = what
        self._limits = limits
        self._retry_after_s = retry_after_s
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def refusal(self, caller: Caller) -> Exception | None:
        """Take a slot, to be released; or say why there is none.

        It is an `ApiError` (429) if this caller has too many, a `TransientFailure` if all have.
        """
        limits = self._limits()
        most = {"tenant": limits.tenant, "address": limits.address, "process": limits.process}
        with self._lock:
            for key in _keys(caller):
                if 0 < most[key[0]] <= self._counts[key]:
                    return self._full(key[0], most[key[0]])
            self._counts.update(_keys(caller))
        return None

    def take(self, caller: Caller) -> None:
        """Take a slot, to be released.

        Raises:
            ApiError: the tenant or the address has as many as it may (429).
            TransientFailure: the process has.

        """
        refusal = self.refusal(caller)
        if refusal is not None:
            raise refusal

    def release(self, caller: Caller) -> None:
        """Give a slot back."""
        with self._lock:
            for key in _keys(caller):
                self._counts[key] -= 1
                if not self._counts[key]:
                    del self._counts[key]

    @contextmanager
    def taken(self, caller: Caller) -> Iterator[None]:
        """A slot for the duration of the block."""
        self.take(caller)
        try:
            yield
        finally:
            self.release(caller)

    def count(self) -> int:
        """How many slots are taken."""
        with self._lock:
            return self._counts["process", ""]

    def _full(self, whose: str, most: int) -> Exception:
        if whose == "process":
            detail = f"there are too many {self._what} already; try again soon"
            return TransientFailure(detail, self._retry_after_s)
        detail = f"this {whose} has {most} {self._what} already, and may have no more at once"
        headers = {"Retry-After": str(self._retry_after_s)}
        return ApiError(429, ProblemCode.TOO_MANY_AT_ONCE, detail, headers)


def _keys(caller: Caller) -> tuple[tuple[str, str], ...]:
    return ("tenant", caller.tenant), ("address", caller.address), ("process", "")
