"""Counts of what goes over a wire, read from the bytes: PostgreSQL's protocol, and HTTP/1.1.

Each reader is fed what came from one side of one connection, in any pieces, and tells a `Count`
what it finds. Counts are exact: nothing is sampled, and no server has to be asked.
"""

import re
from collections.abc import Callable, Generator, Iterator

Count = Callable[[str], None]

STATEMENTS, EMPTY, ROUND_TRIPS, TRANSACTIONS = "statements", "empty", "round trips", "transactions"
"""What is counted of PostgreSQL. BEGIN and COMMIT are no statements, but may be round trips."""

_CONTROL = re.compile(rb"\s*(?:BEGIN|COMMIT|ROLLBACK|START TRANSACTION)\b", re.IGNORECASE)
_COMMENT = re.compile(rb"^(?:--[^\n]*\n)+", re.MULTILINE)
_ENCRYPTION_REQUESTS = (80877103, 80877104)


class PostgresConnection:
    """One connection to PostgreSQL: what its client asks, and how often it waits for an answer.

    A round trip is each time that the client sends something after it was answered. A transaction
    is whatever ends with the server being idle again.
    """

    def __init__(self, count: Count) -> None:
        self._count = count
        self._asked, self._answered = bytearray(), bytearray()
        self._is_starting = True
        self._raw_answers = 0  # single bytes, that say whether the connection is encrypted
        self._client_spoke_last = False
        self._texts: dict[bytes, bytes] = {}
        self._bound = b""
        self._works = False

    def from_client(self, data: bytes) -> None:
        """What the client sends."""
        self._asked += data
        if not self._client_spoke_last and not self._is_starting:
            self._count(ROUND_TRIPS)
        self._client_spoke_last = True
        while self._is_starting and (start := _take(self._asked, tag=False)):
            code = int.from_bytes(start[1][:4], "big")
            if code in _ENCRYPTION_REQUESTS:
                self._raw_answers += 1
            else:
                self._is_starting = False
        while not self._is_starting and (message := _take(self._asked)):
            self._read_request(*message)

    def from_server(self, data: bytes) -> None:
        """What the server answers."""
        self._client_spoke_last = False
        self._answered += data
        del self._answered[: (raw := min(self._raw_answers, len(self._answered)))]
        self._raw_answers -= raw
        while message := _take(self._answered):
            kind, body = message
            if kind == b"Z" and body == b"I" and self._works:
                self._works = False
                self._count(TRANSACTIONS)

    def _read_request(self, kind: bytes, body: bytes) -> None:
        if kind == b"Q":
            self._run(body.rstrip(b"\0"))
        elif kind == b"P":
            name, text, *_ = body.split(b"\0", 2)
            self._texts[name] = text
        elif kind == b"B":
            _, self._bound, *_ = body.split(b"\0", 2)
        elif kind == b"E":
            self._run(self._texts.get(self._bound, b"?"))

    def _run(self, text: bytes) -> None:
        self._works = True
        if _CONTROL.match(text):
            return
        self._count(STATEMENTS)
        if not text.strip(b" ;\n"):
            self._count(EMPTY)
        self._count(f"statement: {_shorten(text)}")


class HttpConnection:
    """One HTTP/1.1 connection: its requests, by method, and by the type of their events."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._unread = bytearray()
        self._steps = self._read()
        next(self._steps)

    def from_client(self, data: bytes) -> None:
        """What the client sends."""
        self._unread += data
        next(self._steps)

    def from_server(self, data: bytes) -> None:
        """What the server answers, which is not looked at."""

    def _read(self) -> Generator[None, None, None]:
        while True:
            head = yield from self._until(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            fields = dict(line.split(":", 1) for line in lines[1:] if ":" in line)
            headers = {name.lower(): value.strip() for name, value in fields.items()}
            method = lines[0].partition(" ")[0]
            self._count(method)
            if "ce-type" in headers:
                self._count(f"{method} {headers['ce-type']}")
            if headers.get("transfer-encoding", "").lower() == "chunked":
                yield from self._skip_chunks()
            else:
                yield from self._skip(int(headers.get("content-length", 0)))

    def _skip_chunks(self) -> Iterator[None]:
        while size := int((yield from self._until(b"\r\n")).split(b";")[0], 16):
            yield from self._skip(size + 2)
        while (yield from self._until(b"\r\n")):
            pass

    def _until(self, end: bytes) -> Generator[None, None, bytes]:
        while (at := self._unread.find(end)) < 0:
            yield
        found = bytes(self._unread[:at])
        del self._unread[: at + len(end)]
        return found

    def _skip(self, size: int) -> Iterator[None]:
        while size:
            if not self._unread:
                yield
            skipped = min(size, len(self._unread))
            del self._unread[:skipped]
            size -= skipped


def _take(unread: bytearray, *, tag: bool = True) -> tuple[bytes, bytes] | None:
    """The next whole message of PostgreSQL's protocol, taken from what is unread: kind and body."""
    head = 5 if tag else 4
    if len(unread) < head:
        return None
    end = int.from_bytes(unread[head - 4 : head], "big") + (1 if tag else 0)
    if len(unread) < end:
        return None
    kind, body = bytes(unread[: head - 4]), bytes(unread[head:end])
    del unread[:end]
    return kind, body


def _shorten(text: bytes) -> str:
    """The beginning of a statement, without comments."""
    return " ".join(_COMMENT.sub(b"", text).decode(errors="replace").split())[:70]
