"""The ways in which handling an event can fail, and nothing else.

    LectorError
    ├── MalformedEvent     not a CloudEvent, or its data cannot be decoded     400
    ├── PermanentFailure   trying again will not help                          422
    ├── TransientFailure   not now: try again later, at no fault of the event  503
    └── FailedAttempt      try again, but not for ever                         500

Any other exception is unexpected (500): it is tried again a limited number of times.
Only `lector.runtime.endpoint` turns these into a function's HTTP status codes.
"""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def storable(text: str) -> str:
    """Without what neither PostgreSQL nor UTF-8 can hold: NUL and lone surrogates."""
    return text.replace("\x00", "").encode(errors="ignore").decode()


class LectorError(Exception):
    """Base of every failure that Lector itself raises."""


class MalformedEvent(LectorError):
    """What arrived is not a CloudEvent, or its data does not parse."""


class PermanentFailure(LectorError):
    """Trying again will not help; a person sees `detail`, a program `code`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = storable(code)
        self.detail = storable(detail)


class TransientFailure(LectorError):
    """Not now. `retry_after_s` is what the refusing side asked for, if it said."""

    code = "not_now"

    def __init__(self, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.detail = storable(detail)
        self.retry_after_s = retry_after_s


class FailedAttempt(LectorError):
    """It did not work, and may at another attempt; after so many the event is given up."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = storable(code)
        self.detail = storable(detail)


def retry_after_s(header: str | None) -> float | None:
    """Seconds in a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3)."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
