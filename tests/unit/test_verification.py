"""What a second reader says of a page's text: figures, doubts, and when it says nothing."""

import json

import pytest

from lector.domain.alignment import AnchorWord, align
from lector.domain.doubts import Doubts
from lector.domain.verification import (
    Anchor,
    AnchorKind,
    InvalidVerification,
    NumberDifference,
    Reason,
    Status,
    Verification,
    judge,
    not_verified,
)

PAGE = (
    "The parties agree that the sum of 12,480.75 euros is to be paid within 30 days of the"
    " delivery of all goods that are named in the annex to this contract. Whoever is late owes"
    " interest of 5 percent for each year. Claims of third parties are not touched by that, nor is"
    " the right of either side to end this contract for good cause at any time and without notice."
)


def seen(text: str, confidence: float | None = 95.0) -> Anchor:
    words = [
        AnchorWord(
            word,
            (at % 10 / 10, at // 10 / 50, at % 10 / 10 + 0.08, at // 10 / 50 + 0.015),
            confidence,
        )
        for at, word in enumerate(text.split())
    ]
    kind = AnchorKind.TEXT_LAYER if confidence is None else AnchorKind.TESSERACT
    return Anchor(kind, words, confidence)


def verify(text: str, anchor: Anchor) -> tuple[Verification, Doubts]:
    return judge(text, align(text, anchor.words), anchor)


def test_a_text_that_both_read_alike_is_verified_without_doubts() -> None:
    found, doubts = verify(f"# {PAGE}", seen(PAGE))
    assert found.status is Status.VERIFIED
    assert (found.reason, found.anchor, found.anchor_confidence) == (None, "tesseract", 95.0)
    assert (found.agreement, found.only_in_answer, found.only_in_anchor) == (1.0, 0, 0)
    assert found.words == len(PAGE.split())
    assert not found.numbers
    assert not doubts


def test_the_text_layer_is_an_anchor_without_confidence() -> None:
    found, doubts = verify(PAGE, seen(PAGE, None))
    assert (found.status, found.anchor, found.anchor_confidence) == ("verified", "text_layer", None)
    assert not doubts


def test_words_that_the_text_lacks_are_counted_and_doubted() -> None:
    lacking = PAGE.replace(" Whoever is late owes interest of 5 percent for each year.", "")
    found, doubts = verify(lacking, seen(PAGE))
    assert (found.only_in_answer, found.only_in_anchor) == (0, 11)
    assert list(doubts) == ["words_missing"]
    assert "11 of" in doubts["words_missing"]
    assert "Whoever" in doubts["words_missing"]


def test_words_that_only_the_text_has_are_counted_and_doubted() -> None:
    invented = PAGE + " In addition a fee of ten dollars is due at the front desk on arrival."
    found, doubts = verify(invented, seen(PAGE))
    assert (found.only_in_answer, found.only_in_anchor) == (15, 0)
    assert list(doubts) == ["words_invented"]


def test_a_number_that_differs_is_named_with_both_readings_its_box_and_where_it_stands() -> None:
    anchor = seen(PAGE)
    text = PAGE.replace("12,480.75", "12,430.75")
    found, doubts = verify(text, anchor)
    box = next(word.box for word in anchor.words if word.text == "12,480.75")
    at = text.index("12,430.75")
    assert found.numbers == (NumberDifference("12,430.75", "12,480.75", box, at),)
    assert list(doubts) == ["numbers_differ"]
    assert "12,430.75" in doubts["numbers_differ"]
    assert "12,480.75" in doubts["numbers_differ"]


def test_how_thousands_are_parted_makes_no_difference() -> None:
    _, doubts = verify(PAGE.replace("12,480.75", "12 480,75"), seen(PAGE))
    assert not doubts


def test_another_text_is_one_that_the_readers_disagree_on() -> None:
    other = "Nothing of what stands here has been on that page, as a model made up every word. " * 4
    found, doubts = verify(other, seen(PAGE))
    assert found.agreement is not None
    assert found.agreement < 0.2
    assert "readers_disagree" in doubts


@pytest.mark.parametrize(
    ("anchor", "reason"),
    [
        (seen(PAGE, 40.0), Reason.ANCHOR_UNSURE),
        (seen("a few words"), Reason.ANCHOR_HAS_FEW_WORDS),
        (seen(""), Reason.ANCHOR_HAS_FEW_WORDS),
        (seen("", None), Reason.ANCHOR_HAS_FEW_WORDS),
    ],
)
def test_where_the_anchor_is_unsure_nothing_is_doubted(anchor: Anchor, reason: Reason) -> None:
    found, doubts = verify("Quite another text stands here, which 1 number is in.", anchor)
    assert (found.status, found.reason) == (Status.NOT_VERIFIABLE, reason)
    assert not doubts


def test_a_text_without_an_anchor_says_why() -> None:
    found = not_verified(Reason.NO_ANCHOR_IN_TIME)
    assert (found.status, found.reason) == ("not_verified", "no_anchor_in_time")
    assert found.agreement is None


@pytest.mark.parametrize("text", [PAGE, PAGE.replace("12,480.75", "12,430.75"), ""])
def test_a_verification_is_read_back_as_it_was_written(text: str) -> None:
    for found in (verify(text, seen(PAGE))[0], not_verified(Reason.SWITCHED_OFF)):
        assert Verification.from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"status": "great"},
        {"status": "verified", "anchor": "oracle"},
        {"status": "verified", "agreement": "much"},
        {"status": "verified", "numbers": [{"box": [1]}]},
        {"status": "verified", "numbers": [{"text": 5}]},
        {"status": "verified", "numbers": 5},
        [],
    ],
)
def test_what_is_no_verification_is_refused(stored: object) -> None:
    with pytest.raises(InvalidVerification):
        Verification.from_json(stored)  # type: ignore[arg-type]
