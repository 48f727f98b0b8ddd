"""One page drawn and read by the functions' own modules; nothing is stored.

Importing them takes a second: `try` does so when it has a page to read.
"""

import math
import time
from dataclasses import dataclass, replace
from pathlib import Path

from functions.llm import anchors, model, page_reading, readers, start_check, verifying
from functions.llm.model_calls import Spent
from functions.llm.own_text import OwnText
from functions.llm.page_texts import PageText, PageToRead
from functions.llm.readers import Request
from functions.llm.readings import Reading
from functions.render import rendering
from functions.render.engine_messages import RenderedImage
from functions.upload.files import reader_choice
from functions.upload.reports.words import ENGLISH
from lector.domain import reader_catalogue, text_layers
from lector.domain.states import LayerVerdict, Provenance, TextLayerUse
from lector.domain.text_layers import TextLayer
from lector.domain.verification import AnchorKind, Status, Verification
from lector.local.wiring import EMBEDDED
from lector.runtime import settings
from lector.runtime.failures import LectorError, PermanentFailure

_MOST_PAGES = 1_000_000
_ANCHORS = {AnchorKind.TEXT_LAYER: "the page's own text", AnchorKind.TESSERACT: "Tesseract"}


@dataclass(frozen=True)
class Wishes:
    """How the page is to be read; None for the default."""

    prompt: str | None
    model: str | None
    language: str | None
    describe: bool
    reader: str | None = None
    verify: str | None = None


def check(wishes: Wishes) -> None:
    """Refuse what the reader that was chosen by name cannot do, and one that cannot be asked.

    Raises:
        LectorError: it says which, and why.

    """
    reader_choice.check(wishes.reader, wishes, wishes.language)
    name = reader_catalogue.current().name_of(wishes.reader)
    if settings.current(settings.Readers).reader_check and name != EMBEDDED:
        problem = start_check.check(wishes.reader)
        if problem is not None and problem.lasting:
            raise LectorError(problem.words)


def draw(path: Path, number: int, wishes: Wishes) -> RenderedImage:
    """A page's image as its reader wants it, and the text that the page carries.

    Raises:
        LectorError: it cannot be drawn.

    """
    reader = reader_catalogue.current().find(wishes.reader)
    config = settings.load(settings.Rendering)
    config = reader.image.drawn_by(config) if reader else config
    try:
        count = rendering.inspect(path, _MOST_PAGES, config).page_count
        if number > count:
            pages = "1 page" if count == 1 else f"{count} pages"
            raise LectorError(f"{path.name} has {pages}, so there is no page {number}")
        [(_, drawn)] = rendering.render(path, [number], config)
        if isinstance(drawn, LectorError):
            raise drawn
    except PermanentFailure as failure:
        raise LectorError(f"{path.name}: {failure.detail}") from failure
    return drawn


def is_embedded(wishes: Wishes) -> bool:
    """Whether Tesseract reads the page."""
    reader = reader_catalogue.current().find(wishes.reader)
    return reader is not None and reader.is_embedded


def needs_second_reader(drawn: RenderedImage, wishes: Wishes) -> bool:
    """Whether Tesseract is to look at the page beside the model."""
    page = _page(drawn, wishes)
    use = anchors.use_of(page, wishes.reader)
    if drawn.blank or _layer(drawn) is not None:
        return False
    return anchors.why_not(_request(wishes), use) is None


def read(drawn: RenderedImage, wishes: Wishes) -> PageText:
    """A page's text by the model, held against the text that the page carries, else Tesseract.

    Raises:
        LectorError: it cannot be read.

    """
    if drawn.blank:
        return PageText("", Provenance.BLANK)
    request = _request(wishes)
    page = _page(drawn, wishes)
    use = anchors.use_of(page, wishes.reader)
    own = OwnText(lambda: _layer(drawn), use)
    look = anchors.ask(page, request, drawn.encoded, own.held, use)
    asked = _Reader(request, settings.load(settings.Model))
    text = page_reading.read(asked, page, drawn.encoded, own)
    text = verifying.verify_answer(text, page, look)
    return replace(text, doubts={**drawn.doubts, **text.doubts})


def describe_verification(text: PageText) -> str:
    """What the second reader says of a text, or why it says nothing; empty where none is meant."""
    if text.verification is None:
        return ""
    found = Verification.from_json(text.verification)
    if found.agreement is not None and found.anchor and found.status is Status.VERIFIED:
        percent = math.floor(found.agreement * 1000) / 10  # only what is whole is 100 %
        agrees = ENGLISH.agreement(str(percent))
        return f"second reader: {_ANCHORS[found.anchor]} {agrees}"
    reason = ENGLISH.reasons.get(str(found.reason), "")
    return f"second reader: {ENGLISH.verifications[found.status]}: {reason}".removesuffix(": ")


def warning(wishes: Wishes) -> str | None:
    """What the default reader cannot honour of what is wanted; None if that is nothing."""
    return reader_choice.warning(wishes.reader, wishes, wishes.language)


class _Reader:
    """Asks the model about an image or pieces of it; `spent` is what all calls took."""

    def __init__(self, request: Request, config: settings.Model) -> None:
        self.longest_side_px = request.longest_side_px
        self.spent = Spent()
        self._request, self._config = request, config

    def read_whole(self, jpeg: bytes, check: model.Check | None = None) -> Reading:
        """The model's answer about an image; raises what `model.transcribe` does."""
        until = time.monotonic() + self._config.model_budget_s
        try:
            answer = model.transcribe(self._request, jpeg, self._config, check, until)
        except model.NoAcceptableAnswer as refused:
            self.spent += refused.spent
            raise
        self.spent += answer.spent
        return answer.reading

    read_piece = read_whole


def _request(wishes: Wishes) -> Request:
    """What the reader is asked."""
    return readers.choose(
        wishes.reader, wishes.prompt, wishes.model, wishes.language, describe=wishes.describe
    )


def _page(drawn: RenderedImage, wishes: Wishes) -> PageToRead:
    """The page as the ledger would have it."""
    return PageToRead(
        image_sha256="",
        was_read=True,
        wanted_prompt=wishes.prompt,
        wanted_model=wishes.model,
        wanted_describe=wishes.describe,
        language=wishes.language,
        tenant="",
        layer_sha256=None,
        layer_verdict=drawn.layer.verdict if drawn.layer else None,
        wanted_text_layer=TextLayerUse.NEVER,
        wanted_verify=wishes.verify,
        image_width_px=drawn.width_px,
        image_height_px=drawn.height_px,
    )


def _layer(drawn: RenderedImage) -> TextLayer | None:
    """The text that the page carries, where answers can be held against it."""
    if drawn.layer is None or drawn.layer.verdict == LayerVerdict.REFUSED:
        return None
    return text_layers.decode(drawn.layer.encoded)
