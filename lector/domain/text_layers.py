"""The text that a page carries itself, as an object beside the page's image.

`render` writes it, `llm` takes it or holds it against what a reader says. An object store may be
written by others, so nothing in it is believed to have the right form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeGuard

import msgspec

from lector.runtime.failures import LectorError, remove_unstorable

MOST_BYTES = 8 * 1024 * 1024
"""A larger object is none of a page's text."""
_MOST_WORDS, _MOST_PICTURES = 100_000, 64
_LONGEST_WORD = 200


class InvalidLayer(LectorError):
    """These bytes are no text layer."""


@dataclass(frozen=True)
class Picture:
    """A picture on a page, by its edges in shares of the page's width and height, 0 to 1.

    `offset` is where its text belongs in the layer's text, in code points.
    """

    left: float
    top: float
    right: float
    bottom: float
    offset: int


@dataclass(frozen=True)
class TextLayer:
    """`text` is Markdown: headings, and tables where the page has any.

    `words` are the page's plain words in reading order: [word, left, top, right, bottom] each, in
    shares of the page's width and height, 0 to 1, from its top left corner.
    """

    text: str
    words: list[list[Any]]
    pictures: list[Picture]


_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Word = tuple[str, _Share, _Share, _Share, _Share]


class _Stored(msgspec.Struct):
    text: str
    words: Annotated[list[_Word], msgspec.Meta(max_length=_MOST_WORDS)]
    pictures: Annotated[
        list[tuple[float, float, float, float, int]], msgspec.Meta(max_length=_MOST_PICTURES)
    ]


_DECODER = msgspec.json.Decoder(_Stored)


def encode(layer: TextLayer) -> bytes:
    """A layer as an object's bytes; edges of words have four decimals."""
    members = {
        "text": layer.text,
        "words": [
            # Half the time of `round`, which looks for the nearest decimal.
            (
                text,
                int(left * 10_000 + 0.5) / 10_000,
                int(top * 10_000 + 0.5) / 10_000,
                int(right * 10_000 + 0.5) / 10_000,
                int(bottom * 10_000 + 0.5) / 10_000,
            )
            for text, left, top, right, bottom in layer.words
        ],
        "pictures": [[p.left, p.top, p.right, p.bottom, p.offset] for p in layer.pictures],
    }
    return msgspec.json.encode(members)


def decode(stored: bytes) -> TextLayer:
    """A layer from an object's bytes.

    Raises:
        InvalidLayer: they are something else.

    """
    try:
        found = _DECODER.decode(stored)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidLayer("a text layer that cannot be parsed") from error
    pictures = [Picture(*picture) for picture in found.pictures]
    if not all(_is_picture(picture, len(found.text)) for picture in pictures):
        raise InvalidLayer("a text layer with something else in it")
    words = clean_words([*map(list, found.words)])
    return TextLayer(remove_unstorable(found.text), words, pictures)


def is_words(words: object, most: int) -> TypeGuard[list[Any]]:
    """Whether these are words with their places, as a reader or a layer has them, and so many.

    A reader may tell how sure it is of each, 0 to 100, as its sixth member.
    """
    return isinstance(words, list) and len(words) <= most and all(map(_is_word, words))


def clean_words(words: list[Any]) -> list[list[Any]]:
    """Words that are words, without what cannot be stored or shown, and none endlessly long."""
    return [word if _is_clean(word[0]) else [_clean_word(word[0]), *word[1:]] for word in words]


def turn_words(words: Sequence[Any], degrees: int) -> list[list[Any]]:
    """Words where they stand when their image is turned clockwise; by less than 0: turned back.

    By a multiple of 90 degrees. [word, left, top, right, bottom] each, in shares of the image; what
    is behind that stays as it is.
    """
    turned = list(words)
    for _ in range(degrees // 90 % 4):
        turned = [
            [text, round(1 - bottom, 5), left, round(1 - top, 5), right, *more]
            for text, left, top, right, bottom, *more in turned
        ]
    return turned


def _is_word(word: Any) -> bool:
    if not isinstance(word, list) or not 5 <= len(word) <= 6 or not isinstance(word[0], str):
        return False
    _, left, top, right, bottom, *sure = word
    try:
        inside = 0 <= left <= 1 and 0 <= top <= 1 and 0 <= right <= 1 and 0 <= bottom <= 1
        return inside and (not sure or 0 <= sure[0] <= 100)
    except TypeError:  # JSON has nothing else that can be compared with a number
        return False


def _is_picture(picture: Picture, length: int) -> bool:
    edges = (picture.left, picture.top, picture.right, picture.bottom)
    inside = all(0 <= edge <= 1 for edge in edges) and 0 <= picture.offset <= length
    return inside and picture.left < picture.right and picture.top < picture.bottom


def _is_clean(text: str) -> bool:
    return text.isprintable() and len(text) <= _LONGEST_WORD


def _clean_word(text: str) -> str:
    return "".join(char for char in remove_unstorable(text) if char.isprintable())[:_LONGEST_WORD]
