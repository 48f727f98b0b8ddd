"""The text of a file in chunks, for search by meaning and for models: each with its place."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from functions.upload.answers import Doubt, Output, doubts_of
from functions.upload.files.file_model import StoredFile
from functions.upload.pages import chunking, page_places, texts
from functions.upload.pages.chunking import Piece
from functions.upload.pages.texts import PageText
from functions.upload.pages.verifications import Box
from lector.domain import boxes, word_places
from lector.domain.states import Provenance
from lector.domain.word_places import PlacedWord

MEDIA_TYPE = "application/x-ndjson"
EXTENSION = "chunks.jsonl"
_MOST_COLUMNS = 6
FEWEST_CHARACTERS, MOST_CHARACTERS, USUAL_CHARACTERS = 200, 20_000, 1_500


class Chunk(Output, frozen=True, kw_only=True):
    """A piece of a page's text, and where it stands."""

    file_id: UUID
    file_name: str
    chunk: Annotated[int, Meta(description="Counts the chunks of the file, from 1.")]
    page: int
    text: str
    start: Annotated[int, Meta(description="Where it is in the page's text, in code points.")]
    end: int
    heading: Annotated[str | None, Meta(description="What it stands under, if that is known.")]
    boxes: Annotated[
        list[Box] | None,
        Meta(description="Where its words stand, a box for each column; null: not known."),
    ]
    provenance: Provenance
    doubts: Annotated[list[Doubt], Meta(description="What speaks against the page's text.")]


def write(file: StoredFile, most: int) -> Iterator[bytes]:
    """The chunks of a file's pages in their order, a line of JSON each.

    None has more than `most` characters.
    """
    numbers = count(1)
    heading = None
    for page in texts.pages_of(file, with_words=True):
        for piece, found in _pieces(page, most, heading):
            chunk = Chunk(
                file_id=file.id,
                file_name=file.name,
                chunk=next(numbers),
                page=page.number,
                text=page.text[piece.start : piece.end],
                start=piece.start,
                end=piece.end,
                heading=piece.heading,
                boxes=found,
                provenance=Provenance(page.provenance),
                doubts=doubts_of(page.doubts),
            )
            yield msgspec.json.encode(chunk) + b"\n"
        heading = chunking.last_heading(page.text) or heading


def _pieces(
    page: PageText, most: int, heading: str | None
) -> Iterator[tuple[Piece, list[Box] | None]]:
    """The pieces of a page, and where each stands; None: it is not known."""
    places = page_places.places_of(page.text, page.places, page.words)
    starts = [word.start for word in places.words] if places else []
    for piece in chunking.cut(page.text, most, heading):
        if places is None:
            yield piece, None
            continue
        words = places.words[bisect_left(starts, piece.start) : bisect_left(starts, piece.end)]
        yield piece, [list(box) for box in _regions(words)]


def _regions(words: Sequence[PlacedWord]) -> Sequence[word_places.Box]:
    """The boxes that hold words: another one begins where reading goes on further up.

    That is the next column. Cells of a table with several lines look the same, so that of very many
    one is made.
    """
    columns: list[list[word_places.Box]] = []
    for box in (box for word in words for box in word.boxes):
        if not columns or box[3] < columns[-1][-1][1]:
            columns.append([])
        columns[-1].append(box)
    if len(columns) > _MOST_COLUMNS:
        columns = [[box for column in columns for box in column]]
    return [boxes.around(column) for column in columns]
