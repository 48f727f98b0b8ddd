"""What comes of holding a page's text against a second reader, the anchor.

Two readers that know nothing of each other and say the same are seldom both wrong. Where they
differ, somebody should look, unless the anchor itself is unsure: then nothing can be said.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from lector.domain.alignment import AnchorWord, units
from lector.domain.doubts import DoubtCode, Doubts
from lector.domain.word_places import Agreement, Box, PlacedWord, Places
from lector.runtime.failures import LectorError

MOST_NUMBERS = 50
"""Of those that differ, so many are kept."""
_LONGEST_NUMBER = 100
_QUOTED = 4

_FEWEST_WORDS = 5
_LEAST_CONFIDENCE = 75.0
"""With fewer words, or less confidence of 100, an anchor says nothing."""
_SURE = 80
"""Of 100: what the anchor is less sure of speaks against nobody."""
_MISSING_SHARE, _MISSING_AT_LEAST = 0.1, 3
_EXTRA_SHARE, _EXTRA_AT_LEAST = 0.1, 5
_LEAST_AGREEMENT = 0.6


class AnchorKind(StrEnum):
    """Who the second reader is."""

    TEXT_LAYER = "text_layer"
    TESSERACT = "tesseract"


class Status(StrEnum):
    """What is known of a text."""

    VERIFIED = "verified"
    """Two readers were held against each other; whether they agree is said apart."""
    NOT_VERIFIED = "not_verified"
    """There was no second reader."""
    NOT_VERIFIABLE = "not_verifiable"
    """The second reader itself is unsure."""


class Reason(StrEnum):
    """Why a text is not verified, or cannot be."""

    SWITCHED_OFF = "switched_off"
    OWN_PROMPT = "own_prompt"
    """What somebody asked for in words of his own may be anything."""
    NO_ANCHOR = "no_anchor"
    """No second reader is set up here."""
    NO_ANCHOR_IN_TIME = "no_anchor_in_time"
    ANCHOR_FAILED = "anchor_failed"
    LANGUAGE_NOT_AVAILABLE = "language_not_available"
    READER_IS_ANCHOR = "reader_is_anchor"
    """The text is that of Tesseract, or of the text layer, and nobody else's is there."""
    ANCHOR_UNSURE = "anchor_unsure"
    ANCHOR_HAS_FEW_WORDS = "anchor_has_few_words"


class InvalidVerification(LectorError):
    """What is stored is no verification."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the second reader sees: its words in its order, and how sure it is of all, 0 to 100."""

    kind: AnchorKind
    words: Sequence[AnchorWord]
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class NumberDifference:
    """A number of the text, and what the anchor has in its place; one of them may be missing.

    `start` is where it stands in the text, in code points.
    """

    text: str | None
    other: str | None
    box: Box | None = None
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What is kept with a page's text.

    `agreement` is the share, 0 to 1, of the words of both that both have. `words` are those of the
    text; `only_in_answer` and `only_in_anchor` are counts.
    """

    status: Status
    reason: Reason | None = None
    anchor: AnchorKind | None = None
    agreement: float | None = None
    words: int | None = None
    only_in_answer: int | None = None
    only_in_anchor: int | None = None
    numbers: tuple[NumberDifference, ...] = ()
    anchor_confidence: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is stored and sent."""
        return {
            "status": self.status.value,
            "reason": self.reason and self.reason.value,
            "anchor": self.anchor and self.anchor.value,
            "agreement": self.agreement,
            "words": self.words,
            "only_in_answer": self.only_in_answer,
            "only_in_anchor": self.only_in_anchor,
            "numbers": [
                {
                    "text": one.text,
                    "other": one.other,
                    "box": one.box and list(one.box),
                    "start": one.start,
                }
                for one in self.numbers
            ],
            "anchor_confidence": self.anchor_confidence,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Verification":
        """As `to_json` wrote it; a reason that is not known is none.

        Raises:
            InvalidVerification: it is something else.

        """
        try:
            reason = stored.get("reason")
            anchor = stored.get("anchor")
            return cls(
                Status(stored["status"]),
                Reason(reason) if reason in set(Reason) else None,
                AnchorKind(anchor) if anchor is not None else None,
                _number(stored.get("agreement")),
                _count(stored.get("words")),
                _count(stored.get("only_in_answer")),
                _count(stored.get("only_in_anchor")),
                tuple(_difference(one) for one in (stored.get("numbers") or ())[:MOST_NUMBERS]),
                _number(stored.get("anchor_confidence")),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InvalidVerification("a verification that cannot be parsed") from error


def judge(text: str, places: Places, anchor: Anchor) -> tuple[Verification, Doubts]:
    """What the anchor says of a text whose words were aligned with it, and what speaks against it.

    Nothing speaks against one that cannot be judged.
    """
    figures = _Figures(text, places)
    reason = _why_not_verifiable(anchor)
    verification = Verification(
        Status.NOT_VERIFIABLE if reason else Status.VERIFIED,
        reason,
        anchor.kind,
        figures.agreement,
        len(places.words),
        figures.only_in_answer,
        figures.only_in_anchor,
        () if reason else tuple(figures.numbers[:MOST_NUMBERS]),
        anchor.confidence,
    )
    return verification, {} if reason else dict(figures.doubts())


def not_verified(reason: Reason) -> Verification:
    """A text that no second reader was held against."""
    return Verification(Status.NOT_VERIFIED, reason)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One or several words of the text that are one of the anchor's, or nobody's."""

    text: str
    first: PlacedWord

    @property
    def sure(self) -> bool:
        """Whether the anchor is sure of what it has in its place."""
        return _is_sure(self.first.confidence)

    @property
    def numbers_differ(self) -> bool:
        """Whether both readings are of one number, and it is not the same."""
        one, other = _digits(self.text), _digits(self.first.other)
        return bool(one and other) and one != other


class _Figures:
    """What both readers have, and what only one of them has."""

    def __init__(self, text: str, places: Places) -> None:
        self._places = places
        self._readings = list(_readings(text, places.words))
        agreements = Counter(word.agreement for word in places.words)
        replaced = sum(bool(one.first.other) and _is_alone(one.first) for one in self._readings)
        self.only_in_answer = agreements[Agreement.ALONE]
        self.only_in_anchor = len(places.missing) + replaced
        total = len(places.words) + len(places.missing)
        agreed = agreements[Agreement.SAME] + agreements[Agreement.NEAR] / 2
        self.agreement = round(agreed / total, 4) if total else 1.0
        self.numbers = list(self._find_numbers())

    def doubts(self) -> Iterator[tuple[str, str]]:
        """What speaks against the text, each with its figures."""
        lost = [_is_sure(word.confidence) for word in self._places.missing]
        count, of = sum(lost), len(self._places.words) + len(self._places.missing)
        if count > max(_MISSING_AT_LEAST, _MISSING_SHARE * of):
            quoted = _quote(word.text for word in self._places.missing)
            yield _doubt(DoubtCode.WORDS_MISSING, f"{count} of {of}, such as {quoted}")
        alone = [one for one in self._readings if _is_alone(one.first)]
        if len(alone) > max(_EXTRA_AT_LEAST, _EXTRA_SHARE * of):
            quoted = _quote(one.text for one in alone)
            yield _doubt(DoubtCode.WORDS_INVENTED, f"{len(alone)} of {of}, such as {quoted}")
        if self.numbers:
            quoted = ", ".join(
                f"\u201c{one.text}\u201d or \u201c{one.other}\u201d"
                for one in self.numbers[:_QUOTED]
            )
            yield _doubt(DoubtCode.NUMBERS_DIFFER, f"{len(self.numbers)}, such as {quoted}")
        if self.agreement < _LEAST_AGREEMENT:
            yield _doubt(DoubtCode.READERS_DISAGREE, f"they agree on {self.agreement:.0%}")

    def _find_numbers(self) -> Iterator[NumberDifference]:
        for one in self._readings:
            if one.numbers_differ and one.sure:
                boxes = one.first.boxes
                yield NumberDifference(
                    one.text[:_LONGEST_NUMBER],
                    one.first.other[:_LONGEST_NUMBER],
                    boxes[0] if boxes else None,
                    one.first.start,
                )


def _readings(text: str, words: Sequence[PlacedWord]) -> Iterator[_Reading]:
    first: PlacedWord | None = None
    end = 0
    for word in words:
        if first and first.other and word.agreement is Agreement.NEAR and not word.other:
            end = word.end
            continue
        if first:
            yield _Reading(text[first.start : end], first)
        first, end = word, word.end
    if first:
        yield _Reading(text[first.start : end], first)


def _why_not_verifiable(anchor: Anchor) -> Reason | None:
    if anchor.kind is AnchorKind.TEXT_LAYER:
        return None if anchor.words else Reason.ANCHOR_HAS_FEW_WORDS
    if len(anchor.words) < _FEWEST_WORDS:
        return Reason.ANCHOR_HAS_FEW_WORDS
    if anchor.confidence is not None and not anchor.confidence >= _LEAST_CONFIDENCE:
        return Reason.ANCHOR_UNSURE
    return None


def _is_alone(word: PlacedWord) -> bool:
    return word.agreement is Agreement.ALONE


def _is_sure(confidence: int | None) -> bool:
    return confidence is None or confidence >= _SURE


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, units.key_of(text)))


def _doubt(code: DoubtCode, figures: str) -> tuple[str, str]:
    return code.value, f"{code.sentence}: {figures}"


def _quote(words: Iterable[str]) -> str:
    return ", ".join(f"\u201c{word}\u201d" for word in islice(words, _QUOTED))


def _difference(stored: Mapping[str, Any]) -> NumberDifference:
    box = stored.get("box")
    edges: Box | None = None
    if box is not None:
        left, top, right, bottom = box
        edges = float(left), float(top), float(right), float(bottom)
    return NumberDifference(
        _text(stored.get("text")), _text(stored.get("other")), edges, _count(stored.get("start"))
    )


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("no text")
    return value


def _count(value: Any) -> int | None:
    return None if value is None else int(value)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
