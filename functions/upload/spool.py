"""The files of a form, one behind the other in one temporary file.

However many they are, they take one open file, and little memory.
"""

import io
import os
import threading
from tempfile import SpooledTemporaryFile
from typing import Any

_IN_MEMORY_BYTES = 512 * 1024


class Spool:
    """Takes files as they come; each can be read by a thread of its own once it is there."""

    def __init__(self) -> None:
        self._content: SpooledTemporaryFile[bytes] | None = None
        self._lock = threading.Lock()
        self._size = 0

    def begin(self) -> "Section":
        """A new file behind all others: what is written from now on."""
        if self._content is None:
            self._content = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - close() is later
        return Section(self, self._size)

    def write(self, section: "Section", data: bytes) -> None:
        """Add to the file that was begun last."""
        with self._lock:
            content = self._open()
            content.seek(self._size)
            content.write(data)
        self._size += len(data)
        section.size += len(data)

    def read_at(self, position: int, count: int) -> bytes:
        """Bytes from a position of the whole."""
        with self._lock:
            content = self._open()
            content.seek(position)
            return content.read(count)

    def close(self) -> None:
        """Let go of all of it."""
        with self._lock:
            if self._content is not None:
                self._content.close()

    def _open(self) -> SpooledTemporaryFile[bytes]:
        if self._content is None:
            raise ValueError("no file was begun")
        return self._content


class Section(io.RawIOBase):
    """A file in a spool, `size` bytes long so far; for one thread at a time."""

    def __init__(self, spool: Spool, start: int) -> None:
        super().__init__()
        self.size = 0
        self._spool = spool
        self._start = start
        self._position = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read again."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go on reading elsewhere; the new position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Where reading goes on."""
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as there is something."""
        count = max(0, min(len(buffer), self.size - self._position))
        data = self._spool.read_at(self._start + self._position, count) if count else b""
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
