"""Ceilings in money: pages that wait under one, and what has them go on.

A page for whose next call no money is left is out of flight, with the code `budget_exceeded`: it
takes no slot, and no event of it is under way. It is announced again when there may be money: after
another page of its file, when a ceiling is raised, and by the sweep, as a new day has new money.
Whether there is any is decided where the page is read (`functions.llm.budgets`), under a lock.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lector.domain import pending_work
from lector.domain.pending_work import UnfinishedPage
from lector.domain.shares import WorkLeft
from lector.runtime import queries, settings
from lector.runtime.database import Connection

_AFTER_A_PAGE = 2
"""How many may go on after a page has finished: its own money, and what it left over."""


@dataclass(frozen=True)
class WaitingPage(UnfinishedPage):
    """A page that waits for money, and since when."""

    waiting_since: datetime


_sql = queries.load(__file__)
AFFORDABLE_PAGES = _sql.rows("affordable_pages", WaitingPage)
END_WAITS = _sql.statement("end_waits")
RELEASE_STALE = _sql.statement("release_stale")
DROP_OLD_DAYS = _sql.statement("drop_old_days")


def announce_affordable(
    connection: Connection, file_id: UUID, generation: int, left: WorkLeft, source: str
) -> None:
    """Announce those of a locked file's waiting pages for which there is money now."""
    limit = _AFTER_A_PAGE if left.in_flight else max(_AFTER_A_PAGE, left.share)
    pages = AFFORDABLE_PAGES.all(
        connection,
        file_id=file_id,
        limit=limit,
        max_cost_usd_per_day=settings.current(settings.Budgets).ceiling_usd,
    )
    if not pages:
        return
    END_WAITS.run(connection, file_id=file_id, numbers=[page.number for page in pages])
    # Each wait ends once, so its beginning tells this announcement from every other of the page.
    since = max(page.waiting_since for page in pages).isoformat()
    cause = f"{file_id} has money {generation} {since}"
    pending_work.announce(connection, file_id, generation, left.tenant, [pages], cause, source)


def release_stale(connection: Connection, after_s: float) -> None:
    """Give back what was reserved for deliveries that ended without a word, and drop old days."""
    RELEASE_STALE.run(connection, after_s=after_s)
    DROP_OLD_DAYS.run(connection)
