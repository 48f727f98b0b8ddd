"""Small pictures of pages by the API: as wide as asked for, and kept once a page is read."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from functions.upload.authentication import READ, Caller
from functions.upload.errors import ApiError
from functions.upload.pages import page_model, small_images
from functions.upload.pages.page_model import StoredPage
from lector.runtime import database, object_store
from lector.runtime.failures import TransientFailure
from tests.support.called import Functions
from tests.support.world import World, rows


def picture(world: World, number: int = 1, **query: object) -> TestResponse:
    path = f"/v1/files/{world.file_id}/pages/{number}/image"
    return world.functions.clients["upload"].get(path, query_string=query)


@pytest.fixture
def read(functions: Functions) -> World:
    """A file whose pages are read."""
    world = World.with_pages(functions)
    world.read()
    return world


def test_a_page_that_is_read_has_a_small_picture_which_browsers_keep(read: World) -> None:
    answer = picture(read, width=100, version="2026-11-28T10:00:00Z")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "private, max-age=604800, immutable"
    assert Image.open(io.BytesIO(answer.get_data())).width == 100


def test_a_picture_of_no_version_is_asked_for_again(read: World) -> None:
    assert picture(read).headers["Cache-Control"] == "private, no-cache"


def test_a_page_that_may_yet_be_turned_is_asked_for_again(functions: Functions) -> None:
    world = World.with_pages(functions)
    world.registered()
    answer = picture(world, version="1")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert Image.open(io.BytesIO(answer.get_data())).width == 240


def test_a_page_that_a_reader_turned_is_shown_upright(read: World) -> None:
    tall = Image.open(io.BytesIO(picture(read).get_data()))
    rows(b"UPDATE pages SET turned_degrees = 90 WHERE file_id = %s RETURNING id", read.file_id)
    wide = Image.open(io.BytesIO(picture(read).get_data()))
    assert tall.height > tall.width
    assert wide.width > wide.height


@pytest.mark.parametrize("width", ["15", "1001", "0", "-1", "wide"])
def test_no_other_width_is_made(read: World, width: str) -> None:
    answer = picture(read, width=width)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_width")


def test_a_page_that_was_not_drawn_has_no_picture(functions: Functions) -> None:
    world = World.with_pages(functions)
    world.requested()
    answer = picture(world, 2)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_drawn")


def test_of_an_image_that_is_no_longer_stored_the_answer_says_so(read: World) -> None:
    [[key]] = rows(b"SELECT image_key FROM pages WHERE file_id = %s AND number = 1", read.file_id)
    object_store.store().remove([key])
    answer = picture(read)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "image_missing")


def test_nobody_sees_pictures_of_a_file_that_was_deleted(read: World) -> None:
    read.functions.clients["upload"].delete(f"/v1/files/{read.file_id}")
    assert picture(read).get_json()["code"] == "no_such_file"


def test_a_part_of_a_page_comes_from_its_large_image(read: World) -> None:
    [page, *_] = read.pages()
    answer = picture(read, width=1000, region="0.5,0.25,0.75,0.5")
    width, height = Image.open(io.BytesIO(answer.get_data())).size
    image = page["image"]
    assert width == pytest.approx(image["width_px"] / 4, abs=1)
    assert height == pytest.approx(image["height_px"] / 4, abs=1)
    assert picture(read, region="0.5,0.25,0.5,0.5").status_code == 422


class HeldStore:
    """Images of the store come when they are let go; how many are on their way is counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.let_go, self.lock = threading.Event(), threading.Lock()
        self.fetching = self.most = 0
        self.asked = threading.Semaphore(0)
        real = object_store.ObjectStore.get

        def get(store: object_store.ObjectStore, key: str) -> bytes:
            with self.lock:
                self.fetching += 1
                self.most = max(self.most, self.fetching)
            self.asked.release()
            assert self.let_go.wait(60)
            with self.lock:
                self.fetching -= 1
            return real(store, key)

        monkeypatch.setattr(object_store.ObjectStore, "get", get)


def stored_page(world: World) -> StoredPage:
    with database.transaction() as connection:
        return page_model.find(connection, world.file_id, 1)


def test_a_tenant_that_asks_for_many_pictures_leaves_threads_to_others(
    read: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, held = stored_page(read), HeldStore(monkeypatch)
    one, other = (Caller(name, name, frozenset({READ}), "10.9.0.5") for name in ("one", "other"))
    with ThreadPoolExecutor(40) as threads:
        asked = [threads.submit(small_images.of_page, one, page, 100) for _ in range(40)]
        refused = list(islice(as_completed(asked, timeout=60), 28))
        told = threads.submit(small_images.of_page, other, page, 100)
        held.let_go.set()
        made = [task for task in asked if not task.exception()]
        assert told.result()
    assert (len(made), len(refused)) == (12, 28)
    problems = {task.exception() for task in refused}
    assert {error.problem.status for error in problems if isinstance(error, ApiError)} == {429}
    assert held.most == 2


def test_who_waits_too_long_for_a_picture_is_told_to_come_again(
    read: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, held = stored_page(read), HeldStore(monkeypatch)
    caller = Caller("one", "one", frozenset({READ}), "10.9.0.5")
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(small_images.of_page, caller, page, 100) for _ in range(2)]
        for _ in asked:
            assert held.asked.acquire(timeout=60)
        monkeypatch.setattr(small_images, "PATIENCE_S", 0.01)
        with pytest.raises(TransientFailure) as refused:
            small_images.of_page(caller, page, 100)
        held.let_go.set()
        assert all(task.result() for task in asked)
    assert refused.value.retry_after_s == 2
