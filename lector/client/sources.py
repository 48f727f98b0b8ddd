"""What is to be read, a file on disk or bytes, and what its text is written into."""

import hashlib
import io
import os
from pathlib import Path
from typing import NamedTuple, Protocol

Readable = str | os.PathLike[str] | bytes
"""A path, the URL of a file (http:// or https://), or what a file holds."""

_UNNAMED = "document"
_URL = ("http://", "https://")


def is_url(what: Readable) -> bool:
    """Whether it is a file elsewhere, which the server fetches."""
    return isinstance(what, str) and what.lower().startswith(_URL)


def printable(name: str) -> str:
    """A file name that can be shown and sent, whatever bytes it is made of."""
    return "".join(char if char.isprintable() else "\ufffd" for char in name)


class Target(Protocol):
    """What text can be written into, such as an open file."""

    def write(self, piece: bytes, /) -> object:
        """Write some bytes."""

    def flush(self) -> None:
        """Write what is still held back."""


class SmallFile(NamedTuple):
    """A file that is sent together with others."""

    name: str
    content: bytes
    folder: str | None = None


class Source:
    """A path or bytes, and what it is called: `name`, else the path's last part."""

    def __init__(self, what: Readable, name: str | None = None) -> None:
        self._what = what if isinstance(what, bytes) else Path(what)
        own = _UNNAMED if isinstance(self._what, bytes) else self._what.name
        self.name = printable(name or own)

    def size_bytes(self) -> int:
        """How much it is; OSError if there is no such file."""
        if isinstance(self._what, bytes):
            return len(self._what)
        return self._what.stat().st_size

    def open(self) -> io.BytesIO | io.BufferedReader:
        """It from its beginning; OSError if it cannot be read."""
        return io.BytesIO(self._what) if isinstance(self._what, bytes) else self._what.open("rb")

    def read(self) -> bytes:
        """All of it; OSError if it cannot be read."""
        with self.open() as content:
            return content.read()

    def sha256(self) -> str:
        """What tells its bytes from others, in hexadecimal; OSError if it cannot be read."""
        with self.open() as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
