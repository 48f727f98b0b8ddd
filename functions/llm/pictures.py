"""Pages whose own text is kept, and whose pictures are read: what these say is put in, and marked.

    [picture]

    what the model read in it

    [/picture]

stands where the picture does. The marks are lines of their own, which Markdown shows as they are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from functions.llm import comparison, page_reading, pieces, text_doubts
from functions.llm.model import NoAcceptableAnswer
from functions.llm.page_texts import PageText
from functions.llm.piece_reader import PieceReader
from functions.llm.pieces import Box, Pieces
from lector.domain import text_layers
from lector.domain.doubts import DoubtCode
from lector.domain.states import Provenance
from lector.domain.text_layers import Picture, TextLayer
from lector.runtime.failures import PermanentFailure

BEFORE, BEHIND = "[picture]", "[/picture]"
MOST_PICTURES = 16
"""How many are read of a page, the largest."""

_MARGIN = 0.005  # around a picture, and between parts of the same one, in shares of the page
_KNOWN_SHARE = 0.8
_MARKS = re.compile(rf"^[ \t]*\[/?{BEFORE[1:-1]}\][ \t]*$\n?", re.MULTILINE | re.IGNORECASE)


@dataclass
class PicturePage:
    """A page's text layer, and what was read of its pictures so far."""

    layer: TextLayer
    model: str
    found: list[tuple[Picture, str]] = field(default_factory=list)
    words: list[list[Any]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    too_coarse: dict[str, str] = field(default_factory=dict)

    def read(self, reader: PieceReader, image: bytes) -> None:
        """Read the pictures, one after the other; those that cannot be read are noted.

        Raises:
            PermanentFailure: the endpoint takes no request, or the image cannot be decoded.
            TransientFailure, RequestFailed: as `PieceReader` has it; the rest is read later.

        """
        pictures = merge(self.layer.pictures)
        chosen = sorted(pictures, key=_area)[-MOST_PICTURES:]
        left_out = len(pictures) - len(chosen)
        if left_out:
            self.unread.append(f"{left_out} of {len(pictures)} are too many")
        for picture in sorted(chosen, key=lambda picture: (picture.offset, picture.top)):
            try:
                self._read_picture(reader, image, picture)
            except NoAcceptableAnswer as refused:
                self.unread.append(refused.reason)

    def text(self, reader: PieceReader, failure: PermanentFailure | None = None) -> PageText:
        """The page's text with what was read, and what was not; `failure` ended it early."""
        reasons = [*self.unread, *([failure.detail] if failure else [])]
        text = insert(self.layer.text, self.found)
        doubts = {**self.too_coarse}
        if reasons:
            unique = "; ".join(dict.fromkeys(reasons))
            doubts |= text_doubts.doubt(DoubtCode.PICTURES_NOT_READ, unique)
        doubts |= text_doubts.of_answer("\n".join(said for _, said in self.found) or text)
        words = [*self.layer.words, *self.words]
        mixed = PageText(text, Provenance.MIXED, self.model, words=words, doubts=doubts)
        return mixed.with_spent(reader.spent)

    def _read_picture(self, reader: PieceReader, image: bytes, picture: Picture) -> None:
        cut = _crop(image, picture, reader.longest_side_px)
        if cut is None:
            return
        reading = page_reading.read_pieces(reader, cut)
        self.too_coarse |= page_reading.coarse_doubt(cut)
        self.model = reading.model
        said = _MARKS.sub("", reading.text).strip()
        if said and not _is_known(self.layer, picture, said):
            self.found.append((picture, said))
            box = _with_margin(picture)
            words = text_layers.turn_words(reading.words or [], -reading.turned_degrees)
            self.words += pieces.place_words(words, box, box, (1, 1))


def merge(pictures: Sequence[Picture]) -> list[Picture]:
    """Pictures without those that are stripes or parts of the same one."""

    def add(merged: list[Picture], picture: Picture) -> list[Picture]:
        for other in merged:
            if _touch(picture, other):
                return add([one for one in merged if one is not other], _union(picture, other))
        return [*merged, picture]

    return reduce(add, pictures, [])


def insert(text: str, found: Sequence[tuple[Picture, str]]) -> str:
    """A text with what was read of pictures at their places, marked."""
    for picture, said in sorted(found, key=lambda pair: pair[0].offset, reverse=True):
        before, behind = text[: picture.offset].rstrip(), text[picture.offset :].strip("\n")
        parts = [before, f"{BEFORE}\n\n{said}\n\n{BEHIND}", behind]
        text = "\n\n".join(part for part in parts if part.strip())
    return text


def _crop(image: bytes, picture: Picture, longest: int) -> Pieces | None:
    """A picture cut out of the page's image; None if there is nothing to be seen in it."""
    from functions.llm import tiling  # noqa: PLC0415 - only pictures need Pillow

    try:
        return tiling.crop(image, _with_margin(picture), longest)
    except ValueError as error:
        raise PermanentFailure(DoubtCode.PICTURES_NOT_READ, str(error)) from error


def _is_known(layer: TextLayer, picture: Picture, said: str) -> bool:
    """Whether the page carries what is on a picture as text, too: then it stands there already."""
    words = comparison.words_of(said)
    carried = comparison.words_of(text_doubts.words_within(layer, _with_margin(picture)))
    if not words:
        return True
    return comparison.compare(words, carried).missing <= (1 - _KNOWN_SHARE) * len(words)


def _with_margin(picture: Picture) -> Box:
    return (
        max(0.0, picture.left - _MARGIN),
        max(0.0, picture.top - _MARGIN),
        min(1.0, picture.right + _MARGIN),
        min(1.0, picture.bottom + _MARGIN),
    )


def _area(picture: Picture) -> float:
    return (picture.right - picture.left) * (picture.bottom - picture.top)


def _touch(one: Picture, other: Picture) -> bool:
    beside = max(one.left, other.left) <= min(one.right, other.right) + _MARGIN
    return beside and max(one.top, other.top) <= min(one.bottom, other.bottom) + _MARGIN


def _union(one: Picture, other: Picture) -> Picture:
    return Picture(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
        min(one.offset, other.offset),
    )
