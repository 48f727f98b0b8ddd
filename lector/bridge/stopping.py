"""Work that goes on until it is asked to stop, or until a part of it breaks."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

_CANCEL_AGAIN_S = 0.5


async def run_until(stop: asyncio.Event, *work: Coroutine[Any, Any, None]) -> None:
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


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result | None:
    """The result of this, or None if `stop` comes first."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({stopping, working}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        return working.result()
    working.cancel()
    return None
