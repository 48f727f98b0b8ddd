"""A page that was drawn wakes the embedded reader, if it will have to look at it."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from functions.render import reader_wakeup
from functions.render.engine_messages import FoundLayer, RenderedImage
from lector.runtime import settings
from tests.support.bridging import wait_until

pytestmark = pytest.mark.unit

SCAN = RenderedImage(b"", 10, 10, blank=False)


def carries(verdict: str) -> RenderedImage:
    return RenderedImage(b"", 10, 10, blank=False, layer=FoundLayer(b"", verdict))


@pytest.fixture
def requests() -> Iterator[tuple[str, list[str]]]:
    """The address of an embedded reader, and what it was asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1", paths
        server.shutdown()
        thread.join()


@pytest.fixture
def configured(
    requests: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[str]]:
    monkeypatch.setenv("TESSERACT_URL", requests[0])
    monkeypatch.setenv("READER", "tesseract")
    monkeypatch.setenv("VERIFY", "auto")
    settings.current.cache_clear()
    yield requests[1]
    settings.current.cache_clear()


@pytest.mark.parametrize("page", [SCAN, carries("refused"), carries("mixed")])
def test_a_page_without_a_text_that_is_taken_wakes_it_once(
    configured: list[str], page: RenderedImage
) -> None:
    reader_wakeup.wake_for(page)
    wait_until(lambda: configured == ["/health/readiness"])
    reader_wakeup.wake_for(page)  # it has just answered
    time.sleep(0.1)
    assert len(configured) == 1


@pytest.mark.parametrize(
    "page", [carries("trusted"), RenderedImage(b"", 10, 10, blank=True)], ids=["text", "blank"]
)
def test_a_page_that_nobody_reads_wakes_nobody(configured: list[str], page: RenderedImage) -> None:
    reader_wakeup.wake_for(page)
    time.sleep(0.2)
    assert configured == []


def test_where_nothing_is_held_against_it_and_another_reads_it_sleeps(
    configured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERIFY", "never")
    monkeypatch.setenv("READER", "")
    settings.current.cache_clear()
    reader_wakeup.wake_for(SCAN)
    time.sleep(0.2)
    assert configured == []
