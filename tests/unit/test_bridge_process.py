"""Work of a process goes on until it is stopped, or until a part of it breaks."""

import asyncio
from contextlib import suppress

import pytest

from lector.bridge.process import run_all, run_to_end, run_until_stopped


def test_a_part_that_overhears_its_cancellation_is_cancelled_again() -> None:
    async def stubborn() -> None:
        with suppress(asyncio.CancelledError):  # as asyncio.wait_for can in Python 3.11
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    async def story() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, stop.set)
        await asyncio.wait_for(run_until_stopped(stop, stubborn()), 5)

    asyncio.run(story())


def test_what_breaks_one_part_ends_the_others_and_is_told() -> None:
    async def broken() -> None:
        raise ValueError("broken")

    async def story() -> None:
        await asyncio.wait_for(run_until_stopped(asyncio.Event(), asyncio.sleep(60), broken()), 5)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(story())


def test_processes_in_one_end_in_their_own_time_when_they_are_stopped() -> None:
    ended: list[str] = []

    async def source(name: str, stop: asyncio.Event) -> None:
        await stop.wait()
        await asyncio.sleep(0.05)  # as deliveries under way end
        ended.append(name)

    async def story() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, stop.set)
        await asyncio.wait_for(run_all(stop, source("one", stop), source("other", stop)), 5)

    asyncio.run(story())
    assert sorted(ended) == ["one", "other"]


def test_what_breaks_one_of_the_processes_in_one_stops_the_others_and_is_told() -> None:
    ended: list[str] = []

    async def broken() -> None:
        raise ValueError("broken")

    async def source(stop: asyncio.Event) -> None:
        await stop.wait()
        ended.append("source")

    async def story() -> None:
        stop = asyncio.Event()
        await asyncio.wait_for(run_all(stop, source(stop), broken()), 5)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(story())
    assert ended == ["source"]


def test_what_work_leaves_behind_is_cancelled_until_it_ends() -> None:
    cancelled: list[str] = []

    async def reconnect(attempt: str) -> None:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:  # it is swallowed, as by asyncio.wait_for in Python 3.11
            cancelled.append(attempt)

    async def reconnect_for_ever() -> None:
        await reconnect("first")
        await reconnect("second")

    left: list[asyncio.Task[None]] = []

    async def work() -> None:
        left.append(asyncio.create_task(reconnect_for_ever()))
        await asyncio.sleep(0)

    run_to_end(work())
    assert cancelled == ["first", "second"]
