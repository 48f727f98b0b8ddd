"""Whether anybody wants to be told of what happens to files and pages: who does has a webhook.

While nobody does, such events are not delivered, and their consumers are moved along the stream. A
consumer is moved only as far as the stream reached before the database said that nobody wants its
events: what is committed after somebody has begun to is published later, and so is delivered. What
cannot be known, as PostgreSQL is away or NATS too old to move a consumer, counts as wanted.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from nats.aio.client import Client
from nats.errors import Error as NatsError

from lector.bridge.jetstream import streams
from lector.bridge.notifications import wait_readable
from lector.bridge.subscriptions import Subscription
from lector.runtime import queries, settings
from lector.runtime.backoff import Backoff
from lector.runtime.database import CONNECTION

log = logging.getLogger("lector")

_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_LOOK_S, _MOVE_S = 15.0, 2.0
_OF_PAGES = "lector.page."


@dataclass(frozen=True)
class Wanted:
    """Whether an enabled webhook wants all types, and which types others want."""

    all_types: bool
    types: list[str]


def decided_by_webhooks(
    rows: Sequence[Subscription], config: settings.Interest
) -> list[Subscription]:
    """Of whose events nobody is told but webhooks; of others people are, too, on Telegram."""
    told = {True: bool(config.telegram_pages), False: bool(config.telegram_files)}
    return [row for row in rows if row.only_if_wanted and not told[row.type.startswith(_OF_PAGES)]]


WANTED = queries.load(__file__).rows("wanted", Wanted)


class Interest:
    """Knows, for the subscriptions that are only served if that is wanted, whether it is."""

    def __init__(
        self, nats: Client, rows: Sequence[Subscription], config: settings.Interest
    ) -> None:
        self._nats = nats
        self._rows = decided_by_webhooks(rows, config)
        self._config = config
        self._wanted = {row.durable: asyncio.Event() for row in self._rows}
        self._created = asyncio.Event()
        # Consumers that there are, and behind which message each was moved.
        self._moved_to: dict[str, int] = {}
        self._want_all()

    def note_created(self, row: Subscription) -> None:
        """Note that a subscription's consumer is there, and may be at any place of the stream."""
        if row.durable in self._wanted:
            self._moved_to[row.durable] = -1
            self._created.set()

    async def wait_wanted(self, row: Subscription) -> None:
        """Wait until somebody wants the events of a subscription."""
        if row.durable in self._wanted:
            await self._wanted[row.durable].wait()

    async def run(self) -> None:
        """Look again and again, and whenever a webhook changes; for ever."""
        pause = Backoff(_PAUSE_S, _LONGEST_PAUSE_S)
        url = self._config.interest_database_url
        if not url or not self._rows:
            await asyncio.Event().wait()  # for ever: everything is wanted
        while True:
            await self._created.wait()
            try:
                async with await psycopg.AsyncConnection.connect(
                    url, autocommit=True, **CONNECTION
                ) as connection:
                    await connection.execute("LISTEN webhooks")
                    while True:
                        # Whom nobody answers does not know; what is wanted must not wait for it.
                        async with asyncio.timeout(_LOOK_S):
                            await self._look(connection)
                        pause.reset()
                        await self._wait(connection)
            except (psycopg.Error, NatsError, TimeoutError) as error:
                self._want_all()
                log.warning(
                    "cannot ask who wants to be told of files and pages: %s", error or "timed out"
                )
                await asyncio.sleep(pause.next_s())

    async def _look(self, connection: psycopg.AsyncConnection[object]) -> None:
        # In this order: what comes in between is delivered.
        info = await self._nats.jetstream().stream_info(streams.LECTOR)
        cursor = connection.cursor(row_factory=WANTED.factory)
        await cursor.execute(WANTED.sql.encode())
        wanted = await cursor.fetchone()
        for row in self._rows:
            if wanted is None or wanted.all_types or row.type in wanted.types:
                self._wanted[row.durable].set()
                continue
            if row.durable in self._moved_to:
                await self._move(row, info.state.last_seq)
                self._wanted[row.durable].clear()

    async def _move(self, row: Subscription, behind: int) -> None:
        """Have a consumer go on behind a message of the stream; `NatsError` if it cannot."""
        if self._moved_to[row.durable] == behind:
            return
        subject = f"$JS.API.CONSUMER.RESET.{row.stream}.{row.durable}"
        request = json.dumps({"seq": behind + 1}).encode()
        answer = await self._nats.request(subject, request, timeout=_MOVE_S)
        if error := json.loads(answer.data).get("error"):
            raise NatsError(f"moving {row.durable} failed: {error.get('description', error)}")
        self._moved_to[row.durable] = behind

    async def _wait(self, connection: psycopg.AsyncConnection[object]) -> None:
        """Wait until a webhook changes, or for a while."""
        until = asyncio.get_running_loop().time() + self._config.interest_check_s
        while asyncio.get_running_loop().time() < until:
            # Those that came during a query are not in the socket any more.
            async for _ in connection.notifies(timeout=0):
                return
            await wait_readable(connection.fileno(), until)

    def _want_all(self) -> None:
        for wanted in self._wanted.values():
            wanted.set()
