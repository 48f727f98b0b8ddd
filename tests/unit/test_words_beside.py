"""Which of a reader's words a PDF lacks: those that stand where it has none."""

from collections.abc import Sequence
from typing import Any

from functions.upload.searchable_pdf import words_beside
from functions.upload.word_formats.layout import Block, Line, Word

TOTAL = ["Total", 0.1, 0.5, 0.2, 0.52]


def select(words: Sequence[Any], carried: Sequence[Any], **known: Any) -> list[Any]:
    page = [
        Block((Line((Word(text, " ", (left, top, right, bottom), **known),)),))
        for text, left, top, right, bottom in words
    ]
    kept = words_beside.without(page, carried)
    found = [word for block in kept for line in block.lines for word in line.words]
    return [[word.text, *word.box] for word in found]


def test_a_word_at_the_place_of_another_is_left_out_whatever_it_says() -> None:
    misread = ["Tota1", 0.11, 0.501, 0.19, 0.519]
    assert select([misread], [TOTAL]) == []


def test_a_word_beside_above_or_below_it_stays() -> None:
    beside = ["due", 0.21, 0.5, 0.25, 0.52]
    above = ["Sum", 0.1, 0.47, 0.2, 0.49]
    below = ["Tax", 0.1, 0.53, 0.2, 0.55]
    assert select([beside, above, below], [TOTAL]) == [beside, above, below]


def test_words_at_the_edges_of_the_page_and_tall_ones_are_found() -> None:
    rotated = ["margin", 0.97, 0.0, 1.0, 1.0]
    read = [["margin", 0.98, 0.1, 1.0, 1.0], ["x", 0.98, 1.0, 1.0, 1.0]]
    assert select(read, [rotated]) == []


def test_where_the_pdf_carries_nothing_every_word_stays_in_its_order() -> None:
    assert select([TOTAL, TOTAL], []) == [TOTAL, TOTAL]


def test_a_full_page_is_looked_through_in_no_time() -> None:
    words = [
        [f"w{n}", n % 50 / 50, n // 50 / 400, n % 50 / 50 + 0.01, n // 50 / 400 + 0.002]
        for n in range(20_000)
    ]
    assert select(words, words) == []


def test_of_words_whose_place_is_not_known_those_that_the_pdf_has_are_left_out_once() -> None:
    guessed = [["total,", 0.6, 0.6, 0.7, 0.62], ["total", 0.7, 0.6, 0.8, 0.62]]
    assert select(guessed, [TOTAL], is_placed=False) == [guessed[1]]
