"""Whom a waker sends a request to, and whom it leaves alone."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lector.local.process import free_port
from lector.runtime.wakeup import Waker
from tests.support.bridging import wait_until


class Sleeper:
    """A function that notes who wakes it; and a clock that a test turns."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.status = 200
        self.now = 1000.0
        self.answers = threading.Event()
        self.answers.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def waker(self, awake_s: float = 60.0) -> Waker:
        return Waker(awake_s, lambda: self.now)

    def got(self, count: int) -> None:
        """Wait for so many requests to be answered, and a moment for one too many."""
        wait_until(lambda: len(self.paths) >= count)
        time.sleep(0.1)
        assert len(self.paths) == count

    def stop(self) -> None:
        self.answers.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sleeper = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                sleeper.paths.append(self.path)
                sleeper.answers.wait()
                self.send_response(sleeper.status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


@pytest.fixture
def sleeper() -> Iterator[Sleeper]:
    made = Sleeper()
    yield made
    made.stop()


@pytest.mark.parametrize("ending", ["", "/"])
def test_a_function_that_may_sleep_is_woken_at_its_health(sleeper: Sleeper, ending: str) -> None:
    sleeper.waker().wake([sleeper.url + ending])
    sleeper.got(1)
    assert sleeper.paths == ["/health/readiness"]


def test_a_function_is_woken_once_per_idle_period(sleeper: Sleeper) -> None:
    waker = sleeper.waker()
    for _ in range(3):
        waker.wake([sleeper.url])
        sleeper.got(1)
        sleeper.now += 20


def test_a_function_that_is_just_starting_is_not_woken_again(sleeper: Sleeper) -> None:
    waker = sleeper.waker()
    sleeper.answers.clear()
    waker.wake([sleeper.url])
    sleeper.got(1)
    sleeper.now += 1000
    waker.wake([sleeper.url])
    sleeper.got(1)


def test_a_function_that_answered_a_delivery_lately_is_awake(sleeper: Sleeper) -> None:
    waker = sleeper.waker()
    waker.record_answer(sleeper.url)
    sleeper.now += 59
    waker.wake([sleeper.url])
    sleeper.got(0)


@pytest.mark.parametrize("silent_s", [61, 3600])
def test_a_function_is_woken_again_after_a_silence(sleeper: Sleeper, silent_s: float) -> None:
    waker = sleeper.waker()
    waker.wake([sleeper.url])
    sleeper.got(1)
    sleeper.now += silent_s
    until(lambda: len(sleeper.paths) >= 2, waker, sleeper.url)
    sleeper.got(2)


def test_functions_that_sleep_are_woken_together(sleeper: Sleeper) -> None:
    other = Sleeper()
    try:
        sleeper.answers.clear()
        sleeper.waker().wake([sleeper.url, other.url])
        sleeper.got(1)
        other.got(1)
    finally:
        other.stop()


def test_a_refusal_is_an_answer_too(sleeper: Sleeper) -> None:
    sleeper.status = 503
    waker = sleeper.waker()
    waker.wake([sleeper.url])
    sleeper.got(1)
    waker.wake([sleeper.url])
    sleeper.got(1)


def test_a_function_that_could_not_be_reached_may_be_woken_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with caplog.at_level("INFO"):
        until(lambda: caplog.text.count(f"cannot reach {url}") >= 2, Waker(60), url)


def test_whoever_decides_himself_who_sleeps_has_each_woken_every_time(sleeper: Sleeper) -> None:
    until(lambda: len(sleeper.paths) >= 3, Waker(), sleeper.url)


def until(true: Callable[[], bool], waker: Waker, url: str) -> None:
    """Wake a function again and again: a request that has just been answered may not be over."""

    def is_true() -> bool:
        waker.wake([url])
        return true()

    wait_until(is_true)
