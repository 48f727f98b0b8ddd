"""Functions called in this process, without a socket, on real parts."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import functions_framework
from flask import Flask
from flask.testing import FlaskClient

from lector.local.tools import checkout
from lector.runtime import database, events, object_store, settings
from lector.runtime.events import Event


def function(name: str) -> FlaskClient:
    """A function as functions-framework serves it, behind a test client."""
    source = str(checkout() / "functions" / name / "main.py")
    app: Flask = functions_framework.create_app(name, source)  # type: ignore[no-untyped-call]
    client: FlaskClient = app.test_client()
    # A line for each event belongs into a log, not between the lines of a progress report.
    for logger in ("lector", "httpx2"):
        logging.getLogger(logger).setLevel(logging.WARNING)
    return client


def handled(client: FlaskClient, event: Event[Any], status: int) -> Event[Any] | None:
    """Hand an event to a function that must answer with this status; its reply if it has one."""
    headers, body = events.to_http(event)
    answer = client.post("/", headers=headers, data=body)
    if answer.status_code != status:
        raise RuntimeError(f"{event.type} was answered with {answer.status_code}: {answer.text}")
    if status != 200:
        return None
    return events.from_request(dict(answer.headers), answer.get_data())


def fetch_page(page_id: Sequence[Any]) -> None:
    """What searches and lists are held against: one page by its key."""
    with database.transaction() as connection:
        connection.execute("SELECT text FROM pages WHERE id = %s", page_id).fetchall()


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Have this process, and those it starts, see these values for the length of the block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def settled(values: Mapping[str, str]) -> Iterator[None]:
    """Have functions in this process find these settings; pool and store go with the block."""
    with environment(values):
        settings.current.cache_clear()
        try:
            yield
        finally:
            database.pool().close()
            database.pool.forget()
            object_store.store.forget()
            settings.current.cache_clear()
