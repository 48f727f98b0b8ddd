"""postgres-source: turns NOTIFY into a wake-up of the outbox function.

It listens on a connection of its own (a pooler between would swallow notifications), asks on a
timer whether anything is unpublished, and rings at most once at a time: whatever happens while a
ring is under way sets one dirty bit. A reconnect counts as a notification.
"""

import asyncio
import logging
from dataclasses import dataclass
from uuid import uuid4

import httpx2
import psycopg
from psycopg.rows import class_row

from lector import events, queries, settings, tracing
from lector.contracts import OutboxWritten
from lector.database import CONNECTION
from lector.events import Event
from stopping import run_until

log = logging.getLogger("lector")


@dataclass(frozen=True)
class Backlog:
    """Whether some row of the outbox waits to be published."""

    unpublished: bool


ANYTHING_UNPUBLISHED = queries.beside(__file__).bind("anything_unpublished", Backlog)
_LONGEST_PAUSE_S = 10.0
_RING_TIMEOUT_S = 310.0


async def run(stop: asyncio.Event, config: settings.Doorbell | None = None) -> None:
    """Listen and ring until `stop`."""
    config = config or settings.current(settings.Doorbell)
    dirty = asyncio.Event()
    async with httpx2.AsyncClient(timeout=_RING_TIMEOUT_S) as http:
        # What breaks ends both, and the process: it is started again as a whole.
        await run_until(stop, listen(config, dirty), ring(http, config.k_sink, dirty))


async def listen(config: settings.Doorbell, dirty: asyncio.Event) -> None:
    """Set `dirty` whenever the outbox was, or may have been, written."""
    pause_s = 0.1
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                config.listen_database_url, autocommit=True, **CONNECTION
            ) as connection:
                await connection.execute("LISTEN outbox")
                pause_s = 0.1
                dirty.set()
                await _hear(connection, config.doorbell_check_s, dirty)
        except psycopg.Error as error:  # an outage, or the migrations have not run yet
            log.warning("listening again in %.1f s: %s", pause_s, error)
        await asyncio.sleep(pause_s)
        pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)


async def _hear(
    connection: psycopg.AsyncConnection[object], check_s: float, dirty: asyncio.Event
) -> None:
    cursor = connection.cursor(row_factory=class_row(ANYTHING_UNPUBLISHED.row))
    while True:
        async for _ in connection.notifies(timeout=check_s):
            dirty.set()
        await cursor.execute(ANYTHING_UNPUBLISHED.sql.encode())
        backlog = await cursor.fetchone()
        if backlog is None or backlog.unpublished:
            dirty.set()


async def ring(http: httpx2.AsyncClient, url: str, dirty: asyncio.Event) -> None:
    """Wake the outbox function each time `dirty` is set, one ring at a time."""
    pause_s = 0.1
    while True:
        await dirty.wait()
        dirty.clear()
        if await _rung(http, url):
            pause_s = 0.1
            continue
        dirty.set()
        await asyncio.sleep(pause_s)
        pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)


async def _rung(http: httpx2.AsyncClient, url: str) -> bool:
    # A ring is no fact: it has no cause to derive an id from, and nobody keeps it.
    bell = Event(str(uuid4()), "/lector/postgres-source", "outbox", OutboxWritten())
    headers, body = events.to_http(bell)
    try:
        answer = await http.post(url, content=body, headers={**headers, **tracing.carried()})
    except httpx2.RequestError as error:
        log.warning("the outbox function cannot be reached: %s", error)
        return False
    if answer.status_code != 204:
        log.warning("the outbox function answered %d: %s", answer.status_code, answer.text[:200])
    return answer.status_code == 204
