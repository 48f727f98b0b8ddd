"""What comes of holding a page's text against a second reader, the anchor.

Two readers that know nothing of each other and say the same are seldom both wrong. Where they
differ, somebody should look, unless the anchor itself is unsure: then nothing can be said.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from lector.domain.doubts import DoubtCode, Doubts
from lector.domain.word_places import Box, Places
from lector.runtime.failures import LectorError

if TYPE_CHECKING:
    from lector.domain.alignment import AnchorWord
    from lector.domain.differences import Differences, Number

MOST_NUMBERS = 50
"""Of those that differ, so many are kept."""
_LONGEST_NUMBER = 100
_QUOTED = 4

_FEWEST_WORDS = 5
_LEAST_CONFIDENCE = 75.0
"""With fewer words, or less confidence of 100, an anchor says nothing."""
_PRINT_READ = 0.95
"""With less, what the anchor does not see may stand on the page nevertheless."""
_LOST_SHARE, _LOST_AT_LEAST, _LOST_TOGETHER = 0.1, 3, 3
_ALONE_SHARE, _ALONE_AT_LEAST, _ALONE_TOGETHER = 0.1, 5, 5
"""As a share of the words of both, in all at least, and together in one place."""
_LEAST_AGREEMENT = 0.6
_CROSSINGS = 5


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
    """What the second reader sees: its words in its order, and how sure it is of all, 0 to 100.

    `print_read` is the share, 0 to 1, of what looks like print that lies within its words.
    """

    kind: AnchorKind
    words: "Sequence[AnchorWord]"
    confidence: float | None = None
    print_read: float | None = None


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
    # Whoever only shows what came of it holds nothing against anything.
    from lector.domain.differences import Differences  # noqa: PLC0415

    found = Differences(text, places, anchor.words)
    reason = _why_not_verifiable(anchor)
    verification = Verification(
        Status.NOT_VERIFIABLE if reason else Status.VERIFIED,
        reason,
        anchor.kind,
        found.agreement,
        len(places.words),
        len(found.alone),
        found.only_in_anchor,
        () if reason else tuple(map(_to_difference, found.numbers[:MOST_NUMBERS])),
        anchor.confidence,
    )
    return verification, {} if reason else dict(_doubts(found, anchor))


def not_verified(reason: Reason) -> Verification:
    """A text that no second reader was held against."""
    return Verification(Status.NOT_VERIFIED, reason)


def _to_difference(number: "Number") -> NumberDifference:
    text, other, box, start = number
    longest = slice(_LONGEST_NUMBER)
    return NumberDifference(text and text[longest], other and other[longest], box, start)


def _doubts(found: "Differences", anchor: Anchor) -> Iterator[tuple[str, str]]:
    """What speaks against the text, each with its figures."""
    of, lost, alone = found.words, found.lost, found.alone
    is_lost = found.lost_lines > 0 or found.longest_lost >= _LOST_TOGETHER
    if is_lost or len(lost) > max(_LOST_AT_LEAST, _LOST_SHARE * of):
        quoted = _quote(word.text for word in lost)
        yield _doubt(DoubtCode.WORDS_MISSING, f"{len(lost)} of {of}, such as {quoted}")
    many = max(_ALONE_AT_LEAST, _ALONE_SHARE * of)
    sees_all = anchor.print_read is None or anchor.print_read >= _PRINT_READ
    if sees_all and (found.longest_alone >= _ALONE_TOGETHER or len(alone) > many):
        quoted = _quote(one.text for one in alone)
        yield _doubt(DoubtCode.WORDS_INVENTED, f"{len(alone)} of {of}, such as {quoted}")
    if found.numbers:
        quoted = "; ".join(map(_both, found.numbers[:_QUOTED]))
        yield _doubt(DoubtCode.NUMBERS_DIFFER, f"{len(found.numbers)}, such as {quoted}")
    if sees_all and found.agreement < _LEAST_AGREEMENT:
        figure = f"they agree on {found.agreement:.0%} of {of} words"
        yield _doubt(DoubtCode.READERS_DISAGREE, figure)
    elif found.crossings >= _CROSSINGS:
        figure = f"the text reads across columns on {found.crossings} lines"
        yield _doubt(DoubtCode.READERS_DISAGREE, figure)


def _both(number: "Number") -> str:
    if number.text is None:
        return f"nothing for \u201c{number.other}\u201d"
    return f"\u201c{number.text}\u201d for \u201c{number.other}\u201d"


def _why_not_verifiable(anchor: Anchor) -> Reason | None:
    if anchor.kind is AnchorKind.TEXT_LAYER:
        return None if anchor.words else Reason.ANCHOR_HAS_FEW_WORDS
    if len(anchor.words) < _FEWEST_WORDS:
        return Reason.ANCHOR_HAS_FEW_WORDS
    if anchor.confidence is not None and not anchor.confidence >= _LEAST_CONFIDENCE:
        return Reason.ANCHOR_UNSURE
    return None


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
