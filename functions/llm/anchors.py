"""The anchor of a page: what a reader that knows nothing of the model sees on it, with places.

It is the page's own text where that can be trusted, else the embedded Tesseract on the same image,
which is asked in a thread beside the model. That it is away, busy or slow is never a failure of
the page: then there is a reason in place of the anchor.
"""

import contextvars
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from functools import cache
from typing import Any

from functions.llm import model, reader_doubts
from functions.llm.page_texts import PageToRead
from functions.llm.readers import Endpoint, Request
from lector.domain import reader_catalogue
from lector.domain.doubts import DoubtCode
from lector.domain.failure_codes import FailureCode
from lector.domain.states import VerifyUse
from lector.domain.text_layers import TextLayer
from lector.domain.verification import AnchorKind, Reason
from lector.runtime import settings
from lector.runtime.failures import CodedFailure, LectorError, TransientFailure
from lector.telemetry import tracing

log = logging.getLogger(__name__)

AWAY_S = 30.0
"""How long nobody asks an embedded reader that gave no answer at all."""


@dataclass(frozen=True)
class Sight:
    """What an anchor sees: words as readers tell them, in shares of the image as it is turned.

    `confidence` is of all words, 0 to 100, and `print_read` the share of the print, 0 to 1, that it
    has read; a text layer has neither.
    """

    kind: AnchorKind
    words: list[list[Any]]
    confidence: float | None = None
    turned_degrees: int = 0
    print_read: float | None = None


Seen = Sight | Reason
"""What the anchor sees, or why there is none."""


def use_of(page: PageToRead, reader: str | None) -> VerifyUse:
    """Whether answers about a page are held against an anchor: as wanted of it, else its reader."""
    own = reader_catalogue.current().find(reader)
    usual = (own.verify if own else None) or settings.current(settings.Verification).verify
    return VerifyUse(page.wanted_verify or usual)


def why_not(request: Request, use: VerifyUse) -> Reason | None:
    """Why an answer is not verified, whatever there is to do so."""
    if use is VerifyUse.NEVER:
        return Reason.SWITCHED_OFF
    if request.own_prompt and use is not VerifyUse.ALWAYS:
        return Reason.OWN_PROMPT
    return None


def ask(
    page: PageToRead, request: Request, image: bytes, layer: TextLayer | None, use: VerifyUse
) -> Callable[[], Seen]:
    """Have the anchor look at a page's image; call what is returned for what it sees.

    That waits until the anchor's deadline at most, which counts from now, and raises nothing.
    """
    reason = why_not(request, use)
    if reason is not None:
        return lambda: reason
    if layer is not None:
        sight = of_layer(layer)
        return lambda: sight
    config = settings.current(settings.Verification)
    if request.endpoint.base_url.rstrip("/") == config.tesseract_url.rstrip("/"):
        return lambda: Reason.READER_IS_ANCHOR
    patience_s = config.verify_deadline_s
    if use is VerifyUse.ALWAYS:
        patience_s = max(patience_s, settings.current(settings.Model).model_timeout_s)
    return ask_tesseract(image, page.language, patience_s)


def of_layer(layer: TextLayer) -> Sight:
    """What a page carries itself, as an anchor."""
    return Sight(AnchorKind.TEXT_LAYER, layer.words)


def ask_tesseract(image: bytes, language: str | None, patience_s: float) -> Callable[[], Seen]:
    """Have the embedded reader look at an image, for so many seconds at most; as `ask`."""
    if not settings.current(settings.Verification).tesseract_url:
        _say_that_there_is_none()
        return lambda: Reason.NO_ANCHOR
    if _AWAY.is_set():
        return lambda: Reason.ANCHOR_FAILED
    deadline = time.monotonic() + patience_s
    found: Future[Seen] = Future()
    context = contextvars.copy_context()

    def look() -> None:
        found.set_result(context.run(_look, image, language, deadline))

    threading.Thread(target=look, name="anchor", daemon=True).start()

    def wait() -> Seen:
        try:
            return found.result(max(0.0, deadline - time.monotonic()))
        except FutureTimeout:
            return Reason.NO_ANCHOR_IN_TIME

    return wait


class _Away:
    """Whether the embedded reader gave no answer at all a short while ago."""

    def __init__(self) -> None:
        self._until = 0.0

    def is_set(self) -> bool:
        return time.monotonic() < self._until

    def set(self, reason: str) -> None:
        self._until = time.monotonic() + AWAY_S
        log.warning("pages are not verified for %.0f s: %s", AWAY_S, reason)

    def clear(self) -> None:
        self._until = 0.0


_AWAY = _Away()


def is_away() -> bool:
    """Whether the embedded reader gave no answer at all a short while ago, and is not asked."""
    return _AWAY.is_set()


def forget() -> None:
    """Ask the embedded reader again, however it was a short while ago."""
    _AWAY.clear()


def _look(image: bytes, language: str | None, deadline: float) -> Seen:
    try:
        request = _request(language)
        server = tracing.server_attributes(request.endpoint.base_url)
        with tracing.client_span("look at the page as second reader", server):
            answer = model.request_completion(request, 0.0, image, deadline)
        return _sight(answer)
    except TransientFailure as refusal:
        if refusal.code == FailureCode.MODEL_LIMITS_RATE:  # it would not be ready in time
            return Reason.NO_ANCHOR_IN_TIME
        _AWAY.set(refusal.detail)
    except CodedFailure as failure:
        if failure.code == FailureCode.MODEL_TIMED_OUT:
            _AWAY.set(failure.detail)
            return Reason.NO_ANCHOR_IN_TIME
        log.warning("the second reader failed at a page: %s", failure.detail)
    except LectorError as error:
        log.warning("the second reader failed at a page: %s", error)
    except Exception:
        log.exception("the second reader failed at a page")
    return Reason.ANCHOR_FAILED


def _sight(answer: object) -> Seen:
    from functions.llm import answers  # noqa: PLC0415 - as `checks` says

    words = answers.parse_words(answer)
    if DoubtCode.LANGUAGE_NOT_AVAILABLE in reader_doubts.parse_doubts(answer):
        return Reason.LANGUAGE_NOT_AVAILABLE
    if words is None:
        return Reason.ANCHOR_FAILED
    confidence = reader_doubts.parse_confidence(answer)
    turn, print_read = answers.parse_turn(answer), reader_doubts.parse_print_read(answer)
    return Sight(AnchorKind.TESSERACT, words, confidence, turn, print_read)


def _request(language: str | None) -> Request:
    key = settings.current(settings.Tesseract).tesseract_api_key
    url = settings.current(settings.Verification).tesseract_url
    endpoint = Endpoint(url, key or "none", "TESSERACT_API_KEY", "TESSERACT_URL")
    return Request(endpoint, "tesseract", "", language=language)


@cache
def _say_that_there_is_none() -> None:
    log.info("TESSERACT_URL is not set: pages are held against their own text layers alone")
