"""Touch the functions that a file will need, so that their cold starts overlap."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping

import httpx2

# A function that answered lately is awake: Knative keeps its pod for longer than this.
_AWAKE_S = 60.0
_START_S = 30.0


class Waker:
    """Sends a health request to functions that may sleep; nobody waits for it."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        urls: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._urls = urls
        self._clock = clock
        self._answered: dict[str, float] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def answered(self, name: str) -> None:
        """Note that a function has just answered something."""
        self._answered[name] = self._clock()

    def touch(self, functions: Iterable[str]) -> None:
        """Begin to wake those of these functions that have not answered for a while."""
        for name in functions:
            silent_s = self._clock() - self._answered.get(name, float("-inf"))
            if silent_s > _AWAKE_S and name not in self._under_way:
                request = self._request(name, f"{self._urls[name]}/health/readiness")
                self._under_way[name] = asyncio.create_task(request)

    async def _request(self, name: str, url: str) -> None:
        # It is only a nudge: if it fails, the delivery itself will tell.
        with contextlib.suppress(httpx2.HTTPError):
            await self._http.get(url, timeout=_START_S)
            self.answered(name)
        del self._under_way[name]
