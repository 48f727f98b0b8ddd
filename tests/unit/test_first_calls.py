"""What several pages do first, at the same moment, as when a process has just started."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from functions.llm import model, readers
from functions.llm.readers import Endpoint, Request
from tests.support.model import Answer, ScriptedModel, completion

_AT_ONCE = 8
_TYPES = """
import sys, threading
from functions.llm import openai_client
sys.setswitchinterval(1e-5)
together, failed = threading.Barrier(8), []
def ask():
    together.wait()
    try:
        sys.modules["openai.types"].CompletionUsage
    except AttributeError as error:
        failed.append(str(error))
threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(failed)
"""
_CLIENT = """
import sys
from functions.llm import readers
print(readers.client(readers.Endpoint(sys.argv[1], "a-key")).base_url)
"""


@pytest.fixture
def scripted() -> Iterator[ScriptedModel]:
    server = ScriptedModel()
    yield server
    server.stop()


@contextmanager
def _threads_take_turns_quickly() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _together(work: Callable[[], object]) -> list[object]:
    """What the work gives in several threads that begin at once."""
    barrier = threading.Barrier(_AT_ONCE)

    def begin() -> object:
        barrier.wait()
        return work()

    with _threads_take_turns_quickly(), ThreadPoolExecutor(_AT_ONCE) as pool:
        return [one.result() for one in [pool.submit(begin) for _ in range(_AT_ONCE)]]


def _ask(server: ScriptedModel) -> object:
    request = Request(Endpoint(server.base_url, "a-key"), "reader-1", "Read it.")
    return model.request_completion(request, 0.0, b"image", time.monotonic() + 20)


def _slow(text: str, pause_s: float = 0.001) -> Answer:
    """An answer whose body comes some time after its head."""
    whole = completion(text)
    return Answer(body=whole.body, headers=whole.headers, pause_s=pause_s)


def test_the_first_pages_that_ask_a_model_at_once_all_get_their_answers(
    scripted: ScriptedModel,
) -> None:
    scripted.otherwise = _slow("the tide")
    answers = _together(lambda: _ask(scripted))
    assert [str(one).count("the tide") for one in answers] == [1] * _AT_ONCE


def test_they_share_one_client() -> None:
    endpoint = Endpoint("http://127.0.0.1:9/first-calls", "a-key")
    assert len(set(map(id, _together(lambda: readers.client(endpoint))))) == 1


def test_an_answer_is_read_to_its_end_while_many_other_endpoints_are_asked(
    scripted: ScriptedModel,
) -> None:
    scripted.otherwise = _slow("the tide", pause_s=0.006)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(_ask, scripted)
        while not scripted.requests:
            time.sleep(0.01)
        for number in range(40):
            readers.client(Endpoint(f"http://127.0.0.1:9/{number}", "a-key"))
        assert "the tide" in str(answer.result())


def test_threads_that_ask_for_types_of_openai_at_once_wait_until_these_are_there() -> None:
    command = [sys.executable, "-c", _TYPES]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout == "[]\n"


@pytest.mark.parametrize(
    ("url", "proxy", "read"),
    [
        ("http://127.0.0.1:9/v1", {}, False),
        ("https://127.0.0.1:9/v1", {}, True),
        ("http://127.0.0.1:9/v1", {"http_proxy": "https://127.0.0.1:10"}, True),
    ],
    ids=["plain", "over TLS", "through a proxy"],
)
def test_to_ask_a_plain_endpoint_nobody_reads_which_certificates_are_trusted(
    url: str, proxy: dict[str, str], *, read: bool
) -> None:
    command = [sys.executable, "-c", _CLIENT, url]
    env = {"SSL_CERT_FILE": "/there/is/none", **proxy}
    made = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    if read:
        assert "FileNotFoundError" in made.stderr
    else:
        assert (made.stdout, made.stderr) == (f"{url}/\n", "")
