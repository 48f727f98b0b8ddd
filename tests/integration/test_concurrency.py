"""Many threads in one warm function, and parts that restart under it."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from functions.render import rendering
from functions.render.original_cache import OriginalCache
from functions.render.render_pool import ConcurrencyLimit
from lector.contracts import FilesDeleted
from lector.local import functions as shapes
from lector.local.process import Child, free_port, wait_ready
from lector.runtime import events
from lector.runtime.events import Event
from lector.runtime.failures import PermanentFailure, TransientFailure
from lector.runtime.settings import Rendering
from tests.support import called
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.parts import Parts
from tests.support.pdfs import drawn_for_ever, many_pages, text_pdf
from tests.support.world import World, rows


@pytest.fixture
def small_render(services: Parts, tmp_path: Path) -> Iterator[str]:
    """The address of a render function with one process, for pages of three seconds at most."""
    port = free_port()
    limits = {"RENDER_PROCESSES": "1", "RENDER_PAGE_TIMEOUT_S": "3"}
    child = Child(shapes.function("render", port, {**services.settings, **limits}), tmp_path)
    try:
        wait_ready(child, shapes.healthy(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        child.kill()


def post(url: str, event: Event[Any]) -> httpx2.Response:
    headers, body = events.to_http(event)
    return httpx2.post(url, headers=headers, content=body, timeout=60)


def pdfs_open_in_renderers() -> set[str]:
    """By their names on disk; one that is deleted there may still be open."""
    renderers = filter(is_renderer, psutil.Process().children(recursive=True))
    links = [link for child in renderers for link in Path(f"/proc/{child.pid}/fd").iterdir()]
    return {name for link in links if "/lector-render-" in (name := target(link))}


def is_renderer(child: psutil.Process) -> bool:
    """Whether a process draws; one that has just ended does not."""
    try:
        return "engine_process" in " ".join(child.cmdline())
    except psutil.NoSuchProcess:
        return False


def target(link: Path) -> str:
    """Where a link leads; nowhere, if it was removed meanwhile."""
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""


@pytest.mark.slow
def test_requests_beyond_what_the_renderer_can_take_are_not_now_but_files_are_still_opened(
    functions: Functions, small_render: str
) -> None:
    worlds = [World.with_file(functions, drawn_for_ever()) for _ in range(3)]
    first, second, third = [world.requested()[0] for world in worlds]
    unopened = World.with_pages(functions).uploaded()
    with ThreadPoolExecutor(2) as threads:
        taken = [threads.submit(post, small_render, event) for event in (first, second)]
        time.sleep(1.5)
        refused = post(small_render, third)
        assert (refused.status_code, refused.json()["code"]) == (503, "not_now")
        assert "Retry-After" not in refused.headers  # the source finds out how many are too many
        assert not any(answer.done() for answer in taken)
        assert post(small_render, unopened).status_code == 200
        assert [answer.result().status_code for answer in taken] == [200, 200]
    assert post(small_render, third).status_code == 200


def test_a_slot_is_free_again_however_its_request_ends() -> None:
    limit = ConcurrencyLimit(1)
    with pytest.raises(TransientFailure, match="the renderer is busy"), limit.acquire():
        limit.acquire().__enter__()  # there is one slot
    with pytest.raises(PermanentFailure), limit.acquire():
        raise PermanentFailure("file_missing", "it is gone")
    with limit.acquire() as until:
        assert 240 < until - time.monotonic() < 270  # eight pages of 30 s, within 300 s


@pytest.mark.slow
def test_a_file_is_opened_while_the_many_pages_of_another_are_drawn(tmp_path: Path) -> None:
    long, short = tmp_path / "long.pdf", tmp_path / "short.pdf"
    long.write_bytes(many_pages(1500))
    short.write_bytes(many_pages(1))
    with ThreadPoolExecutor(1) as thread:
        drawn = thread.submit(lambda: list(rendering.render(long, range(1, 1501), Rendering())))
        time.sleep(0.3)
        for _ in range(5):
            assert rendering.inspect(short, 50, Rendering()).page_count == 1
        assert not drawn.done()
        assert len(drawn.result()) == 1500


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells who has a deleted file open")
def test_a_deleted_file_is_neither_kept_on_disk_nor_open_in_a_renderer(
    functions: Functions,
) -> None:
    before = pdfs_open_in_renderers()
    world = World.with_pages(functions, 8)
    world.rendered()
    [kept] = pdfs_open_in_renderers() - before
    assert Path(kept).exists()
    assert functions.clients["upload"].delete(f"/v1/files/{world.file_id}").status_code == 204
    functions.reply("render", called.event("test", world.file_id, FilesDeleted(round=1)))
    assert not Path(kept).exists()
    assert not any(name.startswith(kept) for name in pdfs_open_in_renderers())


def test_a_file_that_is_deleted_while_it_is_used_goes_when_it_is_given_back(
    tmp_path: Path,
) -> None:
    removed: list[Path] = []
    cache = OriginalCache(tmp_path, lambda _, path: path.touch(), 4, removed.append)
    with cache.fetch("a") as path:
        with cache.fetch("a"):
            cache.forget("a")
        assert path.exists()
        assert not removed
    assert list(tmp_path.iterdir()) == []
    assert removed == [path]
    with cache.fetch("a") as fresh:
        assert fresh != path


@pytest.mark.slow
def test_more_files_at_once_than_are_cached_are_all_rendered(functions: Functions) -> None:
    rows(b"WITH gone AS (DELETE FROM files) SELECT 1")  # those of other tests have shares, too
    worlds = [
        World.with_file(functions, text_pdf([f"file {n} " + "dense " * 400] * 15)) for n in range(8)
    ]
    # The fourth range, as the first three are shorter: 1, 2, 4 pages.
    sent = [events.to_http(world.requested()[3]) for world in worlds] * 3

    def rendered(request: tuple[dict[str, str], bytes]) -> int:
        headers, body = request
        client = functions.apps["render"].test_client()
        while (answer := client.post("/", headers=headers, data=body)).status_code == 503:
            time.sleep(0.05)  # as the source does
        reply = events.from_request(dict(answer.headers), answer.get_data())
        return sum(page.HasField("image") for page in reply.data.pages)

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(rendered, sent)) == [8] * len(sent)


def test_an_answer_that_is_paid_for_survives_a_restart_of_the_database(
    functions: Functions, services: Parts, model: ScriptedModel
) -> None:
    [page] = World.with_pages(functions, 1).registered()
    postgres = services.children["postgres"]
    model.script.append(completion("paid for", delay_s=0.5))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(functions.call, "llm", page)
        while not model.requests:
            time.sleep(0.01)
        postgres.kill()
        time.sleep(1)
        postgres.start()
        wait_ready(postgres, services.embedded.postgres.ready)
        assert answer.result().status_code == 204
    assert len(model.requests) == 1
