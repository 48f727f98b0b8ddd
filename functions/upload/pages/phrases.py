"""Phrases in quotes, of which the very words are wanted, one behind the other, whatever their case.

The index knows words by their stems alone, so it finds what may be meant; whether the words stand
there is seen in the text.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

Cut = list[tuple[str, bool]]

_TERMS = re.compile(r'(-?)"([^"]*)"|([^\s"]+)|"')
_STAR = "*"
# As PostgreSQL and as Python write that a letter or digit is here, or anything but these.
_SQL = ("[[:alnum:]]", "[^[:alnum:]]")
_PYTHON = (r"[^\W_]", r"[\W_]")


@dataclass(frozen=True)
class Phrases:
    """What a query has in quotes, and the query without it.

    `alternatives`: the phrases between one `or` and the next, each as its words.
    """

    alternatives: tuple[tuple[tuple[str, ...], ...], ...]
    rest: str

    def needed(self) -> list[str] | None:
        """Patterns for PostgreSQL, all of which a text must match; None if any text will do.

        Of several alternatives one pattern says that any of their phrases is there.
        """
        if not self.alternatives or not all(self.alternatives):
            return None
        if len(self.alternatives) == 1:
            return [_pattern(words, *_SQL) for words in self.alternatives[0]]
        return [self._any(*_SQL)]

    def snippet(self) -> str | None:
        """A pattern for PostgreSQL that cuts a phrase out of a text, with the words around it."""
        if not any(self.alternatives):
            return None
        before, behind = r"(?:\S+\s+){0,8}[^[:alnum:][:space:]]*", r"\S*(?:\s+\S+){0,14}"
        return f"(?i){before}{self._any(*_SQL)}{behind}"

    def mark(self, cut: Cut) -> Cut:
        """A text that is cut where words are hits, cut where phrases are, too."""
        if not any(self.alternatives):
            return cut
        text = "".join(piece for piece, _ in cut)
        hits = [is_hit for piece, is_hit in cut for _ in piece]
        for found in re.finditer(self._any(*_PYTHON), text, re.IGNORECASE):
            hits[found.start() : found.end()] = [True] * len(found.group())
        return _pieces(text, hits)

    def _any(self, letter: str, other: str) -> str:
        found = [_pattern(words, letter, other) for some in self.alternatives for words in some]
        return f"(?:{'|'.join(found)})"


def parse(query: str) -> Phrases:
    """The phrases of a query; what must not be there stays in the rest of it."""
    alternatives: list[list[tuple[str, ...]]] = [[]]
    rest = []
    for term in _TERMS.finditer(query):
        minus, phrase, word = term.groups()
        words = () if phrase is None or minus else _words(phrase)
        if words:
            alternatives[-1].append(words)
            continue
        rest.append(term.group())
        if (word or "").lower() == "or":
            alternatives.append([])
    if not any(alternatives):
        return Phrases((), query)
    return Phrases(tuple(map(tuple, alternatives)), " ".join(rest))


def _words(phrase: str) -> tuple[str, ...]:
    """The words of a phrase; accents that stand as characters of their own belong to them."""
    return tuple("".join(c if _is_in_word(c) else " " for c in phrase).split())


def _is_in_word(character: str) -> bool:
    return character.isalnum() or character == _STAR or unicodedata.category(character)[0] == "M"


def _pattern(words: Sequence[str], letter: str, other: str) -> str:
    """The words as a pattern; one that ends with a star is the beginning of a word."""
    parts = ["".join(f"{letter}*" if c == _STAR else re.escape(c) for c in word) for word in words]
    return f"(?<!{letter}){f'{other}+'.join(parts)}(?!{letter})"


def _pieces(text: str, hits: Sequence[bool]) -> Cut:
    edges = [at for at in range(1, len(text)) if hits[at] != hits[at - 1]]
    places = zip([0, *edges], [*edges, len(text)], strict=True)
    return [(text[begin:end], hits[begin]) for begin, end in places if text[begin:end]]
