"""One event for each who wants to know of an event."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from functions.notify import digest, telegram
from lector.contracts import NotificationRequested
from lector.domain import outbox
from lector.runtime import events, queries
from lector.runtime.database import Connection
from lector.runtime.events import Event


@dataclass(frozen=True)
class Wanting:
    """A webhook that wants to know."""

    id: UUID


WANTING = queries.load(__file__).rows("wanting", Wanting)


def announce(connection: Connection, event: Event[Any]) -> None:
    """Have everybody told who wants it; of files that finish, people are told together, later."""
    headers, body = events.to_http(event)
    wanted = [
        NotificationRequested(destination=str(webhook.id), headers=headers, body=body)
        for webhook in WANTING.all(connection, file_id=event.file_id, type=event.type)
    ]
    if telegram.is_configured():
        wanted += telegram.of_page(event)
        digest.note(connection, event)
    outbox.announce(connection, [_for(event, told) for told in wanted])


def _for(event: Event[Any], told: NotificationRequested) -> Event[NotificationRequested]:
    return events.event(event.id, event.subject, told, "notify", told.destination)
