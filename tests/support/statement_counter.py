"""A proxy before PostgreSQL that counts what a process sends through it."""

import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

_PIECE = 64 * 1024
# Messages of the protocol that have the server run a statement: a query, and one with parameters.
_STATEMENTS = {b"Q": "query", b"E": "execute"}


class StatementCounter:
    """Counts statements, BEGIN and COMMIT among them, of connections that are made to `url`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        login = parts.netloc.rpartition("@")[0]
        port = self._listener.getsockname()[1]
        self.url = urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))
        self._counts: Counter[str] = Counter()
        self._sockets: list[socket.socket] = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def count(self) -> int:
        """How many statements there were so far."""
        return sum(self._counts.values())

    def close(self) -> None:
        """End all connections."""
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                threading.Thread(target=self._pass, args=(server, client), daemon=True).start()
                threading.Thread(target=self._listen, args=(client, server), daemon=True).start()

    def _pass(self, source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                to.sendall(piece)
            to.shutdown(socket.SHUT_WR)

    def _listen(self, client: socket.socket, server: socket.socket) -> None:
        """Pass on what the client says, and look at the beginning of each message."""
        said = bytearray()
        starting = True
        with suppress(OSError):
            while piece := client.recv(_PIECE):
                said += piece
                while (message := _next(said, starting=starting)) is not None:
                    kind, length = message
                    del said[:length]
                    # A request for encryption, which this server refuses, comes before the start.
                    starting = starting and length == 8
                    if kind in _STATEMENTS:
                        self._counts[_STATEMENTS[kind]] += 1
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)


def _next(said: bytearray, *, starting: bool) -> tuple[bytes, int] | None:
    """The kind and the length of the message that comes next, if it is there as a whole."""
    head = 0 if starting else 1
    if len(said) < head + 4:
        return None
    length = head + struct.unpack_from("!I", said, head)[0]
    return (bytes(said[:head]), length) if len(said) >= length else None


@contextmanager
def counted(url: str) -> Iterator[StatementCounter]:
    """A counter before a database, for the duration of the block."""
    counter = StatementCounter(url)
    try:
        yield counter
    finally:
        counter.close()
