"""What commands get from the API: JSON, text, and refusals."""

from typing import Any, Protocol

from lector.runtime.failures import LectorError

Json = dict[str, Any]


def printable(name: str) -> str:
    """A file name that can be shown and sent, whatever bytes it is made of."""
    return "".join(char if char.isprintable() else "\ufffd" for char in name)


class Target(Protocol):
    """What text can be written into, such as an open file."""

    def write(self, piece: bytes, /) -> object:
        """Write some bytes."""

    def flush(self) -> None:
        """Write what is still held back."""


class ServerError(LectorError):
    """The server refused, or cannot be reached; the message says why."""


class Refused(ServerError):
    """The server refused; `code` is for programs, `status` that of HTTP, if it is known.

    Without a code it was not Lector that did, but something before it.
    """

    def __init__(self, message: str, code: str, status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
