"""Health over HTTP, for the commands that serve nothing else: as the functions answer it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from lector.runtime import settings

_REQUEST_S = 5.0


@contextlib.asynccontextmanager
async def served(address: settings.Address, ready: asyncio.Event) -> AsyncIterator[None]:
    """Answer probes for as long as the block lasts: 503 to readiness until `ready`."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, ValueError, TimeoutError):
            async with asyncio.timeout(_REQUEST_S):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(request.split(b" ")[1], ready.is_set()))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, address.host, address.port, limit=16 * 1024)
    try:
        yield
    finally:
        server.close()


def _response(path: bytes, ready: bool) -> bytes:  # noqa: FBT001 - it is what it is about
    if not path.startswith(b"/health/"):
        status, body = b"404 Not Found", b"there is only /health/\n"
    elif path == b"/health/readiness" and not ready:
        status, body = b"503 Service Unavailable", b"not connected yet\n"
    else:
        status, body = b"200 OK", b"ok\n"
    head = b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n" % (
        status,
        len(body),
    )
    return head + b"Connection: close\r\n\r\n" + body
