"""The first page is drawn while its file is opened: it goes to its reader without another round."""

import copy
from typing import Any

import pytest

from lector.contracts import FileOpened, PageRead, PageRegistered, PagesExtracted, PagesRequested
from lector.domain import object_keys
from lector.runtime import object_store
from lector.runtime.events import Event
from tests.support.called import Functions, event
from tests.support.pdfs import blank_page_pdf
from tests.support.world import World, announced


def opened(functions: Functions, pages: int, **options: Any) -> tuple[World, Event[FileOpened]]:
    """A file whose opening the ledger knows, and what was said of it."""
    world = World.with_pages(functions, pages, **options)
    said = world.opened_with_first_page()
    functions.accepts("register", said)
    return world, said


def numbers(world: World, kind: type) -> list[int]:
    return [found.data.page_number for found in world.events(kind)]


def requested(world: World) -> list[list[int]]:
    return [list(found.data.page_numbers) for found in world.events(PagesRequested)]


def test_the_answer_to_an_upload_carries_the_first_page(functions: Functions) -> None:
    world = World.with_pages(functions, 3)
    page = world.opened_with_first_page().data.first_page
    assert (page.page_number, page.image.object_key) == (
        1,
        object_keys.image_key(world.file_id, 1),
    )


def test_its_image_is_stored(functions: Functions) -> None:
    world = World.with_pages(functions, 3)
    world.opened_with_first_page()
    assert object_store.store().get(object_keys.image_key(world.file_id, 1))


def test_of_some_pages_it_is_the_first_that_is_wanted(functions: Functions) -> None:
    world = World.with_pages(functions, 5, pages="3-4")
    assert world.opened_with_first_page().data.first_page.page_number == 3


def test_it_is_announced_for_reading_with_the_opening(functions: Functions) -> None:
    world, _ = opened(functions, 4)
    assert numbers(world, PageRegistered) == [1]


def test_the_others_are_requested_in_growing_ranges(functions: Functions) -> None:
    world, _ = opened(functions, 8)
    assert requested(world) == [[2, 3], [4, 5, 6, 7], [8]]


def test_a_file_of_one_page_needs_no_request(functions: Functions) -> None:
    world, _ = opened(functions, 1)
    assert (numbers(world, PageRegistered), requested(world)) == ([1], [])


def test_a_file_of_one_page_is_finished_by_reading_it(functions: Functions) -> None:
    world, _ = opened(functions, 1)
    for registered in world.events(PageRegistered):
        functions.accepts("llm", registered)
    assert world.file()["status"] == "completed"


def test_an_opening_that_is_delivered_twice_changes_nothing(functions: Functions) -> None:
    world, first = opened(functions, 3)
    before = world.snapshot()
    functions.accepts("register", first)
    assert world.snapshot() == before


def test_a_range_from_a_source_of_before_finds_the_first_page_drawn(functions: Functions) -> None:
    world, _ = opened(functions, 1)
    asked = PagesRequested(
        generation=1, object_key=object_keys.original_key(world.file_id), page_numbers=[1]
    )
    functions.accepts("render", event("a range of before", world.file_id, asked))


def test_a_blank_first_page_is_read_by_opening_its_file(functions: Functions) -> None:
    world = World.with_file(functions, blank_page_pdf())
    functions.accepts("register", world.opened_with_first_page())
    assert (numbers(world, PageRead), world.file()["status"]) == ([1], "completed")


def test_a_first_page_whose_text_is_taken_is_extracted(functions: Functions) -> None:
    world = World.with_text(functions, 2)
    forged = copy.deepcopy(world.opened_with_first_page())
    world.carry(forged.data.first_page, "what it carries")
    functions.accepts("register", forged)
    [extracted] = world.events(PagesExtracted)
    assert list(extracted.data.page_numbers) == [1]


def test_a_page_that_could_not_be_drawn_so_early_is_requested(functions: Functions) -> None:
    world = World.with_pages(functions, 2)
    forged = copy.deepcopy(world.opened_with_first_page())
    forged.data.first_page.failure.code = "page_too_slow"
    forged.data.first_page.failure.detail = "it takes longer than 2 s to draw"
    functions.accepts("register", forged)
    assert (requested(world), world.file()["progress"]["failed"]) == ([[1], [2]], 0)


def test_a_page_that_nobody_wants_is_not_registered(functions: Functions) -> None:
    world = World.with_pages(functions, 3, pages="2")
    forged = copy.deepcopy(world.opened_with_first_page())
    forged.data.first_page.page_number = 1
    forged.data.first_page.image.object_key = object_keys.image_key(world.file_id, 1)
    functions.accepts("register", forged)
    assert (numbers(world, PageRegistered), requested(world)) == ([], [[2]])


@pytest.mark.parametrize("where", ["pages/elsewhere", ""])
def test_an_image_that_lies_elsewhere_is_not_believed(functions: Functions, where: str) -> None:
    world = World.with_pages(functions, 1)
    forged = copy.deepcopy(world.opened_with_first_page())
    forged.data.first_page.image.object_key = where
    assert functions.call("register", forged).status_code == 422
    assert len(announced(world.file_id)) == 1  # its upload
