"""One telling: sent, noted, and if it failed left to the source to be tried again."""

import time
from dataclasses import dataclass
from uuid import UUID

from functions.notify import exchange, signing, telegram
from functions.notify.exchange import Outcome
from lector.contracts import NotificationRequested
from lector.runtime import database, queries, safe_urls, settings
from lector.runtime.database import Connection
from lector.runtime.events import Event
from lector.runtime.failures import FailedAttempt

_GONE = 410
_TEST = "test"  # the subject of what somebody sends to see whether it arrives


@dataclass(frozen=True)
class Webhook:
    """Where a webhook leads, and what its requests are signed with."""

    id: UUID
    tenant: str
    url: str
    secret: str
    disabled: bool


@dataclass(frozen=True)
class Noted:
    """A notification that is in the log."""

    id: int


_sql = queries.load(__file__)
WEBHOOK_BY_ID = _sql.rows("webhook_by_id", Webhook)
DELIVERED_BEFORE = _sql.rows("delivered_before", Noted)
NOTE_NOTIFICATION = _sql.statement("note_notification")
DROP_OLD_NOTIFICATIONS = _sql.statement("drop_old_notifications")
WORKS_AGAIN = _sql.statement("works_again")
NOTE_FAILURE = _sql.statement("note_failure")


def send(event: Event[NotificationRequested], config: settings.Notifying) -> None:
    """Tell one destination, once.

    Raises:
        FailedAttempt: it was not taken; it may be at another time. A test is not tried again.

    """
    told = event.data
    with database.transaction() as connection:
        webhook = None
        if told.destination != telegram.DESTINATION:
            webhook = WEBHOOK_BY_ID.one(connection, id=UUID(told.destination))
            if webhook is None:
                return  # deleted since
        if _is_told(connection, event):
            return
    began = time.monotonic()
    outcome = _outcome(event, webhook, config)
    with database.transaction() as connection:
        _note(connection, event, webhook, outcome, time.monotonic() - began)
        if webhook:
            _judge(connection, webhook, outcome, config)
    over = outcome.delivered or (webhook and webhook.disabled) or event.subject == _TEST
    if not over:
        raise FailedAttempt("not_taken", outcome.words)


def _outcome(
    event: Event[NotificationRequested], webhook: Webhook | None, config: settings.Notifying
) -> Outcome:
    told = event.data
    if webhook is None:
        if not telegram.is_configured():
            return Outcome(None, "TELEGRAM_BOT_TOKEN or TELEGRAM_CHAT_ID is not set")
        return exchange.post(*telegram.request(told.text), config.webhook_timeout_s)
    if webhook.disabled:
        return Outcome(None, "skipped, as it is disabled")
    headers = {**told.headers, **signing.headers(webhook.secret, _id(event), told.body)}
    try:
        parts = safe_urls.parsed(webhook.url)
        addresses = safe_urls.looked_up(str(parts.hostname), safe_urls.port_of(parts))
    except (safe_urls.NotAllowed, OSError) as error:
        return Outcome(None, str(error))
    return exchange.post(webhook.url, headers, told.body, config.webhook_timeout_s, addresses[0])


def _is_told(connection: Connection, event: Event[NotificationRequested]) -> bool:
    about = {"destination": event.data.destination, "event_id": _id(event)}
    return DELIVERED_BEFORE.one(connection, **about) is not None


def _note(
    connection: Connection,
    event: Event[NotificationRequested],
    webhook: Webhook | None,
    outcome: Outcome,
    took_s: float,
) -> None:
    DROP_OLD_NOTIFICATIONS.run(connection)
    NOTE_NOTIFICATION.run(
        connection,
        tenant=webhook.tenant if webhook else "",
        destination=event.data.destination,
        event_id=_id(event),
        type=event.data.headers.get("ce-type") or "message",
        took_s=took_s,
        delivered=outcome.delivered,
        outcome=outcome.words[:500],
    )


def _judge(
    connection: Connection, webhook: Webhook, outcome: Outcome, config: settings.Notifying
) -> None:
    if outcome.delivered:
        WORKS_AGAIN.run(connection, id=webhook.id)
    elif not webhook.disabled:
        hours = config.webhook_disable_after_h
        gone = outcome.status == _GONE
        why = "it answered 410: gone" if gone else f"nothing worked for {hours:g} hours"
        NOTE_FAILURE.run(
            connection,
            id=webhook.id,
            at_once=gone,
            after_s=hours * 3600,
            reason=f"{why}; the last time: {outcome.words}"[:500],
        )


def _id(event: Event[NotificationRequested]) -> str:
    """The id of what is told, the same at every attempt."""
    return event.data.headers.get("ce-id") or event.id
