"""What a second reader says of a page's text: figures, doubts, and when it says nothing."""

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

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
from tests.support.cpu_time import timed

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


RECEIPT = (
    "Bakery Norwich\n\nwholemeal bread 3.49\norange juice 2.80\nground coffee 11.25\ncandles 4.95\n"
    "\nTotal 22.49"
)


def rows(text: str, confidence: float = 95.0) -> Anchor:
    """Words line by line, the last one of each at the right, as on a receipt."""
    words = []
    for row, line in enumerate(text.split("\n")):
        *names, last = line.split() or [""]
        for at, word in enumerate(names):
            words.append(
                AnchorWord(word, (at / 5, row / 20, at / 5 + 0.15, (row + 0.6) / 20), confidence)
            )
        words.append(AnchorWord(last, (0.8, row / 20, 0.95, (row + 0.6) / 20), confidence))
    return Anchor(AnchorKind.TESSERACT, words, confidence)


def test_a_row_that_is_lost_is_doubted_though_it_is_short() -> None:
    _, doubts = verify(RECEIPT.replace("candles 4.95\n", ""), rows(RECEIPT))
    assert "words_missing" in doubts


def test_an_amount_that_is_lost_is_listed_with_its_place() -> None:
    anchor = rows(RECEIPT)
    found, doubts = verify(RECEIPT.replace(" 11.25", ""), anchor)
    [lost] = found.numbers
    assert (lost.text, lost.other) == (None, "11.25")
    assert lost.box == next(word.box for word in anchor.words if word.text == "11.25")
    assert "11.25" in doubts["numbers_differ"]


@pytest.mark.parametrize(
    ("said", "confidence", "doubted"),
    [
        ("12,430.75", 95.0, True),  # for 12,480.75
        ("12,430.75", 85.0, False),  # 3 and 8 look alike
        ("12,440.75", 65.0, True),
        ("12,440.75", 50.0, False),
        ("1,248.75", 85.0, False),  # a rule, or the sign of a currency, is often read as a digit
        ("1,248.75", 95.0, True),
    ],
)
def test_another_digit_is_doubted_if_the_anchor_is_sure_of_its_own(
    said: str,
    confidence: float,
    doubted: bool,  # noqa: FBT001
) -> None:
    anchor = seen(PAGE)
    words = [
        word._replace(confidence=confidence) if word.text == "12,480.75" else word
        for word in anchor.words
    ]
    unsure = Anchor(anchor.kind, words, anchor.confidence)
    _, doubts = verify(PAGE.replace("12,480.75", said), unsure)
    assert ("numbers_differ" in doubts) == doubted


def test_where_the_anchor_leaves_out_print_words_of_the_text_alone_are_not_doubted() -> None:
    anchor = seen(PAGE[: PAGE.index("Whoever")])
    halved = Anchor(anchor.kind, anchor.words, anchor.confidence, print_read=0.5)
    assert "words_invented" in verify(PAGE, anchor)[1]
    assert not verify(PAGE, halved)[1]


def test_a_text_that_reads_across_columns_is_doubted() -> None:
    left = [f"line {at} of the left column" for at in range(20)]
    right = [f"and row {at} of that to its right" for at in range(20)]
    words = [
        AnchorWord(word, (x + at / 16, row / 30, x + at / 16 + 0.05, (row + 0.6) / 30), 95.0)
        for x, column in ((0.0, left), (0.5, right))
        for row, line in enumerate(column)
        for at, word in enumerate(line.split())
    ]
    anchor = Anchor(AnchorKind.TESSERACT, words, 95.0)
    in_order = "\n".join([*left, *right])
    across = "\n".join(f"{one} {other}" for one, other in zip(left, right, strict=True))
    table = "\n".join(f"| {one} | {other} |" for one, other in zip(left, right, strict=True))
    assert not verify(in_order, anchor)[1]
    assert list(verify(across, anchor)[1]) == ["readers_disagree"]
    assert not verify(table, anchor)[1]


def test_a_word_that_is_there_without_a_place_is_not_missing() -> None:
    anchor = seen(PAGE)
    found, doubts = verify(PAGE.replace(" goods", "").replace("year.", "year. goods"), anchor)
    assert found.status is Status.VERIFIED
    assert not doubts


_WORDS = some.lists(some.text("abcde1", min_size=1, max_size=4), min_size=1, max_size=40)


# None of them is two others.
_ALIKE = some.lists(some.text("ab1", min_size=3, max_size=3), min_size=1, max_size=25)


@settings(max_examples=60)
@given(_ALIKE, some.randoms(use_true_random=False))
def test_dropping_words_never_raises_agreement(words: list[str], chance: Random) -> None:
    anchor = seen(" ".join(words))
    left, before = list(words), 1.0
    while left:
        found, _ = verify(" ".join(left), anchor)
        assert found.agreement is not None
        assert found.agreement <= before
        before = found.agreement
        del left[chance.randrange(len(left))]


@given(_WORDS)
def test_an_answer_that_is_the_anchor_agrees_wholly_and_is_not_doubted(words: list[str]) -> None:
    found, doubts = verify(" ".join(words), seen(" ".join(words)))
    assert found.agreement == 1.0
    assert not doubts


def test_judging_20_000_words_takes_less_than_a_second() -> None:
    chance = Random(1)
    words = ["".join(chance.choices("abcdefgh123", k=5)) for _ in range(20_000)]
    anchor = seen(" ".join(words))
    text = " ".join(word for word in words if chance.random() < 0.9)
    places = align(text, anchor.words)
    _, took_s = timed(lambda: judge(text, places, anchor))
    assert took_s < 1
