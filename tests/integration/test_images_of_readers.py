"""Each reader gets the image of a page that it wants: how fine, in which colours and format."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from PIL import Image

from lector.domain import object_keys, pending_work
from lector.domain.pending_work import UnfinishedPage
from lector.runtime import database, object_store
from tests.support import pictures
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.own_readers import own_readers
from tests.support.pdfs import drawn_pdf, text_pdf
from tests.support.world import World, announced

OWN = """
readers:
  fine:
    like: openrouter
    endpoint: {url}
    api_key: null
    image: {{dpi: 200, colour: true, format: png}}
  small: {{like: fine, image: {{longest_side_px: 900, format: jpeg}}}}
"""
A4_AT_200_DPI = (1654, 2339)


@pytest.fixture(autouse=True)
def _readers(functions: Functions, model: ScriptedModel, tmp_path: Path) -> Iterator[None]:
    with own_readers(tmp_path, OWN.format(url=model.base_url)):
        yield


def coloured_page() -> bytes:
    """A page of A4 with a red box on it."""
    with pymupdf.open() as document:
        page = document.new_page(width=595.3, height=841.9)
        page.draw_rect((100, 100, 300, 300), fill=(1, 0, 0))
        return bytes(document.tobytes())


def image_of(world: World, number: int = 1) -> Image.Image:
    stored = object_store.store().get(object_keys.image_key(world.file_id, number))
    return Image.open(io.BytesIO(stored))


def as_seen(image: Image.Image) -> tuple[Any, ...]:
    return image.format, image.mode, image.size


def test_a_page_is_drawn_as_the_reader_of_its_file_wants_it(functions: Functions) -> None:
    world = World.with_file(functions, coloured_page(), reader="fine")
    world.read()
    image = image_of(world)
    width, height = image.size
    assert as_seen(image)[:2] == ("PNG", "RGB")
    assert (width, height) == pytest.approx(A4_AT_200_DPI, abs=2)
    assert image.getpixel((width // 3, height // 4)) == (255, 0, 0)


def test_its_reader_is_told_what_kind_of_image_it_gets(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1, reader="fine")
    world.read()
    [request] = model.requests
    [url] = [
        part["image_url"]["url"]
        for message in request["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]
    head, _, encoded = url.partition(",")
    assert head == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(encoded))).format == "PNG"


def test_a_page_for_a_reader_that_wants_nothing_special_is_a_grey_jpeg(
    functions: Functions,
) -> None:
    world = World.with_file(functions, coloured_page())
    world.read()
    assert as_seen(image_of(world)) == ("JPEG", "L", pytest.approx((1109, 1568), abs=2))


def test_large_print_is_drawn_as_small_as_its_reader_wants_it(functions: Functions) -> None:
    large_print = text_pdf(["Large print"], fontsize=40)
    world = World.with_file(functions, large_print, reader="small")
    world.read()
    assert as_seen(image_of(world)) == ("JPEG", "L", pytest.approx((636, 900), abs=2))


def test_a_photograph_keeps_its_colours_for_a_reader_that_wants_them(functions: Functions) -> None:
    photograph = pictures.saved(pictures.page().convert("RGB"), "JPEG")
    world = World.with_file(functions, photograph, reader="fine")
    world.read()
    assert as_seen(image_of(world))[:2] == ("PNG", "RGB")


def test_a_searchable_pdf_is_made_of_whatever_was_drawn(
    functions: Functions, model: ScriptedModel
) -> None:
    words = {"words": [["lamp", 0.1, 0.1, 0.2, 0.15]]}
    model.otherwise = completion("lamp", lector=words)
    photograph = pictures.page().convert("RGB")
    world = World.with_file(functions, pictures.saved(photograph, "PNG"), reader="fine")
    world.read()
    answer = functions.clients["upload"].get(f"/v1/files/{world.file_id}/text?format=pdf")
    with pymupdf.open(stream=answer.get_data()) as document:
        [page] = document
        assert page.search_for("lamp")
        drawn = page.get_pixmap(colorspace=pymupdf.csGRAY)
        assert {0} < set(drawn.samples)


def test_pages_of_one_range_that_two_readers_read_or_whose_text_one_wants_are_requested_apart(
    functions: Functions,
) -> None:
    world = World.with_file(functions, drawn_pdf(["one", "two", "three", "four"]))
    pages = [
        UnfinishedPage(
            number,
            "pending",
            *(None, None, None, None),
            from_layer=False,
            reader=reader,
            tries=0,
            text_unwanted=unwanted,
        )
        for number, reader, unwanted in (
            (1, None, False),
            (2, "fine", False),
            (3, None, False),
            (4, None, True),
        )
    ]
    with database.transaction() as connection:
        pending_work.announce(connection, world.file_id, 1, "public", [pages], "a retry", "upload")
    requested = [
        (list(event.data.page_numbers), event.data.reader, event.data.text_unwanted)
        for event in announced(world.file_id)
        if event.type == "lector.pages.requested"
    ]
    assert requested == [([1, 3], "", False), ([2], "fine", False), ([4], "", True)]
