"""Messages between two processes over a socket: four bytes of length, then the message.

Unlike those of `multiprocessing.connection`, they can be waited for as a whole: a process that was
taken over, or stopped, may send half a message and then nothing.
"""

import socket
import time
from types import TracebackType

_LENGTH_BYTES = 4
_LONGEST_BYTES = 256 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024


class Channel:
    """One end. `until` is a time of the monotonic clock; None: as long as it takes."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def send(self, message: bytes, until: float | None = None) -> None:
        """Send a message.

        Raises:
            TimeoutError: the other end did not take all of it in time.
            OSError: the other end is closed.

        """
        self._wait_until(until)
        self._socket.sendall(len(message).to_bytes(_LENGTH_BYTES) + message)

    def receive(self, until: float | None = None) -> bytes:
        """The next message.

        Raises:
            TimeoutError: it was not there in time as a whole.
            EOFError: the other end is closed.
            ValueError: it is too long.

        """
        size = int.from_bytes(self._exactly(_LENGTH_BYTES, until))
        if size > _LONGEST_BYTES:
            raise ValueError(f"a message of {size} bytes")
        return self._exactly(size, until)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> "Channel":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _exactly(self, size: int, until: float | None) -> bytes:
        pieces, missing = [], size
        while missing:
            self._wait_until(until)
            pieces.append(self._socket.recv(min(missing, _PIECE_BYTES)))
            if not pieces[-1]:
                raise EOFError
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def _wait_until(self, until: float | None) -> None:
        left_s = None if until is None else until - time.monotonic()
        if left_s is not None and left_s <= 0:
            raise TimeoutError
        self._socket.settimeout(left_s)
