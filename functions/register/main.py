"""register: keeps the ledger of every file's pages.

Consumes  lector.file.opened      a row for every expected page, then pages.requested, by ranges
          lector.pages.rendered   the images into the ledger, then page.registered for each
                                  that must be read, and pages.extracted for the others
          lector.delivery.failed  the dead letter becomes a failed page or file that a person sees
          lector.ledger.stalled   a doorbell: what stands still is announced again, or fails,
                                  and what was kept for its days is deleted
          lector.objects.removed  a deleted file's row goes when its objects are surely gone
Produces  lector.pages.requested, lector.pages.extracted (those that carry their own text),
          lector.page.registered, lector.page.read (blank pages),
          lector.page.failed, lector.file.completed, lector.file.failed, lector.files.deleted,
          and lector.file.uploaded again, through the outbox

Events are not believed: keys are made from ids, what cannot be true is refused (`claims`).
Safe to repeat: each statement changes only rows that still wait for it, and event ids are derived
from their cause, so a redelivery finds nothing to do. All of one event is one transaction.
"""

import time

from functions.register import dead_letters, ledger_entries, sweep
from lector.contracts import (
    DeliveryFailed,
    FileOpened,
    LedgerStalled,
    ObjectsRemoved,
    PagesRendered,
)
from lector.domain import budgets
from lector.runtime import database, endpoint, failpoints, settings
from lector.runtime.events import Event

_STEP_BUDGET_S = 30.0

settings.require(
    settings.Database,
    settings.Ledger,
    settings.Limits,
    settings.Budgets,
    settings.TextLayers,
    settings.Verification,
    settings.Readers,
    settings.ClusterDomain,
)


def open_ledger(event: Event[FileOpened]) -> None:
    """lector.file.opened: expect the pages."""
    with database.pipeline() as connection:
        ledger_entries.open_ledger(connection, event)
    failpoints.passed("register.opened")


def register_images(event: Event[PagesRendered]) -> None:
    """lector.pages.rendered: the images are there, or are known to be impossible."""
    with database.pipeline() as connection:
        ledger_entries.register_images(connection, event)
    failpoints.passed("register.rendered")


def record_failure(event: Event[DeliveryFailed]) -> None:
    """lector.delivery.failed: what it was about has failed, and says why."""
    with database.transaction() as connection:
        dead_letters.record(connection, event)
    failpoints.passed("register.failed")


def sweep_ledger(_: Event[LedgerStalled]) -> None:
    """lector.ledger.stalled: each file whose time has come, a transaction for each.

    What stands still comes first, and has time of its own: very many files to delete, or one that
    cannot be deleted, hold up nothing.
    """
    config = settings.current(settings.Ledger)
    with database.transaction() as connection:
        budgets.release_stale(connection, config.sweep_after_s)
    for step in (sweep.check_next, sweep.delete_next):
        deadline = time.monotonic() + _STEP_BUDGET_S
        while time.monotonic() < deadline:
            with database.transaction() as connection:
                if not step(connection, config):
                    break


def drop_tombstone(event: Event[ObjectsRemoved]) -> None:
    """lector.objects.removed: nothing of the file is left, and nothing can come late."""
    with database.transaction() as connection:
        ledger_entries.drop_tombstone(connection, event)


register = endpoint.function(
    "register",
    {
        FileOpened: open_ledger,
        PagesRendered: register_images,
        DeliveryFailed: record_failure,
        LedgerStalled: sweep_ledger,
        ObjectsRemoved: drop_tombstone,
    },
)
