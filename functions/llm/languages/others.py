"""The commonest refusals in Chinese, Japanese, Dutch, Polish, Russian and Swedish (others.yaml).

Models often answer in the language of the page. No vocabulary is kept of these languages, so all of
a short answer must be such sentences: a page has other matters beside them.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_SENTENCES = Path(__file__).with_suffix(".yaml")
_MOST_SENTENCES, _LONGEST_SENTENCE = 5, 200


@dataclass(frozen=True)
class _Language:
    sorry: re.Pattern[str]
    refusals: list[re.Pattern[str]]
    requests: list[re.Pattern[str]]
    empty: list[re.Pattern[str]]


@cache
def _languages() -> list[_Language]:
    languages = yaml.load(_SENTENCES.read_text(), yaml.CSafeLoader).values()
    return [
        _Language(
            sorry=_compile("(?:SORRY)+", language),
            refusals=[
                *(_compile(pattern, language) for pattern in language["refusals"]),
                *(_compile(f"SORRY{pattern}", language) for pattern in language["empty"]),
            ],
            requests=[_compile(pattern, language) for pattern in language["requests"]],
            empty=[_compile(pattern, language) for pattern in language["empty"]],
        )
        for language in languages
    ]


def _compile(pattern: str, language: dict[str, str]) -> re.Pattern[str]:
    pattern = pattern.replace("SORRY", language["sorry"]).replace("IMAGE", language["image"])
    # Sentences are folded in the same way (`words.fold`).
    folded = re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFKD", pattern))
    return re.compile(rf"\W*{folded}\W*")


def is_refusal(sentences: list[str]) -> bool:
    """Whether all of some folded sentences refuse, or say that there is no text.

    They may be sorry, and ask for another image, but not do that only.
    """
    if not sentences or len(sentences) > _MOST_SENTENCES:
        return False
    return any(
        any(_is_one_of(sentence, [*known.refusals, *known.empty]) for sentence in sentences)
        and all(
            _is_one_of(sentence, [*known.refusals, *known.empty, *known.requests, known.sorry])
            for sentence in sentences
        )
        for known in _languages()
    )


def is_claim_of_emptiness(sentence: str) -> bool:
    """Whether a folded sentence says plainly that a page has no text."""
    return any(_is_one_of(sentence, known.empty) for known in _languages())


def _is_one_of(sentence: str, patterns: list[re.Pattern[str]]) -> bool:
    is_short = len(sentence) <= _LONGEST_SENTENCE
    return is_short and any(pattern.fullmatch(sentence) for pattern in patterns)
