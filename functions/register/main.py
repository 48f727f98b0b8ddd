"""register: keeps the ledger of every file's pages.

Consumes  lector.file.opened      a row for every expected page, then pages.requested, by ranges
          lector.pages.rendered   the images into the ledger, then page.registered for each
          lector.delivery.failed  the dead letter becomes a failed page or file that a person sees
Produces  lector.pages.requested, lector.page.registered, lector.page.read (blank pages),
          lector.page.failed, lector.file.completed, lector.file.failed, through the outbox

Safe to repeat: each statement changes only rows that still wait for it, and event ids are derived
from their cause, so a redelivery finds nothing to do. All of one event is one transaction.
"""

import logging

import dead_letters
import ledger_entries
from lector import database, endpoint, settings
from lector.contracts import DeliveryFailed, FileOpened, PagesRendered
from lector.events import Event

log = logging.getLogger("lector")


def open_ledger(event: Event[FileOpened]) -> None:
    """lector.file.opened: expect the pages."""
    pages_per_range = settings.current(settings.Ledger).pages_per_range
    with database.transaction() as connection:
        ledger_entries.open_ledger(connection, event, pages_per_range)


def enter_images(event: Event[PagesRendered]) -> None:
    """lector.pages.rendered: the images are there, or are known to be impossible."""
    with database.transaction() as connection:
        ledger_entries.enter_images(connection, event)


def show_failure(event: Event[DeliveryFailed]) -> None:
    """lector.delivery.failed: what it was about has failed, and says why."""
    undelivered = dead_letters.undelivered(event)
    if undelivered is None:
        # It stays in the LECTOR_DEAD stream, where it can be looked at and replayed.
        log.warning("a dead letter of %s belongs to no file", event.data.function)
        return
    with database.transaction() as connection:
        dead_letters.show(connection, undelivered, event.data)


register = endpoint.function(
    "register",
    {
        FileOpened: open_ledger,
        PagesRendered: enter_images,
        DeliveryFailed: show_failure,
    },
)
