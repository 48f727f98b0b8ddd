"""A page's image goes to a model as OpenAI's client would send it, only cheaper."""

import base64
import json
import subprocess
import sys
import time
from typing import Any

import openai
import pytest

from functions.llm import chat_requests, model, readers
from functions.llm.abilities import NOTHING_KNOWN
from functions.llm.readers import Endpoint, Request
from tests.support import providers
from tests.support.cpu_time import timed
from tests.support.model import Answer, completion
from tests.support.providers import Asked
from tests.support.sent import sent_body

IMAGE = b"\xff\xd8" + bytes(range(256)) * 40
REQUEST = Request(
    endpoint=Endpoint("http://models.example/v1", "a-key"),
    model="reader-1",
    user='Read "it" — 読む.\n',
    system="You read.",
    max_tokens=4096,
    provider={"data_collection": "deny"},
    extra={"seed": 7},
    language="de",
)


def _answer(_: Asked) -> Answer:
    return completion("a text")


def _at(url: str, **more: Any) -> Request:
    return Request(**{**vars(REQUEST), "endpoint": Endpoint(url, "a-key", **more)})


def _ask_by_the_client(request: Request) -> None:
    """The same by the client's own call, which encodes the body itself."""
    sent = sent_body(request, 0.5, IMAGE, NOTHING_KNOWN)
    extra = {name: sent.pop(name) for name in ("provider", "seed", "lector")}
    client = readers.client(request.endpoint)
    with client.chat.completions.with_streaming_response.create(
        **sent, extra_body=extra, timeout=9, extra_headers={"Prefer": "wait=7"}
    ) as response:
        response.read()


def test_a_request_arrives_as_the_client_would_have_sent_it() -> None:
    with providers.serving(_answer) as server:
        request = _at(f"{server.origin}/v1")
        model.request_completion(request, 0.5, IMAGE, time.monotonic() + 9)
        _ask_by_the_client(request)
        ours, theirs = server.asked
    changing = {"x-stainless-read-timeout", "prefer", "content-length"}
    assert ours.headers.keys() == theirs.headers.keys()
    for name in ours.headers.keys() - changing:
        assert ours.headers[name] == theirs.headers[name], name
    assert (ours.method, ours.path, ours.query) == (theirs.method, theirs.path, theirs.query)
    assert ours.body == theirs.body


@pytest.mark.parametrize("image", [b"", b"\x89PNG and more", IMAGE])
def test_an_image_arrives_byte_for_byte(image: bytes) -> None:
    sent = sent_body(REQUEST, 0.0, image, NOTHING_KNOWN)
    url = sent["messages"][1]["content"][0]["image_url"]["url"]
    assert base64.b64decode(url.partition(",")[2]) == image


def test_a_body_is_utf8_with_the_words_as_they_were_written() -> None:
    body = chat_requests.body(REQUEST, 0.0, IMAGE, NOTHING_KNOWN)
    assert "読む".encode() in body
    assert json.loads(body)["messages"][1]["content"][1]["text"] == REQUEST.user


def test_messages_of_a_readers_own_replace_those_of_the_page() -> None:
    request = Request(**{**vars(REQUEST), "extra": {"messages": []}})
    assert sent_body(request, 0.0, IMAGE, NOTHING_KNOWN)["messages"] == []


def test_a_key_in_a_header_of_its_own_is_no_bearer_token() -> None:
    with providers.serving(_answer) as server:
        request = _at(f"{server.origin}/v1", key_header="api-key")
        model.request_completion(request, 0.0, IMAGE, time.monotonic() + 9)
        [asked] = server.asked
    assert "authorization" not in asked.headers
    assert asked.headers["api-key"] == "a-key"


def test_a_body_costs_much_less_than_one_of_which_json_looks_at_every_character() -> None:
    image = IMAGE * 40

    def encode_all() -> None:
        text = base64.b64encode(image).decode()
        for _ in range(20):
            json.dumps({"url": text}, ensure_ascii=False).encode()

    def prepare() -> None:
        for _ in range(20):
            chat_requests.body(REQUEST, 0.0, image, NOTHING_KNOWN)

    assert min(timed(prepare)[1] for _ in range(3)) < min(timed(encode_all)[1] for _ in range(3))


_START = "import sys; from functions.llm import openai_client as ours; "


def _run(code: str, before: str = "") -> str:
    command = [sys.executable, "-c", before + _START + code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_client_is_imported_without_the_types_of_its_api() -> None:
    names = "openai.types.chat", "openai.types.responses", "openai.resources"
    assert _run(f"print([name for name in {names!r} if name in sys.modules])") == "[]"


def test_who_asks_the_client_for_more_finds_all_of_it() -> None:
    code = (
        "import openai; from openai.types.chat import ChatCompletion; import openai.types;"
        "from openai import lib; lib.ResponseFormatT;"
        "client = ours.OpenAI(base_url='http://127.0.0.1:9', api_key='k');"
        "print(openai.OpenAI is ours.OpenAI, openai.APIStatusError is ours.APIStatusError,"
        " openai.types.Completion.__name__, client.chat.completions is not None,"
        " openai.__version__)"
    )
    assert _run(code) == f"True True Completion True {openai.__version__}"


def test_a_client_that_is_made_otherwise_is_imported_as_usual() -> None:
    lacks_lib = (
        "import importlib.util as util; find = util.find_spec;"
        "util.find_spec = lambda name, *more: None if name == 'openai.lib' else find(name, *more);"
    )
    code = "import openai; print(openai.OpenAI is ours.OpenAI, 'openai.types.chat' in sys.modules)"
    assert _run(code, before=lacks_lib) == "True True"
