"""Where the words of a page's text stand, as the database has it."""

from typing import Any
from uuid import UUID

from lector.domain import word_places
from lector.domain.word_places import Places
from tests.support.world import rows


def places_of(file_id: UUID, number: int = 1) -> Places | None:
    [[stored]] = rows(
        b"SELECT places FROM pages WHERE file_id = %s AND number = %s", file_id, number
    )
    return None if stored is None else word_places.decode(stored)


def words_of(file_id: UUID, number: int = 1) -> list[list[Any]]:
    """[word, left, top, right, bottom] each, in the order of the text."""
    [[text]] = rows(b"SELECT text FROM pages WHERE file_id = %s AND number = %s", file_id, number)
    places = places_of(file_id, number)
    assert places is not None
    return [
        [text[word.start : word.end], *(round(edge, 3) for edge in word.boxes[0])]
        for word in places.words
        if word.boxes
    ]


def rounded(words: list[list[Any]]) -> list[list[Any]]:
    """Words as a reader or a layer tells them, as `words_of` has them."""
    return [[word, *(round(edge, 3) for edge in edges)] for word, *edges in words]
