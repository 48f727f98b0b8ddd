"""uvicorn for ASGI applications, without its ten wake-ups a second while nothing happens."""

import asyncio
import sys
from contextlib import suppress
from typing import Any

import uvicorn

# How old the Date of an answer may be.
_DATE_S = 1.0


class Server(uvicorn.Server):
    """Sleeps until it is told to exit; uvicorn's own looks every 0.1 s whether it was."""

    def __init__(self, config: uvicorn.Config) -> None:
        self._exit = False
        self._exit_event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        super().__init__(config)

    @property
    def should_exit(self) -> bool:
        """Whether it is to end; may be set by a signal handler."""
        return self._exit

    @should_exit.setter
    def should_exit(self, wanted: bool) -> None:
        self._exit = wanted
        if wanted and self._loop is not None:
            # A handler of a signal does not by itself end the loop's wait for sockets.
            self._loop.call_soon_threadsafe(self._exit_event.set)

    async def main_loop(self) -> None:
        """Serve until `should_exit`."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(_DATE_S):
                    await self._exit_event.wait()


def run(app: Any, **options: Any) -> None:
    """Serve an application until a signal, as `uvicorn.run` does; exits with 3 if it cannot."""
    server = Server(uvicorn.Config(app, **options))
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(3)
