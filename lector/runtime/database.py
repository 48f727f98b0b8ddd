"""PostgreSQL: a small pool per process, and transactions whose outages are "not now"."""

import atexit
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from lector.runtime import settings, warm_up
from lector.runtime.failures import DatabaseTimeout, TransientFailure
from lector.runtime.once import once

Connection = psycopg.Connection[Any]

#: What a column of type integer holds at most.
LARGEST_INTEGER = 2**31 - 1

_TIMEOUTS = (
    psycopg.errors.QueryCanceled,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.IdleInTransactionSessionTimeout,
)

# A server that went away without a word is noticed in seconds, not after the kernel's quarter hour.
CONNECTION: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
}
# How long a process that ends waits for a connection that is being made.
_LAST_WORK_S = 1.0
# A connection that idled for longer is asked whether it still leads anywhere: something on the way
# may have forgotten it without a word.
_IDLE_S = 10.0
# How often a pool gives back one connection that was spare all the while. Each costs the server
# 4 MiB, and by default one would go in ten minutes.
SPARE_S = 60.0


class _PooledConnection(psycopg.Connection[Any]):
    """A connection that knows when it was last used, by the monotonic clock in seconds."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.used_at = time.monotonic()


@once
def pool() -> ConnectionPool[_PooledConnection]:
    """The process's pool, opened at first use and kept."""
    config = settings.current(settings.Database)
    opened: ConnectionPool[_PooledConnection] = ConnectionPool(
        config.database_url,
        connection_class=_PooledConnection,
        kwargs=CONNECTION,
        min_size=1,
        max_size=config.database_pool_size,
        timeout=config.database_timeout_s,
        max_idle=SPARE_S,
        check=_check,
        open=True,
    )
    # Its threads are waited for in vain once Python ends: since 3.12 for 5 s each.
    atexit.register(opened.close, timeout=_LAST_WORK_S)
    return opened


warm_up.process.register(pool)


def _check(connection: _PooledConnection) -> None:
    """Refuse a connection whose server is gone, so that the pool hands out another.

    A server that ends says so on every connection, which is seen without asking it. Only where it
    has said something, or after a while, is it worth a round trip; one that goes away just then
    makes the transaction fail as a whole, which is "not now".
    """
    has_idled = time.monotonic() - connection.used_at > _IDLE_S
    if has_idled or _has_spoken(connection):
        ConnectionPool.check_connection(connection)


def _has_spoken(connection: Connection) -> bool:
    """Whether the server has sent something that nobody has asked for, such as its farewell."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def transaction() -> Iterator[Connection]:
    """One transaction: committed at the end of the block, rolled back by an exception.

    Raises:
        DatabaseTimeout: the database broke it off, as it took too long; nothing was committed.
        TransientFailure: the database cannot be reached or broke off; nothing was committed,
            or (rarely, at COMMIT) everything was, which a redelivery finds out.

    """
    with _lent() as connection:
        yield connection


@contextmanager
def pipeline() -> Iterator[Connection]:
    """A transaction whose statements are sent one after the other, without waiting for answers.

    Only who looks at a result waits, for all that was sent until then; the last ones go with the
    COMMIT. What a statement that nobody looks at is refused for is raised by a later one, at the
    latest at the end. It must not be rolled back within the block: an exception does that.

    Raises:
        DatabaseTimeout, TransientFailure: as for `transaction`.

    """
    with _lent() as connection:
        # Psycopg waits for a BEGIN of its own; this one is sent with the first statement.
        connection.autocommit = True
        try:
            with connection.pipeline():
                connection.execute(b"BEGIN", prepare=False)
                yield connection
                connection.execute(b"COMMIT", prepare=False)
        finally:
            if not connection.closed:
                connection.rollback()  # says nothing to a server that has committed
                connection.autocommit = False


@contextmanager
def _lent() -> Iterator[Connection]:
    """A connection of the pool; what goes wrong with it is "not now"."""
    try:
        with pool().connection() as connection:
            try:
                yield connection
            finally:
                connection.used_at = time.monotonic()
    except _TIMEOUTS as error:
        raise DatabaseTimeout from error
    except (psycopg.OperationalError, PoolTimeout) as error:
        raise TransientFailure("the database is not available") from error


@contextmanager
def snapshot() -> Iterator[Connection]:
    """A transaction that only reads, and sees all the time what was committed when it began.

    Raises:
        TransientFailure: as for `transaction`.

    """
    with transaction() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection
