"""Events for the outbox, and the bare way of the same bytes into JetStream."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext

from lector.contracts import PageImage, PageRegistered
from lector.domain import object_keys, outbox
from lector.runtime import database, events
from lector.runtime.events import Event

Announced = Event[PageRegistered]


@dataclass(frozen=True)
class Message:
    """What nats-py is given to publish."""

    subject: str
    body: bytes
    headers: dict[str, str]


def registered(file_id: UUID, count: int) -> list[Announced]:
    """Announcements of rendered pages, the most frequent kind of event; ids are new each time."""
    cause = str(uuid4())
    return [
        events.event(cause, file_id, _page(file_id, number), "bench", str(number))
        for number in range(1, count + 1)
    ]


def commit(announced: Sequence[Event[Any]]) -> None:
    """Write them into the outbox in one transaction."""
    with database.transaction() as connection:
        outbox.announce(connection, announced)


def empty() -> None:
    """Clear the outbox of what was written only for comparison."""
    with database.transaction() as connection:
        connection.execute("TRUNCATE outbox")


async def connected(url: str) -> tuple[Client, JetStreamContext]:
    """A connection of this process's own."""
    client = await nats.connect(url)
    return client, client.jetstream()


def as_message(event: Announced) -> Message:
    """An event as the sink publishes it."""
    headers, body = events.to_http(event)
    return Message(f"{event.type}.{event.subject}", body, {**headers, "Nats-Msg-Id": event.id})


async def publish(js: JetStreamContext, message: Message) -> None:
    """Publish a message and wait for its PubAck."""
    await js.publish(message.subject, message.body, headers=message.headers)


def _page(file_id: UUID, number: int) -> PageRegistered:
    image = PageImage(
        object_key=object_keys.image_key(file_id, number),
        sha256=f"{number:064x}",
        width_px=1108,
        height_px=1568,
    )
    return PageRegistered(generation=1, page_number=number, image=image)
