"""What can go wrong in a program that uses Lector.

LectorError
├── ServerError        a request did not get what it asked for
│   ├── Unreachable    nothing answers, for as long as a request is tried again
│   └── Refused        the API refused it: `code`, `status`, and its sentence
│       ├── NotAllowed   no token, or one that may not do this (401, 403)
│       ├── NotFound     there is no such file or page (404)
│       ├── Conflict     not as things stand (409, 412)
│       ├── Invalid      what is asked for is wrong (400, 413, 415, 422)
│       └── NotNow       too many requests, or out of order (429, 503)
└── ReadingError       a document has no text, or not all of it; `file_id` says which
    ├── FileFailed     it could not be opened, was cancelled, or was deleted: `code`
    ├── PagesFailed    some or all of its pages failed: `pages`
    ├── OutOfMoney     its other pages would cost more than it may
    └── StillReading   it is not finished within the time that was given
"""

from collections.abc import Sequence

from lector.client.models import Page
from lector.runtime.failures import LectorError


class ServerError(LectorError):
    """The server refused, or cannot be reached; the message says why."""


class Unreachable(ServerError):
    """Nothing answers, neither at once nor when it was tried again."""


class Refused(ServerError):
    """The server refused; `code` is for programs, `status` that of HTTP, if it is known.

    Without a code it was not Lector that did, but something before it.
    """

    def __init__(self, message: str, code: str, status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class NotAllowed(Refused):
    """No token, or one that may not do this."""


class NotFound(Refused):
    """There is no such file, page or address."""


class Conflict(Refused):
    """It cannot be done as things stand."""


class Invalid(Refused):
    """What is asked for is wrong; the message says what to change."""


class NotNow(Refused):
    """Too many requests, or something is out of order: later it may go."""


_BY_STATUS: dict[int, type[Refused]] = {
    400: Invalid,
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: NotNow,
    503: NotNow,
}


def refusal(message: str, code: str, status: int) -> Refused:
    """The refusal that an answer with this status is."""
    return _BY_STATUS.get(status, Refused)(message, code, status)


class ReadingError(LectorError):
    """A document has no text, or not all of it."""

    def __init__(self, message: str, file_id: str) -> None:
        super().__init__(message)
        self.file_id = file_id


class FileFailed(ReadingError):
    """The file could not be opened, was cancelled, or was deleted; `code` is for programs."""

    def __init__(self, message: str, file_id: str, code: str) -> None:
        super().__init__(message, file_id)
        self.code = code


class PagesFailed(ReadingError):
    """Some pages failed, or all of them: `pages`. Others were read."""

    def __init__(self, message: str, file_id: str, pages: Sequence[Page]) -> None:
        super().__init__(message, file_id)
        self.pages = tuple(pages)


class OutOfMoney(ReadingError):
    """All pages that are left would cost more than the file may (`max_cost_usd`)."""


class StillReading(ReadingError, TimeoutError):
    """The time that was given is over; Lector goes on reading."""
