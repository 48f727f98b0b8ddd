"""Problem details (RFC 9457), and which ones a failure gets.

| an error           | its problem                             |
|--------------------|-----------------------------------------|
| `MalformedEvent`   | 400                                     |
| `PermanentFailure` | 422                                     |
| `TransientFailure` | 503, with Retry-After                   |
| `FailedAttempt`    | 500                                     |
| anything else      | 500, without what the exception says    |
"""

import logging
import math
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field

from lector.runtime.failures import (
    FailedAttempt,
    MalformedEvent,
    PermanentFailure,
    ProtocolCode,
    TransientFailure,
)

log = logging.getLogger("lector")

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Problem:
    """Why something could not be done: `code` is for programs, `detail` for people."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, object] = field(default_factory=dict)

    def details(self) -> dict[str, object]:
        """The members of the JSON document."""
        title = self.code.replace("_", " ").capitalize()
        about = {"type": f"urn:lector:problem:{self.code}", "title": title, "status": self.status}
        return {**about, "detail": self.detail, "code": self.code, **self.more}


def problem_of(error: Exception) -> Problem:
    """The problem that a failure is for whoever asked; what only operators may know is logged."""
    match error:
        case MalformedEvent():
            return Problem(400, ProtocolCode.MALFORMED_EVENT, str(error))
        case PermanentFailure():
            return Problem(422, error.code, error.detail)
        case TransientFailure():
            # Addresses and the like are for the log, not for whoever asked.
            log.warning("not now: %s: %s", error.detail, error.__cause__)
            return not_now(error)
        case FailedAttempt():
            log.warning("an attempt failed: %s", error)
            return Problem(500, error.code, error.detail)
    # The first line only: in those that follow, PostgreSQL quotes the row, and so a page's text.
    words = str(error).partition("\n")[0]
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("unexpected %s: %s\n%s", type(error).__name__, words, where)
    detail = f"an unexpected {type(error).__name__}; the log has more"
    return Problem(500, ProtocolCode.UNEXPECTED, detail)


def not_now(failure: TransientFailure) -> Problem:
    """The answer to "not now", with the wait that was asked for in whole seconds.

    The member `scope` is "event" where others of its kind may go well.
    """
    wait_s = failure.retry_after_s
    headers = {} if wait_s is None else {"Retry-After": str(math.ceil(wait_s))}
    more = {"scope": "event"} if failure.of_event else {}
    return Problem(503, failure.code, failure.detail, headers, more)
