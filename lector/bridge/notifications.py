"""Waiting for PostgreSQL's notifications, without a look at the clock ten times a second."""

import asyncio
from contextlib import suppress


async def wait_readable(descriptor: int, until: float) -> None:
    """Wait until something comes, or this moment of the loop's clock."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await readable.wait()
    finally:
        loop.remove_reader(descriptor)
