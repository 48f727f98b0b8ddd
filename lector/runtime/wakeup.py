"""Wake functions that may sleep at zero, so that their cold starts overlap.

A request to a function's health is enough. Nobody waits for the answer: it is only a nudge, and
the delivery itself will tell if a function cannot be reached.
"""

import http.client
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable

log = logging.getLogger("lector")

# As long as the slowest cold start; what hangs holds a thread, at most one for each address.
_TIMEOUT_S = 30.0
# Straight to the cluster's own names, whatever proxy leads outside.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Waker:
    """Sends health requests to functions, known by the URL of each, in threads of their own.

    One that answered within the last `awake_s` seconds is awake and left alone, and so is one that
    has not answered the last request yet. Usable from any thread, and from an event loop.
    """

    def __init__(self, awake_s: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._awake_s = awake_s
        self._clock = clock
        self._lock = threading.Lock()
        self._answered_at: dict[str, float] = {}
        self._under_way: set[str] = set()

    def record_answer(self, url: str) -> None:
        """Note that a function has just answered something."""
        self._answered_at[url] = self._clock()

    def wake(self, urls: Iterable[str]) -> None:
        """Begin to wake those of these functions that may sleep; returns at once."""
        for url in urls:
            silent_s = self._clock() - self._answered_at.get(url, float("-inf"))
            if silent_s >= self._awake_s and self._begin(url):
                threading.Thread(target=self._request, args=[url], daemon=True).start()

    def _begin(self, url: str) -> bool:
        with self._lock:
            idle = url not in self._under_way
            self._under_way.add(url)
            return idle

    def _request(self, url: str) -> None:
        try:
            send_health_request(url)
            self.record_answer(url)
        except (OSError, http.client.HTTPException) as error:
            log.info("cannot reach %s to wake it: %s", url, type(error).__name__)
        finally:
            with self._lock:
                self._under_way.discard(url)


def send_health_request(url: str) -> None:
    """Ask the function at this URL for its health; whatever it answers, it is awake.

    Raises:
        OSError: it could not be reached, or said nothing for 30 s.
        HTTPException: what it said is not HTTP.

    """
    try:
        _OPENER.open(f"{url.rstrip('/')}/health/readiness", timeout=_TIMEOUT_S).close()
    except urllib.error.HTTPError as answer:
        answer.close()
