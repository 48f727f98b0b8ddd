"""The embedded OCR model under callers that wait for a while and go, over real connections."""

import base64
import io
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import httpx2
import pytest
import uvicorn
from PIL import Image, ImageDraw
from starlette.testclient import TestClient

from lector.runtime import settings
from lector.tesseract import page_reading
from lector.tesseract.endpoint import app
from lector.tesseract.page_reading import Reading
from lector.tesseract.reading_queue import Read
from lector.tesseract.recognition import ReadingTimedOut


class SlowReader:
    """Takes a while for each image, and reads it as the text that its bytes are."""

    def __init__(self, page_s: float) -> None:
        self.page_s = page_s
        self.read: list[bytes] = []

    def __call__(self, image: bytes, _: Sequence[str]) -> Reading:
        self.read.append(image)
        time.sleep(self.page_s)
        return Reading(image.decode(), [])


@contextmanager
def serving(read: Read) -> Iterator[str]:
    """The URL of an embedded reader with two threads that listens while the block lasts."""
    config = uvicorn.Config(app(read), host="127.0.0.1", port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/v1/chat/completions"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(autouse=True)
def _two_readers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("READERS", "2")
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


def request(image: bytes) -> dict[str, object]:
    url = f"data:image/jpeg;base64,{base64.b64encode(image).decode()}"
    part = {"type": "image_url", "image_url": {"url": url}}
    return {"messages": [{"role": "user", "content": [part]}]}


def ask(
    url: str, image: bytes, headers: Mapping[str, str] | None = None, timeout_s: float = 20
) -> httpx2.Response:
    return httpx2.post(url, json=request(image), headers=headers, timeout=timeout_s)


def text(answer: httpx2.Response) -> str:
    assert answer.status_code == 200, answer.text
    content: str = answer.json()["choices"][0]["message"]["content"]
    return content


def message(answer: httpx2.Response) -> str:
    said: str = answer.json()["error"]["message"]
    return said


def tries(url: str, headers: Mapping[str, str], timeout_s: float, image: bytes) -> list[str]:
    """What each of a caller's tries comes to, until the page is read."""
    results: list[str] = []
    while True:
        try:
            answer = ask(url, image, headers, timeout_s)
        except httpx2.TimeoutException:
            results.append("timed out")
            continue
        if answer.status_code == 200:
            return [*results, text(answer)]
        results.append(str(answer.status_code))
        time.sleep(int(answer.headers["Retry-After"]))


def test_a_page_that_takes_longer_than_its_caller_waits_is_read_at_the_second_try() -> None:
    """The two pages of a busy machine: each try was thrown away, and the next began anew."""
    reader = SlowReader(page_s=4)
    with serving(reader) as url, ThreadPoolExecutor(2) as callers:
        each = list(callers.map(partial(tries, url, {}, 3), [b"one", b"other"]))
        assert each == [["timed out", "one"], ["timed out", "other"]]
    assert sorted(reader.read) == [b"one", b"other"]


def test_a_caller_that_says_how_long_it_waits_is_answered_before_it_times_out() -> None:
    reader = SlowReader(page_s=1.5)
    with serving(reader) as url:
        assert tries(url, {"Prefer": "wait=1"}, 10.0, b"page") == ["429", "page"]
    assert reader.read == [b"page"]


def test_a_page_whose_caller_hangs_up_before_its_turn_is_not_read() -> None:
    reader = SlowReader(page_s=2.0)
    with serving(reader) as url, ThreadPoolExecutor(2) as callers:
        first = [callers.submit(ask, url, page) for page in (b"one", b"other")]
        while len(reader.read) < 2:
            time.sleep(0.01)
        with pytest.raises(httpx2.TimeoutException):
            ask(url, b"given up", timeout_s=0.3)
        assert [text(answer.result()) for answer in first] == ["one", "other"]
        assert text(ask(url, b"next")) == "next"
    assert sorted(reader.read) == [b"next", b"one", b"other"]


def test_more_pages_than_their_callers_wait_for_are_refused_with_the_time_until_there_is_room() -> (
    None
):
    reader = SlowReader(page_s=1.0)
    wait = {"Prefer": "wait=2"}
    with serving(reader) as url, ThreadPoolExecutor(12) as callers:
        ask(url, b"measured")
        pages = [b"%d" % number for number in range(12)]
        answers = list(callers.map(partial(ask, url, headers=wait), pages))
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(refused) >= 3
        assert {message(answer)[:5] for answer in refused} == {"busy:"}
        assert all(1 <= int(answer.headers["Retry-After"]) <= 3 for answer in refused)
        for page, answer in zip(pages, answers, strict=True):
            assert answer in refused or text(answer) == page.decode()


@pytest.mark.parametrize(
    "prefer", ["wait=0", 'wait="0"', "respond-async, WAIT = 0", "wait=0; x=y", "wait=0, wait=9"]
)
def test_how_long_a_caller_waits_is_read_as_rfc_7240_has_it(prefer: str) -> None:
    with serving(SlowReader(page_s=0.5)) as url:
        answer = ask(url, b"page", {"Prefer": prefer})
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")


@pytest.mark.parametrize(
    "prefer",
    ["", "wait", "wait=", "wait=-1", "wait=0.1", "wait=soon", "await=0", "wait=" + "0" * 99],
)
def test_a_wait_that_is_no_number_of_seconds_is_ignored(prefer: str) -> None:
    with serving(SlowReader(page_s=0.3)) as url:
        assert text(ask(url, b"page", {"Prefer": prefer})) == "page"


def drawn(lines: int) -> bytes:
    """The image of a page with so many lines of text."""
    image = Image.new("L", (1600, 60 + 50 * lines), 255)
    draw = ImageDraw.Draw(image)
    for number in range(lines):
        draw.text(
            (60, 40 + 50 * number), "The quick brown fox jumps over it. " * 2, 0, font_size=36
        )
    png = io.BytesIO()
    image.save(png, "PNG")
    return png.getvalue()


def test_a_page_that_takes_longer_than_the_limit_fails_with_words_that_name_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("READING_LIMIT_S", "0.05")
    settings.current.cache_clear()
    with TestClient(app()) as client:
        answer = client.post("/v1/chat/completions", json=request(drawn(lines=30)))
    assert answer.status_code == 504
    assert answer.json()["error"]["message"] == (
        "reading the page took longer than 0.05 s; READING_LIMIT_S of the reader raises the limit"
    )


def test_the_page_after_one_that_timed_out_is_read_as_ever() -> None:
    with pytest.raises(ReadingTimedOut):
        page_reading.read(drawn(lines=30), [], limit_s=0.05)
    reading = page_reading.read(drawn(lines=1), [], limit_s=60)
    assert reading.text == ("The quick brown fox jumps over it. " * 2).strip()
    assert [word[0] for word in reading.words] == reading.text.split()


def test_an_image_that_is_too_large_for_a_layout_in_reasonable_time_is_refused() -> None:
    png = io.BytesIO()
    Image.new("1", (8001, 8000)).save(png, "PNG")
    with TestClient(app()) as client:
        answer = client.post("/v1/chat/completions", json=request(png.getvalue()))
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "the image has more than 64 megapixels"


@pytest.mark.parametrize("image", [b"", b"no image", drawn(1)[:2000]])
def test_what_is_no_image_is_refused(image: bytes) -> None:
    with TestClient(app()) as client:
        answer = client.post("/v1/chat/completions", json=request(image))
    assert answer.status_code == 400
    assert "must be a data URL with an image" in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", ["", "[" * 100_000, "[]", "{}", '{"messages": ["x"]}', "7"])
def test_what_is_no_request_is_refused(body: str) -> None:
    with TestClient(app()) as client:
        assert client.post("/v1/chat/completions", content=body).status_code == 400
