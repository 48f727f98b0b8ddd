"""The page in a real browser on a real Lector: what a person does with it, and whether anybody can.

The model is scripted, so that a page fails when a test wants it to; everything else is real.
"""

import json
import os
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, ViewportSize, expect
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from lector.cli.client import Client
from lector.local import functions as shapes
from lector.local.data_folder import DataFolder
from lector.local.process import Child, free_port, wait_ready
from lector.local.stack import Stack, running
from lector.local.tools import checkout
from tests.acceptance.browsing import launched, serious_faults, still
from tests.acceptance.commandline import environment, wait_until
from tests.support import pictures
from tests.support.model import ScriptedModel, completion
from tests.support.pdfs import not_a_pdf, password_protected, prose, text_pdf

PHONE: ViewportSize = {"width": 390, "height": 844}
PARTS = {"words": [["the", 0.1, 0.1, 0.15, 0.13], ["lamps", 0.16, 0.1, 0.3, 0.13]]}


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    server = ScriptedModel()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, model: ScriptedModel) -> Iterator[Stack]:
    folder = DataFolder(tmp_path_factory.mktemp("page") / "data")
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(environment(None)):
            patch.delenv(name)  # what another test in this process has set
        patch.setenv("OPENAI_BASE_URL", model.base_url)
        patch.setenv("TEXT_LAYER", "never")  # whatever pages carry, the model is asked
        patch.setenv("VERIFY", "never")  # and nobody looks whether its answer is on the page
        with running(folder, free_port(), lambda _: None) as started:
            yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@pytest.fixture
def context(browser: Browser, stack: Stack, model: ScriptedModel) -> Iterator[BrowserContext]:
    """A fresh visitor; whatever the page complains about fails the test."""
    model.reset()
    model.otherwise = completion("the lamps of the harbour", lector=PARTS)
    opened = browser.new_context(
        base_url=stack.url, permissions=["clipboard-read", "clipboard-write"]
    )
    opened.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    complaints: list[str] = []
    opened.on("weberror", lambda error: complaints.append(str(error.error)))
    opened.on("console", lambda message: _note(complaints, message))
    yield opened
    opened.close()
    assert complaints == []


def _note(complaints: list[str], message: Any) -> None:
    if message.type in ("error", "warning") and "net::" not in message.text:
        complaints.append(message.text)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def read_file(stack: Stack, model: ScriptedModel, tmp_path: Path) -> str:
    """The id of a file of two pages that was read."""
    return uploaded(stack, tmp_path, "minutes.pdf", text_pdf(["minutes one", "minutes two"]))


@pytest.fixture
def doubted_file(stack: Stack, model: ScriptedModel, tmp_path: Path) -> str:
    """The id of a file with a mixed, a doubted and a failed page."""
    file_id = uploaded(stack, tmp_path, "ledger.pdf", text_pdf(["mixed", "doubted", "failed"]))
    text = "before\n\n[picture]\n\noil and lamps\n\n[/picture]\n\nbehind"
    set_page(stack, file_id, 1, text=text, provenance="mixed", layer_verdict="mixed")
    missing = {"differs_from_layer": "3 of 4 words are missing, such as wick"}
    found = {"text": "the lamps of the harbour in a ledger", "doubts": missing}
    set_page(stack, file_id, 2, **found, layer_verdict="refused", layer_reason="a cipher")
    error = "page 3: the page cannot be drawn (cycle in the page tree)"
    failed = {"status": "failed", "error_code": "page_unrenderable", "error": error}
    no_text = {"text": None, "words": None, "version": 0, "provenance": None, "model": None}
    set_page(stack, file_id, 3, **failed, **no_text, image_key=None)
    return file_id


def uploaded(stack: Stack, folder: Path, name: str, content: bytes) -> str:
    """A file that was uploaded and has ended, one way or another."""
    path = folder / name
    path.write_bytes(content)
    with Client(stack.url) as client:
        file = client.upload(path, None)
        while file["status"] not in ("completed", "incomplete", "failed"):
            file = client.send("GET", f"/v1/files/{file['id']}")
        return str(file["id"])


@pytest.mark.parametrize("degrees", [90, 180])
def test_a_page_that_lies_is_shown_upright_with_its_words_marked(
    page: Page, stack: Stack, read_file: str, degrees: int
) -> None:
    set_page(stack, read_file, 1, turned_degrees=degrees, confidence=87.4)
    page.goto(f"{stack.url}/files/{read_file}/pages/1?q=lamps")
    image = page.get_by_role("img", name="Image of page 1").first
    expect(image).to_be_visible()
    unfold(page)
    expect(page.get_by_text("87 of 100")).to_be_visible()
    expect(page.get_by_text(f"{degrees}°")).to_be_visible()
    shown, word = still(image), still(page.get_by_title("lamps"))
    assert (shown["width"] > shown["height"]) == (degrees == 90)
    assert (word["x"] - shown["x"]) / shown["width"] == pytest.approx(0.16, abs=0.02)
    assert (word["y"] - shown["y"]) / shown["height"] == pytest.approx(0.1, abs=0.02)
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder, f"turned-{degrees}.png"))
        page.goto(f"{stack.url}/files/{read_file}")
        expect(page.locator("li img").first).to_be_visible()
        page.screenshot(path=Path(folder, f"turned-{degrees}-file.png"))


def set_page(stack: Stack, file_id: str, number: int, **columns: Any) -> None:
    """A page as it would be after an engine or a model had found it so."""
    changes = SQL(", ").join(SQL("{} = %s").format(Identifier(name)) for name in columns)
    values = [Jsonb(value) if isinstance(value, dict) else value for value in columns.values()]
    with psycopg.connect(stack.embedded.postgres.url) as connection:
        connection.execute(
            SQL("UPDATE pages SET {} WHERE file_id = %s AND number = %s").format(changes),
            [*values, file_id, number],
        )


def unfold(page: Page) -> None:
    """Open what is said about a page."""
    page.get_by_text("About this page").click()


def row(page: Page, name: str) -> Any:
    return page.get_by_role("row").filter(has_text=name).first


def test_files_are_dropped_in_and_finish_without_a_reload(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    paths = []
    for name in ("first.pdf", "second.pdf"):
        paths.append(tmp_path / name)
        paths[-1].write_bytes(text_pdf([f"{name} page {n}" for n in range(3)]))
    page.get_by_test_id("files").set_input_files([*paths, tmp_path / "first.pdf"])
    for name in ("first.pdf", "second.pdf"):
        expect(row(page, name)).to_contain_text("3 of 3 pages")
        expect(row(page, name)).to_contain_text("Done")


@pytest.mark.slow
def test_many_small_files_go_up_in_one_request_and_each_has_its_own_outcome(
    page: Page, tmp_path: Path
) -> None:
    paths = [tmp_path / f'letter {n}, "of many".pdf' for n in range(20)]
    for n, path in enumerate(paths):
        path.write_bytes(text_pdf([f"letter {n}"]) if n != 7 else b"<html>no document</html>")
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if sent.method != "GET" else None)
    page.goto("/")
    page.get_by_test_id("files").set_input_files(paths)
    for n in (0, 19):  # rows out of sight are not drawn
        page.get_by_role("searchbox", name="Filter by name").fill(paths[n].name)
        expect(row(page, paths[n].name)).to_contain_text("1 of 1 page")
    refused = page.get_by_role("region", name="Uploads").get_by_role("listitem").nth(7)
    expect(refused).to_contain_text("HTML")
    assert [url.rpartition("/")[2] for url in asked] == ["batch"]


def test_a_file_dropped_or_pasted_on_the_page_is_taken(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Choose files").wait_for()
    content = json.dumps(list(text_pdf(["dropped"])))
    page.evaluate(
        f"""() => {{
          const transfer = new DataTransfer()
          const bytes = new Uint8Array({content})
          transfer.items.add(new File([bytes], 'dropped.pdf', {{type: 'application/pdf'}}))
          transfer.items.add(new File(['x'], 'notes.txt', {{type: 'text/plain'}}))
          dispatchEvent(new DragEvent('dragover', {{dataTransfer: transfer, cancelable: true}}))
          dispatchEvent(new DragEvent('drop', {{dataTransfer: transfer, cancelable: true}}))
        }}"""
    )
    expect(row(page, "dropped.pdf")).to_contain_text("Done")
    left_out = page.get_by_text("1 file was left out, as only PDFs and images are read: notes.txt")
    expect(left_out).to_be_visible()
    page.evaluate(
        f"""() => {{
          const clipboardData = new DataTransfer()
          const bytes = new Uint8Array({json.dumps(list(text_pdf(["pasted"])))})
          clipboardData.items.add(new File([bytes], 'pasted.pdf', {{type: 'application/pdf'}}))
          dispatchEvent(new ClipboardEvent('paste', {{clipboardData, cancelable: true}}))
        }}"""
    )
    expect(row(page, "pasted.pdf")).to_contain_text("Done")


def test_the_file_picker_offers_pdfs_and_images_by_type_and_by_extension(page: Page) -> None:
    page.goto("/")
    offered = (page.get_by_test_id("files").get_attribute("accept") or "").split(",")
    kinds = ["pdf", "jpg", "jpeg", "png", "tif", "tiff", "webp", "heic", "gif", "bmp"]
    assert {f".{kind}" for kind in kinds} <= set(offered)
    assert {"application/pdf", "image/jpeg", "image/tiff", "image/heic"} <= set(offered)


@pytest.mark.slow
def test_images_are_read_page_by_page(page: Page, tmp_path: Path) -> None:
    contents = {
        "fax.tif": pictures.tiff([pictures.page(), pictures.page(1)]),
        "photo.heic": pictures.heic(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    page.goto("/")
    page.get_by_test_id("files").set_input_files([tmp_path / name for name in contents])
    expect(row(page, "fax.tif")).to_contain_text("2 of 2 pages")
    expect(row(page, "photo.heic")).to_contain_text("1 of 1 page")
    row(page, "fax.tif").get_by_role("link", name="fax.tif").click()
    page.get_by_role("link", name="Open page 2").click()
    image = page.get_by_role("img", name="Image of page 2")
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500


def test_what_is_no_document_is_refused_in_the_language_of_the_page_by_what_it_is(
    browser: Browser, stack: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"<!DOCTYPE html><html><body>a letter</body></html>")
    context = browser.new_context(base_url=stack.url, locale="es")
    page = context.new_page()
    page.goto("/")
    page.get_by_test_id("files").set_input_files(path)
    upload = page.get_by_role("region", name="Subidas").get_by_role("listitem")
    expect(upload).to_contain_text("Lector no lee archivos de este tipo.")
    expect(upload).to_contain_text("HTML")
    page.set_viewport_size(PHONE)
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


@pytest.mark.slow
def test_an_upload_that_is_cut_goes_on_by_itself(page: Page, tmp_path: Path) -> None:
    large = tmp_path / "large.pdf"
    large.write_bytes(text_pdf(["large"]) + b"\n%" + b"x" * (9 * 1024 * 1024))
    sent: list[str] = []

    def cut_once(route: Route) -> None:
        part = re.search(r"partNumber=(\d+)", route.request.url)
        if part is None:
            route.continue_()
            return
        sent.append(part[1])
        if sent.count("2") == 1 and part[1] == "2":
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/*partNumber=*", cut_once)
    page.goto("/")
    page.get_by_test_id("files").set_input_files(large)
    expect(row(page, "large.pdf")).to_contain_text("Done", timeout=30_000)
    assert sorted(sent) == ["1", "2", "2"]


def test_a_page_is_read_beside_its_image(page: Page, read_file: str) -> None:
    page.goto(f"/files/{read_file}")
    page.get_by_role("link", name="Open page 1").click()
    expect(page.get_by_test_id("text")).to_have_text("the lamps of the harbour")
    image = page.get_by_role("img", name="Image of page 1")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    page.keyboard.press("j")
    expect(page.get_by_role("heading", name="Page 2")).to_be_visible()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "the lamps of the harbour"


def test_a_page_of_many_is_gone_to_by_its_number_and_sides_are_as_wide_as_one_likes(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    long = uploaded(stack, tmp_path, "long.pdf", text_pdf([f"page {n}" for n in range(1, 13)]))
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/files/{long}/pages/1")
    page.get_by_role("img", name="Image of page 1").wait_for()
    frame = page.get_by_role("region", name="Image of page 1")
    still(page.get_by_role("img", name="Image of page 1"))
    assert page.evaluate("document.documentElement.scrollHeight") == 800
    assert lowest(frame) == lowest(page.locator("details")) == pytest.approx(784, abs=2)
    page.get_by_role("button", name="Fit the page").click()
    image = still(page.get_by_role("img", name="Image of page 1"))
    assert image["height"] == pytest.approx(784 - image["y"], abs=4)
    divider = page.get_by_role("separator", name="Width of the image")
    divider.focus()
    before = still(divider)
    page.keyboard.press("ArrowLeft")  # moves it, and leads to no other page
    after = still(divider)
    assert after["x"] < before["x"] - 10
    expect(page.get_by_role("heading", level=1)).to_have_text("long.pdf · Page 1")
    page.mouse.move(after["x"] + 8, 400)
    page.mouse.down()
    page.mouse.move(400, 400)
    page.mouse.up()
    page.keyboard.press("g")
    page.keyboard.type("11")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("long.pdf · Page 11")
    expect(page.get_by_text("of 12", exact=True)).to_be_visible()
    page.reload()
    moved = still(divider)
    assert moved["x"] == pytest.approx(392, abs=12)


def lowest(element: Locator) -> float:
    """Where an element ends."""
    box = still(element)
    return box["y"] + box["height"]


def test_what_is_searched_for_is_shown_in_the_text_and_on_the_image(
    page: Page, read_file: str
) -> None:
    page.goto("/")
    page.get_by_role("searchbox", name="Search all text").fill("lamp")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Page 1").first.click()
    expect(page.get_by_test_id("text").locator("mark")).to_have_text("lamps")
    expect(page.locator("[title=lamps]")).to_be_visible()
    expect(page.get_by_text("1 hit")).to_be_visible()


def test_a_failed_page_tells_why_and_is_read_when_it_is_retried(
    page: Page, stack: Stack, model: ScriptedModel, tmp_path: Path
) -> None:
    model.otherwise = completion("")
    file_id = uploaded(stack, tmp_path, "failing.pdf", text_pdf(["will fail", "too"]))
    page.goto(f"/files/{file_id}")
    expect(page.get_by_text("The model answered nothing.").first).to_be_visible()
    model.otherwise = completion("read at last")
    page.get_by_role("button", name="Retry failed pages").click()
    expect(page.get_by_text("Done")).to_be_visible()
    page.get_by_role("tab", name="Text").click()
    expect(page.get_by_text("read at last").first).to_be_visible()


def test_a_page_is_read_again_and_one_goes_back(
    page: Page, model: ScriptedModel, read_file: str
) -> None:
    page.goto(f"/files/{read_file}/pages/1")
    model.otherwise = completion("the lights of the harbour")
    page.get_by_role("button", name="Read again…").click()
    page.get_by_label("Your own words to the model").fill("Read every word twice.")
    page.get_by_role("button", name="Read again", exact=True).click()
    expect(page.get_by_test_id("text")).to_have_text("the lights of the harbour")
    unfold(page)
    page.get_by_role("radio", name="Version 1").check()
    expect(page.locator("del")).to_have_text("lamps")
    expect(page.locator("ins")).to_have_text("lights")
    page.get_by_role("button", name="Go back to this version").click()
    expect(page.get_by_test_id("text")).to_have_text("the lamps of the harbour")


def test_a_doubted_page_says_what_speaks_against_its_text_wherever_it_is_shown(
    page: Page, doubted_file: str
) -> None:
    words = "The answer lacks words that the page carries as text"
    page.goto("/")
    row(page, "ledger.pdf").get_by_role("link", name="1 page to check").click()
    expect(page.get_by_role("heading", name="ledger.pdf")).to_be_visible()
    cards = page.get_by_role("main").get_by_role("listitem").filter(has=page.get_by_role("link"))
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("To check")
    expect(cards).to_contain_text(words)
    page.get_by_role("link", name="Open page 2").click()
    notice = page.get_by_role("group").filter(has_text="Look at the image before you rely")
    expect(notice).to_contain_text(words)
    expect(notice).to_contain_text("such as wick")
    unfold(page)
    expect(page.get_by_text("Not trusted: a cipher")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_role("heading", name="Page 1")).to_be_visible()
    expect(page.get_by_text("Look at the image before you rely")).to_have_count(0)
    page.goto(f"/files/{doubted_file}?tab=text")
    expect(page.get_by_text("such as wick")).to_be_visible()
    page.goto("/search?q=lamps+ledger")  # very many pages have the lamps alone
    hit = page.get_by_role("main").get_by_role("link").filter(has_text="To check")
    assert doubted_file in str(hit.first.get_attribute("href"))


@pytest.mark.slow
def test_an_earlier_text_keeps_its_doubts(
    page: Page, stack: Stack, model: ScriptedModel, read_file: str
) -> None:
    set_page(stack, read_file, 1, doubts={"parts_illegible": "a stain over line 2"})
    page.goto(f"/files/{read_file}/pages/1")
    model.otherwise = completion("the lamps of the harbour are lit")
    page.get_by_role("button", name="Read again…").click()
    page.get_by_label("Your own words to the model").fill("Look closer.")
    page.get_by_role("button", name="Read again", exact=True).click()
    expect(page.get_by_test_id("text")).to_have_text("the lamps of the harbour are lit")
    expect(page.get_by_text("a stain over line 2")).to_have_count(0)
    unfold(page)
    page.get_by_role("radio", name=re.compile("Version 1.*To check")).check()
    expect(page.get_by_text("a stain over line 2")).to_be_visible()


def test_a_text_from_the_pdf_itself_says_so_and_what_was_read_in_pictures_stands_apart(
    page: Page, stack: Stack, doubted_file: str
) -> None:
    trusted = {"provenance": "text_layer", "model": None, "layer_verdict": "trusted"}
    set_page(stack, doubted_file, 2, **trusted, layer_reason=None)
    page.goto(f"/files/{doubted_file}/pages/1?q=lamps")
    picture = page.get_by_role("group", name="Read in a picture")
    expect(picture).to_have_text("oil and lamps")
    expect(picture.locator("mark")).to_have_text("lamps")
    expect(page.get_by_test_id("text")).not_to_contain_text("[picture]")
    expect(page.get_by_text("Taken from the PDF itself, its pictures read")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_text("Taken from the PDF itself, no model asked")).to_be_visible()
    unfold(page)
    expect(page.get_by_text("Can be trusted", exact=True)).to_be_visible()


def test_a_text_that_a_pdf_carries_is_taken_where_that_is_chosen_until_it_is_read_again(
    page: Page, model: ScriptedModel, tmp_path: Path
) -> None:
    text = prose(7, 5)
    path = tmp_path / "carrying.pdf"
    path.write_bytes(text_pdf([text]))
    page.goto("/")
    page.get_by_role("button", name="How they are to be read").click()
    page.get_by_role("radio", name="Automatically Taken").check()
    page.get_by_test_id("files").set_input_files(path)
    expect(row(page, "carrying.pdf")).to_contain_text("Done")
    assert model.requests == []
    row(page, "carrying.pdf").get_by_role("link", name="carrying.pdf").click()
    page.get_by_role("link", name="Open page 1").click()
    expect(page.get_by_text("Taken from the PDF itself, no model asked")).to_be_visible()
    expect(page.get_by_test_id("text")).to_contain_text(text[:40])
    model.otherwise = completion(text.replace("ferry", "boat"))
    page.get_by_role("button", name="Read again…").click()
    expect(page.get_by_role("radio", name="Never")).to_be_checked()
    page.get_by_role("button", name="Read again", exact=True).click()
    expect(page.get_by_test_id("text")).to_contain_text("The boat leaves")
    expect(page.get_by_text("Read by the model")).to_be_visible()


def test_a_failed_page_without_an_image_does_not_seem_to_wait(
    page: Page, doubted_file: str
) -> None:
    page.goto(f"/files/{doubted_file}/pages/3")
    expect(page.get_by_text("The page cannot be drawn.")).to_be_visible()
    expect(page.get_by_text("cycle in the page tree")).to_be_visible()
    expect(page.get_by_text("There is no image of this page.")).to_be_visible()
    expect(page.get_by_text("This page has no text.")).to_be_visible()
    expect(page.get_by_text("yet")).to_have_count(0)


def test_wishes_that_exclude_each_other_cannot_both_be_made(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="How they are to be read").click()
    always = page.get_by_role("radio", name="Always")
    expect(page.get_by_role("radio", name="As this Lector is set up")).to_be_checked()
    always.check()
    expect(page.get_by_label("Reader", exact=True)).to_be_disabled()
    for name in ("Another model", "Your own words to the model", "Describe charts"):
        expect(page.get_by_label(name)).to_be_disabled()
    expect(page.get_by_role("button", name="How they are to be read (1)")).to_be_visible()
    page.get_by_role("radio", name="Automatically Taken").check()
    page.get_by_label("Describe charts and pictures").check()
    expect(always).to_be_disabled()
    expect(page.get_by_role("radio", name="Never")).to_be_checked()
    said = page.get_by_text("The model reads every page, as words")
    expect(said).to_contain_text("Tesseract reads, which looks at none of these")
    assert serious_faults(page) == []


def set_all_up(route: Route) -> None:
    """Answer as if every reader was set up: those that are not are not offered."""
    answer = route.fetch()
    readers = [{**reader, "ready": True} for reader in answer.json()["readers"]]
    route.fulfill(response=answer, json={"readers": readers})


@pytest.mark.slow
def test_a_reader_is_offered_with_its_model_and_what_it_does_not_look_at(page: Page) -> None:
    page.route("**/v1/readers", set_all_up)
    takes = {"about_usd": 0.12, "about_s": 230.0, "layers_known": True}
    page.route("**/v1/estimate", lambda route: route.fulfill(json=takes))
    page.set_viewport_size({"width": 390, "height": 1400})
    page.goto("/")
    page.get_by_role("button", name="How they are to be read").click()
    reader = page.get_by_label("Reader", exact=True)
    expect(reader.get_by_role("option").first).to_have_text(re.compile("^As set up: "))
    reader.select_option("vllm")
    expect(reader.locator("option:checked")).to_have_text("vllm (Qwen/Qwen3-VL-8B-Instruct)")
    expect(page.get_by_text("The chosen reader reads every page")).to_be_visible()
    expect(page.get_by_role("radio", name="Always")).to_be_disabled()
    said = page.get_by_text("Every 100 pages that it reads")
    expect(said).to_have_text("Every 100 pages that it reads: about $0.12, about 4 min")
    reader.select_option("tesseract")
    expect(page.get_by_label("Your own words to the model")).to_be_disabled()
    lacks = "Does not look at your own words, another model, or descriptions."
    expect(page.get_by_text(lacks)).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    assert serious_faults(page) == []


@pytest.mark.slow
def test_who_wants_to_know_first_sees_what_it_takes_and_a_locked_pdf_is_asked_for_its_password(
    browser: Browser, stack: Stack, model: ScriptedModel, tmp_path: Path
) -> None:
    model.otherwise = completion("the lamps of the harbour")
    context = browser.new_context(base_url=stack.url)  # what is refused is in its console
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="How they are to be read").click()
    page.get_by_label("Show first what each upload takes").check()
    expect(page.get_by_text("Every 100 pages that it reads: at a cost that is")).to_be_visible()
    page.get_by_label("Language", exact=True).select_option(label="Spanish")
    paths = [tmp_path / "known.pdf", tmp_path / "locked.pdf"]
    for path, content in zip(paths, (text_pdf(["one", "two"]), password_protected()), strict=True):
        path.write_bytes(content)
    page.get_by_test_id("files").set_input_files(paths)
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads).to_contain_text("2 files wait for you")
    expect(uploads).to_contain_text(re.compile("[23] pages: at a cost that is not known"))
    expect(page.get_by_role("table", name="Files").get_by_text("known.pdf")).to_have_count(0)
    password = page.get_by_label("Password of the protected PDF")
    assert serious_faults(page) == []
    password.fill("sparrow")
    page.get_by_role("button", name="Upload and read").click()
    expect(row(page, "known.pdf")).to_contain_text("Done")
    expect(uploads).to_contain_text("1 file waits for you")
    expect(uploads).to_contain_text("this password does not open the PDF")
    password.fill("user-secret")
    page.get_by_role("button", name="Upload and read").click()
    expect(row(page, "locked.pdf")).to_contain_text("Done")
    with Client(stack.url) as client:
        files = {one["name"]: one for one in client.send("GET", "/v1/files")["files"]}
    assert {files[path.name]["language"] for path in paths} == {"es"}
    context.close()


@pytest.mark.slow
def test_the_files_of_a_folder_are_listed_and_kept_as_one_zip(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "deed.pdf"
    with Client(stack.url) as client:
        for folder in ("deeds/1898", "deeds/1899", "elsewhere"):
            path.write_bytes(text_pdf([f"a deed of {folder}"]))
            client.upload(path, None, folder=folder)
    deeds = page.get_by_role("row").filter(has_text="deed.pdf")
    page.goto("/")
    page.get_by_role("link", name="deeds/1899").click()
    expect(deeds).to_have_count(1)
    page.get_by_role("navigation", name="Folder").get_by_role("button", name="deeds").click()
    expect(deeds).to_have_count(2)
    assert page.url.endswith("/?folder=deeds")
    for one in deeds.all():
        expect(one).to_contain_text("Done")
    page.get_by_role("checkbox", name="Select all").check()
    assert serious_faults(page) == []
    page.get_by_role("button", name="Download as zip").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Text", exact=True).click()
    with zipfile.ZipFile(download.value.path()) as found:
        assert sorted(found.namelist()) == ["deeds/1898/deed.txt", "deeds/1899/deed.txt"]
        assert found.read("deeds/1898/deed.txt") == b"the lamps of the harbour\n"
    page.get_by_role("button", name="To check or failed").click()
    expect(page.get_by_text("No file fits this filter.")).to_be_visible()
    assert page.url.endswith("/?look=true&folder=deeds")
    page.get_by_role("button", name="To check or failed").click()
    page.get_by_role("button", name="All folders").click()
    expect(deeds).to_have_count(3)
    choose = page.get_by_role("button", name="Show a folder")
    for folder, count in (("deeds", 2), ("1898", 1)):
        choose.click()
        item = page.get_by_role("menuitem", name=re.compile(f"^{folder} ?{count} files?$"))
        expect(item).to_be_focused()
        assert serious_faults(page) == []
        item.click()
        expect(deeds).to_have_count(count)
        expect(choose).to_be_focused()
    choose.click()
    expect(page.get_by_role("menuitem", name="There are no folders here")).to_be_visible()
    page.keyboard.press("Escape")
    expect(choose).to_be_focused()


@pytest.mark.slow
def test_who_wants_it_is_told_of_files_that_are_done_while_nobody_looks(
    page: Page, stack: Stack, model: ScriptedModel, tmp_path: Path
) -> None:
    page.context.grant_permissions(["notifications"])
    page.add_init_script("""
        window.Notification = class {
          static permission = 'granted'
          static requestPermission = async () => 'granted'
          constructor(title, {body}) { console.info(`told: ${title}: ${body}`) }
        }
    """)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/")
    before = uploaded(stack, tmp_path, "before.pdf", text_pdf(["before it was wanted"]))
    page.get_by_role("button", name="Language, theme and notices").click()
    page.get_by_role("menuitemcheckbox", name="Tell me when a file is done").click()
    page.keyboard.press("Escape")
    uploaded(stack, tmp_path, "seen.pdf", text_pdf(["while somebody looked"]))
    expect(row(page, "seen.pdf")).to_contain_text("Done")
    # A list may tell of it before the stream does; what the stream tells comes in its order.
    httpx2.delete(f"{stack.url}/v1/files/{before}").raise_for_status()
    expect(row(page, "before.pdf")).to_have_count(0)
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")
    with page.expect_console_message(lambda said: said.text.startswith("told: ")) as told:
        uploaded(stack, tmp_path, "behind.pdf", text_pdf(["nobody looked", "on two pages"]))
    assert told.value.text == "told: behind.pdf is read: 2 pages read"
    # What was done before it was wanted, or while somebody looked, was told of before that one.
    first = "told: You will be told here when a file is done: "
    assert [one for one in said if one.startswith("told: ")] == [first, told.value.text]


def kept_days(file: dict[str, Any]) -> int:
    """For how many days from now a file is kept."""
    until = datetime.fromisoformat(file["delete_at"]) - datetime.now(UTC)
    return round(until / timedelta(days=1))


@pytest.mark.slow
def test_how_pages_are_to_be_read_goes_with_each_file_that_is_added(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    page.goto("/")
    page.get_by_role("button", name="How they are to be read").click()
    path = tmp_path / "wished.pdf"
    path.write_bytes(text_pdf(["wished"]))
    page.get_by_role("radio", name="Never").check()
    page.get_by_label("Delete after (days)").fill("0")
    page.get_by_test_id("files").set_input_files(path)
    expect(page.get_by_text("this is wrong: Delete after (days)")).to_be_visible()
    assert serious_faults(page) == []
    page.get_by_label("Delete after (days)").fill("30")
    page.get_by_role("button", name="Upload and read").click()
    expect(row(page, "wished.pdf")).to_contain_text("Done")
    page.get_by_label("Describe charts and pictures").check()
    page.get_by_test_id("files").set_input_files(path.rename(tmp_path / "described.pdf"))
    expect(row(page, "described.pdf")).to_contain_text("Done")
    with Client(stack.url) as client:
        files = {one["name"]: one for one in client.send("GET", "/v1/files")["files"]}
    assert kept_days(files["wished.pdf"]) == 30
    page.get_by_role("link", name="described.pdf").last.click()
    page.get_by_role("button", name="Change…").click()
    assert serious_faults(page) == []
    page.get_by_label("Delete after (days)").fill("36501")
    expect(page.get_by_text("From 1 to 36,500 days")).to_be_visible()
    expect(page.get_by_role("button", name="Keep for these days")).to_be_disabled()
    page.get_by_label("Delete after (days)").fill("1.5")
    expect(page.get_by_role("button", name="Keep for these days")).to_be_disabled()
    page.get_by_label("Delete after (days)").fill("2")
    page.get_by_role("button", name="Keep for these days").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    with Client(stack.url) as client:
        assert kept_days(client.send("GET", f"/v1/files/{files['described.pdf']['id']}")) == 2
        page.get_by_role("button", name="Change…").click()
        page.get_by_role("button", name="Keep until somebody deletes it").click()
        expect(page.get_by_text(re.compile("^Kept ?until somebody"))).to_be_visible()
        expect(page.get_by_role("button", name="Change…")).to_be_focused()
        assert client.send("GET", f"/v1/files/{files['described.pdf']['id']}")["delete_at"] is None
    assert (files["wished.pdf"]["text_layer"], files["wished.pdf"]["describe"]) == ("never", False)
    assert (files["described.pdf"]["text_layer"], files["described.pdf"]["describe"]) == (
        None,
        True,
    )


def test_the_timeline_and_the_events_tell_the_way_of_each_page(page: Page, read_file: str) -> None:
    page.goto(f"/files/{read_file}?tab=timeline")
    expect(page.get_by_text("2 pages in")).to_be_visible()
    page.get_by_label("As a table").check()
    table = page.get_by_role("table", name="When each page was drawn and read")
    expect(table).to_contain_text("Read by the model")
    page.get_by_role("tab", name="Events").click()
    for kind in ("file.uploaded", "pages.requested", "page.registered", "file.completed"):
        expect(page.get_by_text(f"lector.{kind}").first).to_be_visible()


def test_the_way_of_a_file_is_played_again_step_by_step(page: Page, read_file: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/files/{read_file}?tab=events")
    replay = page.get_by_role("region", name="Play again slowly")
    replay.get_by_role("button", name="One step on").click()
    expect(replay.get_by_role("status")).to_contain_text("upload writes its rows and this event")
    replay.get_by_role("slider", name="Step").press("End")
    expect(replay.get_by_role("status")).to_contain_text("lector.file.completed")
    replay.get_by_role("slider", name="Step").press("Home")
    replay.get_by_role("switch", name="Faster").check()
    # A step is said for less long than some of the pauses between looks from outside.
    replay.get_by_role("status").evaluate(
        """status => {
          window.said = []
          const options = { childList: true, characterData: true, subtree: true }
          new MutationObserver(() => said.push(status.textContent)).observe(status, options)
        }"""
    )
    replay.get_by_role("button", name="Play again slowly").press("Enter")
    said = "render changes no rows"
    wait_until(lambda: said in page.evaluate("said.join()"), 15)
    replay.get_by_role("button", name="Pause").click()
    assert serious_faults(page) == []


def test_events_are_seen_as_they_flow(
    page: Page, stack: Stack, model: ScriptedModel, tmp_path: Path
) -> None:
    page.goto("/events")
    expect(page.get_by_role("status")).to_have_text("Live")
    uploaded(stack, tmp_path, "flowing.pdf", text_pdf(["flowing"]))
    flown = page.get_by_role("button", name=re.compile("flowing.pdf.*every page is read"))
    expect(flown.first).to_be_visible()
    page.reload()  # what happened is still told, by the server
    expect(flown.first).to_be_visible()
    page.get_by_role("button", name=re.compile("page.registered.*flowing.pdf")).first.click()
    expect(page.get_by_text(re.compile(r"lector\.page\.read, .* later"))).to_be_visible()
    assert serious_faults(page) == []
    page.get_by_label("Type").select_option("lector.file.completed")
    expect(page.get_by_role("button", name=re.compile("file.uploaded"))).to_have_count(0)
    expect(flown.first).to_be_visible()


@pytest.mark.slow
def test_files_are_selected_and_deleted_after_a_question(
    page: Page, stack: Stack, model: ScriptedModel, tmp_path: Path
) -> None:
    for name in ("old one.pdf", "old two.pdf"):
        uploaded(stack, tmp_path, name, not_a_pdf())
    page.goto("/")
    page.get_by_role("searchbox", name="Filter by name").fill("old ")
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("gone for good")
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No file fits this filter.")).to_be_visible()


def test_a_file_that_cannot_be_read_says_so_in_plain_words(
    page: Page, stack: Stack, model: ScriptedModel, tmp_path: Path
) -> None:
    file_id = uploaded(stack, tmp_path, "broken.pdf", not_a_pdf())
    page.goto(f"/files/{file_id}")
    expect(page.get_by_text("This is neither a PDF nor an image")).to_be_visible()
    expect(page.get_by_text("It was not opened, so there are no pages.")).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Get the original").click()
    assert downloading.value.suggested_filename == "broken.pdf"
    page.get_by_role("navigation", name="More about it").get_by_role("link", name="Events").click()
    expect(page.get_by_role("button", name=re.compile("the file cannot be read"))).to_be_visible()


def test_an_address_without_a_file_or_page_offers_a_way_back_and_no_second_try(
    browser: Browser, stack: Stack, read_file: str
) -> None:
    page = browser.new_page(base_url=stack.url)  # that there is nothing stands in its console
    told = {"/files/nothing": "no file", f"/files/{read_file}/pages/99": "no page"}
    for address, words in told.items():
        page.goto(address)
        expect(page.get_by_role("alert")).to_contain_text(words)
        expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    page.get_by_role("link", name="minutes.pdf").click()
    expect(page.get_by_role("heading", name="minutes.pdf")).to_be_visible()
    page.close()


@pytest.mark.slow
def test_in_spanish_on_a_phone_reading_again_fits_its_dialog(
    browser: Browser, stack: Stack, read_file: str
) -> None:
    page = browser.new_page(base_url=stack.url, viewport=PHONE, locale="es")
    page.goto(f"/files/{read_file}/pages/1")
    page.get_by_role("button", name="Leer de nuevo").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Quién lee")).to_be_visible()
    rights = "all => all.map(one => one.getBoundingClientRect().right)"
    [edge] = dialog.evaluate_all(rights)
    assert all(right < edge for right in dialog.locator("select, textarea").evaluate_all(rights))
    assert serious_faults(page) == []
    page.close()


def test_a_text_is_downloaded_under_the_name_of_its_file(page: Page, read_file: str) -> None:
    page.goto(f"/files/{read_file}")
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Markdown").click()
    assert download.value.suggested_filename == "minutes.md"
    assert "## Page 2" in download.value.path().read_text()


@pytest.mark.slow
def test_the_report_about_a_file_is_kept_signed_and_shown_to_be_printed(
    page: Page, read_file: str
) -> None:
    page.goto(f"/files/{read_file}")
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Signed report").click()
    assert download.value.suggested_filename == "minutes.report.json"
    kept = json.loads(download.value.path().read_text("utf-8"))
    assert kept["signature"]["signature"]
    page.get_by_role("button", name="Download").click()
    with page.context.expect_page() as opened:
        page.get_by_role("menuitem", name="Report to print").click()
    report = opened.value
    expect(report.get_by_role("heading", name="What was read")).to_be_visible()
    expect(report.get_by_text(kept["report"]["lector"]["key"])).to_be_visible()
    # Its style is the only thing that its policy lets it have.
    family = "getComputedStyle(document.querySelector('code')).fontFamily"
    assert "monospace" in report.evaluate(family)


def test_when_lector_is_away_the_page_says_so_and_comes_back(page: Page, read_file: str) -> None:
    page.goto("/")
    expect(page.get_by_role("status").first).to_have_text("Live")
    page.context.set_offline(True)
    page.get_by_role("searchbox", name="Filter by name").fill("min")
    page.context.set_offline(False)
    expect(row(page, "minutes.pdf")).to_be_visible()


def test_the_language_is_the_browsers_and_can_be_changed(browser: Browser, stack: Stack) -> None:
    context = browser.new_context(base_url=stack.url, locale="es-MX")
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("heading", name="Archivos")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "es"
    page.get_by_role("button", name="Idioma, tema y avisos").click()
    page.get_by_role("menuitemradio", name="English").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    context.close()


def test_where_a_token_is_needed_the_page_asks_for_it_and_stays_when_it_is_right(
    browser: Browser, stack: Stack, tmp_path: Path
) -> None:
    port = free_port()
    asking = {"API_AUTH": "required", "ADMIN_TOKEN": "the first token"}
    env = {**stack.wiring.function_environment("upload"), **asking}
    child = Child(shapes.function("upload", port, env), tmp_path)
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}")
    try:
        wait_ready(child, shapes.healthy(port))
        page = context.new_page()
        page.goto("/")
        token = page.locator("input[type=password]")
        token.fill("guessed")
        token.press("Enter")
        expect(page.get_by_text("This token is not known here")).to_be_visible()
        assert serious_faults(page) == []
        token.fill("the first token")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Files")).to_be_visible()
        expect(page.get_by_role("status").first).to_have_text("Live")
        page.reload()
        expect(page.get_by_role("heading", name="Files")).to_be_visible()
    finally:
        context.close()
        child.kill()
        child.wait_stopped()


def test_the_address_with_a_code_signs_one_browser_in_and_no_second(
    browser: Browser, stack: Stack, tmp_path: Path
) -> None:
    port, file = free_port(), tmp_path / "code"
    file.write_text("good once")
    asking = {"API_AUTH": "required", "SIGN_IN_FILE": str(file)}
    env = {**stack.wiring.function_environment("upload"), **asking}
    child = Child(shapes.function("upload", port, env), tmp_path)
    first, second = (browser.new_context(base_url=f"http://127.0.0.1:{port}") for _ in range(2))
    try:
        wait_ready(child, shapes.healthy(port))
        page = first.new_page()
        page.goto("/#code=good%20once")
        expect(page.get_by_role("heading", name="Files")).to_be_visible()
        expect(page.get_by_role("status").first).to_have_text("Live")
        assert page.url == f"http://127.0.0.1:{port}/"
        page.reload()
        expect(page.get_by_role("status").first).to_have_text("Live")
        late = second.new_page()
        late.goto("/#code=good%20once")
        expect(late.locator("input[type=password]")).to_be_visible()
    finally:
        first.close()
        second.close()
        child.kill()
        child.wait_stopped()


def test_a_page_of_another_site_gets_nothing_but_a_link_leads_to_ours(
    browser: Browser, stack: Stack, tmp_path: Path
) -> None:
    store = stack.embedded.settings["S3_ENDPOINT"]
    (tmp_path / "index.html").write_text(f"<a href='{stack.url}/'>there</a><h1>elsewhere</h1>")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as elsewhere:
        Thread(target=elsewhere.serve_forever, daemon=True).start()
        context = browser.new_context(base_url=f"http://127.0.0.1:{elsewhere.server_port}")
        page = context.new_page()
        page.goto("/")
        statuses: list[int] = []
        page.on("response", lambda answer: statuses.append(answer.status))
        for url in (f"{stack.url}/v1/files", f"{stack.url}/v1/events", f"{store}/lector/ready"):
            for mode in ("no-cors", "cors"):
                asked = "([url, mode]) => fetch(url, {mode}).catch(() => null).then(() => null)"
                page.evaluate(asked, [url, mode])
        assert statuses
        assert set(statuses) == {403}
        page.get_by_role("link", name="there").click()
        expect(page.get_by_role("heading", name="Files")).to_be_visible()
        context.close()
        elsewhere.shutdown()


def test_dark_follows_the_system_until_something_else_is_chosen(page: Page) -> None:
    def is_dark() -> bool:
        page.get_by_role("heading", name="Files").wait_for()
        shade = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return max(map(int, re.findall(r"\d+", shade)[:3])) < 100

    page.emulate_media(color_scheme="dark")
    page.goto("/")
    assert is_dark()
    page.get_by_role("button", name="Language, theme and notices").click()
    page.get_by_role("menuitemradio", name="Light").click()
    page.reload()
    assert not is_dark()


@pytest.mark.parametrize(
    "path", ["/", "/files/$", "/files/$?tab=timeline", "/files/$/pages/1?q=lamp"]
)
def test_on_a_phone_nothing_is_wider_than_the_screen(page: Page, read_file: str, path: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(path.replace("$", read_file))
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/files/$",
        "/files/$?tab=text",
        "/files/$?tab=timeline",
        "/files/$?tab=events",
        "/files/$/pages/1?q=lamp",
        "/search?q=lamp",
        "/events",
    ],
)
def test_axe_finds_nothing_serious(page: Page, read_file: str, path: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(path.replace("$", read_file))
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_timeout(500)
    assert serious_faults(page) == []


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_doubted_mixed_and_failed_pages_can_be_used_by_anybody_also_on_a_phone(
    page: Page, doubted_file: str, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size(PHONE)
    paths = ["?show=doubted", "?tab=text", "/pages/1", "/pages/2", "/pages/3"]
    for path in ["/", *(f"/files/{doubted_file}{path}" for path in paths)]:
        page.goto(path)
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_timeout(500)
        assert (path, serious_faults(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_programs_to_begin_with_stand_above_the_description_of_the_api(
    page: Page, stack: Stack
) -> None:
    page.goto("/docs")
    page.get_by_text("Quickstart", exact=True).wait_for()
    assert f': "${{LECTOR_SERVER:={stack.url}}}"' in page.locator("#quickstart-sh").inner_text()
    page.get_by_text("Python", exact=True).click()
    assert f'with Lector("{stack.url}") as lector:' in page.locator("#quickstart-py").inner_text()
    page.get_by_text("TypeScript", exact=True).click()
    shown = page.locator("#quickstart-ts").inner_text()
    assert shown.strip() == (checkout() / "examples" / "quickstart.ts").read_text().strip()
    assert not page.locator("#quickstart-sh").is_visible()


def test_no_other_host_is_asked_and_the_policy_is_strict(
    page: Page, stack: Stack, read_file: str
) -> None:
    store = stack.embedded.settings["S3_ENDPOINT"]
    far = "http://127.0.0.2:9/far"
    images = f"![a]({far}) <img src='{far}' onerror='alert(1)'>"
    hostile = f"# hostile\n\n{images}\n\n$x^2$ <p style='background: url({far})'>"
    set_page(stack, read_file, 1, text=hostile, words=None, places=None)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add("/".join(request.url.split("/")[:3])))
    page.goto(f"/files/{read_file}/pages/1")
    expect(page.locator(".katex")).to_be_visible()
    for path in ("/", f"/files/{read_file}", "/docs"):
        answer = page.goto(path)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    page.get_by_text("List files").wait_for()
    assert asked <= {stack.url, store, "data:"}
