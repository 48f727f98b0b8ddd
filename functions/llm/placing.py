"""The places of a text's words by the words that its own reader, or text layer, tells.

They come in the order of the text, so each is looked for behind the one before it. Where that is
not so, they are aligned.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lector.domain import word_places
from lector.domain.word_places import PlacedWord, Places

if TYPE_CHECKING:
    from lector.domain.alignment import AnchorWord

_MOST_LOST = 0.02
"""Of the words: where more are not found, they are in another order than the text."""
_MOST_MARKS = 200
"""Characters between two words that are no letters: of Markdown, or of a table's rules."""


def encode(text: str, words: Sequence[Any]) -> bytes:
    """The places of a text's words, as they are stored.

    `words` are [word, left, top, right, bottom] each, or with a confidence behind it (0 to 100), in
    shares of the upright page. Those that the text does not have are left out.
    """
    return word_places.encode(place(text, words))


def place(text: str, words: Sequence[Any]) -> Places:
    """The same as `Places`."""
    found = _in_order(text, words)
    return _aligned(text, words) if found is None else Places(tuple(found))


def _in_order(text: str, words: Sequence[Any]) -> list[PlacedWord] | None:
    """The words that stand in the text one behind the other; None if too many, or most, do not."""
    found: list[PlacedWord] = []
    most_lost = max(1, int(_MOST_LOST * len(words)))
    at, lost, lost_letters = 0, 0, 0
    for word, left, top, right, bottom, *confidence in words:
        start = text.find(word, at, at + lost_letters + len(word) + _MOST_MARKS) if word else -1
        # What stands between are marks, and words that were not found themselves.
        if start < 0 or sum(map(str.isalnum, text[at:start])) > lost_letters:
            lost, lost_letters = lost + 1, lost_letters + len(word)
            if lost > most_lost:
                return None
            continue
        at, lost_letters = start + len(word), 0
        sure = round(confidence[0]) if confidence else None
        found.append(PlacedWord(start, at, ((left, top, right, bottom),), None, "", sure))
    return found if len(found) > lost or not words else None


def _aligned(text: str, words: Sequence[Any]) -> Places:
    """The same of words in another order, such as those of a table's columns."""
    from lector.domain.alignment import align  # noqa: PLC0415 - as `checks` says

    placed = align(text, anchor_words(words)).words
    return Places(tuple(one._replace(agreement=None, other="") for one in placed if one.boxes))


def anchor_words(words: Sequence[Any]) -> "list[AnchorWord]":
    """Words as a reader or a layer tells them, as what a text is held against."""
    from lector.domain.alignment import AnchorWord  # noqa: PLC0415 - as `checks` says

    return [
        AnchorWord(word, (left, top, right, bottom), confidence[0] if confidence else None)
        for word, left, top, right, bottom, *confidence in words
    ]
