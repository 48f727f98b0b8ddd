"""How a page's image is read: as a whole or in pieces, and held against what the page carries.

An answer that differs from the page's text layer is refused like any other that is none, and the
model is asked again; of a page that is not verified nobody looks at that (`own_text`). When no
answer was acceptable, what the page carries is its text, with that doubt. To a prompt of somebody's
own an answer may be anything: then a difference is only a doubt.
"""

from dataclasses import replace
from typing import Protocol

from functions.llm import pieces, text_doubts
from functions.llm.model import Check, NoAcceptableAnswer
from functions.llm.model_calls import Spent
from functions.llm.own_text import OwnText
from functions.llm.page_texts import PageText, PageToRead
from functions.llm.pieces import Pieces
from functions.llm.readings import Reading
from functions.llm.text_doubts import LayerCheck
from lector.domain import text_layers
from lector.domain.doubts import DoubtCode, Doubts
from lector.domain.states import LayerVerdict, Provenance
from lector.domain.text_layers import TextLayer


class Reader(Protocol):
    """Has a model read a page's image, or pieces of it; `spent` is what all calls took.

    It reads a larger image than `longest_side_px` in pieces.
    """

    spent: Spent
    longest_side_px: int

    def read_whole(self, jpeg: bytes, check: Check | None) -> Reading:
        """The text of the page's image; raises what `model.transcribe` does."""

    def read_piece(self, jpeg: bytes, check: Check | None = None) -> Reading:
        """The same of a piece of it."""


def check_cached(cached: Reading, page: PageToRead, own: OwnText) -> PageText | None:
    """An answer that was kept, held against what the page carries; None if it must be read anew.

    Without a text layer there is nothing to hold it against.
    """
    check = _check_of(page, own)
    differs = check.doubts(cached.text) if check else {}
    if differs and not page.wanted_prompt:
        return None
    doubts = {**differs, **text_doubts.of_answer(cached.text)}
    return PageText.of_reading(cached, Provenance.CACHE, doubts)


def read(reader: Reader, page: PageToRead, image: bytes, own: OwnText) -> PageText:
    """The page's text, by the model or, if no answer was acceptable, as the page carries it.

    Raises:
        NoAcceptableAnswer: and the page carries none, or a prompt of somebody's own was asked.
        The rest: as the reader has it.

    """
    check = _check_of(page, own)
    required = None if page.wanted_prompt else check
    try:
        reading, doubts = _read_image(reader, page, image, required)
    except NoAcceptableAnswer as refused:
        if page.wanted_prompt or (layer := own.layer) is None:
            raise
        return take_layer(page, layer, refused).with_spent(reader.spent)
    if check:
        doubts = {**doubts, **check.doubts(reading.text)}
    doubts = {**doubts, **_of_reading(reading)}
    return PageText.of_reading(reading, Provenance.MODEL, doubts, reader.spent)


def _of_reading(reading: Reading) -> dict[str, str]:
    """What a reading says against itself: by its text, and by what its reader told beside it."""
    return {**text_doubts.of_answer(reading.text, blank=reading.blank), **reading.doubts}


def take_layer(page: PageToRead, layer: TextLayer, refused: NoAcceptableAnswer) -> PageText:
    """What the page carries as its text, in place of answers that were refused."""
    if refused.code == DoubtCode.DIFFERS_FROM_LAYER:
        doubts = {refused.code: f"{refused.reason}; this is the text that the page carries"}
    else:
        doubts = text_doubts.doubt(DoubtCode.ANSWERS_REFUSED, refused.reason)
    if page.layer_verdict == LayerVerdict.MIXED:
        reason = "only the text that the page carries was taken"
        doubts |= text_doubts.doubt(DoubtCode.PICTURES_NOT_READ, reason)
    return PageText(layer.text, Provenance.TEXT_LAYER, words=layer.words, doubts=doubts)


def read_pieces(reader: Reader, cut: Pieces, check: LayerCheck | None = None) -> Reading:
    """The pieces' texts as one reading.

    Raises:
        NoAcceptableAnswer: about one of the pieces; it says which.
        The rest: as the reader has it.

    """
    return pieces.join(cut, _read_each(reader, cut, check))


def _read_each(reader: Reader, cut: Pieces, check: LayerCheck | None) -> list[Reading]:
    readings = []
    for number, piece in enumerate(cut.pieces, 1):
        of_piece = None
        if check:
            of_piece = check.of_piece(cut.shares(piece.box), cut.shares(piece.core))
        try:
            readings.append(reader.read_piece(piece.jpeg, of_piece))
        except NoAcceptableAnswer as refused:
            refused.locate(number, len(cut.pieces))
            raise
    return readings


def coarse_doubt(cut: Pieces) -> dict[str, str]:
    """What to say of an image that was made smaller, as it had too many pieces."""
    if cut.scale == 1.0:
        return {}
    reason = f"it was read at {cut.scale:.0%} of its image's size"
    return text_doubts.doubt(DoubtCode.DRAWN_TOO_COARSELY, reason)


def _check_of(page: PageToRead, own: OwnText) -> LayerCheck | None:
    """What answers about the page are held against; None if that is nothing."""
    if own.held is None:
        return None
    extra = page.wanted_describe or page.layer_verdict == LayerVerdict.MIXED
    return LayerCheck(own.held, extra_expected=extra)


def _read_image(
    reader: Reader, page: PageToRead, image: bytes, check: LayerCheck | None
) -> tuple[Reading, Doubts]:
    """The reading of the whole page, and what speaks against how it was cut."""
    longest = reader.longest_side_px
    difference = check.difference if check else None
    if max(page.image_width_px, page.image_height_px) > longest:
        from functions.llm import tiling  # noqa: PLC0415 - only large images need Pillow

        cut = tiling.cut(image, longest)
        if cut is not None and len(cut.pieces) == 1:
            [piece] = cut.pieces
            return pieces.join(cut, [reader.read_whole(piece.jpeg, difference)]), coarse_doubt(cut)
        if cut is not None:
            readings = _read_each(reader, cut, check)
            # Of a page that does not stand upright, pieces have lines and columns out of order.
            turn = pieces.find_turn(readings)
            if turn and (upright := tiling.cut(image, longest, turn)):
                return _read_turned(reader, upright, turn)
            return pieces.join(cut, readings), coarse_doubt(cut)
    return reader.read_whole(image, difference), {}


def _read_turned(reader: Reader, cut: Pieces, turn: int) -> tuple[Reading, Doubts]:
    """The reading of a page that lies on its side or head, as its pieces said, turned and cut anew.

    They are held against no layer, whose words stand elsewhere; the whole text is, at the end.
    """
    reading = read_pieces(reader, cut)
    words = reading.words and text_layers.turn_words(reading.words, -reading.turned_degrees)
    return replace(reading, words=words, turned_degrees=turn), coarse_doubt(cut)
