"""Callers of the API who never finish: headers, forms and streams, each on a connection."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

_FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7\n'


@dataclass
class Caller:
    """One connection to a server on loopback, from an address of it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def connect(cls, port: int, source: str = "127.0.0.1") -> "Caller":
        """Connect, and say nothing yet."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0)))

    async def send(self, data: bytes) -> None:
        """Send bytes; nothing happens if nobody is there any more."""
        with suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    async def begin_header(self) -> None:
        """Send a header without its end."""
        await self.send(b"GET /v1/files HTTP/1.1\r\nHost: 127.0.0.1\r\n")

    async def begin_form(self, token: str) -> None:
        """Send the beginning of a form with a file."""
        head = _head("POST", "/v1/files", token)
        kind = b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n"
        await self.send(head + kind + _FORM)

    async def begin_stream(self, token: str) -> None:
        """Ask for a stream of events."""
        await self.send(_head("GET", "/v1/events", token) + b"\r\n")

    async def status(self) -> int | None:
        """The status of the answer, when it comes; None if the connection is closed before."""
        try:
            line = await self.reader.readline()
        except ConnectionError:
            return None
        return int(line.split(b" ")[1]) if line else None

    async def wait_closed(self) -> None:
        """Read until the server has closed the connection."""
        with suppress(ConnectionError):
            while await self.reader.read(65536):
                pass

    async def close(self) -> None:
        """Leave."""
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


def _head(method: str, path: str, token: str) -> bytes:
    lines = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    return lines.encode()
