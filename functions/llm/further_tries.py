"""Pages whose answer a second reader speaks against: tried again before they are believed.

Once more by the same reader at a higher temperature, then by the larger one that it escalates to,
each as an event of its own in that reader's lane. All answers are kept as versions, and the best of
them, the one with the most agreement, is the page's text meanwhile and in the end, whatever becomes
of a further try.
"""

import json
import logging
from dataclasses import dataclass
from typing import Any

from functions.llm import fallback, layer_texts, page_texts, verifying
from functions.llm.budgets import NoMoneyLeft, PageBudget
from functions.llm.model_calls import Spent
from functions.llm.page_texts import PageText, PageToRead
from lector.contracts import PageRegistered
from lector.domain import candidates, file_completion, outbox, reader_catalogue
from lector.domain.states import OnDoubt
from lector.runtime import database, queries
from lector.runtime.database import Connection
from lector.runtime.events import Event
from lector.runtime.failures import PermanentFailure

log = logging.getLogger(__name__)

_sql = queries.load(__file__)
KEEP_ANSWER = _sql.statement("keep_answer")
SHOW_ANSWER = _sql.statement("show_answer")
COUNT_TRY = _sql.rows("count_try", layer_texts.PageToRead)


@dataclass(frozen=True)
class Try:
    """Who is asked next; None for the default reader."""

    reader: str | None
    escalated: bool


def is_superseded(event: Event[PageRegistered], page: PageToRead) -> bool:
    """Whether an answer to this event was doubted since, or it is of a try that is not due."""
    return event.data.tries != page.tries


def next_try(event: Event[PageRegistered], page: PageToRead, text: PageText) -> Try | None:
    """Who is to read the page again; None if its text is to be believed, or shown as doubted.

    What somebody has asked for in words of his own may be anything.
    """
    if page.escalated or page.wanted_prompt or not verifying.is_doubted(text.doubts):
        return None
    name = page.reader or event.data.reader or None
    catalogue = reader_catalogue.current()
    reader = catalogue.find(name)
    if reader is None:
        return None
    on_doubt = page.wanted_on_doubt or reader.on_doubt
    if on_doubt == OnDoubt.KEEP:
        return None
    larger = reader.escalate
    if larger and not fallback.can_replace(catalogue.readers[larger], page):
        larger = None
    varies = not reader.is_embedded  # Tesseract says the same of the same image
    if larger and (page.tries or on_doubt == OnDoubt.ESCALATE or not varies):
        return Try(larger, escalated=True)
    return Try(name, escalated=False) if varies and not page.tries else None


def store(
    connection: Connection,
    event: Event[PageRegistered],
    page: PageToRead,
    text: PageText,
    following: Try | None,
    budget: PageBudget,
) -> None:
    """Keep one of several answers about a page, and announce the next try, or finish the page.

    What it cost is settled before others of the file go on, for whom it may have left something.
    """
    generation = event.data.generation
    file = file_completion.lock(connection, event.file_id, generation)
    budget.settle(connection)
    if file is None:
        return
    columns = _columns(event, page, text)
    KEEP_ANSWER.run(connection, **columns)
    if not page.tries or _is_better(page, text):
        SHOW_ANSWER.run(connection, **columns)
    due = following or Try(page.reader, page.escalated)
    counted = COUNT_TRY.one(connection, **columns, kept=1, **vars(due))
    if counted is None:
        return  # another delivery has kept it
    if following is None:
        _finish(connection, event)
        return
    part = f"{counted.number} try {counted.tries}"
    again = layer_texts.registered(event, counted, file.tenant, part)
    outbox.announce(connection, [again])
    log.warning(
        "page %d of %s is doubted by a second reader, retrying with the reader %s",
        counted.number, event.file_id, due.reader or "default",
    )  # fmt: skip


def settle(
    event: Event[PageRegistered],
    page: PageToRead,
    failure: NoMoneyLeft | PermanentFailure,
    budget: PageBudget,
) -> bool:
    """Take the best answer as a page's text if a further try failed for good; whether it did.

    So it does where no money is left for one.
    """
    if not page.tries:
        return False
    spent = getattr(failure, "spent", None) or Spent()
    with database.transaction() as connection:
        file = file_completion.lock(connection, event.file_id, event.data.generation)
        budget.settle(connection)
        if file is not None:  # else it is gone, or another generation is current
            nothing = PageText("", "").with_spent(spent)
            columns = _columns(event, page, nothing)
            present = {"reader": page.reader, "escalated": page.escalated}
            if COUNT_TRY.one(connection, **columns, kept=0, **present):
                _finish(connection, event)
    budget.settled()
    log.warning(
        "a further try of page %d of %s failed, the best answer so far is kept: %s",
        event.data.page_number, event.file_id, failure,
    )  # fmt: skip
    return True


def _finish(connection: Connection, event: Event[PageRegistered]) -> None:
    generation = event.data.generation
    candidates.settle(connection, event, generation, [page_texts.id_of(event)], "llm")
    file_completion.go_on(connection, event.file_id, generation, "llm")


def _is_better(page: PageToRead, text: PageText) -> bool:
    best = verifying.rank(page.best_verification, page.best_doubts or {})
    return verifying.rank(text.verification, text.doubts) > best


def _columns(event: Event[PageRegistered], page: PageToRead, text: PageText) -> dict[str, Any]:
    return {
        **vars(text),
        "doubts": json.dumps(dict(text.doubts)),
        "verification": None if text.verification is None else json.dumps(text.verification),
        "read_with": None if text.read_with is None else json.dumps(text.read_with),
        "page_id": page_texts.id_of(event),
        "generation": event.data.generation,
        "tries": page.tries,
    }
