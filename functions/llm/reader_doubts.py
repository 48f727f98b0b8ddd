"""What a reader itself says against its answer: it is unsure, or parts are missing.

Or it lacks the page's language. The embedded reader tells so beside its answer, in `lector`; others
do not.
"""

import re
from collections.abc import Collection
from typing import Any

from lector.domain.doubts import DoubtCode

UNSURE_BELOW = 87.0
"""Of 100: what a page's words have at least, weighted by their lengths, or it is doubted.

On the generated set (`benchmarks/reading`, seeds 2 and 3) pages with recall over 0.95 have 88 or
more; those below 0.75 of which all print lies within words have 86 at most.
"""

READ_AT_LEAST = 0.9
"""Of what looks like print: with less, words are missing. Pages that were read have .93 to 1."""

_CODE = re.compile(r"[a-z]{2,8}(?:_[a-z]{2,8})?")
_MOST_LANGUAGES = 5
_CODES = (
    DoubtCode.LOW_CONFIDENCE,
    DoubtCode.LANGUAGE_NOT_AVAILABLE,
    DoubtCode.PRINT_NOT_READ,
    # Of a second reader.
    DoubtCode.WORDS_MISSING,
    DoubtCode.WORDS_INVENTED,
    DoubtCode.NUMBERS_DIFFER,
    DoubtCode.READERS_DISAGREE,
)


def parse_doubts(answer: Any) -> dict[str, str]:
    """The doubts that an answer, given as decoded JSON, tells of itself; none if it tells nothing.

    What has not the right form is taken for nothing.
    """
    extra = answer.get("lector")
    if not isinstance(extra, dict):
        return {}
    return {
        **_low_confidence(parse_confidence(answer)),
        **_missing(extra.get("languages_missing")),
        **_print_not_read(parse_print_read(answer)),
    }


def parse_confidence(answer: Any) -> float | None:
    """How sure a reader says that it is of its words, from 0 to 100; None if it does not."""
    extra = answer.get("lector")
    confidence: Any = extra.get("confidence") if isinstance(extra, dict) else None
    return float(confidence) if _is_number(confidence) and 0 <= confidence <= 100 else None


def parse_print_read(answer: Any) -> float | None:
    """The share, 0 to 1, of what looks like print that a reader says it has read; None: unknown."""
    extra = answer.get("lector")
    share: Any = extra.get("print_read") if isinstance(extra, dict) else None
    return float(share) if _is_number(share) and 0 <= share <= 1 else None


def may_be_kept(doubts: Collection[str], text: str | None = None) -> bool:
    """Whether a text with these doubts is given to others with the same image.

    Not if another reading may well be better: after the missing language has come, for instance.
    Nor an empty `text` of a page without doubts: that it is blank is not kept.
    """
    if text is not None and not text.strip() and not doubts:
        return False
    return not any(code.value in doubts for code in _CODES)


def _print_not_read(share: float | None) -> dict[str, str]:
    if share is None or share >= READ_AT_LEAST:
        return {}
    code = DoubtCode.PRINT_NOT_READ
    return {code.value: f"{code.sentence}: {1 - share:.0%} of the print"}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _low_confidence(confidence: float | None) -> dict[str, str]:
    if confidence is None or confidence >= UNSURE_BELOW:
        return {}
    code = DoubtCode.LOW_CONFIDENCE
    return {code.value: f"{code.sentence}: its confidence is {confidence:.0f} of 100"}


def _missing(codes: Any) -> dict[str, str]:
    if not isinstance(codes, list):
        return {}
    known = [code for code in codes[:_MOST_LANGUAGES] if _is_code(code)]
    if not known:
        return {}
    from lector.domain import language_packages  # noqa: PLC0415 - few pages lack a language

    code, names = DoubtCode.LANGUAGE_NOT_AVAILABLE, " ".join(known)
    can_be_had = language_packages.packages().keys() >= set(known)
    return {code.value: f"{code.sentence}: {'lector languages add ' if can_be_had else ''}{names}"}


def _is_code(code: Any) -> bool:
    return isinstance(code, str) and _CODE.fullmatch(code) is not None
