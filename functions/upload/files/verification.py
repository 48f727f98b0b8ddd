"""Pages that were read are held against a second reader, as somebody wants it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from functions.upload.errors import ApiError
from functions.upload.files import changes, wakeup
from functions.upload.files.wakeup import Work
from functions.upload.problem_codes import ProblemCode
from lector.contracts import VerificationRequested
from lector.domain import outbox, page_selection, pending_work
from lector.domain.states import VerifyUse
from lector.runtime import database, events, queries
from lector.runtime.events import Event


@dataclass(frozen=True)
class WantedPage:
    """A page that is to be verified; `text_unsought`: nobody has looked for the text it carries.

    `second_reader`: whether there is one other than the reader of its text.
    """

    number: int
    text_unsought: bool
    second_reader: bool


_ONLY_TESSERACT = (
    "Tesseract has read these pages, and they carry no text of their own that could be compared"
    " with it; have a model read them (retry with a reader), then Tesseract is the second reader"
)
WANT_VERIFICATION = queries.load(__file__).rows("want_verification", WantedPage)


def request(tenant: str, file_id: UUID, pages: str | None) -> None:
    """Announce each page that is to be verified; 409 if there is none.

    Pages wait for the embedded reader one by one, so each is an event of its own. Where nobody has
    looked for what they carry, that comes first, and `register` announces them then.
    """
    with database.transaction() as connection:
        file = changes.lock_file(connection, tenant, file_id)
        numbers = None
        if pages is not None:
            numbers = list(page_selection.select(pages, file.page_count or 0))
        wanted = WANT_VERIFICATION.all(connection, file_id=file_id, numbers=numbers)
        if not wanted:
            which = "" if pages is None else f" among {pages}"
            detail = f"no page{which} has a text that a reader told"
            raise ApiError(409, ProblemCode.NOTHING_TO_VERIFY, detail)
        if not any(page.second_reader for page in wanted):
            raise ApiError(409, ProblemCode.NOTHING_TO_VERIFY, _ONLY_TESSERACT)
        # The same pages may be verified many times; each is an event of its own.
        cause = f"{file_id} verified at {datetime.now(UTC).isoformat()}"
        announcements: list[Event[Any]] = [
            events.event(
                cause,
                file_id,
                VerificationRequested(generation=file.generation, page_numbers=[number]),
                "upload",
                str(number),
            )
            for number in sorted(page.number for page in wanted if not page.text_unsought)
        ]
        unsought = sorted(page.number for page in wanted if page.text_unsought)
        announcements += pending_work.text_requests(
            file_id, file.generation, unsought, cause, "upload"
        )
        outbox.announce(connection, announcements)
    wakeup.wake(Work(file.reader, VerifyUse.ALWAYS))
