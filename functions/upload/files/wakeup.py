"""Touch the functions that a file will need, so that they start together and not one by one.

A touch is a health request that nobody waits for. It is sent when nothing was announced or read for
a while, which the database knows for all pods of `upload`: functions that worked lately are awake.
Of two files announced in the same instant both may find it idle; a second touch does no harm.
"""

import logging
import threading
import urllib.request
from dataclasses import dataclass
from uuid import UUID

from lector.runtime import database, queries, settings

log = logging.getLogger("lector")

# As long as the slowest cold start; what hangs holds a thread, at most one for each address.
_START_S = 30.0
# Straight to the cluster's own names, whatever proxy leads outside.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Idleness:
    """Whether nothing happened for a while."""

    idle: bool


IDLE = queries.load(__file__).rows("idle", Idleness)


def wake(announced: UUID | None = None) -> None:
    """Touch whoever sleeps, unless something happened lately besides what was just `announced`."""
    config = settings.current(settings.Wakeup)
    if config.wake_urls and _is_idle(announced, config.wake_after_idle_s):
        for url in config.wake_urls.split(","):
            threading.Thread(target=_touch, args=[url.rstrip("/")], daemon=True).start()


def _is_idle(announced: UUID | None, idle_s: float) -> bool:
    with database.transaction() as connection:
        found = IDLE.one(connection, announced=announced, idle_s=idle_s)
    return found is not None and found.idle


def _touch(url: str) -> None:
    try:
        _OPENER.open(f"{url}/health/readiness", timeout=_START_S).close()
    except OSError as error:  # only a nudge: the delivery itself will tell
        log.info("a function was not woken: %s", type(error).__name__)
