"""What somebody may have meant whose query finds nothing: words that differ by one letter.

Asked is the index of the tenant's own pages, which is the list of words: it needs none beside it,
forgets what is deleted, and knows what was read a moment ago.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lector.runtime import queries
from lector.runtime.database import Connection

# Not those that must not be there, nor beginnings of words.
_WORD = re.compile(r"(?<![\w-])[^\W\d_]{4,40}(?![\w*])")
_MOST_WORDS = 3
_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
)
_WITH_MARKS = {
    "a": "áàâäãåæ",
    "c": "ç",
    "e": "éèêë",
    "i": "íìîï",
    "n": "ñ",
    "o": "óòôöõøœ",
    "s": "ß",
    "u": "úùûü",
}


@dataclass(frozen=True)
class KnownWord:
    """Words with one stem, on how many of some pages it is, and the text of one of them."""

    words: list[str]
    pages: int
    text: str


_sql = queries.load(__file__)
BOUND_SUGGESTIONS = _sql.scalar("bound_suggestions", str)
KNOWN_WORDS = _sql.rows("known_words", KnownWord)


def correct(
    connection: Connection, tenant: str, query: str, languages: Sequence[str]
) -> str | None:
    """The query with words that are on some page in place of those that are on none.

    None if there is nothing to correct, or nothing is near enough.
    """
    BOUND_SUGGESTIONS.one(connection)
    corrected = query
    for word in dict.fromkeys(_WORD.findall(query)[:_MOST_WORDS]):
        if _known(connection, tenant, languages, {word}):
            continue
        better = _best(word.lower(), _known(connection, tenant, languages, near(word)))
        if better is None:
            return None
        corrected = re.sub(rf"(?<!\w){word}(?!\w)", better, corrected)
    return None if corrected == query else corrected


def near(word: str) -> set[str]:
    """Words that differ by a letter: one more, one less, another, or two that changed places."""
    word = word.lower()
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    letters = next((one for one in _ALPHABETS if set(word) & set(one)), "")
    changed = {head + tail[1:] for head, tail in cuts if tail}
    changed |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    changed |= {head + letter + tail for head, tail in cuts for letter in letters}
    changed |= {head + letter + tail[1:] for head, tail in cuts if tail for letter in letters}
    changed |= set(_marked(cuts))
    return changed - {word}


def _marked(cuts: Sequence[tuple[str, str]]) -> Iterator[str]:
    for head, tail in cuts:
        for letter in _WITH_MARKS.get(tail[:1], ""):
            yield head + letter + tail[1:]


def _known(
    connection: Connection, tenant: str, languages: Sequence[str], words: set[str]
) -> list[KnownWord]:
    return KNOWN_WORDS.all(
        connection, tenant=tenant, languages=list(languages), words=sorted(words)
    )


def _best(word: str, known: Sequence[KnownWord]) -> str | None:
    """The word on most pages; first come those that stand in a text just so, and begin alike."""
    ranked = [
        (other in text, one.pages, other[0] == word[0], other)
        for one in known
        for text in [set(re.findall(r"\w+", one.text.lower()))]
        for other in one.words
    ]
    return max(ranked)[-1] if ranked else None
