"""Where the words of a page's text stand: as they are stored, or found in it by older words.

Pages of before have a list of words with their places, `words`, and no spans in the text.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from functions.upload.pages import phrases
from functions.upload.pages.page_model import StoredPage
from lector.domain import text_layers, word_places
from lector.domain.word_places import Agreement, PlacedWord, Places
from lector.runtime import database, queries

log = logging.getLogger("lector")


@dataclass(frozen=True)
class StoredPlaces:
    """What is stored beside a page's text, and the text with hits marked."""

    places: bytes | None
    words: list[Any] | None
    marked: str | None


PLACES_OF_PAGE = queries.load(__file__).rows("places_of_page", StoredPlaces)


def fetch(page: StoredPage, query: str | None = None) -> StoredPlaces | None:
    """What is stored beside a page's text; None if the page has another text by now."""
    # The database marks words; `search.pieces` marks phrases.
    words = None if query is None else phrases.parse(query).rest
    with database.transaction() as connection:
        return PLACES_OF_PAGE.one(connection, page_id=page.id, version=page.version, query=words)


def of_page(page: StoredPage, stored: StoredPlaces | None) -> Places | None:
    """The places of a page's words; None where they are not known."""
    return None if stored is None else places_of(page.text, stored.places, stored.words)


def places_of(text: str | None, stored: bytes | None, words: Sequence[Any] | None) -> Places | None:
    """The places of a text's words; None where they are not known.

    What is damaged, or is of another text, is left out, with a line in the log.
    """
    if text is None:
        return None
    if stored is not None:
        return _decode(text, stored)
    if words is None:
        return None
    listed = list(words)
    if not text_layers.is_words(listed, word_places.MOST_WORDS):
        log.warning("places of words left out: the list of words is damaged")
        return None
    return Places(tuple(_find(text, listed)))


def _decode(text: str, stored: bytes) -> Places | None:
    try:
        places = word_places.decode(stored)
    except word_places.InvalidPlaces as error:
        log.warning("places of words left out: %s", error)
        return None
    ends = [places.words[-1].end] if places.words else []
    if max([*ends, *(missing.offset for missing in places.missing)], default=0) > len(text):
        log.warning("places of words left out: they are of another text")
        return None
    return places


def _find(text: str, words: Sequence[Any]) -> Iterator[PlacedWord]:
    """Where words with places are in the text; they are its own, so nobody else's say is in it."""
    # Pages of today say where their words are.
    from lector.domain.alignment import AnchorWord, align  # noqa: PLC0415

    anchor = [
        AnchorWord(word, (left, top, right, bottom)) for word, left, top, right, bottom in words
    ]
    for word in align(text, anchor).words:
        if word.agreement is not Agreement.ALONE:
            yield PlacedWord(word.start, word.end, word.boxes)
