"""notify: tells others what happened: webhooks, and people on Telegram. It changes nothing of ours.

Consumes  what happens to files and pages, and makes of each event one for each who wants it
          lector.notification.requested  tells one of them, once, signed
          lector.digest.due              a doorbell: files have finished of which nobody was told
Produces  lector.notification.requested, through the outbox

Each is told by an event of its own, which the source repeats when it fails: whoever is away or slow
holds up nobody else. Safe to repeat: ids follow from the event and whom it is for, and what was
delivered is noted and not sent again; only a crash in between sends it twice, under one id.
"""

from typing import Any

from functions.notify import digest, fan_out, sending
from lector.contracts import (
    DigestDue,
    FileCancelled,
    FileCompleted,
    FileFailed,
    FileRetried,
    FilesDeleted,
    FileUploaded,
    NotificationRequested,
    PageFailed,
    PageRead,
    PageRestored,
)
from lector.runtime import database, endpoint, settings
from lector.runtime.events import Event

settings.require(
    settings.Database,
    settings.Notifying,
    settings.Outbound,
    settings.Digest,
    settings.ClusterDomain,
)


def announce(event: Event[Any]) -> None:
    """Anything that is told: an event for each who wants to know."""
    with database.transaction() as connection:
        fan_out.announce(connection, event)


def tell(event: Event[NotificationRequested]) -> None:
    """lector.notification.requested: one telling, to one destination."""
    sending.send(event, settings.current(settings.Notifying))


def tell_of_finished(_: Event[DigestDue]) -> None:
    """lector.digest.due: one message for all that have finished."""
    with database.transaction() as connection:
        digest.announce(connection, settings.current(settings.Digest))


notify = endpoint.function(
    "notify",
    {
        FileUploaded: announce,
        FileCompleted: announce,
        FileFailed: announce,
        FileCancelled: announce,
        FileRetried: announce,
        FilesDeleted: announce,
        PageRead: announce,
        PageFailed: announce,
        PageRestored: announce,
        NotificationRequested: tell,
        DigestDue: tell_of_finished,
    },
)
