"""llm: has a vision model read a page, or takes the text that pages carry themselves.

Consumes  lector.page.registered  has the model read the page's image
          lector.pages.extracted  stores what the pages carry, a range in one transaction
Produces  lector.page.read, and lector.file.completed with the last page, through the outbox;
          lector.page.registered for a page that no longer has what it was to be taken from

Safe to repeat: a page that no longer waits for its text is skipped before the model is asked, and
its row takes a text only once. Answers are cached by content, so that a page that looks like one
already read is not paid for. No transaction spans the call of the model.
"""

import logging

from functions.llm import (
    fallback,
    lanes,
    layer_texts,
    page_reading,
    page_texts,
    piece_reader,
    reader_doubts,
    readers,
    start_check,
)
from functions.llm.model_errors import RequestFailed
from functions.llm.pictures import PicturePage
from functions.llm.piece_reader import PieceReader
from functions.llm.readers import Request
from lector.contracts import PageRegistered, PagesExtracted
from lector.domain import layer_objects, object_keys
from lector.domain.failure_codes import FailureCode
from lector.domain.text_layers import TextLayer
from lector.runtime import database, endpoint, failpoints, object_store, settings
from lector.runtime.database import Connection
from lector.runtime.events import Event
from lector.runtime.failures import PermanentFailure, TransientFailure

log = logging.getLogger(__name__)

settings.require(
    settings.Database,
    settings.Objects,
    settings.Readers,
    settings.Model,
    settings.Ledger,
    check=readers.check_default,
)
if settings.current(settings.Readers).reader_check:
    start_check.check_in_background(lambda found: log.warning("reader: %s", found.words))


def take_layers(event: Event[PagesExtracted]) -> None:
    """lector.pages.extracted: the text that the pages carry; no reader is asked."""
    layer_texts.take(event)
    failpoints.passed("llm.extracted")


def read_page(event: Event[PageRegistered]) -> None:
    """lector.page.registered: the page's text, from the cache or from the model."""
    config = settings.current(settings.Model)
    with database.transaction() as connection:
        page = page_texts.page_to_read(connection, event)
        if page is None or fallback.is_superseded(event, page):
            return
        request = readers.choose(
            page.reader or event.data.reader,
            page.wanted_prompt,
            None if page.fell_back else page.wanted_model,
            page.language,
            describe=page.wanted_describe,
        )
        key = request.cache_key(page.image_sha256, page.tenant)
        cached = None
        # Whoever has a page read again wants another answer than the one in the cache.
        if not page.was_read and not page.keeps_layer:
            cached = page_texts.cached_reading(connection, key, config.model_cache_days)
        if cached is not None and not page.has_layer:
            page_texts.store_text(connection, event, page_reading.take_cached(cached))
            return
    layer = None
    if page.has_layer and page.layer_sha256:
        layer = layer_objects.fetch(event.file_id, event.data.page_number, page.layer_sha256)
    text = page_reading.check_cached(cached, page, layer) if cached else None
    if text is None:
        try:
            text = _read(PieceReader(event, page, request, config), event, page, layer)
        except PermanentFailure as failure:
            if fallback.announce(event, page, failure):
                return
            raise
        failpoints.passed("llm.answered")
    _store(event, page, key, request, text)
    failpoints.passed("llm.committed")


def _read(
    reader: PieceReader,
    event: Event[PageRegistered],
    page: page_texts.PageToRead,
    layer: TextLayer | None,
) -> page_texts.PageText:
    """The page's text by the model: of its image or, where its own text is kept, of its pictures.

    What fails for good with the pictures is a doubt; the page has its text all the same.
    """
    pictures = PicturePage(layer, reader.model) if layer and page.keeps_layer else None
    failure: Exception
    cause: Exception | None = None
    try:
        image = _fetch_image(event)
        if pictures is None:
            return page_reading.read(reader, page, image, layer)
        pictures.read(reader, image)
        return pictures.text(reader)
    except TransientFailure as refusal:
        failure, cause = lanes.refuse(event, reader.request, refusal), refusal
    except RequestFailed as failed:
        failure, cause = lanes.fail(event, reader.request, failed), failed
    except PermanentFailure as refused:
        failure = refused
    if pictures is not None and isinstance(failure, PermanentFailure):
        return pictures.text(reader, failure)
    raise failure from cause


def _store(
    event: Event[PageRegistered],
    page: page_texts.PageToRead,
    key: str,
    request: Request,
    text: page_texts.PageText,
) -> None:
    days = settings.current(settings.Model).model_cache_days

    def store(connection: Connection) -> None:
        reading = text.reading
        if reading is not None and reader_doubts.may_be_kept(text.doubts, reading.text):
            page_texts.cache_reading(connection, event, key, page.image_sha256, reading, days)
        page_texts.store_text(connection, event, text)
        if reading is not None:
            # Last, as pages of all files meet at its row.
            lanes.note_answer(connection, request)

    piece_reader.store(store)


def _fetch_image(event: Event[PageRegistered]) -> bytes:
    try:
        key = object_keys.image_key(event.file_id, event.data.page_number)
        return object_store.store().get(key)
    except object_store.ObjectMissing:
        raise PermanentFailure(FailureCode.IMAGE_MISSING) from None


llm = endpoint.function("llm", {PagesExtracted: take_layers, PageRegistered: read_page})
