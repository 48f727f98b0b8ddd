"""One page drawn and read by the functions' own modules; nothing is stored.

Importing them takes a second: `try` does so when it has a page to read.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from functions.llm import model, page_reading, readers, start_check
from functions.llm.answers import Reading
from functions.llm.model_calls import Spent
from functions.llm.page_texts import PageText, PageToRead
from functions.llm.readers import Request
from functions.render import rendering
from functions.render.engine_messages import RenderedImage
from functions.upload.files import reader_choice
from lector.domain import reader_catalogue, text_layers
from lector.domain.states import LayerVerdict, Provenance, TextLayerUse
from lector.local.wiring import EMBEDDED
from lector.runtime import settings
from lector.runtime.failures import LectorError


@dataclass(frozen=True)
class Wishes:
    """How the page is to be read; None for the default."""

    prompt: str | None
    model: str | None
    language: str | None
    describe: bool
    reader: str | None = None


def read(path: Path, number: int, wishes: Wishes) -> PageText:
    """A page's text by the model, held against the text that the page carries.

    Raises:
        LectorError: the page cannot be drawn or read, or the reader that was chosen by name cannot
            do what is wanted.

    """
    catalogue = reader_catalogue.current()
    reader_choice.check(wishes.reader, wishes, wishes.language)
    name, reader = catalogue.name_of(wishes.reader), catalogue.find(wishes.reader)
    if settings.current(settings.Readers).reader_check and name != EMBEDDED:
        problem = start_check.check(wishes.reader)
        if problem is not None and problem.lasting:
            raise LectorError(problem.words)
    request = readers.choose(
        wishes.reader, wishes.prompt, wishes.model, wishes.language, describe=wishes.describe
    )
    config = settings.load(settings.Rendering)
    [(_, drawn)] = rendering.render(
        path, [number], reader.image.drawn_by(config) if reader else config
    )
    if isinstance(drawn, LectorError):
        raise drawn
    if drawn.blank:
        return PageText("", Provenance.BLANK)
    layer = None
    if drawn.layer and drawn.layer.verdict != LayerVerdict.REFUSED:
        layer = text_layers.decode(drawn.layer.encoded)
    asked = _Reader(request, settings.load(settings.Model))
    text = page_reading.read(asked, _page(drawn, wishes), drawn.encoded, layer)
    return PageText(**{**vars(text), "doubts": {**drawn.doubts, **text.doubts}})


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
        image_width_px=drawn.width_px,
        image_height_px=drawn.height_px,
    )
