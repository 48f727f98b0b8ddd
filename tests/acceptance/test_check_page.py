"""What a person decides about pages in doubt, in a real browser: by keys, by buttons, by typing."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lector.domain import word_places
from lector.local.stack import Stack
from tests.acceptance import test_page, test_second_reader
from tests.acceptance.browsing import serious_faults
from tests.acceptance.commandline import wait_until
from tests.acceptance.test_page import PHONE, set_page, uploaded
from tests.acceptance.test_second_reader import PRINTED, READ, printed_boxes, read_by_two
from tests.support.model import ScriptedModel, completion
from tests.support.pdfs import text_pdf

# A whole Lector for these alone, and a browser.
pytestmark = pytest.mark.slow

# The same Lector and browser as for the rest of the page.
model, stack = test_page.model, test_page.stack
browser, context, page = test_page.browser, test_page.context, test_page.page
VERIFICATION = {**test_second_reader.VERIFICATION, "numbers": []}


@pytest.fixture
def none_doubted(stack: Stack) -> None:
    """No page is in doubt but those of the test."""
    with psycopg.connect(stack.embedded.postgres.url, autocommit=True) as connection:
        connection.execute("UPDATE pages SET doubts = '{}'")


@pytest.fixture
def doubted(stack: Stack, model: ScriptedModel, none_doubted: None, tmp_path: Path) -> str:
    """The id of a file: of page 1 little is in doubt, of page 2 numbers, of page 3 nothing."""
    content = text_pdf(["minutes one", PRINTED, "minutes three"], 11)
    file_id = uploaded(stack, tmp_path, "invoice.pdf", content)
    places = word_places.encode(read_by_two(printed_boxes(text_pdf([PRINTED], 11))))
    doubts = {"numbers_differ": "2 numbers differ between the two readers: 147.00 and 174.00"}
    told = {"text": READ, "words": None, "places": places, "verification": VERIFICATION}
    set_page(stack, file_id, 2, doubts=doubts, **told)
    alone: dict[str, Any] = {"words": None, "places": None, "verification": None}
    set_page(stack, file_id, 1, doubts={"low_confidence": "the reader is not sure"}, **alone)
    set_page(stack, file_id, 3, doubts={}, **alone)
    return file_id


def text(page: Page) -> Locator:
    return page.get_by_test_id("text")


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def reading(page: Page, who: str) -> Locator:
    return page.get_by_role("button", name=re.compile(who))


def link(page: Page) -> Locator:
    return page.get_by_role("navigation").get_by_role("link", name=re.compile("To check"))


def shown(stack: Stack, file_id: str, number: int) -> dict[str, Any]:
    """A page as the API has it."""
    answer = httpx2.get(f"{stack.url}/v1/files/{file_id}/pages/{number}").raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def open_page(page: Page, file_id: str, number: int) -> None:
    """Come to a page, and wait until it takes keys."""
    page.goto(f"/check/{file_id}/{number}")
    expect(text(page)).to_be_visible()


@pytest.fixture
def refused_page(browser: Browser, stack: Stack, model: ScriptedModel) -> Iterator[Page]:
    """A page that may be refused something: its browser complains of that."""
    model.reset()
    model.otherwise = completion("the lamps of the harbour", lector=test_page.PARTS)
    opened = browser.new_context(base_url=stack.url)
    opened.set_default_timeout(15_000)
    yield opened.new_page()
    opened.close()


def write(stack: Stack, file_id: str, number: int, said: str) -> None:
    """Somebody else writes a page's text."""
    httpx2.put(
        f"{stack.url}/v1/files/{file_id}/pages/{number}/text",
        json={"text": said},
        headers={"If-Match": "*"},
    ).raise_for_status()


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.wait_for_timeout(400)
        page.screenshot(path=Path(folder, f"{name}.png"))


def test_the_worst_page_comes_first_and_is_decided_by_keys_alone(
    page: Page, stack: Stack, doubted: str
) -> None:
    page.goto("/")
    expect(link(page)).to_contain_text("2")
    link(page).click()
    expect(heading(page)).to_have_text("To check · invoice.pdf, Page 2")
    expect(page.get_by_text("1 of 2", exact=True)).to_be_visible()
    expect(page.get_by_test_id("chosen")).to_be_visible()
    expect(reading(page, "This text has")).to_contain_text("147.00")
    expect(reading(page, "The second reader has")).to_contain_text("174.00")
    shot(page, "check-numbers")
    page.keyboard.press("2")
    expect(text(page)).to_contain_text("174.00")
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    page.keyboard.press("n")  # the line that is missing
    page.keyboard.press("2")
    expect(text(page)).to_contain_text("Oil, barrel 2 x 118.00 236.00")
    page.keyboard.press("n")
    expect(reading(page, "This text has")).to_contain_text("484.00")
    page.keyboard.press("2")
    page.keyboard.press("n")  # the sentence that nobody printed
    expect(reading(page, "This text has")).to_contain_text("Thank you")
    page.keyboard.press("2")
    expect(page.get_by_text("Every place is decided")).to_be_visible()
    shot(page, "check-decided")
    page.keyboard.press("s")
    expect(heading(page)).to_have_text("To check · invoice.pdf, Page 1")
    expect(page.get_by_text("Page 2 of invoice.pdf is saved.")).to_be_visible()
    expect(link(page)).to_contain_text("1")
    found = shown(stack, doubted, 2)
    assert (found["provenance"], found["doubts"]) == ("person", [])
    assert found["text"].endswith("the office of the harbour.")
    assert {"174.00", "434.00", "118.00"} <= set(found["text"].replace("|", " ").split())
    page.keyboard.press("y")
    expect(page.get_by_text("There is nothing to check")).to_be_visible()
    assert shown(stack, doubted, 1)["provenance"] == "person"
    assert shown(stack, doubted, 1)["text"] == "the lamps of the harbour"
    expect(link(page)).to_have_text("To check")


def test_a_reading_that_was_taken_can_be_taken_back_and_all_be_undone(
    page: Page, stack: Stack, doubted: str
) -> None:
    open_page(page, doubted, 2)
    expect(text(page).get_by_role("cell").first).to_be_visible()
    before = text(page).inner_text()
    reading(page, "The second reader has").click()
    expect(reading(page, "The second reader has")).to_have_attribute("aria-pressed", "true")
    expect(text(page)).not_to_contain_text("147.00")
    page.keyboard.press("1")
    expect(text(page)).to_contain_text("147.00")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.keyboard.press("2")
    page.get_by_role("button", name="Undo all changes").click()
    wait_until(lambda: text(page).inner_text() == before, 15)
    page.keyboard.press("s")
    assert shown(stack, doubted, 2)["provenance"] != "person"


def test_a_text_is_typed_and_saved_without_leaving_the_keyboard(
    page: Page, stack: Stack, doubted: str
) -> None:
    open_page(page, doubted, 1)
    page.keyboard.press("e")
    field = page.get_by_role("textbox", name="Text of page 1")
    expect(field).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type(", y1 and 2 of them")
    page.keyboard.press("Escape")
    expect(text(page)).to_have_text("the lamps of the harbour, y1 and 2 of them")
    page.keyboard.press("e")
    page.keyboard.press("Control+Enter")
    expect(heading(page)).to_contain_text("Page 2")
    assert shown(stack, doubted, 1)["text"] == "the lamps of the harbour, y1 and 2 of them"


def test_what_was_typed_stays_when_one_looks_at_another_page_meanwhile(
    page: Page, doubted: str
) -> None:
    page.goto("/check")
    expect(heading(page)).to_contain_text("Page 2")
    page.keyboard.press("2")
    page.keyboard.press("j")
    expect(heading(page)).to_contain_text("Page 1")
    page.keyboard.press("k")
    expect(heading(page)).to_contain_text("Page 2")
    expect(text(page)).to_contain_text("174.00")
    expect(page.get_by_text("Not saved yet")).to_be_visible()


def test_who_is_slower_than_another_loses_nothing_and_decides(
    page: Page, stack: Stack, doubted: str
) -> None:
    open_page(page, doubted, 1)
    page.keyboard.press("e")
    field = page.get_by_role("textbox", name="Text of page 1")
    field.fill("mine")
    write(stack, doubted, 1, "theirs")
    expect(page.get_by_text("Somebody changed this page meanwhile")).to_be_visible()
    expect(page.get_by_test_id("theirs")).to_have_text("theirs")
    expect(field).to_have_value("mine")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    assert serious_faults(page) == []
    shot(page, "check-conflict")
    page.get_by_role("button", name="Save mine instead").click()
    expect(page.get_by_text("Page 1 of invoice.pdf is saved.")).to_be_visible()
    assert shown(stack, doubted, 1)["text"] == "mine"


def test_who_saves_before_he_hears_of_it_is_told_by_the_answer_and_can_take_the_other_text(
    refused_page: Page, stack: Stack, doubted: str
) -> None:
    page = refused_page
    page.route("**/v1/events", lambda route: route.abort())  # nothing is heard
    open_page(page, doubted, 1)
    page.keyboard.press("e")
    field = page.get_by_role("textbox", name="Text of page 1")
    field.fill("mine")
    write(stack, doubted, 1, "theirs")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Somebody changed this page meanwhile")).to_be_visible()
    expect(field).to_have_value("mine")
    assert shown(stack, doubted, 1)["text"] == "theirs"
    page.get_by_role("button", name="Drop mine, show theirs").click()
    expect(field).to_have_value("theirs")


def test_a_page_that_failed_is_typed_by_hand(
    page: Page, stack: Stack, none_doubted: None, tmp_path: Path
) -> None:
    file_id = uploaded(stack, tmp_path, "faded.pdf", text_pdf(["one"]))
    no_text = {"text": None, "words": None, "version": 0, "versions": 0, "provenance": None}
    error = {"error_code": "model_refused", "error": "the model refused it"}
    set_page(stack, file_id, 1, status="failed", model=None, **no_text, **error)
    page.goto(f"/files/{file_id}/pages/1")
    page.get_by_role("button", name="Correct the text…").click()
    field = page.get_by_role("textbox", name="Text of page 1")
    expect(field).to_be_focused()
    page.keyboard.type("typed by hand")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Decided by a person")).to_be_visible()
    expect(text(page)).to_have_text("typed by hand")
    found = shown(stack, file_id, 1)
    assert (found["status"], found["provenance"]) == ("read", "person")


def test_a_page_that_a_person_wrote_is_read_again_only_when_that_is_said(
    refused_page: Page, stack: Stack, doubted: str
) -> None:
    page = refused_page
    write(stack, doubted, 1, "mine")
    page.goto(f"/files/{doubted}/pages/1")
    page.get_by_role("button", name="Read again…").click()
    page.get_by_role("dialog").get_by_role("button", name="Read again").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("a person wrote")
    page.get_by_role("checkbox", name=re.compile("a person wrote")).check()
    page.get_by_role("dialog").get_by_role("button", name="Read again").click()
    expect(text(page)).to_have_text("the lamps of the harbour")
    assert shown(stack, doubted, 1)["provenance"] != "person"


def test_a_page_without_a_second_reader_shows_the_words_that_its_reader_is_not_sure_of(
    page: Page, stack: Stack, doubted: str
) -> None:
    word = word_places.PlacedWord(4, 9, ((0.1, 0.1, 0.3, 0.13),), confidence=31)
    places = word_places.encode(word_places.Places((word,)))
    set_page(stack, doubted, 1, words=None, places=places)
    open_page(page, doubted, 1)
    expect(page.get_by_text("“lamps”: the reader is not sure of it (31 of 100).")).to_be_visible()
    expect(page.get_by_test_id("chosen")).to_be_visible()
    set_page(stack, doubted, 1, places=None)
    page.reload()
    expect(page.get_by_text("No single words are in doubt")).to_be_visible()


def test_a_page_that_is_being_read_cannot_be_written_meanwhile(
    page: Page, stack: Stack, doubted: str
) -> None:
    set_page(stack, doubted, 1, status="rendered")
    open_page(page, doubted, 1)
    expect(page.get_by_text("This page is being read.")).to_be_visible()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    page.keyboard.press("y")
    set_page(stack, doubted, 1, status="read")
    assert shown(stack, doubted, 1)["provenance"] != "person"


def test_the_keys_are_told_and_the_page_speaks_spanish(
    browser: Browser, stack: Stack, doubted: str
) -> None:
    context = browser.new_context(base_url=stack.url, locale="es-ES")
    page = context.new_page()
    open_page(page, doubted, 2)
    expect(heading(page)).to_contain_text("Por revisar")
    expect(page.get_by_role("button", name="Está bien como está")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Tomar lo que tiene este texto")
    shot(page, "check-keys-es")
    context.close()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_anybody_can_check_pages_also_on_a_phone(page: Page, doubted: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for name, size in (("wide", None), ("phone", PHONE)):
        if size:
            page.set_viewport_size(size)
        for path in (f"/check/{doubted}/2", f"/check/{doubted}/1", "/check"):
            page.goto(path)
            heading(page).wait_for()
            page.wait_for_timeout(500)
            assert (path, serious_faults(page)) == (path, [])
            if size:
                assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
                assert page.evaluate("scrollY") == 0
        open_page(page, doubted, 2)
        page.keyboard.press("2")
        expect(page.get_by_text("Not saved yet")).to_be_visible()
        assert serious_faults(page) == []
        shot(page, f"check-{name}-{scheme}")
        page.keyboard.press("e")
        assert serious_faults(page) == []
        page.get_by_role("button", name="Undo all changes").click()
