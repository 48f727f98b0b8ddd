"""Where words stand on a page, as the embedded model tells it beside its answer."""

from typing import Any

from lector.runtime.failures import storable

_MOST_WORDS, _LONGEST_WORD = 20_000, 200


def told(answer: Any) -> list[Any] | None:
    """[word, left, top, right, bottom] each, in shares of the image; None if anything is odd."""
    extra = answer.get("lector")
    words = extra.get("words") if isinstance(extra, dict) else None
    if not isinstance(words, list) or len(words) > _MOST_WORDS or not all(map(_is_word, words)):
        return None
    return [[_clean(text), *edges] for text, *edges in words]


def _is_word(word: Any) -> bool:
    if not isinstance(word, list) or len(word) != 5 or not isinstance(word[0], str):
        return False
    return all(isinstance(edge, int | float) and 0 <= edge <= 1 for edge in word[1:])


def _clean(text: str) -> str:
    return "".join(char for char in storable(text) if char.isprintable())[:_LONGEST_WORD]
