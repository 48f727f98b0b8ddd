"""Webhooks registered, listed and removed; what they were sent; and a test of each."""

import base64
import secrets
from dataclasses import dataclass
from typing import Annotated, Literal, get_args
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta

from functions.upload.answers import Output, Time
from functions.upload.authentication import ADMIN, Caller
from functions.upload.errors import ApiError
from functions.upload.fields import Id, Input, Rule
from functions.upload.operations import Routes
from functions.upload.problem_codes import ProblemCode
from lector.contracts import NotificationRequested, WebhookTested
from lector.domain import outbox
from lector.runtime import database, events, queries, safe_urls
from lector.runtime.events import Event

routes = Routes("notifications")

TELEGRAM = "telegram"
EventType = Literal[
    "lector.file.uploaded",
    "lector.file.completed",
    "lector.file.failed",
    "lector.file.cancelled",
    "lector.file.retried",
    "lector.files.deleted",
    "lector.page.read",
    "lector.page.failed",
    "lector.page.restored",
    "lector.page.verified",
    "lector.page.corrected",
]
TYPES: tuple[str, ...] = get_args(EventType)
_SECRET_BYTES = 32
_MOST_LISTED = 100


def _reachable(url: str) -> str:
    """A URL whose host is known, and may be reached from here."""
    try:
        parts = safe_urls.parse_url(url)
        safe_urls.resolve_public(
            str(parts.hostname), safe_urls.port_of(parts), "NOTIFY_ALLOW_PRIVATE"
        )
    except safe_urls.NotAllowed as error:
        raise ApiError(422, ProblemCode.URL_NOT_ALLOWED, str(error)) from error
    except OSError as error:
        detail = f"the host {parts.hostname} is not known here"
        raise ApiError(422, ProblemCode.URL_NOT_ALLOWED, detail) from error
    return url


def _without_repetition(types: list[EventType]) -> list[EventType]:
    return list(dict.fromkeys(types))


def _destination(text: str) -> str:
    if text == TELEGRAM:
        return text
    try:
        return str(UUID(text))
    except ValueError:
        raise ApiError(
            400, ProblemCode.MALFORMED_ID, f"{text!r} is not the id of a destination"
        ) from None


Destination = Annotated[
    str,
    Meta(
        description="The id of a webhook, or telegram.",
        extra_json_schema={
            "anyOf": [{"type": "string", "format": "uuid"}, {"type": "string", "const": TELEGRAM}]
        },
    ),
    Rule("the id of a webhook, or telegram", ProblemCode.MALFORMED_ID, _destination),
]


class NewWebhook(Input, frozen=True):
    """A webhook that is wanted."""

    url: Annotated[
        str,
        Meta(max_length=2000, pattern="^https?://[!-~]+$"),
        Rule("a URL that begins with http:// or https://", then=_reachable),
    ]
    types: Annotated[
        list[EventType],
        Meta(description="None means all."),
        Rule(f"of {', '.join(TYPES)}; none means all", then=_without_repetition),
    ] = msgspec.field(default_factory=list)


@dataclass(frozen=True)
class Webhook:
    """A webhook as it is listed; its secret is told only when it is made."""

    id: UUID
    url: str
    types: list[EventType]
    created_at: Time
    failing_since: Time | None
    disabled_at: Time | None
    disabled_reason: str | None


@dataclass(frozen=True)
class CreatedWebhook(Webhook):
    """The only time that its secret is shown."""

    secret: Annotated[str, Meta(description="whsec_ and 32 bytes in base64.")]


class WebhookList(Output, frozen=True):
    """Those of the token's tenant, the oldest first."""

    webhooks: list[Webhook]


@dataclass(frozen=True)
class Notification:
    """Something that was sent, or was to be."""

    event_id: str
    type: str
    sent_at: Time
    took_s: float
    delivered: bool
    outcome: Annotated[str, Meta(description="The status of the answer, or why there was none.")]


class NotificationList(Output, frozen=True):
    """The last hundred attempts, the newest first; kept for 30 days."""

    notifications: list[Notification]


class OfDestination(Input, frozen=True):
    """A destination of notifications."""

    destination: Destination


class TestSent(Output, frozen=True):
    """On its way; its notifications say what became of it."""

    event_id: str


_sql = queries.load(__file__)
CREATE_WEBHOOK = _sql.rows("create_webhook", Webhook)
WEBHOOKS = _sql.rows("webhooks", Webhook)
DELETE_WEBHOOK = _sql.statement("delete_webhook")
ENABLE_WEBHOOK = _sql.statement("enable_webhook")
NOTIFICATIONS = _sql.rows("notifications", Notification)


@routes.get("/v1/webhooks", ADMIN)
def list_webhooks(caller: Caller) -> WebhookList:
    """List webhooks."""
    with database.transaction() as connection:
        return WebhookList(WEBHOOKS.all(connection, tenant=caller.tenant))


@routes.post("/v1/webhooks", ADMIN, answers={201: CreatedWebhook})
def create_webhook(caller: Caller, body: NewWebhook) -> CreatedWebhook:
    """Have a URL told of events.

    Each event is POSTed as a CloudEvent in binary mode, signed as Standard Webhooks has it
    (webhook-id, webhook-timestamp, webhook-signature). What is not answered with 2xx within 15 s
    comes again, for about a day. URLs that lead into private networks are refused (422).
    """
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    with database.transaction() as connection:
        [webhook] = CREATE_WEBHOOK.all(
            connection, tenant=caller.tenant, url=body.url, types=body.types, secret=secret
        )
    return CreatedWebhook(**vars(webhook), secret=secret)


@routes.delete("/v1/webhooks/{webhook_id}", ADMIN, answers={204: None})
def delete_webhook(caller: Caller, webhook_id: Id) -> None:
    """Tell a URL nothing more."""
    _change(DELETE_WEBHOOK, caller.tenant, webhook_id)


@routes.post("/v1/webhooks/{webhook_id}/enable", ADMIN, answers={204: None})
def enable_webhook(caller: Caller, webhook_id: Id) -> None:
    """Tell it again, after it was disabled."""
    _change(ENABLE_WEBHOOK, caller.tenant, webhook_id)


@routes.get("/v1/notifications", ADMIN)
def list_notifications(caller: Caller, query: OfDestination) -> NotificationList:
    """What a destination was told."""
    with database.transaction() as connection:
        return NotificationList(
            NOTIFICATIONS.all(
                connection,
                destination=query.destination,
                tenant=caller.tenant,
                limit=_MOST_LISTED,
            )
        )


@routes.post("/v1/notifications/test", ADMIN, answers={202: TestSent})
def test_notification(caller: Caller, body: OfDestination) -> TestSent:
    """Have a destination told something."""
    with database.transaction() as connection:
        if body.destination != TELEGRAM:
            known = WEBHOOKS.all(connection, tenant=caller.tenant)
            if body.destination not in [str(webhook.id) for webhook in known]:
                raise _no_such_webhook(body.destination)
        request, event_id = _request_test(body.destination)
        outbox.announce(connection, [request])
    return TestSent(event_id)


def _change(change: queries.Query[None], tenant: str, webhook_id: UUID) -> None:
    with database.transaction() as connection:
        if not change.run(connection, id=webhook_id, tenant=tenant):
            raise _no_such_webhook(webhook_id)


def _request_test(destination: str) -> tuple[Event[NotificationRequested], str]:
    """What asks for a test, and the id of what is sent by it."""
    cause = str(uuid4())
    sent = events.event(cause, "test", WebhookTested(), "upload")
    headers, body = events.to_http(sent)
    requested = NotificationRequested(destination=destination, headers=headers, body=body)
    if destination == TELEGRAM:
        requested = NotificationRequested(destination=destination, text="Lector reaches you here.")
    event = events.event(cause, "test", requested, "upload", destination)
    return event, event.id if destination == TELEGRAM else sent.id


def _no_such_webhook(webhook_id: object) -> ApiError:
    return ApiError(404, ProblemCode.NO_SUCH_WEBHOOK, f"there is no webhook {webhook_id}")
