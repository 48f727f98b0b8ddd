"""Notifications: one is requested for each destination of an event, then sent and recorded."""

import time
from typing import Any
from uuid import UUID

from functions.notify import digest, telegram, webhooks
from functions.notify.http_post import Outcome
from functions.notify.webhooks import Webhook
from lector.contracts import FilesDeleted, NotificationRequested
from lector.domain import outbox
from lector.domain.failure_codes import FailureCode
from lector.runtime import database, events, queries, settings
from lector.runtime.database import Connection
from lector.runtime.events import Event
from lector.runtime.failures import FailedAttempt, PermanentFailure, ProtocolCode

_TEST = "test"  # the subject of what somebody sends to see whether it arrives


_sql = queries.load(__file__)
IS_THERE = _sql.scalar("is_there", bool)
FIND_DELIVERED = _sql.scalar("find_delivered", int)
RECORD_NOTIFICATION = _sql.statement("record_notification")
DROP_OLD_NOTIFICATIONS = _sql.statement("drop_old_notifications")


def request(connection: Connection, event: Event[Any]) -> None:
    """Request a notification of an event for each destination that wants it.

    People on Telegram get one message for many finished files, later.
    """
    headers, body = events.to_http(event)
    requests = [
        NotificationRequested(destination=str(webhook_id), headers=headers, body=body)
        for webhook_id in webhooks.find_subscribed(connection, event)
    ]
    if telegram.is_configured():
        requests += telegram.page_messages(event)
        digest.record_finished(connection, event)
        _announce_file_message(connection, event)
    outbox.announce(
        connection,
        [
            events.event(event.id, event.subject, requested, "notify", requested.destination)
            for requested in requests
        ],
    )


def _announce_file_message(connection: Connection, event: Event[Any]) -> None:
    """Request the message that a file came, or went; one, however often that is announced."""
    message = telegram.file_message(event)
    if message is None:
        return
    # Nobody is told of the deletion of a file that lives, as in a restored backup.
    if isinstance(event.data, FilesDeleted) and IS_THERE.one(connection, file_id=event.file_id):
        return
    cause = f"{event.subject} {event.type}"
    outbox.announce(
        connection, [events.event(cause, event.subject, message, "notify", message.destination)]
    )


def send(event: Event[NotificationRequested], config: settings.Notifying) -> None:
    """Send a notification to its destination, unless it was delivered before.

    Raises:
        FailedAttempt: it was not delivered; it may be at another time. A test is not retried.

    """
    with database.transaction() as connection:
        webhook = None
        if event.data.destination != telegram.DESTINATION:
            webhook = webhooks.find(connection, _webhook_id(event))
            if webhook is None:
                return  # deleted since
        if _was_delivered(connection, event):
            return
    began = time.monotonic()
    outcome = _post(event, webhook, config)
    with database.transaction() as connection:
        _record(connection, event, webhook, outcome, time.monotonic() - began)
        if webhook:
            webhooks.record_outcome(connection, webhook, outcome, config)
    over = outcome.delivered or (webhook and webhook.disabled) or event.subject == _TEST
    if not over:
        raise FailedAttempt(FailureCode.NOT_TAKEN, outcome.words)


def _webhook_id(event: Event[NotificationRequested]) -> UUID:
    try:
        return UUID(event.data.destination)
    except ValueError:
        detail = f"no destination is called {event.data.destination[:80]!r}"
        raise PermanentFailure(ProtocolCode.MALFORMED_EVENT, detail) from None


def _post(
    event: Event[NotificationRequested], webhook: Webhook | None, config: settings.Notifying
) -> Outcome:
    data = event.data
    if webhook is None:
        return telegram.send(data.text, config)
    if webhook.disabled:
        return Outcome(None, "skipped, as it is disabled")
    return webhooks.send(webhook, _message_id(event), data.headers, data.body, config)


def _was_delivered(connection: Connection, event: Event[NotificationRequested]) -> bool:
    about = {"destination": event.data.destination, "event_id": _message_id(event)}
    return FIND_DELIVERED.one(connection, **about) is not None


def _record(
    connection: Connection,
    event: Event[NotificationRequested],
    webhook: Webhook | None,
    outcome: Outcome,
    took_s: float,
) -> None:
    DROP_OLD_NOTIFICATIONS.run(connection)
    RECORD_NOTIFICATION.run(
        connection,
        tenant=webhook.tenant if webhook else "",
        destination=event.data.destination,
        event_id=_message_id(event),
        type=event.data.headers.get("ce-type") or "message",
        took_s=took_s,
        delivered=outcome.delivered,
        outcome=outcome.words[:500],
    )


def _message_id(event: Event[NotificationRequested]) -> str:
    """The id of the event that the notification is about, the same at every attempt."""
    return event.data.headers.get("ce-id") or event.id
