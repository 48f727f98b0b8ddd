"""postgres-source: wakes `outbox` for what is unpublished, `register` to sweep, `notify` to tell.

It listens on a connection of its own (a pooler between would swallow notifications): NOTIFY rings
for the outbox, and a reconnect counts as one. One that says `later` is of events that nobody waits
for: it rings with the next, or after a while. On a timer it asks whether anything is unpublished,
whether a file's time to be looked at has come, and whether it is time to tell people of files that
have finished. While none of that is so, nobody is woken.
"""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from uuid import uuid4

import psycopg
from google.protobuf.message import Message as Contract
from opentelemetry.trace import SpanKind

from lector.bridge.http_client import Client, RequestError
from lector.bridge.notifications import wait_readable
from lector.bridge.postgres_source import backlog
from lector.bridge.process import run_until_stopped
from lector.contracts import DigestDue, LedgerStalled, OutboxWritten
from lector.runtime import callers, events, failpoints, queries, settings
from lector.runtime.backoff import Backoff
from lector.runtime.database import CONNECTION
from lector.runtime.events import Event
from lector.telemetry import tracing

log = logging.getLogger("lector")


@dataclass(frozen=True)
class ToDo:
    """Whether a row of the outbox waits, a file is due for the sweep, people are to be told."""

    unpublished: bool
    due: bool
    digest: bool


class Bells(NamedTuple):
    """Those that are rung; nobody may want to hear the last."""

    outbox: "Bell"
    sweep: "Bell"
    digest: "Bell | None"


ANYTHING_TO_DO = queries.load(__file__).rows("anything_to_do", ToDo)
_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 10.0
_LATER = "later"  # as the trigger of the outbox says it
RING_TIMEOUT_S = 310.0


class Bell:
    """Wakes one function, one ring at a time; what happens during a ring sets one dirty bit."""

    def __init__(self, http: Client, url: str, subject: str, data: Contract) -> None:
        self._http = http
        self._url = url
        self._subject = subject
        self._data = data
        self._dirty = asyncio.Event()
        self._later: asyncio.TimerHandle | None = None

    def request(self) -> None:
        """Have it ring, soon and once."""
        self._dirty.set()

    def request_within(self, for_s: float) -> None:
        """Have it ring within so many seconds: with the next ring, if one comes before."""
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(for_s, self.request)

    async def run(self) -> None:
        """Ring whenever it was requested, again and again if nobody answers."""
        pause = Backoff(_PAUSE_S, _LONGEST_PAUSE_S)
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            if self._later is not None:
                self._later.cancel()
                self._later = None
            if await self._send():
                pause.reset()
                continue
            self._dirty.set()
            await asyncio.sleep(pause.next_s())

    async def _send(self) -> bool:
        # A ring is no fact: it has no cause to derive an id from, and nobody keeps it.
        ring = Event(str(uuid4()), "/lector/postgres-source", self._subject, self._data)
        headers, body = events.to_http(ring)
        about = {"messaging.destination.name": ring.type, "messaging.operation.name": "ring"}
        try:
            with tracing.span(f"ring {ring.type}", SpanKind.PRODUCER, {}, about):
                headers = {**headers, **callers.headers(), **tracing.current_headers()}
                async with asyncio.timeout(RING_TIMEOUT_S):
                    answer = await self._http.post(self._url, body, headers)
        except (RequestError, TimeoutError) as error:
            log.warning("cannot reach %s, retrying: %s", self._url, error or "timed out")
            return False
        if answer.status_code != 204:
            log.warning(
                "%s failed (%d), retrying: %s", ring.type, answer.status_code, answer.text[:200]
            )
        return answer.status_code == 204


async def run(
    stop: asyncio.Event,
    ready: asyncio.Event | None = None,
    config: settings.Doorbell | None = None,
) -> None:
    """Listen and ring until `stop`; `ready` is set while it listens."""
    ready = ready or asyncio.Event()
    config = config or settings.current(settings.Doorbell)
    async with Client() as http:
        bells = Bells(
            Bell(http, config.k_sink, "outbox", OutboxWritten()),
            Bell(http, config.sweep_sink, "ledger", LedgerStalled()),
            Bell(http, config.notify_sink, "digest", DigestDue()) if config.notify_sink else None,
        )
        # What breaks ends all, and the process: it is started again as a whole.
        rings = [bell.run() for bell in bells if bell is not None]
        await run_until_stopped(stop, listen(config, bells, ready), *rings)


async def listen(config: settings.Doorbell, bells: Bells, ready: asyncio.Event) -> None:
    """Request rings whenever there is, or may be, something to do."""
    pause = Backoff(_PAUSE_S, _LONGEST_PAUSE_S)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                config.listen_database_url, autocommit=True, **CONNECTION
            ) as connection:
                connection.add_notify_handler(partial(_request_ring, config, bells.outbox))
                await connection.execute("LISTEN outbox")
                pause.reset()
                bells.outbox.request()
                ready.set()
                while True:
                    await _wait_for_notifications(connection, config.doorbell_check_s)
                    await _check(connection, bells)
                    await backlog.gauge.refresh(connection)
        except psycopg.Error as error:  # an outage, or the migrations have not run yet
            ready.clear()
            backlog.gauge.clear()
            pause_s = pause.next_s()
            log.warning("LISTEN failed, retrying in %.1f s: %s", pause_s, error)
            await asyncio.sleep(pause_s)


def _request_ring(config: settings.Doorbell, outbox: Bell, notification: psycopg.Notify) -> None:
    failpoints.passed("doorbell.heard")
    if notification.payload == _LATER:
        outbox.request_within(config.doorbell_gather_s)
    else:
        outbox.request()


async def _wait_for_notifications(
    connection: psycopg.AsyncConnection[object], for_s: float
) -> None:
    """Have each notification heard, for so many seconds.

    psycopg's own wait looks at its clock ten times a second, for ever.
    """
    server = connection.pgconn
    until = asyncio.get_running_loop().time() + for_s
    while asyncio.get_running_loop().time() < until:
        # Those that came during a query are not in the socket any more.
        server.consume_input()
        while (notification := server.notifies()) and server.notify_handler:
            server.notify_handler(notification)
        await wait_readable(connection.fileno(), until)


async def _check(connection: psycopg.AsyncConnection[object], bells: Bells) -> None:
    config = settings.current(settings.Digest)
    cursor = connection.cursor(row_factory=ANYTHING_TO_DO.factory)
    limits = {"quiet_s": config.digest_quiet_s, "at_most_s": config.digest_at_most_s}
    await cursor.execute(ANYTHING_TO_DO.sql.encode(), limits)
    found = await cursor.fetchone()
    if found is None or found.unpublished:
        bells.outbox.request()
    if found is not None and found.due:
        bells.sweep.request()
    if found is not None and found.digest and bells.digest:
        bells.digest.request()
