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
from enum import StrEnum

from lector.telemetry.plain_text import remove_controls

_LONGEST_CODE, _LONGEST_DETAIL = 200, 2000


def remove_unstorable(text: str) -> str:
    """Without what neither PostgreSQL nor UTF-8 can hold: NUL and lone surrogates."""
    return text.replace("\x00", "").encode(errors="ignore").decode()


def clean(text: str, longest: int = _LONGEST_DETAIL) -> str:
    """Words that may come from outside, as they are stored and shown.

    Without control characters, which a terminal executes, and no longer than `longest` characters.
    """
    text = remove_controls(remove_unstorable(text))
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


class Code(StrEnum):
    """A failure for programs; `sentence` says it to people where nothing better is known."""

    sentence: str

    def __new__(cls, code: str, sentence: str) -> "Code":
        """A member: its code as it is sent and stored, and its sentence."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.sentence = sentence
        return member


class ProtocolCode(Code):
    """What is wrong with an event, a request or an answer, whatever it is about."""

    MALFORMED_EVENT = "malformed_event", "this is not a CloudEvent"
    MALFORMED_SUBJECT = "malformed_subject", "the event's subject is not a file id"
    MISSING_FIELD = "missing_field", "the event lacks a required field"
    UNKNOWN_EVENT_TYPE = "unknown_event_type", "no contract has events of this type"
    UNKNOWN_CONTRACT = "unknown_contract", "the event follows another version of its contract"
    UNEXPECTED_EVENT_TYPE = "unexpected_event_type", "the function does not take such events"
    TOO_LARGE = "too_large", "the event or batch is larger than JetStream takes"
    CONTRADICTS_LEDGER = "contradicts_ledger", "the event says what the ledger knows to be wrong"
    NOT_NOW = "not_now", "it cannot be done now; try again later"
    TIMED_OUT = "timed_out", "the database took too long; try again later, or ask for less at once"
    UNEXPECTED = "unexpected", "something failed that should not; the log has more"
    NOT_CLUSTER_LOCAL = "not_cluster_local", "functions answer callers of their own cluster only"
    NOT_AUTHENTICATED = "not_authenticated", "the caller does not send this Lector's CALLER_SECRET"
    # What the same was called before; functions of an earlier version still say so.
    UNKNOWN_CALLER = "unknown_caller", "the caller does not send this Lector's CALLER_SECRET"
    METHOD_NOT_ALLOWED = "method_not_allowed", "there is no such method here"


class LectorError(Exception):
    """Base of every failure that Lector itself raises."""


class MalformedEvent(LectorError):
    """What arrived is not a CloudEvent, or its data does not parse."""

    def __init__(self, detail: str) -> None:
        super().__init__(clean(detail))


class CodedFailure(LectorError):
    """What programs know by `code` and people by `detail`; the code's own sentence by default."""

    def __init__(self, code: Code | str, detail: str | None = None) -> None:
        if detail is None:
            detail = code.sentence if isinstance(code, Code) else code
        self.code = clean(code, _LONGEST_CODE)
        self.detail = clean(detail)
        super().__init__(f"{self.code}: {self.detail}")


class PermanentFailure(CodedFailure):
    """Trying again will not help."""


class TransientFailure(LectorError):
    """Not now. `retry_after_s` is what the refusing side asked for, if it said.

    With `of_event` it is this event that cannot be handled now, and others may well be.
    """

    def __init__(
        self,
        detail: str,
        retry_after_s: float | None = None,
        *,
        code: str = ProtocolCode.NOT_NOW,
        of_event: bool = False,
    ) -> None:
        self.detail = clean(detail)
        super().__init__(self.detail)
        self.retry_after_s = retry_after_s
        self.code = code
        self.of_event = of_event


class DatabaseTimeout(TransientFailure):
    """A statement took longer than the role may take, or waited too long for a lock."""

    def __init__(self) -> None:
        code = ProtocolCode.TIMED_OUT
        super().__init__(code.sentence, code=code)


class FailedAttempt(CodedFailure):
    """It did not work, and may at another attempt; after so many the event is dead-lettered."""


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
