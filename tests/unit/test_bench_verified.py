"""The measure of places and doubts is fair, and a small one of it runs."""

import random
from pathlib import Path

import pytest

from benchmarks.verified import answers, boxes, command, faults, pages
from benchmarks.verified.answers import FORMATS
from benchmarks.verified.pages import KINDS, Page


@pytest.fixture(scope="module", params=KINDS)
def page(request: pytest.FixtureRequest) -> Page:
    return pages.make(request.param, pages.PRINT, "en", 1)


def test_a_page_is_the_same_each_time(page: Page) -> None:
    again = pages.make(page.kind, page.variant, page.language, 1)
    assert (again.blocks, again.layer, again.image) == (page.blocks, page.layer, page.image)


def test_what_is_seen_of_a_word_lies_within_its_box(page: Page) -> None:
    for word in page.words:
        assert len(word.boxes) == len(word.inks) in (1, 2)
        for box, ink in zip(word.boxes, word.inks, strict=True):
            assert box[0] - 0.002 <= ink[0] < ink[2] <= box[2] + 0.002
            assert box[1] - 0.002 <= ink[1] < ink[3] <= box[3] + 0.002


@pytest.mark.parametrize("form", FORMATS)
def test_the_spans_of_an_answer_are_its_words(page: Page, form: str) -> None:
    answer = answers.write(answers.right(page), form)
    assert [answer.text[start:end] for start, end, _ in answer.spans] == [
        word.text for word in page.words
    ]


def test_a_right_answer_has_all_right_boxes(page: Page) -> None:
    tally = boxes.measure(answers.write(answers.right(page), "plain"), page.layer, inks=False)
    assert tally.both > 30
    assert tally.right == tally.both


@pytest.mark.parametrize("name", [name for name in faults.FAULTS if name != faults.NOTHING])
def test_a_fault_changes_the_answer_where_it_can_be(page: Page, name: str) -> None:
    parts = faults.FAULTS[name](page, answers.right(page), random.Random(1))
    if parts is not None:
        assert (
            answers.write(parts, "plain").text != answers.write(answers.right(page), "plain").text
        )


@pytest.mark.slow
def test_a_tiny_run_prints_both_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = tmp_path / "figures.json"
    command.main(["--pages", "1", "--words", "1000", "--json", str(figures)])
    printed = capsys.readouterr().out
    assert "## Boxes" in printed
    assert "## Faults" in printed
    assert "words with the right box" in figures.read_text()


def test_a_box_that_the_anchor_has_beside_its_word_is_askew_and_not_wrong() -> None:
    page = pages.make("form", pages.PRINT, "en", 1)
    answer = answers.write(answers.right(page), answers.PLAIN)
    shifted = [
        word._replace(
            box=(word.box[0] - 0.6 * width, word.box[1], word.box[2] - 0.6 * width, word.box[3])
        )
        for word in page.layer
        for width in (word.box[2] - word.box[0],)
    ]
    tally = boxes.measure(answer, shifted, inks=False)
    assert tally.askew > 0
    assert tally.wrong == 0
