"""A process that works until it is stopped: by a signal, or because a part of its work broke."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from lector.bridge import health
from lector.runtime import settings

Result = TypeVar("Result")

_CANCEL_AGAIN_S = 0.5


Work = Callable[[asyncio.Event, asyncio.Event], Coroutine[Any, Any, None]]
"""What works until the first event is set, and sets the second while it is ready."""


def run(*parts: Work) -> None:
    """Run `part(stop, ready)` of each and answer health probes, until SIGTERM or SIGINT.

    They are ready while all of them are. When one breaks, or ends, the others are stopped.
    """
    address = settings.current(settings.Address)

    async def running() -> None:
        stop, ready = asyncio.Event(), [asyncio.Event() for _ in parts]
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with health.server(address, lambda: all(one.is_set() for one in ready)):
            await run_all(stop, *(part(stop, one) for part, one in zip(parts, ready, strict=True)))

    run_to_end(running())


def run_to_end(work: Coroutine[Any, Any, None]) -> None:
    """Run this, and then end whatever it has left behind: NATS' client may still reconnect."""

    async def running() -> None:
        try:
            await work
        finally:
            await _cancel(asyncio.all_tasks() - {asyncio.current_task()})

    asyncio.run(running())


async def run_all(stop: asyncio.Event, *work: Coroutine[Any, Any, None]) -> None:
    """Run these to their ends, each of which comes soon after `stop`; the first of them sets it.

    Raises what broke one of them.
    """
    tasks = [asyncio.create_task(part) for part in work]
    for task in tasks:
        task.add_done_callback(lambda _: stop.set())
    await asyncio.wait(tasks)
    for task in tasks:
        task.result()


async def run_until_stopped(stop: asyncio.Event, *work: Coroutine[Any, Any, None]) -> None:
    """Run these until `stop`; if one breaks, end the others and raise what broke it."""
    tasks = {asyncio.create_task(part) for part in work}
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    broken = [task for task in tasks if task.done()]
    await _cancel({stopping, *tasks})
    for task in broken:
        task.result()


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    """End these; again and again, as asyncio.wait_for can swallow a cancellation in Python 3.11."""
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=_CANCEL_AGAIN_S)


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
