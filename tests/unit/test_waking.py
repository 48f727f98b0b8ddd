"""Whom the JetStream source touches, and whom it leaves alone."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx2
import pytest

from lector.bridge.jetstream_source.waking import Waker

URLS = {"llm": "http://llm", "register": "http://register"}


class Asleep:
    """Functions that note who touched them; and a clock that a test turns."""

    def __init__(self) -> None:
        self.touched: list[str] = []
        self.now = 1000.0
        self.answers = asyncio.Event()
        self.answers.set()
        self.fails = False

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.touched.append(str(request.url))
        await self.answers.wait()
        if self.fails:
            raise httpx2.ConnectError("nobody")
        return httpx2.Response(200)

    def waker(self, http: httpx2.AsyncClient) -> Waker:
        return Waker(http, URLS, lambda: self.now)


def scenario(act: Callable[[Asleep, Waker], Awaitable[None]]) -> list[str]:
    async def acted() -> list[str]:
        asleep = Asleep()
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(asleep)) as http:
            await act(asleep, asleep.waker(http))
            await _settled()
        return asleep.touched

    return asyncio.run(acted())


async def _settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_function_that_may_sleep_is_touched_at_its_health() -> None:
    async def act(_: Asleep, waker: Waker) -> None:
        waker.touch(["llm"])

    assert scenario(act) == ["http://llm/health/readiness"]


def test_a_function_is_touched_once_per_idle_period() -> None:
    async def act(asleep: Asleep, waker: Waker) -> None:
        for _ in range(3):
            waker.touch(["llm"])
            await _settled()
            asleep.now += 20

    assert len(scenario(act)) == 1


def test_a_function_that_is_just_starting_is_not_touched_again() -> None:
    async def act(asleep: Asleep, waker: Waker) -> None:
        asleep.answers.clear()
        waker.touch(["llm"])
        await _settled()
        asleep.now += 1000
        waker.touch(["llm"])
        asleep.answers.set()

    assert len(scenario(act)) == 1


def test_a_function_that_answered_a_delivery_lately_is_awake() -> None:
    async def act(asleep: Asleep, waker: Waker) -> None:
        waker.answered("llm")
        asleep.now += 59
        waker.touch(["llm"])

    assert scenario(act) == []


@pytest.mark.parametrize("silent_s", [61, 3600])
def test_a_function_is_touched_again_after_a_silence(silent_s: float) -> None:
    async def act(asleep: Asleep, waker: Waker) -> None:
        waker.answered("llm")
        asleep.now += silent_s
        waker.touch(["llm", "register"])

    assert len(scenario(act)) == 2


def test_a_touch_that_found_nobody_may_be_tried_again() -> None:
    async def act(asleep: Asleep, waker: Waker) -> None:
        asleep.fails = True
        for _ in range(2):
            waker.touch(["llm"])
            await _settled()

    assert len(scenario(act)) == 2
