"""llm: has a vision model read a page, or takes the text that pages carry themselves.

Consumes  lector.page.registered  has the model read the page's image
          lector.pages.extracted  stores what the pages carry, a range in one transaction
          lector.verification.requested  holds what was read before against a second reader
Produces  lector.page.read, and lector.file.completed with the last page, through the outbox;
          lector.page.registered for a page that no longer has what it was to be taken from, that
          its reader failed at, or whose answer a second reader doubts; lector.page.verified

Safe to repeat: a page that no longer waits for its text is skipped before the model is asked, and
its row takes a text only once. Answers are cached by content, so that a page that looks like one
already read is not paid for. No transaction spans the call of the model.
"""

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.llm import (
    anchors,
    checks,
    fallback,
    further_tries,
    lanes,
    later_verification,
    layer_texts,
    page_reading,
    page_texts,
    piece_reader,
    reader_doubts,
    readers,
    start_check,
    unsought_text,
    verifying,
)
from functions.llm.budgets import NoMoneyLeft, PageBudget
from functions.llm.model_errors import RequestFailed
from functions.llm.own_text import OwnText
from functions.llm.piece_reader import PieceReader
from functions.llm.readers import Request
from lector.contracts import PageRegistered, PagesExtracted, VerificationRequested
from lector.domain import object_keys, reader_catalogue
from lector.domain.failure_codes import FailureCode
from lector.domain.states import VerifyUse
from lector.domain.text_layers import TextLayer
from lector.domain.verification import Reason, Status
from lector.runtime import database, endpoint, failpoints, object_store, settings, warm_up
from lector.runtime.database import Connection
from lector.runtime.events import Event
from lector.runtime.failures import PermanentFailure, TransientFailure
from lector.runtime.queries import Sent

if TYPE_CHECKING:
    from functions.llm.pictures import PicturePage

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Taken:
    """What a page's reader is asked, its key among kept answers, and the search for one."""

    request: Request
    key: str
    sent: Sent[page_texts.KeptReading] | None

    @property
    def cached(self) -> page_texts.KeptReading | None:
        """The kept answer to the same request."""
        return self.sent.first if self.sent else None


settings.require(
    settings.Database,
    settings.Objects,
    settings.Readers,
    settings.Model,
    settings.Verification,
    settings.Ledger,
    settings.Budgets,
    check=readers.check_default,
)
settings.current(settings.Verification)  # a wish that is none is refused at once
if settings.current(settings.Readers).reader_check:
    start_check.check_in_background(lambda found: log.warning("reader: %s", found.words))
warm_up.process.register(checks.prepare)
warm_up.process.register(lambda: readers.client(readers.choose().endpoint))


def take_layers(event: Event[PagesExtracted]) -> None:
    """lector.pages.extracted: the text that the pages carry; no reader is asked."""
    layer_texts.take(event)
    failpoints.passed("llm.extracted")


def read_page(event: Event[PageRegistered]) -> None:
    """lector.page.registered: the page's text, from the cache or from the model."""
    with ExitStack() as stack:
        page: page_texts.PageToRead | None = None
        try:
            with database.pipeline() as connection:
                page = page_texts.page_to_read(connection, event)
                if page is None or _is_superseded(event, page):
                    return
                budget = stack.enter_context(PageBudget(event, page))
                taken = _take(connection, event, page, budget)
            _read_page(event, page, taken, budget)
        except (NoMoneyLeft, PermanentFailure) as failure:
            if page is None or not further_tries.settle(event, page, failure, budget):
                raise
    failpoints.passed("llm.committed")


def verify_pages(event: Event[VerificationRequested]) -> None:
    """lector.verification.requested: texts of before, held against a second reader."""
    later_verification.verify(event)


def _is_superseded(event: Event[PageRegistered], page: page_texts.PageToRead) -> bool:
    return fallback.is_superseded(event, page) or further_tries.is_superseded(event, page)


def _take(
    connection: Connection,
    event: Event[PageRegistered],
    page: page_texts.PageToRead,
    budget: PageBudget,
) -> _Taken:
    """Ask for a kept answer, and reserve what a call may cost if there is none.

    Where nothing is to be reserved, nobody waits for the kept answer before the commit.
    """
    request = _choose(event, page)
    key = request.cache_key(page.image_sha256, page.tenant)
    sent = _find_cached(connection, page, key)
    if budget.must_reserve(request) and (sent is None or sent.first is None):
        budget.reserve(connection, request)
    return _Taken(request, key, sent)


def _read_page(
    event: Event[PageRegistered],
    page: page_texts.PageToRead,
    taken: _Taken,
    budget: PageBudget,
) -> None:
    config = settings.current(settings.Model)
    request, key, cached = taken.request, taken.key, taken.cached
    if page.tries and not page.escalated:
        request = readers.hotter(request)
    use = anchors.use_of(page, page.reader or event.data.reader)
    own = OwnText.of_page(page, event.file_id, event.data.page_number, use)
    text = page_reading.check_cached(cached, page, own) if cached else None
    if text is not None:
        text = _verify_cached(event, page, request, own, text)
    else:
        if cached is not None:
            _reserve(budget, request)
        try:
            reader = PieceReader(event, page, request, config, budget)
            text = _read(reader, event, page, own)
        except PermanentFailure as failure:
            if not page.tries and fallback.announce(event, page, failure):
                return
            if unsought_text.announce(event, page, failure):
                return
            raise
        failpoints.passed("llm.answered")
    _store(event, page, key, request, text, budget)


def _reserve(budget: PageBudget, request: Request) -> None:
    """Have money for a page that is read anew, as a kept answer does not say what it carries."""
    if budget.must_reserve(request):
        with database.transaction() as connection:
            budget.reserve(connection, request)


def _choose(event: Event[PageRegistered], page: page_texts.PageToRead) -> Request:
    """What the page's reader is asked."""
    return readers.choose(
        page.reader or event.data.reader,
        page.wanted_prompt,
        None if page.fell_back or page.escalated else page.wanted_model,
        page.language,
        describe=page.wanted_describe,
    )


def _find_cached(
    connection: Connection, page: page_texts.PageToRead, key: str
) -> Sent[page_texts.KeptReading] | None:
    """A kept answer about the same image.

    Whoever has a page read again wants another answer than the one in the cache, and so does a page
    whose answer is doubted, of the same reader.
    """
    if page.was_read or page.keeps_layer or (page.tries and not page.escalated):
        return None
    days = settings.current(settings.Model).model_cache_days
    return page_texts.cached_reading(connection, key, days)


def _verify_cached(
    event: Event[PageRegistered],
    page: page_texts.PageToRead,
    request: Request,
    own: OwnText,
    text: page_texts.PageText,
) -> page_texts.PageText:
    """A kept text, held against the page's own text, or once more where that is always wanted.

    Otherwise what was said of it when it was kept is good for the same image.
    """
    is_verified = text.verification and text.verification.get("status") != Status.NOT_VERIFIED
    needs_tesseract = own.use is VerifyUse.ALWAYS and not is_verified
    if own.held is None and not needs_tesseract:
        return text
    image = b"" if own.held else _fetch_image(event)
    return verifying.verify(text, page, anchors.ask(page, request, image, own.held, own.use)())


def _read(
    reader: PieceReader,
    event: Event[PageRegistered],
    page: page_texts.PageToRead,
    own: OwnText,
) -> page_texts.PageText:
    """The page's text by the model: of its image or, where its own text is kept, of its pictures.

    What fails for good with the pictures is a doubt; the page has its text all the same.
    """
    kept = own.layer if page.keeps_layer else None
    pictures = _pictures_of(kept, reader.model) if kept else None
    failure: Exception
    cause: Exception | None = None
    try:
        image = _fetch_image(event)
        if pictures is None:
            look = anchors.ask(page, reader.request, image, own.held, own.use)
            text = page_reading.read(reader, page, image, own)
            return verifying.verify_answer(text, page, look)
        pictures.read(reader, image)
        return verifying.unverified(pictures.text(reader), Reason.READER_IS_ANCHOR)
    except TransientFailure as refusal:
        failure, cause = lanes.refuse(event, reader.request, refusal), refusal
    except RequestFailed as failed:
        failure, cause = lanes.fail(event, reader.request, failed), failed
    except PermanentFailure as refused:
        failure = refused
    if pictures is not None and isinstance(failure, PermanentFailure):
        return verifying.unverified(pictures.text(reader, failure), Reason.READER_IS_ANCHOR)
    raise failure from cause


def _pictures_of(layer: TextLayer, model: str) -> "PicturePage":
    from functions.llm.pictures import PicturePage  # noqa: PLC0415 - as `checks` says

    return PicturePage(layer, model)


def _store(
    event: Event[PageRegistered],
    page: page_texts.PageToRead,
    key: str,
    request: Request,
    text: page_texts.PageText,
    budget: PageBudget,
) -> None:
    days = settings.current(settings.Model).model_cache_days
    following = further_tries.next_try(event, page, text)
    reader = reader_catalogue.current().name_of(page.reader or event.data.reader or None)
    text = text.with_places().with_reader(reader, request.version).with_language(page)

    def store(connection: Connection) -> None:
        reading = text.reading
        if reading is not None and reader_doubts.may_be_kept(text.doubts, reading.text):
            page_texts.cache_reading(connection, event, key, page.image_sha256, reading, days)
        else:
            page_texts.lock(connection, event)
        is_fresh = False
        if following or page.tries:
            further_tries.store(connection, event, page, text, following, budget)
        else:
            lane = lanes.columns(request)
            is_fresh = page_texts.store_text(connection, event, page, text, budget, lane)
        if reading is not None and not is_fresh:
            # Last, as pages of all files meet at its row.
            lanes.note_answer(connection, request)

    piece_reader.store(store)
    budget.settled()


def _fetch_image(event: Event[PageRegistered]) -> bytes:
    try:
        key = object_keys.image_key(event.file_id, event.data.page_number)
        return object_store.store().get(key)
    except object_store.ObjectMissing:
        raise PermanentFailure(FailureCode.IMAGE_MISSING) from None


llm = endpoint.function(
    "llm",
    {
        PagesExtracted: take_layers,
        PageRegistered: read_page,
        VerificationRequested: verify_pages,
    },
)
