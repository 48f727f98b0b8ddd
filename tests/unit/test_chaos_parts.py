"""The parts with which make chaos disturbs: the ways, the model, the clock and the people."""

import http.client
import io
import json
import os
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import chain
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from lector.local import process
from tests.chaos import papers
from tests.chaos.model import Model
from tests.chaos.people import People
from tests.chaos.proxies import Manner, Proxies
from tests.chaos.schedule import Disturbance
from tests.chaos.timeline import Timeline
from tests.chaos.uploads import Accepted

CLOCK = Path(__file__).parents[1] / "chaos" / "clock"
TIMES = """
import datetime, logging, sys, time
logging.Formatter("%(asctime)s").format(logging.makeLogRecord({}))
print(time.time(), datetime.datetime.now(datetime.timezone.utc).timestamp(),
      datetime.datetime.utcnow().replace(tzinfo=datetime.timezone.utc).timestamp(),
      time.time_ns() / 1e9, time.monotonic(), type(datetime.datetime.now()) is datetime.datetime)
"""


class Named:
    """A server that answers every request with its name; and with 503 as often as it is told."""

    def __init__(self, name: str, answers: list[tuple[int, Any]] | None = None) -> None:
        queue = list(answers or [])
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(f"{self.command} {self.path}")
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, body = queue.pop(0) if queue else (200, name)
                if status == 0:
                    self.close_connection = True
                    return
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_POST(self) -> None:
                self.do_GET()

            def do_DELETE(self) -> None:
                self.do_GET()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def proxies() -> Iterator[Proxies]:
    made = Proxies()
    yield made
    made.stop()


@pytest.fixture
def pair() -> Iterator[tuple[Named, Named]]:
    both = Named("one"), Named("two")
    yield both
    for server in both:
        server.stop()


def ask(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/")
        said: str = json.loads(connection.getresponse().read())
        return said
    finally:
        connection.close()


def test_two_processes_share_what_comes_and_one_takes_all_when_the_other_is_gone(
    proxies: Proxies, pair: tuple[Named, Named]
) -> None:
    one, two = pair
    proxies.through(one.url)
    [proxy] = proxies.all
    assert {ask(proxy.port) for _ in range(4)} == {"one"}
    proxies.share(one.port, two.port)
    assert {ask(proxy.port) for _ in range(6)} == {"one", "two"}
    one.stop()
    assert {ask(proxy.port) for _ in range(4)} == {"two"}


def test_a_port_that_refuses_is_nobody_elses(proxies: Proxies, pair: tuple[Named, Named]) -> None:
    proxies.through(pair[0].url)
    [proxy] = proxies.all
    proxies.behave(proxy, Manner.REFUSE)
    with pytest.raises(ConnectionRefusedError):
        ask(proxy.port)
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", proxy.port))
    proxies.behave(proxy, Manner.PASS)
    assert ask(proxy.port) == "one"


def test_a_port_that_is_taken_is_drawn_anew(
    proxies: Proxies, pair: tuple[Named, Named], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = chain([pair[1].port, pair[1].port], iter(process.free_port, None))
    monkeypatch.setattr("tests.chaos.proxies.free_port", lambda: next(drawn))
    proxies.through(pair[0].url)
    [proxy] = proxies.all
    assert proxy.port != pair[1].port
    assert ask(proxy.port) == "one"


def test_a_clock_jumps_by_an_hour_and_back_in_a_process_that_runs(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    source = f"while sys.stdin.readline(): time.sleep(0.2); exec({TIMES!r}); sys.stdout.flush()"
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys, time\n{source}"],
        env={**os.environ, "PYTHONPATH": str(CLOCK), "CHAOS_CLOCK": str(clock)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    seen = []
    for offset in ("", "3600", "-3600"):
        clock.write_text(offset)
        process.stdin.write("\n")
        process.stdin.flush()
        seen.append(process.stdout.readline().split())
    process.communicate(timeout=30)
    start = float(seen[0][0])
    for (*moments, monotonic, same_type), jump in zip(seen, (0, 3600, -3600), strict=True):
        for moment in moments:
            assert 0 <= float(moment) - start - jump < 60
        assert 0 <= float(monotonic) - float(seen[0][4]) < 60
        assert same_type == "True"


@pytest.fixture
def model() -> Iterator[Model]:
    made = Model(seed=1, late_s=0.2)
    yield made
    made.stop()


@cache
def image_url(file: int, page: int, *, with_text: bool = True) -> str:
    """The image of a page of a file of five, within its URL."""
    with pymupdf.open(stream=papers.pdf(file, 5, {file} if with_text else set())) as document:
        image = document[page - 1].get_pixmap(dpi=100).pil_image().convert("L")
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG")
    return f"data:image/jpeg;base64,{b64encode(jpeg.getvalue()).decode()}"


def read(model: Model, file: int, page: int, *, with_text: bool = True) -> tuple[int, Any]:
    """Have the model read a page."""
    url = image_url(file, page, with_text=with_text)
    content = [{"type": "image_url", "image_url": {"url": url}}]
    body = {"messages": [{"role": "system"}, {"role": "user", "content": content}]}
    port = int(model.base_url.split(":")[2].split("/")[0])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_the_model_says_what_is_on_the_page_and_another_text_each_time(model: Model) -> None:
    for number in (1, 2):
        status, body = read(model, 2, 3)
        text = body["choices"][0]["message"]["content"]
        assert (status, text) == (200, papers.answer(2, 3, number))
    assert [(call.shown, call.number) for call in model.calls] == [((2, 3), 1), ((2, 3), 2)]


@pytest.mark.parametrize("with_text", [True, False])
def test_the_model_sees_which_page_it_is_also_on_a_picture(
    model: Model, *, with_text: bool
) -> None:
    assert read(model, 2, 3, with_text=with_text)[0] == 200
    assert [call.shown for call in model.calls] == [(2, 3)]


def test_only_pages_of_some_files_carry_their_text_and_it_is_whole() -> None:
    for file, with_text in ((2, {2}), (3, {2}), (10, {10}), (1, {1})):
        with pymupdf.open(stream=papers.pdf(file, 5, with_text)) as document:
            for page in range(1, 6):
                carried = document[page - 1].get_text()
                if papers.carries_text(file, page, with_text):
                    assert papers.is_text_of(carried, file, page)
                else:
                    assert carried == ""


def test_a_model_that_is_away_says_so_to_everything_and_is_back_later(model: Model) -> None:
    for status in (503, 429):
        model.away_with = status
        assert read(model, 2, 3)[0] == status
    model.away_with = None
    assert read(model, 2, 3)[0] == 200
    assert model.outcomes == {"away with 503": 1, "away with 429": 1, "answered": 1}


def test_a_bad_page_makes_the_model_fail_each_time_and_no_other_page(model: Model) -> None:
    assert [papers.bad(file, 4) for file in (1, 4, 7)] == list(papers.BAD)
    for _ in range(2):
        status, body = read(model, 1, 4)
        assert (status, body["error"]["message"]) == (500, papers.CRASHES)
        with pytest.raises(http.client.IncompleteRead):
            read(model, 4, 4)
        assert read(model, 1, 5)[0] == 200


@pytest.mark.slow
def test_a_model_that_misbehaves_spoils_no_page_more_than_once(model: Model) -> None:
    """Otherwise a good page could fail for nothing that Lector did."""
    model.misbehaves = True
    outcomes = []
    for page in (1, 2, 3, 5):
        for _ in range(4):
            try:
                outcomes.append((page, read(model, 2, page)[0]))
            except http.client.HTTPException:
                outcomes.append((page, 0))
    spoilt = [call.shown for call in model.calls if call.outcome not in ("answered", "429")]
    assert len(spoilt) == len(set(spoilt))


def somebody(says: str, server: Named) -> People:
    people = People(server.url, pages=5, accepted=lambda: [Accepted("an-id", 5)])
    people.act(Disturbance(0, "person", says, 0.3, 0), lambda _: None)
    people.finish()
    people.stop()
    return people


def test_what_people_were_told_is_kept_and_a_lost_answer_makes_it_uncertain() -> None:
    done = {"status": "cancelled"}
    for status, uncertain in ((503, False), (0, True)):  # 0: no answer
        server = Named("api", [(status, {}), (202, done)])
        [action] = somebody("cancel", server).actions
        server.stop()
        assert (action.done, action.uncertain, action.status) == (True, uncertain, "cancelled")
        assert server.asked == ["POST /v1/files/an-id/cancel"] * 2


def test_a_refusal_is_final_and_a_deletion_that_finds_nothing_after_a_lost_answer_is_done() -> None:
    for says, statuses, done in (
        ("retry file", [409], False),
        ("delete", [404], False),
        ("delete", [0, 404], True),
    ):
        server = Named("api", [(status, {}) for status in statuses])
        [action] = somebody(says, server).actions
        server.stop()
        assert action.done is done
        assert len(server.asked) == len(statuses)


def test_nobody_has_a_blank_page_read_again() -> None:
    server = Named("api", [(202, {"status": "reading"})] * 20)
    pages = set[int]()
    for tenth in range(10):
        people = People(server.url, pages=5, accepted=partial(list, [Accepted("an-id", 5)]))
        people.act(Disturbance(0, "person", "retry pages", tenth / 10, 0), lambda _: None)
        people.finish()
        people.stop()
        pages |= people.actions[0].pages
    server.stop()
    assert pages == {1, 3, 4, 5}


def test_a_disturbance_explains_what_happens_while_it_lasts_and_shortly_after() -> None:
    timeline = Timeline()
    assert not timeline.disturbed(0, 1e12)
    timeline.note(5.0)
    timeline.end()
    now = timeline.over_at
    assert timeline.disturbed(now + 4, now + 5)
    assert not timeline.disturbed(now + 60, now + 70)
    assert not timeline.disturbed(now - 60, now - 50)
