"""Pages whose reader failed at them for good: their fallback, if there is one, reads them once.

The page is announced anew, for the fallback's own lane: how that one is, and how many pages it
takes at once, is its own matter.
"""

import logging

from functions.llm import layer_texts, page_texts
from functions.llm.page_texts import PageToRead
from lector.contracts import PageRegistered
from lector.domain import file_completion, outbox, reader_catalogue
from lector.domain.failure_codes import FailureCode
from lector.domain.reader_catalogue import Reader
from lector.runtime import database, queries
from lector.runtime.events import Event
from lector.runtime.failures import PermanentFailure

log = logging.getLogger(__name__)

_sql = queries.load(__file__)
FALL_BACK = _sql.rows("fall_back", layer_texts.PageToRead)

#: What is no reader's fault, and no other can mend.
_OF_PAGE = {FailureCode.IMAGE_MISSING}


def announce(event: Event[PageRegistered], page: PageToRead, failure: PermanentFailure) -> bool:
    """Have the fallback read a page at which its reader failed; whether there is one for it."""
    catalogue = reader_catalogue.current()
    reader = catalogue.find(page.reader)
    if reader is None or reader.fallback is None or page.fell_back or failure.code in _OF_PAGE:
        return False
    if not can_replace(catalogue.readers[reader.fallback], page):
        return False
    generation = event.data.generation
    with database.transaction() as connection:
        file = file_completion.lock(connection, event.file_id, generation)
        if file is None:
            return True  # it is gone, or another generation is current
        key = {"page_id": page_texts.id_of(event), "generation": generation}
        left = FALL_BACK.one(connection, **key, reader=reader.fallback)
        if left is not None:
            again = layer_texts.registered(event, left, file.tenant, f"{left.number} fallback")
            outbox.announce(connection, [again])
    log.warning(
        "page %d of %s failed, retrying with the reader %s: %s",
        event.data.page_number, event.file_id, reader.fallback, failure.detail,
    )  # fmt: skip
    return True


def is_superseded(event: Event[PageRegistered], page: PageToRead) -> bool:
    """Whether the page was given to its fallback since: that was announced by an event of its own.

    An event that is delivered once more would have the page read, and paid for, twice.
    """
    return page.fell_back and event.data.reader != page.reader


def can_replace(fallback: Reader, page: PageToRead) -> bool:
    """Whether a fallback honours what is wanted of the page: nothing of it passes in silence."""
    return (
        (fallback.honours_prompt or not page.wanted_prompt)
        and (fallback.honours_describe or not page.wanted_describe)
        and (page.language is None or fallback.has_language(page.language))
    )
