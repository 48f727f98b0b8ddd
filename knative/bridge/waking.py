"""Touch the functions that a file will need, so that their cold starts overlap."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping

import httpx2

_AWAKE_S = 30.0
_START_S = 30.0


class Waker:
    """Sends a health request to functions that were not touched lately; nobody waits for it."""

    def __init__(self, http: httpx2.AsyncClient, urls: Mapping[str, str]) -> None:
        self._http = http
        self._urls = urls
        self._touched: dict[str, float] = {}
        self._requests: set[asyncio.Task[None]] = set()

    def touch(self, functions: Iterable[str]) -> None:
        """Begin to wake these functions."""
        now = time.monotonic()
        for name in functions:
            if now - self._touched.get(name, float("-inf")) > _AWAKE_S:
                self._touched[name] = now
                request = asyncio.create_task(self._request(f"{self._urls[name]}/health/readiness"))
                self._requests.add(request)
                request.add_done_callback(self._requests.discard)

    async def _request(self, url: str) -> None:
        # It is only a nudge: if it fails, the delivery itself will tell.
        with contextlib.suppress(httpx2.TransportError):
            await self._http.get(url, timeout=_START_S)
