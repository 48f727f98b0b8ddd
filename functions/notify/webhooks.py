"""Webhooks: which want an event, signed requests to them, and when one is disabled.

Requests are signed as https://www.standardwebhooks.com has it: the receiver computes the same HMAC,
and refuses what is older than a few minutes.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from functions.notify import http_post
from functions.notify.http_post import Outcome
from lector.runtime import queries, safe_urls, settings
from lector.runtime.database import Connection
from lector.runtime.events import Event

_GONE = 410
_SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with


@dataclass(frozen=True)
class Webhook:
    """A webhook's URL, and the secret that its requests are signed with."""

    id: UUID
    tenant: str
    url: str
    secret: str
    disabled: bool


_sql = queries.load(__file__)
SUBSCRIBED_WEBHOOKS = _sql.scalar("subscribed_webhooks", UUID)
WEBHOOK_BY_ID = _sql.rows("webhook_by_id", Webhook)
RECORD_SUCCESS = _sql.statement("record_success")
RECORD_FAILURE = _sql.statement("record_failure")


def find_subscribed(connection: Connection, event: Event[Any]) -> list[UUID]:
    """The ids of the webhooks that want an event."""
    generation = getattr(event.data, "generation", 0)
    about = {"file_id": event.file_id, "type": event.type, "generation": generation}
    return SUBSCRIBED_WEBHOOKS.all(connection, **about)


def find(connection: Connection, webhook_id: UUID) -> Webhook | None:
    """A webhook; None if it was deleted."""
    return WEBHOOK_BY_ID.one(connection, id=webhook_id)


def send(
    webhook: Webhook,
    message_id: str,
    headers: Mapping[str, str],
    body: bytes,
    config: settings.Notifying,
) -> Outcome:
    """POST a signed message to a webhook, if its address is still one that may be called."""
    try:
        parts = safe_urls.parse_url(webhook.url)
        addresses = safe_urls.resolve_public(
            str(parts.hostname), safe_urls.port_of(parts), "NOTIFY_ALLOW_PRIVATE"
        )
    except (safe_urls.NotAllowed, OSError) as error:
        return Outcome(None, str(error))
    signed = {**headers, **sign(webhook.secret, message_id, body)}
    return http_post.post(webhook.url, signed, body, config.webhook_timeout_s, addresses[0])


def sign(secret: str, message_id: str, body: bytes, at: float | None = None) -> dict[str, str]:
    """The headers that sign a message; `at` is seconds since 1970, now by default."""
    timestamp = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    signature = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }


def record_outcome(
    connection: Connection, webhook: Webhook, outcome: Outcome, config: settings.Notifying
) -> None:
    """Record whether a webhook works; disable it if it is gone, or has failed for too long."""
    if outcome.delivered:
        RECORD_SUCCESS.run(connection, id=webhook.id)
    elif not webhook.disabled:
        hours = config.webhook_disable_after_h
        gone = outcome.status == _GONE
        why = "it answered 410: gone" if gone else f"nothing worked for {hours:g} hours"
        RECORD_FAILURE.run(
            connection,
            id=webhook.id,
            at_once=gone,
            after_s=hours * 3600,
            reason=f"{why}; the last time: {outcome.words}"[:500],
        )
