"""Health over HTTP, for the commands that serve nothing else: as the functions answer it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lector.runtime import connections, settings, uvicorn_server

_GRACE_S = 1
HEADER_TIMEOUT_S = 5.0
_FILES = 256  # of which half may be connections: nobody but a probe has any business here


@contextlib.asynccontextmanager
async def server(address: settings.Address, ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Answer probes for as long as the block lasts: 503 to readiness unless `ready()`."""
    config = uvicorn.Config(
        _app(ready),
        lifespan="off",
        log_config=None,
        access_log=False,
        http=connections.protocol(settings.Connections(HEADER_TIMEOUT_S), _FILES),
        timeout_graceful_shutdown=_GRACE_S,
    )
    answering = _Server(config)
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.create_server((address.host, address.port), family=family) as listening:
        serving = asyncio.create_task(answering.serve(sockets=[listening]))
        try:
            yield
        finally:
            answering.should_exit = True
            await serving


class _Server(uvicorn_server.Server):
    """Leaves the signals to whoever runs the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _app(ready: Callable[[], bool]) -> Starlette:
    async def readiness(_: Request) -> Response:
        if ready():
            return PlainTextResponse("ok\n")
        return PlainTextResponse("not connected yet\n", 503)

    async def liveness(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    routes = [Route("/health/readiness", readiness), Route("/health/{_:path}", liveness)]
    return Starlette(routes=routes)
