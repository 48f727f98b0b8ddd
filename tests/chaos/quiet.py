"""Waiting until nothing moves any more, and saying what stands still if that never comes.

It goes by progress: as long as something happens that never happened before, it waits on, however
slow the machine is. Only looks are counted.
"""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import psycopg

from lector.local.stack import Report

from . import replays
from .patience import retry

_LOOK_EVERY_S, _TELL_EVERY = 1.0, 10
# Longer than any pause between two attempts, if a look takes a second; more on a busy machine.
_LOOKS_WITHOUT_PROGRESS = 150
_MOST_LOOKS = 1200
_CONNECT_TIMEOUT_S = 10
_OPTIONS = "-c statement_timeout=60000"
_MOVING = """
    SELECT (SELECT count(*) FROM files WHERE status IN ('uploaded', 'reading')) AS files,
           (SELECT count(*) FROM pages WHERE status IN ('pending', 'rendered')) AS pages,
           (SELECT count(*) FROM files WHERE status = 'deleted') AS tombstones,
           (SELECT count(*) FROM outbox WHERE published_at IS NULL AND refusal IS NULL) AS unsent
"""
# Not what is published: announcing again what stands still is no progress.
_PROGRESS = """
    SELECT (SELECT string_agg(format('%s %s', status, count), ',' ORDER BY status)
            FROM (SELECT status, count(*) FROM files GROUP BY 1) AS files) AS files,
           (SELECT string_agg(format('%s %s', status, count), ',' ORDER BY status)
            FROM (SELECT status, count(*) FROM pages GROUP BY 1) AS pages) AS pages
"""
_STANDING = """
    SELECT format('%s (%s, %s, generation %s, announced again %s times, looked at in %s s)', name,
                  files.id, files.status, files.generation, announced_again,
                  round(extract(epoch FROM look_at - now()))),
           string_agg(format('%s %s for %s s%s', number, pages.status,
                  round(extract(epoch FROM now() - coalesce(rendered_at, pages.created_at))),
                  ', waiting for ' || waiting_for), '; ' ORDER BY number)
    FROM files LEFT JOIN pages ON file_id = files.id AND pages.status IN ('pending', 'rendered')
    WHERE files.status IN ('uploaded', 'reading')
    GROUP BY files.id
    ORDER BY name
"""


@dataclass(frozen=True)
class Look:
    """What is still under way, empty if nothing is, and how far everything is.

    `progress` is None if that could not be found out.
    """

    left: str
    progress: Hashable = None


def wait_for_quiet(
    look: Callable[[], Look],
    report: Report,
    meanwhile: Callable[[int], None] = lambda _: None,
    pause_s: float = _LOOK_EVERY_S,
    still_at_most: int = _LOOKS_WITHOUT_PROGRESS,
    looks_at_most: int = _MOST_LOOKS,
) -> bool:
    """Wait until nothing is under way; False if nothing new happens for so many looks.

    What comes again and again is no progress: deliveries that fail in a circle end the wait, too.
    `meanwhile` is called with the number of each look that found something.
    """
    seen: set[Hashable] = set()
    still = 0
    for number in range(1, looks_at_most + 1):
        now = look()
        if not now.left:
            return True
        still = 0 if now.progress is not None and now.progress not in seen else still + 1
        seen.add(now.progress)
        if still >= still_at_most:
            break
        if number % _TELL_EVERY == 0:
            report(f"waiting for {now.left}")
        meanwhile(number)
        time.sleep(pause_s)
    report(f"no quiet after {number} looks, {still} of them without progress: {now.left}")
    return False


def look_at(database_url: str, nats_url: str) -> Look:
    """How far the rows and the consumers are; a look that fails has found no progress."""
    try:
        with connect(database_url) as connection:
            left = connection.execute(_MOVING).fetchone()
            rows = connection.execute(_PROGRESS).fetchone()
    except psycopg.OperationalError as error:
        return Look(f"the database ({error})")
    try:
        consumers = replays.consumed(nats_url)
    except replays.AWAY as error:
        return Look(f"NATS ({type(error).__name__})")
    assert left
    names = ("files", "pages", "tombstones", "events to publish")
    parts = [f"{count} {name}" for count, name in zip(left, names, strict=True) if count]
    parts += [f"{count} of {name}" for name, count in consumers.left.items()]
    return Look(", ".join(parts), (left, rows, *sorted(consumers.settled.items())))


def standing(database_url: str) -> list[str]:
    """What is not finished, with everything that explains it."""

    def ask() -> list[str]:
        with connect(database_url) as connection:
            return [f"{file}: {pages}" for file, pages in connection.execute(_STANDING)]

    return retry("asking what stands still", ask, psycopg.OperationalError)


def connect(database_url: str) -> psycopg.Connection:
    """A connection whose statements end, on a busy machine, too."""
    return psycopg.connect(database_url, connect_timeout=_CONNECT_TIMEOUT_S, options=_OPTIONS)
