"""Bodies that come slowly, and many of them: refused in time, at no cost to others."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress

import pytest
from starlette.requests import Request
from starlette.types import Message

from functions.upload import bodies
from functions.upload.authentication import Caller
from functions.upload.errors import ApiError
from lector.runtime import settings

BEGINNING = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'  # and the bytes
)
END = b"\r\n--b--\r\n"


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> object:
    """A rate of 100 bytes a second over 0.3 s: 30 bytes in each."""
    monkeypatch.setenv("BODY_BYTES_PER_S", "100")
    monkeypatch.setenv("BODY_WINDOW_S", "0.3")
    monkeypatch.setenv("BODIES_PER_TENANT", "20")
    monkeypatch.setenv("FORMS_PER_TENANT", "2")
    settings.current.cache_clear()
    yield None
    settings.current.cache_clear()


def caller(tenant: str, address: str = "10.0.0.1") -> Caller:
    return Caller("token", tenant, frozenset(), address)


def request(*chunks: bytes, every_s: float = 0.0, ends: bool = True) -> Request:
    """A request whose body comes in these pieces; if it does not end, nothing more comes."""
    sent = list(chunks)

    async def receive() -> Message:
        await asyncio.sleep(every_s)
        if not sent and not ends:
            await asyncio.Event().wait()
        body = sent.pop(0) if sent else b""
        return {"type": "http.request", "body": body, "more_body": bool(sent) or not ends}

    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(20):
            await story()

    asyncio.run(whole())


def test_a_body_that_stops_is_refused_and_its_connection_closed() -> None:
    async def story() -> None:
        with pytest.raises(ApiError) as refused:
            await bodies.read(request(b"{", ends=False), caller("a"), 1000)
        problem = refused.value.problem
        assert (problem.status, problem.code) == (408, "body_too_slow")
        assert problem.headers == {"Connection": "close"}

    run(story)


def test_a_body_that_drips_is_refused_though_something_always_comes() -> None:
    async def story() -> None:
        with pytest.raises(ApiError, match="100 bytes a second"):
            await bodies.read(request(*[b"x"] * 100, every_s=0.02), caller("a"), 1000)

    run(story)


def test_a_slow_line_is_fast_enough_however_large_the_body(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BODY_WINDOW_S", "1")
    settings.current.cache_clear()

    async def story() -> None:
        # 400 bytes a second, for twice as long as the rate is measured over.
        body = await bodies.read(request(*[b"x" * 20] * 40, every_s=0.05), caller("a"), 1000)
        assert len(body) == 800

    run(story)


def test_what_came_fast_buys_no_time_for_later() -> None:
    async def story() -> None:
        with pytest.raises(ApiError, match="bytes a second"):
            await bodies.read(request(b"x" * 900, ends=False), caller("a"), 1000)

    run(story)


def test_a_form_that_drips_is_refused_and_leaves_its_room_to_the_next() -> None:
    async def story() -> None:
        for _ in range(3):
            with pytest.raises(ApiError, match="bytes a second"):
                async with bodies.form(request(BEGINNING, ends=False), caller("a")):
                    pass
        async with bodies.form(request(BEGINNING + b"pdf" + END), caller("a")) as form:
            assert form.files[0].content.read(0) == b""

    run(story)


def test_dripping_forms_of_one_tenant_hold_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BODY_WINDOW_S", "5")
    settings.current.cache_clear()

    async def story() -> None:
        async def drip() -> None:
            with suppress(ApiError):
                async with bodies.form(request(BEGINNING, ends=False), caller("greedy")):
                    pass

        dripping = [asyncio.create_task(drip()) for _ in range(500)]

        def under_way() -> int:
            return sum(not task.done() for task in dripping)

        async with asyncio.timeout(10):
            while under_way() > 20:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert under_way() == 20  # two are received, the others wait; the rest was refused at once
        async with (
            asyncio.timeout(2),
            bodies.form(request(BEGINNING + b"pdf" + END), caller("good", "10.0.0.2")) as form,
        ):
            assert len(form.files) == 1
        for task in dripping:
            task.cancel()
        await asyncio.gather(*dripping, return_exceptions=True)

    run(story)


def test_whoever_waits_for_room_gets_it_when_another_form_is_done() -> None:
    async def story() -> None:
        order: list[int] = []

        async def send(number: int) -> None:
            async with bodies.form(request(BEGINNING + b"pdf" + END), caller("a")):
                order.append(number)

        async with AsyncExitStack() as stack:
            for _ in range(2):
                room = bodies.form(request(BEGINNING + b"pdf" + END), caller("a"))
                await stack.enter_async_context(room)
            waiting = [asyncio.create_task(send(number)) for number in range(4)]
            await asyncio.sleep(0.05)
            assert order == []
        await asyncio.gather(*waiting)
        assert sorted(order) == [0, 1, 2, 3]

    run(story)


def test_more_bodies_than_a_tenant_may_send_at_once_are_refused() -> None:
    async def story() -> None:
        reading = [
            asyncio.create_task(bodies.read(request(b"{", ends=False), caller("a"), 1000))
            for _ in range(30)
        ]
        done: list[object] = await asyncio.gather(*reading, return_exceptions=True)
        statuses = [one.problem.status for one in done if isinstance(one, ApiError)]
        assert (statuses.count(429), statuses.count(408)) == (10, 20)

    run(story)
