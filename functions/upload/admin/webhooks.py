"""Webhooks registered, listed and removed; what they were told; and a test of each."""

import base64
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, g, jsonify, request

from functions.upload import validation
from functions.upload.files.file_model import shown_time
from functions.upload.validation import BadRequest
from lector.contracts import NotificationRequested, WebhookTested
from lector.domain import outbox
from lector.runtime import database, events, queries, safe_urls
from lector.runtime.events import Event

webhook_routes = Blueprint("webhooks", __name__, url_prefix="/v1")

TELEGRAM = "telegram"
TYPES = (
    "lector.file.uploaded",
    "lector.file.completed",
    "lector.file.failed",
    "lector.file.cancelled",
    "lector.file.retried",
    "lector.files.deleted",
    "lector.page.read",
    "lector.page.failed",
    "lector.page.restored",
)
_SECRET_BYTES = 32
_MOST_LISTED = 100
_URL = re.compile(r"https?://[!-~]{1,1990}")


@dataclass(frozen=True)
class Webhook:
    """A webhook as it is listed; its secret is told only when it is made."""

    id: UUID
    url: str
    types: list[str]
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None


@dataclass(frozen=True)
class Notification:
    """Something that was told, or was to be."""

    event_id: str
    type: str
    sent_at: datetime
    took_s: float
    delivered: bool
    outcome: str


_sql = queries.load(__file__)
CREATE_WEBHOOK = _sql.rows("create_webhook", Webhook)
WEBHOOKS = _sql.rows("webhooks", Webhook)
DELETE_WEBHOOK = _sql.statement("delete_webhook")
ENABLE_WEBHOOK = _sql.statement("enable_webhook")
NOTIFICATIONS = _sql.rows("notifications", Notification)


@webhook_routes.get("/webhooks")
def list_webhooks() -> Response:
    """All of the caller's, the oldest first."""
    validation.no_unknown(request.args, ())
    with database.transaction() as connection:
        found = WEBHOOKS.all(connection, tenant=g.caller.tenant)
    return jsonify({"webhooks": [_shown(webhook) for webhook in found]})


@webhook_routes.post("/webhooks")
def create_webhook() -> tuple[Response, int]:
    """A webhook (201), with the secret that its requests are signed with."""
    body = validation.options(request, ("url", "types"))
    url, types = _url(body.get("url")), _types(body.get("types", []))
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    with database.transaction() as connection:
        [webhook] = CREATE_WEBHOOK.all(
            connection, tenant=g.caller.tenant, url=url, types=types, secret=secret
        )
    return jsonify({**_shown(webhook), "secret": secret}), 201


@webhook_routes.delete("/webhooks/<webhook_id>")
def delete_webhook(webhook_id: str) -> Response:
    """Told nothing from now on (204)."""
    return _changed(DELETE_WEBHOOK, webhook_id)


@webhook_routes.post("/webhooks/<webhook_id>/enable")
def enable_webhook(webhook_id: str) -> Response:
    """Told again of what happens from now on (204)."""
    return _changed(ENABLE_WEBHOOK, webhook_id)


def _changed(change: queries.Query[None], webhook_id: str) -> Response:
    validation.options(request, ())
    wanted = validation.id_of("webhook", webhook_id)
    with database.transaction() as connection:
        if not change.run(connection, id=wanted, tenant=g.caller.tenant):
            raise _no_such_webhook(wanted)
    return Response(status=204)


@webhook_routes.get("/notifications")
def list_notifications() -> Response:
    """What a destination was told lately, the newest first."""
    validation.no_unknown(request.args, ("destination",))
    destination = _destination(request.args.get("destination"))
    with database.transaction() as connection:
        found = NOTIFICATIONS.all(
            connection, destination=destination, tenant=g.caller.tenant, limit=_MOST_LISTED
        )
    told = [{**vars(one), "sent_at": shown_time(one.sent_at)} for one in found]
    return jsonify({"notifications": told})


@webhook_routes.post("/notifications/test")
def send_test() -> tuple[Response, int]:
    """Something to tell a destination (202); whether it was taken, its notifications say."""
    body = validation.options(request, ("destination",))
    destination = _destination(body.get("destination"))
    with database.transaction() as connection:
        if destination != TELEGRAM:
            known = WEBHOOKS.all(connection, tenant=g.caller.tenant)
            if destination not in [str(webhook.id) for webhook in known]:
                raise _no_such_webhook(destination)
        asked, event_id = _test_of(destination)
        outbox.announce(connection, [asked])
    return jsonify({"event_id": event_id}), 202


def _test_of(destination: str) -> tuple[Event[NotificationRequested], str]:
    """What asks for a test, and the id of what is told by it."""
    asked_for = str(uuid4())
    told = events.event(asked_for, "test", WebhookTested(), "upload")
    headers, body = events.to_http(told)
    requested = NotificationRequested(destination=destination, headers=headers, body=body)
    if destination == TELEGRAM:
        requested = NotificationRequested(destination=destination, text="Lector reaches you here.")
    event = events.event(asked_for, "test", requested, "upload", destination)
    return event, event.id if destination == TELEGRAM else told.id


def _destination(value: object) -> str:
    if value == TELEGRAM:
        return TELEGRAM
    return str(validation.id_of("destination", value if isinstance(value, str) else ""))


def _url(value: object) -> str:
    if not isinstance(value, str) or not _URL.fullmatch(value):
        raise BadRequest("malformed_url", "url begins with http:// or https://; events go there")
    try:
        parts = safe_urls.parse_url(value)
        safe_urls.resolve_public(str(parts.hostname), safe_urls.port_of(parts))
    except safe_urls.NotAllowed as error:
        raise BadRequest("url_not_allowed", str(error), 422) from error
    except (OSError, UnicodeError) as error:
        detail = f"the host {parts.hostname} is not known here"
        raise BadRequest("url_not_allowed", detail, 422) from error
    return value


def _types(value: object) -> list[str]:
    if not isinstance(value, list) or not all(one in TYPES for one in value):
        raise BadRequest("malformed_types", f"types are of {', '.join(TYPES)}; none means all")
    return list(dict.fromkeys(value))


def _no_such_webhook(wanted: object) -> BadRequest:
    return BadRequest("no_such_webhook", f"there is no webhook {wanted}", 404)


def _shown(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": str(webhook.id),
        "url": webhook.url,
        "types": webhook.types,
        "created_at": shown_time(webhook.created_at),
        "failing_since": shown_time(webhook.failing_since),
        "disabled_at": shown_time(webhook.disabled_at),
        "disabled_reason": webhook.disabled_reason,
    }
