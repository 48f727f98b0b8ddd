"""Places of a person's words: those of the same words in the text that he has changed."""

import logging
from collections.abc import Iterator, Sequence

from lector.domain import word_places
from lector.domain.word_places import Box, MissingWord, PlacedWord, Places

log = logging.getLogger("lector")


def keep(text: str, before: str, places: Places | None) -> bytes | None:
    """Where the words of a text stand, as stored; None if that is not known.

    `places` are those of the text `before`. Words that the new text lacks stay known, as he who
    changes it once more may bring them back; nobody is said to speak against a word.
    """
    if places is None:
        return None
    if text == before:
        found = places
    else:
        from lector.domain.alignment import AnchorWord, align  # noqa: PLC0415 - seldom asked for

        found = align(text, [AnchorWord(*word) for word in _known(before, places)])
    words = tuple(word._replace(agreement=None, other="", confidence=None) for word in found.words)
    try:
        return word_places.encode(Places(words, found.missing))
    except ValueError as error:
        log.warning("places of words left out: %s", error)
        return None


def _known(before: str, places: Places) -> Iterator[tuple[str, Box]]:
    """All words whose places are known, in the order of the text."""
    missing = sorted(places.missing, key=lambda word: word.offset)
    at = 0
    for word in places.words:
        while at < len(missing) and missing[at].offset <= word.start:
            yield from _of_missing(missing[at : at + 1])
            at += 1
        yield from _pieces(before[word.start : word.end], word)
    yield from _of_missing(missing[at:])


def _of_missing(words: Sequence[MissingWord]) -> Iterator[tuple[str, Box]]:
    return ((word.text, word.box) for word in words)


def _pieces(written: str, word: PlacedWord) -> Iterator[tuple[str, Box]]:
    """A word, or its parts at the ends of lines, each but the last with a hyphen."""
    count = len(word.boxes)
    size = -(-len(written) // count) if count else 0
    for number, box in enumerate(word.boxes):
        part = written[number * size : (number + 1) * size]
        yield part if number == count - 1 else f"{part}-", box
