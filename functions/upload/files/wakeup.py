"""Wake the functions that a file will need, so that they start together and not one by one.

It is done when nothing was announced or read for a while, which the database knows for all pods of
`upload`: functions that worked lately are awake. Of two files announced in the same instant both
may find it idle; a second request does no harm. The embedded reader is woken with them where it
reads the file's pages, or answers about them are held against it; where it is certain from the
start that it will, also between files that did not need it. Of other files `render` finds it out.
"""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from lector.runtime import database, queries, settings
from lector.runtime.once import once
from lector.runtime.wakeup import Waker

IDLE = queries.load(__file__).scalar("idle", bool)


class Work(NamedTuple):
    """What is to be done: by which reader, and whether that is to be verified; None: as usual.

    `has_text` is False where no page can carry a text that is taken as it is.
    """

    reader: str | None = None
    verify: str | None = None
    has_text: bool = True


def wake(*work: Work, announced: UUID | None = None) -> None:
    """Wake whoever sleeps, unless something happened lately before what was just `announced`.

    Of several files that were announced together that is the first.
    """
    config = settings.current(settings.Wakeup)
    if not config.wake_urls:
        return
    if _is_idle(announced, config.wake_after_idle_s):
        _waker().wake(config.wake_urls.split(","))
        _waker().wake(_embedded_reader(work))
    else:
        certain = [one for one in work if not one.has_text]
        _reader_waker().wake(_embedded_reader(certain) if certain else [])


def wake_at_start() -> None:
    """Wake the embedded reader, if the usual reader needs it: somebody has just come.

    The functions were woken before anything was imported (`lector.runtime.serve`), and the process
    serves already, as this takes a while.
    """
    config = settings.current(settings.Wakeup)
    if config.wake_urls and config.wake_at_start:
        _waker().wake(_embedded_reader([Work()]))


def _embedded_reader(work: Iterable[Work]) -> list[str]:
    """Where the embedded reader is, if any of this work needs it."""
    config = settings.current(settings.Verification)
    if not config.tesseract_url:
        return []
    from lector.domain import reader_catalogue  # noqa: PLC0415 - yaml is seldom needed here

    catalogue = reader_catalogue.current()
    if not any(catalogue.asks_embedded(one.reader, one.verify or config.verify) for one in work):
        return []
    place = urlsplit(config.tesseract_url)
    return [f"{place.scheme}://{place.netloc}"]


def _is_idle(announced: UUID | None, idle_s: float) -> bool:
    with database.transaction() as connection:
        return bool(IDLE.one(connection, announced=announced, idle_s=idle_s))


@once
def _waker() -> Waker:
    return Waker()


@once
def _reader_waker() -> Waker:
    return Waker(settings.current(settings.Wakeup).wake_after_idle_s)
