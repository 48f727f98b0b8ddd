"""Slow and greedy callers of a running `upload`: closed or refused, and of no concern to others."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psycopg
import pytest

from lector.local import functions as shapes
from lector.local.process import Child, free_port, wait_ready
from tests.support.parts import Parts
from tests.support.pdfs import text_pdf
from tests.support.slow_callers import Caller

ADMIN = "only-for-the-first-steps"
LIMITS = {
    "API_AUTH": "required",
    "ADMIN_TOKEN": ADMIN,
    "HEADER_TIMEOUT_S": "20",
    "HEADERS_PER_ADDRESS": "100",
    "BODY_WINDOW_S": "8",
    "BODIES_PER_TENANT": "20",
    "FORMS_PER_TENANT": "3",
    "FORMS_PER_ADDRESS": "5",
    "EVENTS_WATCHERS_PER_TENANT": "10",
}


@dataclass(frozen=True)
class Api:
    """A running `upload` with two tenants."""

    port: int
    greedy: str
    good: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def get(self, path: str = "/v1/files", token: str | None = None) -> httpx2.Response:
        """What the good tenant gets, on a connection of its own."""
        headers = {"Authorization": f"Bearer {token or self.good}"}
        async with httpx2.AsyncClient(timeout=10) as client:
            return await client.get(f"{self.url}{path}", headers=headers)


@pytest.fixture(scope="module")
def api(services: Parts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(services, tmp_path_factory.mktemp("upload"), {}) as started:
        yield started


class running:  # noqa: N801 - a context manager
    """An `upload` in a process of its own, as its role."""

    def __init__(
        self, services: Parts, folder: Path, env: dict[str, str], options: str = ""
    ) -> None:
        database = services.embedded.postgres.url_as("lector_upload") + options
        self._port = free_port()
        whole = {**services.settings, **LIMITS, "DATABASE_URL": database, **env}
        self._child = Child(shapes.function("upload", self._port, whole), folder)

    def __enter__(self) -> Api:
        wait_ready(self._child, shapes.healthy(self._port))
        return Api(self._port, self._token("greedy"), self._token("good"))

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait_stopped()

    def _token(self, tenant: str) -> str:
        answer = httpx2.post(
            f"http://127.0.0.1:{self._port}/v1/tokens",
            headers={"Authorization": f"Bearer {ADMIN}"},
            json={"name": "test", "tenant": tenant},
            timeout=30,
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])


@asynccontextmanager
async def many(
    api: Api, count: int, begin: Callable[[Caller], Awaitable[None]], source: str = "127.0.0.1"
) -> AsyncIterator[list[Caller]]:
    """So many callers who begin something and do not end it."""
    callers = [await Caller.connect(api.port, source) for _ in range(count)]
    try:
        for caller in callers:
            await begin(caller)
        yield callers
    finally:
        for caller in callers:
            await caller.close()


async def answers(callers: list[Caller], count: int) -> Counter[int | None]:
    """How many have been answered with what, once so many were, and whoever is beyond had a second.

    Those without an answer are left out.
    """
    tasks = [asyncio.create_task(caller.status()) for caller in callers]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(10):
            while sum(task.done() for task in tasks) < count:
                await asyncio.sleep(0.05)
    done, waiting = await asyncio.wait(tasks, timeout=1)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    return Counter(task.result() for task in done)


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(60):
            await story()

    asyncio.run(whole())


@pytest.mark.parametrize("source", ["127.0.0.1", "127.0.0.2"], ids=["the same", "another"])
def test_unfinished_headers_of_an_address_are_bounded_and_others_are_answered(
    api: Api, source: str
) -> None:
    async def story() -> None:
        async with many(api, 300, Caller.begin_header, source) as callers:
            assert (await api.get()).status_code == 200
            # Whoever asks from the same address had to wait for a moment, too.
            count = 201 if source == "127.0.0.1" else 200
            assert await answers(callers, count) == {None: count}
            assert (await api.get()).status_code == 200

    run(story)


def test_a_form_that_drips_is_refused_as_too_slow(api: Api) -> None:
    async def story() -> None:
        async with many(api, 1, lambda caller: caller.begin_form(api.greedy)) as [caller]:
            async with asyncio.timeout(20):
                assert await caller.status() == 408
                assert b"body_too_slow" in await caller.reader.read()  # to the end: it is closed

    run(story)


def test_dripping_forms_of_one_tenant_do_not_keep_another_from_sending_a_file(api: Api) -> None:
    async def story() -> None:
        begin = lambda caller: caller.begin_form(api.greedy)  # noqa: E731
        async with many(api, 60, begin, "127.0.0.3") as callers:
            refused = await answers(callers, 40)
            assert refused == {429: 40}  # three are received, seventeen wait for their turn
            async with httpx2.AsyncClient(timeout=20) as client:
                answer = await client.post(
                    f"{api.url}/v1/files",
                    headers={"Authorization": f"Bearer {api.good}"},
                    files={"file": ("a.pdf", text_pdf(["some words"]))},
                )
            assert answer.status_code == 202, answer.text

    run(story)


def test_streams_of_one_tenant_do_not_keep_another_from_watching(api: Api) -> None:
    async def story() -> None:
        begin = lambda caller: caller.begin_stream(api.greedy)  # noqa: E731
        async with many(api, 30, begin) as callers:
            assert await answers(callers, 30) == {200: 10, 429: 20}
            refused = await api.get("/v1/events", api.greedy)
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
            assert refused.json()["code"] == "too_many_at_once"
            async with many(api, 1, lambda caller: caller.begin_stream(api.good)) as [good]:
                assert await good.status() == 200
        for _ in range(100):  # those who left are noticed when something is sent to them, or sooner
            if (await answers_of_one(api)) == 200:
                return
            await asyncio.sleep(0.1)
        raise AssertionError("no stream is free again")

    run(story)


async def answers_of_one(api: Api) -> int | None:
    async with many(api, 1, lambda caller: caller.begin_stream(api.greedy)) as [caller]:
        return await caller.status()


def test_a_query_that_takes_too_long_is_not_now(services: Parts, tmp_path: Path) -> None:
    options = "&options=-c%20statement_timeout%3D500"
    with (
        running(services, tmp_path, {}, options) as api,
        psycopg.connect(services.embedded.postgres.url) as other,
    ):
        other.execute("LOCK TABLE files IN ACCESS EXCLUSIVE MODE")
        answer = asyncio.run(api.get())
        assert (answer.status_code, answer.json()["code"]) == (503, "timed_out")
        other.rollback()
        assert asyncio.run(api.get()).status_code == 200
