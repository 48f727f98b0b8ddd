"""Wake the functions that a file will need, so that they start together and not one by one.

It is done when nothing was announced or read for a while, which the database knows for all pods of
`upload`: functions that worked lately are awake. Of two files announced in the same instant both
may find it idle; a second request does no harm.
"""

from uuid import UUID

from lector.runtime import database, queries, settings
from lector.runtime.once import once
from lector.runtime.wakeup import Waker

IDLE = queries.load(__file__).scalar("idle", bool)


def wake(announced: UUID | None = None) -> None:
    """Wake whoever sleeps, unless something happened lately besides what was just `announced`."""
    config = settings.current(settings.Wakeup)
    if config.wake_urls and _is_idle(announced, config.wake_after_idle_s):
        _waker().wake(config.wake_urls.split(","))


def _is_idle(announced: UUID | None, idle_s: float) -> bool:
    with database.transaction() as connection:
        return bool(IDLE.one(connection, announced=announced, idle_s=idle_s))


@once
def _waker() -> Waker:
    return Waker()
