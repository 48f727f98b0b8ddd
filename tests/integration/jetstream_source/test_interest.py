"""What only webhooks are told of is delivered while one wants it, and none of that is missed."""

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from lector.bridge import subscriptions
from lector.bridge.jetstream_source.interest import Interest, decided_by_webhooks
from lector.bridge.subscriptions import Subscription
from lector.runtime import settings
from tests.support.bridging import (
    Delivering,
    ScriptedFunction,
    Source,
    uploaded,
    wait_until,
)
from tests.support.parts import Parts

SOON_S = 0.3
_AWAY = "postgresql://nobody@127.0.0.1:1/none"


class Webhooks:
    """The webhooks that there are."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection

    def add(self, *types: str) -> None:
        self._connection.execute(
            "INSERT INTO webhooks (tenant, url, secret, types) VALUES ('t', 'u', 's', %s)",
            [list(types)],
        )

    def disable(self) -> None:
        self._connection.execute("UPDATE webhooks SET disabled_at = now()")

    def remove(self) -> None:
        self._connection.execute("DELETE FROM webhooks")


@pytest.fixture
def webhooks(services: Parts) -> Iterator[Webhooks]:
    with psycopg.connect(services.embedded.postgres.url, autocommit=True) as connection:
        made = Webhooks(connection)
        made.remove()
        yield made
        made.remove()


class Asked:
    """A subscription that is served only while it is wanted."""

    def __init__(self, source: Source, config: settings.Interest) -> None:
        self._loop = source.loop

        def interest(row: Subscription) -> Interest:
            made = Interest(source.nats.client, [row], config)
            self._task = source.loop.begin(made.run())
            return made

        self.served: Delivering = source.serves(interest=interest, only_if_wanted=True)
        self.type = self.served.subscription.type

    def is_passed_over(self) -> bool:
        """Whether nothing waits and nothing was delivered of what was published so far."""
        return not self.served.consumer().num_pending

    def end(self) -> None:
        self._loop.end(self._task)


@pytest.fixture
def asked(source: Source, services: Parts, webhooks: Webhooks) -> Iterator[Asked]:
    """One that looks for missed changes now and then."""
    assert webhooks
    url = services.settings["DATABASE_URL"]
    made = Asked(source, settings.Interest(url, telegram_files=0, interest_check_s=SOON_S))
    yield made
    made.end()


def unwanted(asked: Asked, function: ScriptedFunction) -> None:
    """Wait until it is known that nobody wants its events."""
    deadline = time.monotonic() + 30
    before = -1
    while len(function.requests) != before:
        assert time.monotonic() < deadline, "they are delivered for ever"
        before = len(function.requests)
        asked.served.publish(uploaded())
        wait_until(asked.is_passed_over)
        time.sleep(SOON_S)
    function.requests.clear()


def test_what_nobody_wants_is_not_delivered(asked: Asked, function: ScriptedFunction) -> None:
    unwanted(asked, function)
    asked.served.publish(*[uploaded() for _ in range(5)])
    wait_until(asked.is_passed_over)
    assert function.requests == []


def test_what_comes_after_somebody_wants_it_is_delivered(
    asked: Asked, function: ScriptedFunction, webhooks: Webhooks
) -> None:
    unwanted(asked, function)
    webhooks.add(asked.type)
    event = uploaded()
    asked.served.publish(event)
    wait_until(lambda: function.about(event))


def test_what_was_long_over_when_somebody_began_to_want_it_is_not_delivered(
    asked: Asked, function: ScriptedFunction, webhooks: Webhooks
) -> None:
    unwanted(asked, function)
    before, after = uploaded(), uploaded()
    asked.served.publish(before)
    wait_until(asked.is_passed_over)
    webhooks.add()
    asked.served.publish(after)
    wait_until(lambda: function.about(after))
    assert function.about(before) == []


def test_a_webhook_for_another_type_wants_none_of_these(
    asked: Asked, function: ScriptedFunction, webhooks: Webhooks
) -> None:
    unwanted(asked, function)
    webhooks.add("lector.file.completed")
    asked.served.publish(uploaded())
    wait_until(asked.is_passed_over)
    assert function.requests == []


def test_a_webhook_that_is_disabled_wants_none(
    asked: Asked, function: ScriptedFunction, webhooks: Webhooks
) -> None:
    webhooks.add()
    webhooks.disable()
    unwanted(asked, function)
    assert function.requests == []


def test_none_is_missed_whenever_somebody_begins_to_want_them(
    asked: Asked, function: ScriptedFunction, webhooks: Webhooks
) -> None:
    for turn in range(12):
        webhooks.remove()
        time.sleep(turn % 4 * SOON_S / 4)
        asked.served.publish(uploaded())
        webhooks.add(asked.type)
        event = uploaded()
        asked.served.publish(event)
        wait_until(lambda event=event: function.about(event))  # type: ignore[misc]


@pytest.mark.parametrize(
    "config",
    [
        settings.Interest(telegram_files=0),
        settings.Interest(_AWAY, telegram_files=0, interest_check_s=SOON_S),
    ],
    ids=["no database named", "database away"],
)
def test_what_may_be_wanted_is_delivered(
    source: Source,
    function: ScriptedFunction,
    config: settings.Interest,
) -> None:
    asked = Asked(source, config)
    event = uploaded()
    asked.served.publish(event)
    wait_until(lambda: function.about(event))
    asked.end()


def test_files_are_delivered_without_a_webhook_where_people_are_told_of_them(
    source: Source, services: Parts, function: ScriptedFunction, webhooks: Webhooks
) -> None:
    assert webhooks
    url = services.settings["DATABASE_URL"]
    asked = Asked(source, settings.Interest(url, telegram_files=1, interest_check_s=SOON_S))
    for _ in range(3):
        event = uploaded()
        asked.served.publish(event)
        wait_until(lambda event=event: function.about(event))  # type: ignore[misc]
        time.sleep(SOON_S)  # meanwhile it would see that no webhook wants them
    asked.end()


_FILES = {f"lector.file.{what}" for what in ("uploaded", "completed", "failed", "cancelled")}
_FILES |= {"lector.file.retried", "lector.files.deleted"}
_PAGES = {f"lector.page.{what}" for what in ("read", "failed", "restored", "verified", "corrected")}


@pytest.mark.parametrize(
    ("files", "pages", "left"),
    [(0, 0, _FILES | _PAGES), (1, 0, _PAGES), (0, 1, _FILES), (1, 1, set())],
)
def test_what_people_are_not_told_of_on_telegram_is_left_where_no_webhook_wants_it(
    files: int, pages: int, left: set[str]
) -> None:
    config = settings.Interest(_AWAY, telegram_files=files, telegram_pages=pages)
    rows = decided_by_webhooks(subscriptions.load(), config)
    assert {row.type for row in rows} == left
    assert {row.function for row in rows} <= {"notify"}


def test_people_may_be_told_of_files_unless_it_is_said_that_they_are_not() -> None:
    assert settings.Interest().telegram_files == 1
