"""Waiting until nothing moves any more, and saying what stands still if that never comes."""

import time
from collections.abc import Callable
from contextlib import suppress

import psycopg
from nats.errors import Error as NatsError

from lector.local.stack import Report

from . import replays

_POLL_S, _TELL_S = 0.5, 10.0
_MOVING = """
    SELECT (SELECT count(*) FROM files WHERE status IN ('uploaded', 'reading')) AS files,
           (SELECT count(*) FROM pages WHERE status IN ('pending', 'rendered')) AS pages,
           (SELECT count(*) FROM outbox WHERE published_at IS NULL AND refusal IS NULL) AS unsent
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


def wait_for_quiet(database_url: str, nats_url: str, within_s: float, report: Report) -> bool:
    """Wait until every file is finished and every event is settled; False if that does not come."""
    deadline = time.monotonic() + within_s
    files_done = _wait(lambda: _moving(database_url), deadline, report)
    settled = _wait(lambda: _undelivered(nats_url), deadline, report)
    if not files_done:
        for line in standing(database_url):
            report(f"stands still: {line}")
    return files_done and settled


def standing(database_url: str) -> list[str]:
    """What is not finished, with everything that explains it."""
    with psycopg.connect(database_url) as connection:
        return [f"{file}: {pages}" for file, pages in connection.execute(_STANDING)]


def _wait(left: Callable[[], str], deadline: float, report: Report) -> bool:
    told = time.monotonic()
    while what := left():
        if time.monotonic() > deadline:
            report(f"no quiet: {what}")
            return False
        if time.monotonic() > told + _TELL_S:
            told = time.monotonic()
            report(f"waiting for {what}")
        time.sleep(_POLL_S)
    return True


def _moving(database_url: str) -> str:
    """What is still under way; empty if nothing is."""
    with suppress(psycopg.OperationalError):
        with psycopg.connect(database_url, connect_timeout=5) as connection:
            row = connection.execute(_MOVING).fetchone()
        assert row
        files, pages, unsent = row
        return f"{files} files, {pages} pages, {unsent} events to publish" if any(row) else ""
    return "the database"


def _undelivered(nats_url: str) -> str:
    with suppress(NatsError, TimeoutError, OSError):
        left = replays.undelivered(nats_url)
        return ", ".join(f"{count} of {name}" for name, count in left.items())
    return "NATS"
