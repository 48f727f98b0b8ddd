"""notify: sends notifications of events to webhooks, and to people on Telegram.

Consumes  what happens to files and pages, and requests a notification for each who wants it
          lector.notification.requested  sends it to its one destination, signed
          lector.digest.due              a doorbell: files have finished that are in no digest yet
Produces  lector.notification.requested, through the outbox

It changes no files and pages. Each notification is an event of its own, which the source repeats
when it fails, so a destination that is away or slow holds up no other. Safe to repeat: ids follow
from the event and its destination, and what was delivered is recorded and not sent again; only a
crash in between sends it twice, under one id.
"""

from typing import Any

from functions.notify import digest, notifications
from lector.contracts import (
    DigestDue,
    FileCancelled,
    FileCompleted,
    FileFailed,
    FileRetried,
    FilesDeleted,
    FileUploaded,
    NotificationRequested,
    PageCorrected,
    PageFailed,
    PageRead,
    PageRestored,
    PageVerified,
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


def request_notifications(event: Event[Any]) -> None:
    """What happened to a file or page: request a notification for each who wants it."""
    with database.transaction() as connection:
        notifications.request(connection, event)


def send_notification(event: Event[NotificationRequested]) -> None:
    """lector.notification.requested: send one notification to one destination."""
    notifications.send(event, settings.current(settings.Notifying))


def request_digest(_: Event[DigestDue]) -> None:
    """lector.digest.due: request one message about all files that have finished."""
    with database.transaction() as connection:
        digest.request(connection, settings.current(settings.Digest))


notify = endpoint.function(
    "notify",
    {
        FileUploaded: request_notifications,
        FileCompleted: request_notifications,
        FileFailed: request_notifications,
        FileCancelled: request_notifications,
        FileRetried: request_notifications,
        FilesDeleted: request_notifications,
        PageRead: request_notifications,
        PageFailed: request_notifications,
        PageRestored: request_notifications,
        PageVerified: request_notifications,
        PageCorrected: request_notifications,
        NotificationRequested: send_notification,
        DigestDue: request_digest,
    },
)
