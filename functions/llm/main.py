"""llm: has a vision model read a page, or takes the text that pages carry themselves.

Consumes  lector.page.registered  has the model read the page's image
          lector.pages.extracted  stores what the pages carry, a range in one transaction
Produces  lector.page.read, and lector.file.completed with the last page, through the outbox;
          lector.page.registered for a page that no longer has what it was to be taken from

Safe to repeat: a page that no longer waits for its text is skipped before the model is asked, and
its row takes a text only once. Answers are cached by content, so that a page that looks like one
already read is not paid for. No transaction spans the call of the model.
"""

import time

from openai import OpenAI

from functions.llm import lanes, layer_texts, model, page_texts, prompts
from functions.llm.model import RequestFailed, Transcription
from lector.contracts import PageRegistered, PagesExtracted
from lector.domain import object_keys, readers
from lector.domain.failure_codes import FailureCode
from lector.runtime import database, endpoint, failpoints, object_store, settings
from lector.runtime.events import Event
from lector.runtime.failures import PermanentFailure, TransientFailure
from lector.runtime.once import once

settings.require(settings.Database, settings.Objects, settings.Model, settings.Ledger)


def take_layers(event: Event[PagesExtracted]) -> None:
    """lector.pages.extracted: the text that the pages carry; no reader is asked."""
    layer_texts.take(event)
    failpoints.passed("llm.extracted")


def read_page(event: Event[PageRegistered]) -> None:
    """lector.page.registered: the page's text, from the cache or from the model."""
    if event.data.HasField("reader") and event.data.reader != readers.DEFAULT:
        raise PermanentFailure(
            FailureCode.READER_UNKNOWN, f"there is no reader {event.data.reader!r}"
        )
    config = settings.current(settings.Model)
    days = config.model_cache_days
    with database.transaction() as connection:
        page = page_texts.page_to_read(connection, event)
        if page is None:
            return
        prompt = prompts.choose(page.wanted_prompt, page.wanted_model, page.language)
        key = prompt.cache_key(page.image_sha256, page.tenant)
        # Whoever has a page read again wants another answer than the one in the cache.
        cached = None if page.was_read else page_texts.cached_reading(connection, key, days)
        if cached is not None:
            page_texts.store_text(connection, event, cached, "cache")
            return
    try:
        transcription = model.transcribe(_client(), prompt, _fetch_image(event), config)
    except TransientFailure as refusal:
        raise lanes.refuse(event, prompt.model, refusal) from refusal
    except RequestFailed as failure:
        raise lanes.fail(event, prompt.model, failure) from failure
    failpoints.passed("llm.answered")
    _store(event, page, key, prompt.model, transcription, days)
    failpoints.passed("llm.committed")


def _store(
    event: Event[PageRegistered],
    page: page_texts.PageToRead,
    key: str,
    model_name: str,
    transcription: Transcription,
    days: int,
) -> None:
    """Cache and store a reading; it is paid for, so a short outage must not lose it."""
    reading = transcription.reading
    for pause_s in (*page_texts.STORE_PAUSES_S, None):
        try:
            with database.transaction() as connection:
                page_texts.cache_reading(connection, event, key, page.image_sha256, reading, days)
                page_texts.store_text(
                    connection,
                    event,
                    reading,
                    "model",
                    transcription.attempts,
                    transcription.read_s,
                )
                # Last, as pages of all files meet at its row.
                lanes.note_answer(connection, model_name)
            return
        except TransientFailure:
            if pause_s is None:
                raise
            time.sleep(pause_s)


@once
def _client() -> OpenAI:
    config = settings.current(settings.Model)
    return OpenAI(
        base_url=config.openai_base_url,
        api_key=config.openai_api_key,
        max_retries=0,  # the JetStream source repeats, with backoff and fewer slots
    )


def _fetch_image(event: Event[PageRegistered]) -> bytes:
    try:
        key = object_keys.image_key(event.file_id, event.data.page_number)
        return object_store.store().get(key)
    except object_store.ObjectMissing:
        raise PermanentFailure(FailureCode.IMAGE_MISSING) from None


llm = endpoint.function("llm", {PagesExtracted: take_layers, PageRegistered: read_page})
