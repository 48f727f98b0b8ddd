"""What two readers say of a page, in a real browser: in its text and on its image."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from playwright.sync_api import Locator, Page, expect

from lector.domain import word_places
from lector.domain.word_places import Agreement, Box, MissingWord, PlacedWord, Places
from lector.local.stack import Stack
from tests.acceptance import test_page
from tests.acceptance.browsing import click_at, serious_faults, still
from tests.acceptance.test_page import PHONE, set_page, unfold, uploaded
from tests.support.model import ScriptedModel
from tests.support.pdfs import text_pdf

# A whole Lector for these alone, and a browser.
pytestmark = pytest.mark.slow

# The same Lector and browser as for the rest of the page.
model, stack = test_page.model, test_page.stack
browser, context, page = test_page.browser, test_page.context, test_page.page

PRINTED = (
    "Harbour Office, Pier 4\n\nInvoice 4711\n\n"
    "Lamps, brass            12 x 14.50       174.00\n"
    "Wicks, cotton           30 x 0.80        24.00\n"
    "Oil, barrel             2 x 118.00       236.00\n\n"
    "Total                                    434.00\n\n"
    "Payable within thirty days at the office of the harbour."
)
READ = (
    "# Harbour Office, Pier 4\n\n**Invoice** 4711\n\n"
    "| | | |\n|---|---|---|\n"
    "| Lamps, brass | 12 x 14.50 | 147.00 |\n"
    "| Wicks, cotton | 30 x 0.80 | 24.00 |\n\n"
    "Total 484.00\n\n"
    "Payable within thirty days at the office of the harbour. Thank you for your trust."
)
OTHERS = {"147.00": "174.00", "484.00": "434.00"}
INVENTED = "Thank you for your trust."
LOST = "Oil, barrel 2 x 118.00 236.00"
VERIFICATION: Mapping[str, Any] = {
    "status": "verified",
    "anchor": "tesseract",
    "agreement": 0.8234,
    "words": 34,
    "only_in_answer": 5,
    "only_in_anchor": 6,
    "anchor_confidence": 95.0,
}


@pytest.fixture
def verified(stack: Stack, model: ScriptedModel, tmp_path: Path) -> str:
    """The id of a file of a page on which two readers differ, and of one that nobody verified."""
    content = text_pdf([PRINTED, "minutes two"], 11)
    file_id = uploaded(stack, tmp_path, "invoice.pdf", content)
    places = read_by_two(printed_boxes(content))
    number = places.words[[word.other for word in places.words].index("174.00")]
    lost = next(word for word in places.missing if word.text == "118.00")
    numbers = [
        {"text": "147.00", "other": "174.00", "box": number.boxes[0], "start": number.start},
        {"text": "484.00", "other": "434.00", "box": None, "start": READ.index("484.00")},
        {"text": None, "other": "118.00", "box": lost.box, "start": None},
    ]
    doubts = {"numbers_differ": "3 numbers differ between the two readers: 147.00 and 174.00"}
    verification = {**VERIFICATION, "numbers": numbers}
    stored = {"words": None, "places": word_places.encode(places), "doubts": doubts}
    set_page(stack, file_id, 1, text=READ, verification=verification, **stored)
    late = {"status": "not_verified", "reason": "no_anchor_in_time"}
    set_page(stack, file_id, 2, words=None, places=None, doubts={}, verification=late)
    return file_id


def printed_boxes(content: bytes) -> list[tuple[str, Box]]:
    """The printed words and where they are."""
    with pymupdf.open(stream=content, filetype="pdf") as document:
        width, height = document[0].rect.width, document[0].rect.height
        return [
            (text, (left / width, top / height, right / width, bottom / height))
            for left, top, right, bottom, text, *_ in document[0].get_text("words")
        ]


def read_by_two(printed: list[tuple[str, Box]]) -> Places:
    """The words of `READ` where they are printed, and what differs."""
    left = list(printed)
    words = []
    for found in re.finditer(r"[^\s|#*-]+", READ):
        text, start, end = found[0], found.start(), found.end()
        wanted = OTHERS.get(text, text)
        at = [word for word, _ in left].index(wanted) if wanted in dict(left) else None
        if start >= READ.index(INVENTED) or at is None:
            words.append(PlacedWord(start, end, (), Agreement.ALONE))
            continue
        agreement = Agreement.NEAR if text in OTHERS else Agreement.SAME
        words.append(PlacedWord(start, end, (left.pop(at)[1],), agreement, OTHERS.get(text, "")))
    offset = READ.index("\n\nTotal")
    lost = [MissingWord(word, box, offset, 93) for word, box in left if word in LOST.split()]
    return Places(tuple(words), tuple(lost))


def text(page: Page) -> Locator:
    return page.get_by_test_id("text")


def note(page: Page) -> Locator:
    return page.get_by_role("region", name="Second reader").get_by_role("status")


def chosen_on_image(page: Page) -> tuple[float, float]:
    """The middle of what is chosen in shares of its image, both as they are in one moment."""
    across, along = page.get_by_test_id("chosen").evaluate(
        """chosen => {
          const [box, image] = [chosen, document.querySelector('img[alt="Image of page 1"]')]
            .map(one => one.getBoundingClientRect())
          return [
            (box.x + box.width / 2 - image.x) / image.width,
            (box.y + box.height / 2 - image.y) / image.height,
          ]
        }"""
    )
    return across, along


def middle_of(word: str, number: int = 0) -> tuple[float, float]:
    """Where a printed word is on the page."""
    places = [box for text, box in printed_boxes(text_pdf([PRINTED], 11)) if text == word]
    left, top, right, bottom = places[number]
    return (left + right) / 2, (top + bottom) / 2


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.wait_for_timeout(400)
        page.screenshot(path=Path(folder, f"{name}.png"))


def open_drawn(page: Page, file_id: str) -> None:
    """Come to a page, and wait until its text is drawn: until then it is shown as written."""
    page.goto(f"/files/{file_id}/pages/1")
    expect(text(page).get_by_role("cell").first).to_be_visible()
    expect(page.get_by_role("img", name="Image of page 1")).to_be_visible()


def click_in_cell(page: Page, word: str) -> None:
    """Click in the middle of a word in a cell of the text, wherever that has come to rest."""
    cell = text(page).get_by_role("cell").filter(has_text=word)
    still(cell)
    x, y = cell.evaluate(
        """(cell, word) => {
          const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
          for (let node; (node = walker.nextNode()); ) {
            const at = node.data.indexOf(word)
            if (at < 0) continue
            const range = document.createRange()
            range.setStart(node, at)
            range.setEnd(node, at + word.length)
            const { x, y, width, height } = range.getBoundingClientRect()
            const of = cell.getBoundingClientRect()
            return [
              x + width / 2 - of.x - cell.clientLeft,
              y + height / 2 - of.y - cell.clientTop,
            ]
          }
        }""",
        word,
    )
    cell.click(position={"x": x, "y": y})


def copied(page: Page, button: str) -> str:
    """What a button copies, once it says that it has."""
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("button", name="Copied").first).to_be_visible()
    found: str = page.evaluate("navigator.clipboard.readText()")
    return found


def test_a_word_that_is_clicked_in_the_text_is_shown_on_the_image(
    page: Page, verified: str
) -> None:
    open_drawn(page, verified)
    click_in_cell(page, "cotton")
    expect(page.get_by_test_id("chosen")).to_be_visible()
    assert chosen_on_image(page) == pytest.approx(middle_of("cotton"), abs=0.01)
    expect(note(page)).to_contain_text("“cotton”: both readers agree.")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("chosen")).to_have_count(0)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_word_that_is_clicked_on_the_image_is_shown_in_the_text_however_it_is_turned(
    page: Page, verified: str, turns: int
) -> None:
    page.set_viewport_size({"width": 1280, "height": 1600})
    open_drawn(page, verified)
    image = page.get_by_role("img", name="Image of page 1")
    for _ in range(turns):
        page.keyboard.press("r")
    across, along = middle_of("harbour.")
    for _ in range(turns):
        across, along = 1 - along, across
    click_at(image, across, along)
    expect(text(page).locator("[data-chosen]")).to_have_text("harbour.")
    expect(text(page).locator("[data-chosen]")).to_be_in_viewport()


@pytest.mark.parametrize("degrees", [90, 180])
def test_a_page_that_lies_has_its_words_where_they_are_on_the_upright_image(
    page: Page, stack: Stack, verified: str, degrees: int
) -> None:
    set_page(stack, verified, 1, turned_degrees=degrees)
    open_drawn(page, verified)
    click_in_cell(page, "cotton")
    expect(page.get_by_test_id("chosen")).to_be_visible()
    assert chosen_on_image(page) == pytest.approx(middle_of("cotton"), abs=0.02)


def test_on_a_phone_a_click_leads_from_the_text_to_the_image_and_back(
    page: Page, verified: str
) -> None:
    page.set_viewport_size(PHONE)
    open_drawn(page, verified)
    click_in_cell(page, "cotton")
    expect(page.get_by_test_id("chosen")).to_be_in_viewport()
    click_at(page.get_by_role("img", name="Image of page 1"), *middle_of("Wicks,"))
    expect(text(page).locator("[data-chosen]")).to_be_in_viewport()


def test_what_two_readers_differ_on_is_marked_in_the_text_and_on_the_image(
    page: Page, verified: str
) -> None:
    page.goto(f"/files/{verified}/pages/1")
    section = page.get_by_role("region", name="Second reader")
    expect(section).to_contain_text("Two readers agree on 82.3% of their words")
    expect(section).to_contain_text("the second one is Tesseract")
    for kind in ("read differently", "only in this text", "missing in this text"):
        expect(section.get_by_text(kind)).to_be_visible()
    expect(text(page).get_by_title("“147.00”: the second reader has “174.00”.")).to_be_visible()
    expect(text(page).get_by_title(f"“{INVENTED}”: only this text has it.")).to_be_visible()
    expect(text(page).get_by_role("note")).to_have_attribute("data-missing", LOST)
    expect(page.locator("path[data-kind]")).to_have_count(2)
    for index, kind in enumerate(("near", "missing")):
        expect(page.locator("path[data-kind]").nth(index)).to_have_attribute("data-kind", kind)
    shot(page, "numbers-differ-light")


def test_missing_words_are_no_part_of_the_text_that_is_copied(page: Page, verified: str) -> None:
    open_drawn(page, verified)
    words = copied(page, "Copy as text")
    assert words.startswith(
        "Harbour Office, Pier 4\n\nInvoice 4711\n\nLamps, brass\t12 x 14.50\t147.00"
    )
    assert LOST not in words
    page.get_by_role("button", name="Source").click()
    expect(text(page)).to_have_text(READ)
    assert copied(page, "Copy as Markdown") == READ


def test_a_text_is_drawn_as_its_marks_say_and_its_table_is_copied(
    page: Page, verified: str
) -> None:
    page.goto(f"/files/{verified}/pages/1")
    expect(text(page).get_by_role("heading", name="Harbour Office, Pier 4")).to_be_visible()
    cell = text(page).get_by_role("cell", name="147.00")
    expect(cell.get_by_title("“147.00”: the second reader has “174.00”.")).to_be_visible()
    cell.click()
    expect(cell.locator("[data-chosen]")).to_have_text("147.00")
    assert copied(page, "Copy table as CSV").splitlines() == [
        '"Lamps, brass",12 x 14.50,147.00',
        '"Wicks, cotton",30 x 0.80,24.00',
    ]
    page.keyboard.press("m")
    expect(text(page)).to_contain_text("| 147.00 |")
    page.reload()
    expect(text(page)).to_contain_text("| 147.00 |")


def test_numbers_that_differ_are_listed_with_both_readings_and_lead_to_their_places(
    page: Page, verified: str
) -> None:
    page.goto(f"/files/{verified}/pages/1")
    page.get_by_role("button", name="484.00 ≠ 434.00").click()
    expect(text(page).locator("[data-chosen]")).to_have_text("484.00")
    expect(page.get_by_test_id("chosen")).to_be_visible()
    assert chosen_on_image(page) == pytest.approx(middle_of("434.00"), abs=0.01)
    shot(page, "number-chosen-light")
    page.get_by_role("button", name="– ≠ 118.00").click()
    expect(note(page)).to_contain_text(f"“{LOST}”: only the second reader has it.")
    expect(page.get_by_test_id("chosen")).to_have_count(len(LOST.split()))


def test_differences_are_gone_through_with_keys_and_with_buttons(page: Page, verified: str) -> None:
    page.goto(f"/files/{verified}/pages/1")
    page.get_by_role("region", name="Second reader").wait_for()
    for words in ("“147.00”", f"“{LOST}”", "“484.00”", f"“{INVENTED}”", "“147.00”"):
        page.keyboard.press("n")
        expect(note(page)).to_contain_text(words)
    page.keyboard.press("p")
    expect(note(page)).to_contain_text("Its place on the image is not known.")
    page.get_by_role("button", name="Previous difference").click()
    expect(note(page)).to_contain_text("“484.00”")
    page.keyboard.press("w")
    expect(note(page)).to_contain_text("“Payable”: both readers agree.")
    page.keyboard.press("b")
    expect(note(page)).to_contain_text("“484.00”")


def test_a_page_that_nobody_verified_says_why(page: Page, verified: str) -> None:
    page.goto(f"/files/{verified}/pages/2")
    unfold(page)
    why = "Not verified: the second reader was not there in time."
    expect(page.get_by_role("definition").filter(has_text=why)).to_be_visible()
    expect(page.get_by_role("button", name="Next difference")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_on_which_readers_differ_can_be_used_by_anybody_also_on_a_phone(
    page: Page, verified: str, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": 1400, "height": 900})
    page.goto(f"/files/{verified}/pages/1?q=harbour")
    page.get_by_role("region", name="Second reader").wait_for()
    page.keyboard.press("n")
    expect(page.get_by_test_id("chosen")).to_be_visible()
    assert serious_faults(page) == []
    shot(page, f"numbers-differ-wide-{scheme}")
    page.set_viewport_size(PHONE)
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    shot(page, f"numbers-differ-phone-{scheme}")


def test_twenty_thousand_words_do_not_freeze_the_page(
    page: Page,
    stack: Stack,
    verified: str,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    words, lost, at = [], [], 0
    for number in range(20_000):
        column, line = number % 100, number // 100
        box = (column / 100, line / 200, column / 100 + 0.009, line / 200 + 0.004)
        kinds = (Agreement.SAME, Agreement.NEAR, Agreement.SAME, Agreement.ALONE)
        words.append(PlacedWord(at, at + 5, (box,), kinds[number % 4], "other"))
        if number % 10 == 0:
            lost.append(MissingWord("lost", box, at))
        at += 6
    stored = word_places.encode(Places(tuple(words), tuple(lost)))
    set_page(stack, verified, 1, text="words " * 20_000, words=None, places=stored)
    page.goto(f"/files/{verified}/pages/1")
    expect(text(page)).to_contain_text("words")
    page.keyboard.press("n")
    expect(page.get_by_test_id("chosen")).to_be_visible()
    took = page.evaluate(
        """async () => {
          const from = performance.now()
          for (let n = 0; n < 5; n++) {
            document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true }))
            await new Promise(done => requestAnimationFrame(() => setTimeout(done)))
          }
          return (performance.now() - from) / 5
        }"""
    )
    record_testsuite_property("ms_to_the_next_difference", took)
    assert took < 2000, f"{took:.0f} ms from one difference to the next"
