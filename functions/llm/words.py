"""The words in which models speak of images, of reading them and of helping, in six languages.

English, Spanish, Portuguese, French, German and Italian are one vocabulary (vocabulary.yaml): a
sentence is known by how many of its words are in it. What a page says of its own matters has names,
numbers and other words. Words are folded: lower case, without accents, "ß" as "ss".
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

import yaml

_VOCABULARY = Path(__file__).with_name("vocabulary.yaml")

# What the prompts ask for: of a page, and of a part of one.
NO_TEXT = "[no text]"
ILLEGIBLE = "[illegible]"

_WORD = re.compile(r"[^\W_]+")
_LETTER = re.compile(r"[^\W\d_]")
_MARKUP = re.compile(r"[*_`#>]+")
_MARKS = re.compile(r"[\u0300-\u036f]")
# Where a sentence ends: at its mark, at an empty line, and before a point of a list. Chinese and
# Japanese have no blank after the mark.
_BREAKS = re.compile(
    r"(?<=[。！？])\s*(?=[^\s。！？」』”）])|(?<=[.!?…])[\"'”»)*_]*\s+(?=\S)|\n\s*\n|\n(?=\s*(?:[-*•–—]|\d{1,2}[.)]|#+)\s)|(?<=:)\s*\n"
)


def vocabulary(name: str) -> frozenset[str]:
    """The words of one entry of vocabulary.yaml."""
    return frozenset(_entries()[name].split())


@cache
def _entries() -> dict[str, str]:
    entries: dict[str, str] = yaml.load(_VOCABULARY.read_text(), yaml.CSafeLoader)
    return entries


_READING_STEMS = tuple(vocabulary("reading_stems"))
_READING_WORDS = vocabulary("reading_words")
_KNOWN = vocabulary("function_words")


def fold(text: str) -> str:
    """In lower case, without accents and without the marks of emphasis and headings."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return " ".join(_MARKUP.sub(" ", _MARKS.sub("", folded)).split())


def split_sentences(text: str) -> list[str]:
    """Sentences, headings and points of lists, folded."""
    folded = (fold(part) for part in _BREAKS.split(text))
    return [sentence for sentence in folded if _LETTER.search(sentence)]


def words_of(folded: str) -> list[str]:
    """The words of a folded text."""
    return _WORD.findall(folded)


def known_share(folded: str) -> float:
    """Which share of a sentence's words is of the vocabulary."""
    found = _WORD.findall(folded)
    known = sum(word in _KNOWN or _is_of_reading(word) for word in found)
    return known / len(found) if found else 0.0


def is_of_reading(folded: str) -> bool:
    """Whether a sentence has a word that is about images, reading or helping."""
    return any(map(_is_of_reading, _WORD.findall(folded)))


def _is_of_reading(word: str) -> bool:
    return word in _READING_WORDS or word.startswith(_READING_STEMS)
