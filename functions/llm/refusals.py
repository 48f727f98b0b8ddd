"""Whether an answer is about the page instead of its text: a refusal, or a claim about the image.

A letter may begin like a refusal ("I am sorry to hear …"), a book may quote one. So all sentences
count: in a refusal, however long, each refuses, is about the image, or is in the words in which
models speak of images and of helping (`words`). A few others are allowed in a long one.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

from functions.llm import words
from functions.llm.languages import PHRASES, common, others

# A page's text is longer than any refusal, or has other matters within so many sentences.
_MOST_SENTENCES, _LONGEST_SENTENCE = 80, 600
_OF_MODEL, _OF_MODEL_WITH_REFUSAL, _FAR_FROM_IT = 0.8, 0.7, 0.5
# A heading or a sign may be one word ("Sorry", "Excuse").
_FEWEST_WORDS, _SHORT = 2, 8
_LONG_REFUSAL, _MOST_OTHERS = 6, 0.2
_MOSTLY_OF_MODEL, _ALL_OF_MODEL = 0.85, 0.95
_NOTE = re.compile(r"(?:note|nota|hinweis|anmerkung|remarque|obs) ?: ")
_MOST_DESCRIBING, _LAST_OF_DESCRIPTION = 6, 10
# A number, a name within a sentence, or words in quotes.
_OF_CAPTIONS = re.compile(r"\d|[\"“”«»„]|(?<=[a-z,] )[A-ZÀ-Þ]")
_QUOTES = "\"'“„«‹‘"


@dataclass(frozen=True)
class _Patterns:
    sorry: list[re.Pattern[str]]
    generic: list[re.Pattern[str]]
    strong: list[re.Pattern[str]]
    empty: list[tuple[re.Pattern[str], re.Pattern[str]]]
    descriptions: list[re.Pattern[str]]
    denies: re.Pattern[str]
    first_person: re.Pattern[str]
    faults: re.Pattern[str]
    tasks: re.Pattern[str]
    images: re.Pattern[str]
    we: re.Pattern[str]
    of_page: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """All patterns, compiled; that takes half a second, which most pages need not wait."""
    strong = (pattern for phrases in PHRASES for pattern in phrases.refusals + phrases.claims)
    return _Patterns(
        sorry=[re.compile(rf"(?:oh,? )?{phrases.sorry}[^\w]*$") for phrases in PHRASES],
        generic=[re.compile(phrases.generic) for phrases in PHRASES],
        strong=[re.compile(pattern) for pattern in strong],
        empty=[(re.compile(phrases.empty), re.compile(phrases.hedges)) for phrases in PHRASES],
        descriptions=[re.compile(phrases.description) for phrases in PHRASES],
        denies=re.compile(common.DENIES),
        first_person=re.compile(common.FIRST_PERSON),
        faults=re.compile(common.FAULTS),
        tasks=re.compile(common.TASKS),
        images=re.compile(common.IMAGES),
        we=re.compile(common.WE),
        of_page=re.compile(common.OF_PAGE),
    )


class Kind(Enum):
    """What a sentence is."""

    SORRY = "an apology"
    GENERIC = "a refusal that does not say of what"
    STRONG = "a refusal to read, or a claim about the image"
    MODEL = "in a model's words about images and helping"
    OTHER = "about something else"


def is_refusal(text: str) -> bool:
    """Whether a text refuses to read a page, or speaks about its image, and nothing else.

    In English, Spanish, Portuguese, French, German and Italian at any length; in other languages in
    the commonest sentences.
    """
    if text.lstrip()[:1] in _QUOTES:
        return False
    sentences = words.split_sentences(text[: _MOST_SENTENCES * _LONGEST_SENTENCE])
    if len(sentences) > _MOST_SENTENCES or not sentences:
        return False
    if others.is_refusal(sentences) or _is_description(text, sentences):
        return True
    if len(words.words_of(" ".join(sentences))) < _FEWEST_WORDS:
        return False
    first = _kind(sentences[0])
    if first is Kind.OTHER:
        return False
    kinds = [first, *map(_kind, sentences[1:])]
    return _refuses(kinds)


def _is_description(text: str, sentences: list[str]) -> bool:
    """Whether a text does nothing but say what an image shows.

    So may a caption, but that has a name, a number or other lines beside it; a model begins with
    "The image shows a …" and goes on in the same paragraph, or says that there is no text.
    """
    if not any(begin.match(sentences[0]) for begin in _patterns().descriptions):
        return False
    if any(_kind(sentence) is Kind.STRONG for sentence in sentences[1:_LAST_OF_DESCRIPTION]):
        return True
    is_paragraph = "\n" not in text.strip() and len(sentences) <= _MOST_DESCRIBING
    return is_paragraph and _OF_CAPTIONS.search(text) is None


def _refuses(kinds: list[Kind]) -> bool:
    others = kinds.count(Kind.OTHER)
    is_strong = Kind.STRONG in kinds[:3]
    if others:
        begins = kinds[0] is not Kind.MODEL and is_strong
        return begins and len(kinds) >= _LONG_REFUSAL and others <= _MOST_OTHERS * len(kinds)
    if kinds[0] is Kind.MODEL:
        return is_strong
    return is_strong or Kind.GENERIC in kinds or set(kinds) == {Kind.SORRY}


def _kind(sentence: str) -> Kind:
    share = words.known_share(sentence)
    if len(sentence) > _LONGEST_SENTENCE or share < _FAR_FROM_IT:
        return Kind.OTHER
    patterns = _patterns()
    if patterns.of_page.search(sentence):
        return Kind.OTHER
    if any(sorry.match(sentence) for sorry in patterns.sorry):
        return Kind.SORRY
    refusal = _kind_of_refusal(sentence, share)
    if refusal is not None:
        return refusal
    is_about = share == 1.0 or (share >= _OF_MODEL and words.is_of_reading(sentence))
    return Kind.MODEL if is_about else Kind.OTHER


def _kind_of_refusal(sentence: str, share: float) -> Kind | None:
    """By its phrases, else by what it says no to in words that are a model's."""
    patterns = _patterns()
    is_near = share >= _OF_MODEL_WITH_REFUSAL or len(words.words_of(sentence)) <= _SHORT
    if is_near and any(strong.match(sentence) for strong in patterns.strong):
        return Kind.STRONG
    if is_near and any(generic.match(sentence) for generic in patterns.generic):
        return Kind.GENERIC
    is_said = share >= _MOSTLY_OF_MODEL and not patterns.we.search(sentence)
    if is_said and patterns.denies.search(sentence):
        is_mine = patterns.first_person.search(sentence) is not None
        if patterns.images.search(sentence) and (is_mine or patterns.faults.search(sentence)):
            return Kind.STRONG
        if share >= _ALL_OF_MODEL and is_mine and patterns.tasks.search(sentence):
            return Kind.GENERIC
    return None


def is_claim_of_emptiness(text: str) -> bool:
    """Whether a text says plainly that the page has no text, and nothing else.

    One that hedges ("appears to contain no legible text") is about what the model can see, and is
    a refusal.
    """
    sentences = [
        _NOTE.sub("", sentence, 1).strip("()[]")
        for sentence in words.split_sentences(text[:_LONGEST_SENTENCE])
    ]
    if not sentences or len(sentences) > 2:
        return False
    if all(map(others.is_claim_of_emptiness, sentences)):
        return True
    if words.known_share(sentences[0]) < _OF_MODEL:
        return False
    empty = _patterns().empty
    return all(
        any(claim.fullmatch(sentence) and not hedge.search(sentence) for claim, hedge in empty)
        for sentence in sentences
    )
