"""A page's image, or pieces of it, read one after the other within one delivery's time.

Each piece's answer is kept as soon as it is accepted, so that a delivery that ends before the last
one is not in vain: the next goes on where it stopped.
"""

import time
from collections.abc import Callable
from hashlib import sha256

from functions.llm import lanes, model, page_texts, reader_doubts
from functions.llm.budgets import PageBudget
from functions.llm.model import Check
from functions.llm.model_calls import Pay, Spent, Usage
from functions.llm.page_texts import PageToRead, PieceReading
from functions.llm.readers import Request
from functions.llm.readings import Reading
from lector.contracts import PageRegistered
from lector.runtime import database, settings
from lector.runtime.database import Connection
from lector.runtime.events import Event
from lector.runtime.failures import TransientFailure


class PieceReader:
    """Reads for one page; `spent` is what all of it took, in earlier deliveries, too."""

    def __init__(
        self,
        event: Event[PageRegistered],
        page: PageToRead,
        request: Request,
        config: settings.Model,
        budget: PageBudget,
    ) -> None:
        self.spent = Spent()
        self.budget = budget
        self.request = request
        self.model = request.model
        self.longest_side_px = request.longest_side_px
        self._event = event
        self._page = page
        self._config = config
        self._until = time.monotonic() + config.model_budget_s
        self._called = False

    def read_whole(self, jpeg: bytes, check: Check | None) -> Reading:
        """Have the model read the page's image; raises what `model.transcribe` does."""
        return self._ask(jpeg, check, self.budget.whole).reading

    def read_piece(self, jpeg: bytes, check: Check | None = None) -> Reading:
        """The text of a piece, as it was kept, or by the model.

        Raises:
            TransientFailure: others of the page's pieces took the time of this delivery.
            The rest: as `model.transcribe`.

        """
        key = self._key(jpeg)
        kept = self._kept(key)
        if kept is not None and not (check and check(kept.text)):
            usage = Usage(kept.prompt_tokens, kept.completion_tokens, kept.cost_usd)
            self.spent += Spent(usage, kept.attempts or 0)
            return kept
        if self._called and time.monotonic() + self._config.model_timeout_s > self._until:
            raise TransientFailure(
                "the page is read in pieces, and takes longer than all calls of one delivery may;"
                " the rest follows",
                retry_after_s=1,
                of_event=True,
            )
        transcription = self._ask(jpeg, check, self.budget.piece)
        self._keep(key, transcription)
        return transcription.reading

    def _ask(self, jpeg: bytes, check: Check | None, pay: Pay) -> model.Transcription:
        self._called = True
        try:
            transcription = model.transcribe(
                self.request, jpeg, self._config, check, self._until, pay
            )
        except model.NoAcceptableAnswer as refused:
            self.spent += refused.spent
            raise
        self.spent += transcription.spent
        return transcription

    def _key(self, jpeg: bytes) -> str:
        """Of a page that is read once more: another than before, but the same in each delivery."""
        digest = sha256(jpeg).hexdigest()
        if self._page.was_read:
            digest = f"{digest} {self._event.subject} {self._event.data.generation}"
        if self._page.tries:
            digest = f"{digest} {self._event.subject} try {self._page.tries}"
        return self.request.cache_key(digest, self._page.tenant)

    def _kept(self, key: str) -> PieceReading | None:
        with database.transaction() as connection:
            return page_texts.cached_piece(
                connection, key, self._page.image_sha256, self._config.model_cache_days
            )

    def _keep(self, key: str, transcription: model.Transcription) -> None:
        def keep(connection: Connection) -> None:
            if reader_doubts.may_be_kept(transcription.reading.doubts):
                page_texts.cache_reading(
                    connection,
                    self._event,
                    key,
                    self._page.image_sha256,
                    transcription.reading,
                    self._config.model_cache_days,
                    transcription.attempts,
                )
            self.budget.settle(connection)
            # Last, as pages of all files meet at its row.
            lanes.note_answer(connection, self.request)

        store(keep)
        self.budget.settled()


def store(work: Callable[[Connection], None]) -> None:
    """Store what was paid for: a short outage of the database must not lose it."""
    for pause_s in (*page_texts.STORE_PAUSES_S, None):
        try:
            with database.pipeline() as connection:
                work(connection)
            return
        except TransientFailure:
            if pause_s is None:
                raise
            time.sleep(pause_s)
