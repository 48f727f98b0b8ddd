"""Pages at which their reader failed, and of which nobody has looked for the text that they carry.

What a page carries is its text where all answers are refused. So it is looked for then: the page
is drawn, and read, once more.
"""

import logging

from functions.llm import page_texts
from functions.llm.model import NoAcceptableAnswer
from functions.llm.page_texts import PageToRead
from lector.contracts import PageRegistered, PagesRequested
from lector.domain import file_completion, object_keys, outbox
from lector.runtime import database, events, queries
from lector.runtime.events import Event
from lector.runtime.failures import PermanentFailure

log = logging.getLogger(__name__)

SEEK_TEXT = queries.load(__file__).scalar("seek_text", int)


def announce(event: Event[PageRegistered], page: PageToRead, failure: PermanentFailure) -> bool:
    """Have the text of a page looked for whose answers were refused; whether it was not before."""
    if not page.text_unsought or page.wanted_prompt or not isinstance(failure, NoAcceptableAnswer):
        return False
    generation, number = event.data.generation, event.data.page_number
    request = PagesRequested(
        generation=generation,
        object_key=object_keys.original_key(event.file_id),
        page_numbers=[number],
        reader=page.reader,
    )
    with database.transaction() as connection:
        if file_completion.lock(connection, event.file_id, generation) is None:
            return True  # it is gone, or another generation is current
        key = {"page_id": page_texts.id_of(event), "generation": generation}
        if SEEK_TEXT.one(connection, **key) is not None:
            announced = events.event(event.id, event.subject, request, "llm", f"text {number}")
            outbox.announce(connection, [announced])
    log.warning(
        "page %d of %s has no acceptable answer; what it carries is looked for: %s",
        number, event.file_id, failure.detail,
    )  # fmt: skip
    return True
