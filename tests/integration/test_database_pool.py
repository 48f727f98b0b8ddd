"""The pool of connections: nobody waits to hear that a connection is there, and none is dead."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from lector.runtime import database, settings
from lector.runtime.failures import TransientFailure
from tests.support.bridging import wait_until
from tests.support.counting_proxies import CONNECTIONS, Counts, Traffic
from tests.support.parts import Parts
from tests.support.wire_counts import EMPTY, ROUND_TRIPS, TRANSACTIONS


@pytest.fixture
def traffic(services: Parts) -> Iterator[Traffic]:
    """What this process says to PostgreSQL, by a pool of its own."""
    counting = Traffic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", counting.through(services.settings["DATABASE_URL"]))
        patch.setenv("DATABASE_POOL_SIZE", "1")
        _forget()
        try:
            yield counting
        finally:
            _forget()
            counting.stop()
    settings.current.cache_clear()


def _forget() -> None:
    """Have what comes next open a pool by its own settings."""
    settings.current.cache_clear()
    database.pool().close()
    database.pool.forget()


def _total(counts: Counts, kind: str) -> int:
    return sum(count for (_, what), count in counts.items() if what == kind)


def _backend() -> int:
    """The process that serves the pool's only connection."""
    with database.transaction() as connection:
        found = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert found
    return int(found[0])


def _end(services: Parts, backend: int) -> None:
    """End a connection from the server's side, as when it is restarted."""
    url = services.settings["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])


def test_a_connection_that_was_used_a_moment_ago_is_not_asked_whether_it_is_there(
    traffic: Traffic,
) -> None:
    _backend()
    before = traffic.counts()
    for _ in range(20):
        _backend()
    found = traffic.counts() - before
    assert _total(found, EMPTY) == 0
    assert _total(found, TRANSACTIONS) == 20
    # BEGIN, the query, COMMIT; once the query is prepared.
    assert 60 <= _total(found, ROUND_TRIPS) <= 61


def test_a_connection_that_has_idled_is_asked_once_before_it_is_used(traffic: Traffic) -> None:
    _backend()
    before = traffic.counts()
    with database.pool().connection() as connection:
        connection.used_at -= 60
    _backend()
    _backend()
    assert _total(traffic.counts() - before, EMPTY) == 1


def test_after_the_server_has_ended_all_connections_the_next_transaction_gets_another(
    services: Parts, traffic: Traffic
) -> None:
    ended = _backend()
    before = traffic.counts()
    _end(services, ended)
    assert _backend() != ended
    assert _total(traffic.counts() - before, CONNECTIONS) == 1


def test_a_connection_that_ends_within_a_transaction_is_not_now_and_the_next_one_works(
    services: Parts, traffic: Traffic
) -> None:
    del traffic

    def work() -> None:
        with database.transaction() as connection:
            _end(services, connection.info.backend_pid)
            connection.execute("SELECT 1")

    with pytest.raises(TransientFailure):
        work()
    assert _backend()


def test_a_pipeline_waits_only_for_what_somebody_looks_at_and_once_for_the_commit(
    traffic: Traffic,
) -> None:
    def work() -> None:
        with database.pipeline() as connection:
            connection.execute("INSERT INTO seen VALUES (1)")
            assert connection.execute("SELECT count(*) > 0 FROM seen").fetchone() == (True,)
            connection.execute("INSERT INTO seen VALUES (2)")

    with database.transaction() as connection:  # not in the pipeline: a notice comes at once
        connection.execute("CREATE TEMPORARY TABLE seen (n integer)")
    work()
    before = traffic.counts()
    work()
    found = traffic.counts() - before
    assert _total(found, ROUND_TRIPS) == 2
    assert _total(found, TRANSACTIONS) == 1
    with database.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (4,)


def test_nothing_of_a_pipeline_stays_that_raises_or_whose_last_statement_is_refused(
    traffic: Traffic,
) -> None:
    del traffic

    def work(last: str, error: Exception | None = None) -> None:
        with database.pipeline() as connection:
            connection.execute("CREATE TABLE of_pipeline (n integer)")
            if error:
                raise error
            connection.execute(last)

    with pytest.raises(psycopg.errors.DivisionByZero):
        work("SELECT 1 / 0")
    with pytest.raises(RuntimeError, match="of ours"):
        work("SELECT 1", RuntimeError("of ours"))
    with database.transaction() as connection:
        found = connection.execute("SELECT to_regclass('of_pipeline')").fetchone()
    assert found == (None,)


def test_a_pipeline_that_lost_its_server_is_not_now_and_the_next_one_works(
    services: Parts, traffic: Traffic
) -> None:
    del traffic

    def work(*, ends: bool) -> object:
        with database.pipeline() as connection:
            if ends:
                _end(services, connection.info.backend_pid)
            return connection.execute("SELECT 1").fetchone()

    for _ in range(2):
        with pytest.raises(TransientFailure):
            work(ends=True)
        assert work(ends=False) == (1,)


def test_connections_that_nobody_needs_any_more_are_given_back(
    services: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", services.settings["DATABASE_URL"])
    monkeypatch.setenv("DATABASE_POOL_SIZE", "4")
    monkeypatch.setattr(database, "SPARE_S", 0.1)
    _forget()
    try:
        together = threading.Barrier(4)

        def use() -> None:
            with database.transaction():
                together.wait(10)

        with ThreadPoolExecutor(4) as users:
            for used in [users.submit(use) for _ in range(4)]:
                used.result()
        assert database.pool().get_stats()["pool_size"] == 4
        wait_until(lambda: database.pool().get_stats()["pool_size"] == 1)
    finally:
        monkeypatch.undo()
        _forget()
