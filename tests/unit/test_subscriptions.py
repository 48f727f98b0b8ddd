"""The subscriptions table: it fits the functions, the contracts and everybody's times."""

import ast
import json
import re
from pathlib import Path

import pytest

from functions.llm import page_texts
from functions.upload.admin import webhooks
from lector import contracts
from lector.bridge import subscriptions
from lector.bridge.jetstream import streams
from lector.bridge.postgres_source import doorbell
from lector.bridge.subscriptions import Subscription
from lector.local.tools import checkout
from lector.runtime import events, settings

TABLE = subscriptions.load()
#: Knative Serving's timeoutSeconds where nothing else is said, as for our functions.
FUNCTION_TIMEOUT_S = 300
#: Handled by a function that another source rings.
RUNG = {
    ("outbox", "lector.outbox.written"),
    ("register", "lector.ledger.stalled"),
    ("notify", "lector.digest.due"),
}


def handled() -> set[tuple[str, str]]:
    """Every (function, event type) that some function's entry point declares."""
    return {
        (main.parent.name, events.type_of(getattr(contracts, kind)))
        for main in (checkout() / "functions").glob("*/main.py")
        for kind in _handlers(main)
    }


def _handlers(main: Path) -> list[str]:
    """The message names in the dictionary given to `endpoint.function`."""
    for node in ast.walk(ast.parse(main.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "endpoint.function":
            table = node.args[1]
            if isinstance(table, ast.Dict):
                return [ast.unparse(key) for key in table.keys if key is not None]
    return []


@pytest.fixture(params=TABLE, ids=lambda row: row.durable)
def row(request: pytest.FixtureRequest) -> Subscription:
    """Each line of the table."""
    found: Subscription = request.param
    return found


def test_the_function_of_a_subscription_exists(row: Subscription) -> None:
    assert (checkout() / "functions" / row.function / "main.py").is_file()


def test_the_functions_that_a_subscription_wakes_exist(row: Subscription) -> None:
    for name in row.wakes:
        assert (checkout() / "functions" / name / "main.py").is_file()


def test_a_subscription_does_not_wake_its_own_function(row: Subscription) -> None:
    assert row.function not in row.wakes


def test_the_type_of_a_subscription_has_a_contract(row: Subscription) -> None:
    assert row.type in events.MESSAGES


def test_a_function_handles_what_it_is_subscribed_to(row: Subscription) -> None:
    declared = {event_type for name, event_type in handled() if name == row.function}
    assert row.type in declared or not declared  # a pure observer declares none


def test_every_event_that_a_function_handles_is_subscribed() -> None:
    subscribed = {(row.function, row.type) for row in TABLE}
    assert handled() - RUNG <= subscribed


def test_a_webhook_may_want_whatever_notify_hears_of_and_nothing_else() -> None:
    heard = {row.type for row in TABLE if row.function == "notify"}
    contract = json.loads((checkout() / "functions/upload/openapi.json").read_text())
    wanted = contract["components"]["schemas"]["NewWebhook"]["properties"]["types"]
    assert set(webhooks.TYPES) == heard - {"lector.notification.requested"}
    assert sorted(webhooks.TYPES) == wanted["items"]["enum"]


def test_handlers_are_found() -> None:
    assert ("llm", "lector.page.registered") in handled()


def test_a_function_subscribes_to_a_type_once() -> None:
    assert len({row.durable for row in TABLE}) == len(TABLE)


def test_the_name_of_a_durable_consumer_is_one_that_nats_takes(row: Subscription) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", row.durable)


def test_there_is_a_slot_at_the_start_and_no_more_than_the_most(row: Subscription) -> None:
    assert 1 <= row.slots_at_start <= row.slots_at_most


def test_one_call_of_the_model_fits_into_the_time_for_a_page() -> None:
    assert settings.Model.model_timeout_s < settings.Model.model_budget_s


def test_a_page_is_read_and_stored_before_the_function_timeout() -> None:
    image_s = 2 * (
        5 + 30
    )  # two attempts, connecting and reading, as in lector/runtime/object_store.py
    pool_s = settings.Database.database_timeout_s
    storing_s = 3 * pool_s + sum(page_texts.STORE_PAUSES_S)
    reading_s = settings.Model.model_budget_s
    assert pool_s + image_s + reading_s + storing_s < FUNCTION_TIMEOUT_S


def test_the_function_timeout_ends_before_the_post(row: Subscription) -> None:
    assert row.post_timeout_s > FUNCTION_TIMEOUT_S


def test_the_post_ends_before_the_deadline(row: Subscription) -> None:
    assert row.deadline_s > row.post_timeout_s


def test_a_message_is_claimed_anew_well_before_it_is_lost(row: Subscription) -> None:
    assert row.ack_wait_s / 3 < row.ack_wait_s < row.deadline_s


def test_a_last_batch_of_the_relay_fits_into_the_function_timeout() -> None:
    relay = settings.Relay
    assert relay.relay_budget_s + relay.relay_sink_timeout_s < FUNCTION_TIMEOUT_S


def test_the_relay_waits_for_longer_than_the_sink_for_jetstream() -> None:
    # Once until the streams are ready, once for the PubAcks.
    assert settings.Relay.relay_sink_timeout_s > 2 * streams.PUBACK_S


def test_a_ring_lasts_longer_than_the_outbox_function_may() -> None:
    assert doorbell.RING_TIMEOUT_S > FUNCTION_TIMEOUT_S


def test_dead_letters_come_from_a_stream_of_their_own() -> None:
    [letters] = [row for row in TABLE if row.type == "lector.delivery.failed"]
    assert (letters.stream, letters.filter_subject) == ("LECTOR_DEAD", "dead.>")


def test_dead_letters_that_stay_do_not_keep_others_out() -> None:
    [letters] = [row for row in TABLE if row.type == "lector.delivery.failed"]
    assert letters.pending_at_most > 1000


def test_more_may_be_sent_back_than_is_under_way(row: Subscription) -> None:
    assert row.pending_at_most > row.slots_at_most


def test_events_of_all_files_are_read() -> None:
    [uploads] = [r for r in TABLE if (r.function, r.type) == ("render", "lector.file.uploaded")]
    assert (uploads.stream, uploads.filter_subject) == ("LECTOR", "lector.file.uploaded.*")


def test_a_failure_is_tried_more_than_once(row: Subscription) -> None:
    assert row.attempts > 1


def test_readers_begin_with_as_many_pages_at_once_as_they_are_set_to() -> None:
    config = settings.Source(function_urls="llm=http://llm", reader_slots="ollama=1,vllm=1000")
    rows = subscriptions.from_settings(config)
    [reading] = [row for row in rows if row.type == "lector.page.registered"]
    starts = [reading.slots_of(name) for name in ("ollama", "vllm", "default")]
    assert starts == [1, reading.slots_at_most, reading.slots_at_start]
    assert all(row.slots_of("ollama") == row.slots_at_start for row in rows if row != reading)


def test_a_start_that_is_no_number_is_refused_by_its_name() -> None:
    config = settings.Source(function_urls="llm=http://llm", reader_slots="ollama=few")
    with pytest.raises(settings.SettingsError, match="READER_SLOTS"):
        subscriptions.from_settings(config)
