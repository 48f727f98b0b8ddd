"""llm: has a vision model read a page.

Consumes  lector.page.registered
Produces  lector.page.read, and lector.file.completed with the last page, through the outbox

Safe to repeat: a page that is no longer waiting is left alone before the model is asked, and its
row takes a text only once. Answers are kept by content, so that a page that looks like one already
read is not paid for. No transaction spans the model.
"""

import time

from openai import OpenAI

from functions.llm import model, page_texts, prompts
from functions.llm.model import Answered
from lector.contracts import PageRegistered
from lector.runtime import database, endpoint, failpoints, object_store, settings
from lector.runtime.events import Event
from lector.runtime.failures import PermanentFailure, TransientFailure
from lector.runtime.once import once

settings.require(settings.Database, settings.Objects, settings.Model)


def read_page(event: Event[PageRegistered]) -> None:
    """lector.page.registered: the page's text, from the cache or from the model."""
    config = settings.current(settings.Model)
    days = config.model_cache_days
    with database.transaction() as connection:
        page = page_texts.waiting(connection, event)
        if page is None:
            return
        prompt = prompts.chosen(page.wanted_prompt, page.wanted_model, page.language)
        key = prompt.cache_key(page.image_sha256, page.tenant)
        # Whoever has a page read again wants another answer than the one that is kept.
        kept = None if page.was_read else page_texts.kept(connection, key, days)
        if kept is not None:
            page_texts.store(connection, event, kept, "cache")
            return
    try:
        answered = model.read(_client(), prompt, _image(page.image_key), config)
    except TransientFailure as failure:
        with database.transaction() as connection:
            page_texts.note_wait(connection, event, failure.detail)
        raise
    failpoints.passed("llm.answered")
    _store(event, key, answered, days)
    failpoints.passed("llm.committed")


def _store(event: Event[PageRegistered], key: str, answered: Answered, days: int) -> None:
    """Keep and store a reading; it is paid for, so a short outage must not throw it away."""
    for pause_s in (*page_texts.STORE_PAUSES_S, None):
        try:
            with database.transaction() as connection:
                page_texts.keep(connection, event, key, answered.reading, days)
                page_texts.store(
                    connection,
                    event,
                    answered.reading,
                    "model",
                    answered.attempts,
                    answered.read_s,
                )
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


def _image(key: str) -> bytes:
    try:
        return object_store.store().get(key)
    except object_store.ObjectMissing:
        raise PermanentFailure("image_missing", "the page's image is no longer stored") from None


llm = endpoint.function("llm", {PageRegistered: read_page})
