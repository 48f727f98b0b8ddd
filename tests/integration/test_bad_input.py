"""Bad PDFs: a clear answer for each, and nothing lost."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from lector.contracts import FileOpened, PagesRequested
from lector.domain import object_keys
from lector.runtime import events, object_store, settings
from tests.support import damaged_pdfs, pdfs
from tests.support.called import Functions
from tests.support.model import ScriptedModel
from tests.support.pdfs import text_pdf
from tests.support.world import World


@pytest.fixture(autouse=True)
def _model(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A model that answers, whatever is on the page, and is believed."""
    monkeypatch.setenv("VERIFY", "never")
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


UNREADABLE: dict[str, Callable[[], bytes]] = {
    "not_a_pdf": pdfs.not_a_pdf,
    "truncated": pdfs.truncated_beyond_repair,
    "password": pdfs.password_protected,
    "no_pages": pdfs.no_pages,
    "too_many": partial(pdfs.many_pages, 51),
}
CODES = {
    "not_a_pdf": "not_a_pdf",
    "truncated": "not_a_pdf",
    "password": "password_protected",
    "no_pages": "no_pages",
    "too_many": "too_many_pages",
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(
    functions: Functions, kind: str
) -> None:
    world = World.with_file(functions, UNREADABLE[kind]())
    answer = functions.call("render", world.uploaded())
    assert (answer.status_code, answer.get_json()["code"]) == (422, CODES[kind])


def test_a_file_protected_only_by_its_owner_is_read(functions: Functions) -> None:
    world = World.with_file(functions, pdfs.owner_password_only())
    world.read()
    assert world.file()["status"] == "completed"


def test_a_truncated_file_says_how_many_pages_are_missing(functions: Functions) -> None:
    world = World.with_file(functions, pdfs.truncated_with_missing_pages())
    assert "missing" in world.opened().data.warning


def test_missing_pages_fail_visibly_and_the_others_are_read(functions: Functions) -> None:
    world = World.with_file(functions, pdfs.truncated_with_missing_pages())
    world.read()
    statuses = {page["status"] for page in world.pages()}
    assert statuses == {"read", "failed"}
    assert world.file()["status"] == "incomplete"


def test_a_page_of_twenty_metres_fits_into_the_pixel_cap(functions: Functions) -> None:
    world = World.with_file(functions, pdfs.huge_page())
    [rendered] = world.rendered()
    [page] = rendered.data.pages
    assert 0 < page.image.width_px <= 1568
    assert 0 < page.image.height_px <= 1568


def test_a_blank_page_is_read_without_the_model(functions: Functions, model: ScriptedModel) -> None:
    world = World.with_file(functions, pdfs.blank_page_pdf())
    world.registered()
    [page] = world.pages()
    assert (page["status"], page["text"], page["provenance"]) == ("read", "", "blank")
    assert model.requests == []
    assert world.file()["status"] == "completed"


def test_only_the_selected_pages_are_expected(functions: Functions) -> None:
    world = World.with_file(functions, pdfs.drawn(pdfs.many_pages(9)), pages="1-3,7")
    world.read()
    assert [page["number"] for page in world.pages()] == [1, 2, 3, 7]
    assert world.file()["status"] == "completed"


def test_a_selection_partly_beyond_the_end_reads_the_rest_and_says_so(
    functions: Functions,
) -> None:
    world = World.with_file(functions, pdfs.drawn(pdfs.many_pages(3)), pages="2-9")
    world.read()
    assert [page["number"] for page in world.pages()] == [2, 3]
    said = "pages 2-9 were asked for, but the file has 3 pages"
    assert world.file()["warning"] == said
    assert world.file()["warnings"] == [{"code": "pages_not_there", "detail": said}]


def test_a_selection_wholly_beyond_the_end_fails_the_file(functions: Functions) -> None:
    world = World.with_file(functions, pdfs.many_pages(3), pages="7")
    world.requested()
    assert (world.file()["status"], world.file()["error_code"]) == ("failed", "no_such_pages")


def test_one_page_beyond_the_end_of_one_is_spoken_of_as_one(functions: Functions) -> None:
    world = World.with_file(functions, pdfs.many_pages(1), pages="5")
    world.requested()
    assert world.file()["error"] == "page 5 was asked for, but the file has 1 page"


def test_a_few_pages_of_a_book_beyond_the_limit_are_read(functions: Functions) -> None:
    world = World.with_file(functions, pdfs.many_pages(60), pages="1-2,60")
    world.read()
    assert [page["number"] for page in world.pages()] == [1, 2, 60]
    assert world.file()["status"] == "completed"
    assert world.file()["page_count"] == 60


def test_more_selected_pages_than_the_limit_are_refused_with_both_numbers(
    functions: Functions,
) -> None:
    world = World.with_file(functions, pdfs.many_pages(60), pages="1-40,30-55")
    refused = functions.call("render", world.uploaded())
    assert (refused.status_code, refused.get_json()["code"]) == (422, "too_many_pages")
    assert "60 pages, of which 55 are selected; the limit is 50" in refused.get_json()["detail"]


def test_a_damaged_page_is_registered_with_its_doubt_and_one_of_nothing_fails(
    functions: Functions,
) -> None:
    cut = damaged_pdfs.damaged()["jpeg cut in half"]()
    world = World.with_file(functions, cut)
    [rendered] = world.rendered()
    assert "premature end" in rendered.data.pages[0].doubts["damaged_content"]
    world = World.with_file(functions, damaged_pdfs.undecodable()["jpeg of noise"]())
    world.read()
    [page] = world.pages()
    assert (page["status"], page["error_code"]) == ("failed", "page_undecodable")


def test_a_page_object_without_its_type_is_read_all_the_same(functions: Functions) -> None:
    pdf = text_pdf(["hello"]).replace(b"/Type/Page/", b"/Kind/Page/")
    world = World.with_file(functions, pdf)
    world.read()
    assert world.file()["status"] == "completed"


def test_a_pdf_that_vanished_is_a_permanent_failure(functions: Functions) -> None:
    world = World.with_pages(functions, 1)
    object_store.store().remove([object_keys.original_key(world.file_id)])
    answer = functions.call("render", world.uploaded())
    assert (answer.status_code, answer.get_json()["code"]) == (422, "file_missing")


def test_an_image_that_vanished_is_a_permanent_failure(functions: Functions) -> None:
    world = World.with_pages(functions, 1)
    [page] = world.registered()
    object_store.store().remove([page.data.image.object_key])
    answer = functions.call("llm", page)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "image_missing")


def test_a_page_number_beyond_the_file_is_a_failed_page_not_a_lost_one(
    functions: Functions,
) -> None:
    world = World.with_pages(functions, 2)
    key = object_keys.original_key(world.file_id)
    boast = FileOpened(generation=1, object_key=key, page_count=3)
    functions.accepts("register", events.event("c", world.file_id, boast, "test"))
    _, request = world.events(PagesRequested)
    assert list(request.data.page_numbers) == [2, 3]
    reply = functions.reply("render", request)
    outcomes = [page.WhichOneof("outcome") for page in reply.data.pages]
    assert outcomes == ["image", "failure"]
