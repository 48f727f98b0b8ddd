"""A process that works until it is stopped: by a signal, or because a part of its work broke."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from lector.bridge import health
from lector.runtime import settings

Result = TypeVar("Result")

_CANCEL_AGAIN_S = 0.5


def run(work: Callable[[asyncio.Event, asyncio.Event], Awaitable[None]]) -> None:
    """Run `work(stop, ready)` and answer health probes, until SIGTERM or SIGINT sets `stop`."""
    address = settings.current(settings.Address)

    async def running() -> None:
        stop, ready = asyncio.Event(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with health.server(address, ready):
            await work(stop, ready)

    asyncio.run(running())


async def run_until_stopped(stop: asyncio.Event, *work: Coroutine[Any, Any, None]) -> None:
    """Run these until `stop`; if one breaks, end the others and raise what broke it."""
    tasks = {asyncio.create_task(part) for part in work}
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    broken = [task for task in tasks if task.done()]
    # Again and again: asyncio.wait_for, in Python 3.11, can swallow a cancellation.
    under_way: set[asyncio.Task[Any]] = {stopping, *tasks}
    while under_way:
        for task in under_way:
            task.cancel()
        _, under_way = await asyncio.wait(under_way, timeout=_CANCEL_AGAIN_S)
    for task in broken:
        task.result()


async def result_unless_stopped(
    stop: asyncio.Event, work: Coroutine[Any, Any, Result]
) -> Result | None:
    """The result of this, or None if `stop` comes first."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({stopping, working}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        return working.result()
    working.cancel()
    return None
