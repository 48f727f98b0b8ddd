"""What a page costs in counts, which are exact whatever else the machine does.

A whole Lector, whose parts speak through proxies that count, reads a file of 40 pages with a model
that answers at once, after it has read another. What is held may not creep back; what is wanted
beyond that stands beside it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from lector.cli.client import Client
from lector.cli.outcome import FINISHED
from lector.local import stack
from lector.local.data_folder import DataFolder
from lector.local.process import free_port
from lector.local.stack import Stack
from lector.runtime import settings
from tests.support import page_counts, without_model
from tests.support.counting_proxies import CONNECTIONS, Traffic
from tests.support.model import ScriptedModel, completion
from tests.support.page_counts import (
    DELIVERIES,
    MESSAGES_IN,
    OBJECT_CALLS,
    RINGS_AND_SINK,
)
from tests.support.pdfs import drawn_pdf, prose
from tests.support.wire_counts import EMPTY, ROUND_TRIPS, STATEMENTS, TRANSACTIONS

_PAGES = 40
_WITHIN_S = 90.0
_QUIET_S = 1.0

WANTED = {
    STATEMENTS: 8,
    ROUND_TRIPS: 6,
    TRANSACTIONS: 3,
    EMPTY: 0.1,
    DELIVERIES: 1.3,
    RINGS_AND_SINK: 0.3,
    CONNECTIONS: 0.05,
    MESSAGES_IN: 4.2,
    OBJECT_CALLS: 2.1,
}
HELD = {
    STATEMENTS: 8.0,
    ROUND_TRIPS: 6.5,
    TRANSACTIONS: 3.2,
    EMPTY: 0.1,
    DELIVERIES: 1.7,
    RINGS_AND_SINK: 1.2,
    CONNECTIONS: 0.4,
    MESSAGES_IN: 5.5,
    OBJECT_CALLS: 2.2,
}


@contextmanager
def _running(folder: Path, traffic: Traffic) -> Iterator[Stack]:
    model = ScriptedModel()
    model.otherwise = completion(prose(7, 8))
    environment = {
        **without_model.ASKING,
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_API_KEY": "test",
        "VERIFY": "never",
        "READER_CHECK": "0",
    }
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            settings.current.cache_clear()
            data = DataFolder(folder)
            with stack.running(data, free_port(), print, traffic.through) as started:
                yield started
    finally:
        settings.current.cache_clear()
        model.stop()


def _read(started: Stack, path: Path, pages: int) -> None:
    """Have a file read that has so many pages, and wait until nothing is left to be done for it."""
    path.write_bytes(drawn_pdf([f"page {number} of {path.name}" for number in range(pages)]))
    database = psycopg.connect(started.embedded.postgres.url, autocommit=True)
    with Client(started.url) as client, database:
        file_id = client.upload(path, None)["id"]
        deadline = time.monotonic() + _WITHIN_S
        status = b"SELECT status FROM files WHERE id = %s"
        while (found := database.execute(status, [file_id]).fetchone()) and found[
            0
        ] not in FINISHED:
            assert time.monotonic() < deadline, found
            time.sleep(0.1)
        assert found == ("completed",)
        unpublished = b"SELECT FROM outbox WHERE published_at IS NULL LIMIT 1"
        while database.execute(unpublished).fetchone() is not None:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    time.sleep(_QUIET_S)  # what was published is on its way


@pytest.mark.slow
def test_a_page_costs_no_more_statements_requests_and_messages_than_these(tmp_path: Path) -> None:
    traffic = Traffic()
    try:
        with _running(tmp_path / "data", traffic) as started:
            _read(started, tmp_path / "first.pdf", _PAGES)
            before = page_counts.look(traffic, tmp_path / "data")
            _read(started, tmp_path / "second.pdf", _PAGES)
            after = page_counts.look(traffic, tmp_path / "data")
            found = page_counts.between(started, before, after, _PAGES)
    finally:
        traffic.stop()
    print("\n".join(found.lines(WANTED, HELD)))  # noqa: T201 - shown by pytest -rP
    assert found.totals.keys() == HELD.keys()
    # What is not counted any more is within any bound.
    assert {what for what, n in found.totals.items() if n == 0} <= {EMPTY}
    too_much = {what: n for what, n in found.totals.items() if n > HELD[what]}
    assert too_much == {}
