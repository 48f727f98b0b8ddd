"""What is wrong with a reader is said at the start, in words that name what to change."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from functions.llm import start_check
from functions.llm.start_check import Problem
from lector.local.process import free_port
from tests.support import certificates, providers
from tests.support.model import Answer, completion
from tests.support.own_readers import nothing_set
from tests.support.providers import Asked, error, refusal

Configure = Callable[..., None]


@pytest.fixture(autouse=True)
def configure() -> Iterator[Configure]:
    """Set the default reader's address, key and model."""
    with nothing_set() as set_variables:

        def set_to(url: str, key: str = "key", model: str = "reader-1") -> None:
            set_variables(OPENAI_BASE_URL=url, OPENAI_API_KEY=key, OPENAI_MODEL=model)

        yield set_to


def problem_with(configure: Configure, answer: Answer, path: str = "/v1") -> Problem | None:
    """What is said of a server that always answers this."""
    with providers.serving(lambda _: answer) as server:
        configure(server.origin + path)
        return start_check.check()


def words_of(found: Problem | None) -> str:
    assert found is not None
    assert found.lasting
    return found.words


def test_nothing_is_said_of_a_reader_that_answers_and_it_is_asked_once(
    configure: Configure,
) -> None:
    with providers.serving(lambda _: None) as server:
        configure(server.origin + "/v1")
        assert start_check.check() is None
        [asked] = server.asked
    assert asked.body["max_tokens"] == 64
    image = asked.body["messages"][-1]["content"][0]["image_url"]["url"]
    assert len(image) < 1000


@pytest.mark.parametrize(
    "answer",
    [
        completion(""),
        completion("[no text]"),
        completion("The image is", "length"),
        completion("I'm sorry, but I can't help with that."),
        error(429, "slow down"),
    ],
)
def test_whatever_a_model_says_of_nothing_is_an_answer(
    configure: Configure, answer: Answer
) -> None:
    assert problem_with(configure, answer) is None


def test_what_an_endpoint_does_not_take_is_no_problem(configure: Configure) -> None:
    with providers.serving(providers.openai) as server:
        configure(server.origin + "/v1", providers.KEY)
        assert start_check.check() is None


def test_an_unknown_host_is_named(configure: Configure) -> None:
    configure("http://no-such-host.invalid/v1")
    words = words_of(start_check.check())
    assert words == "there is no host no-such-host.invalid; check OPENAI_BASE_URL"


def test_a_port_at_which_nothing_listens_is_named(configure: Configure) -> None:
    port = free_port()
    configure(f"http://127.0.0.1:{port}/v1")
    assert words_of(start_check.check()) == f"nothing listens at 127.0.0.1:{port}; is it running?"


def test_an_address_without_a_scheme_is_named(configure: Configure) -> None:
    configure("models.example/v1")
    assert "neither http:// nor https://" in words_of(start_check.check())


@pytest.fixture
def https_url(tmp_path: Path) -> Iterator[str]:
    """A server whose certificate nobody has signed but itself."""
    _, context = certificates.self_signed(tmp_path)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    yield f"https://localhost:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_certificate_that_cannot_be_trusted_is_named(
    configure: Configure, https_url: str
) -> None:
    configure(https_url)
    words = words_of(start_check.check())
    assert "the certificate of localhost cannot be trusted: self-signed certificate" in words
    assert "SSL_CERT_FILE" in words


def test_https_where_only_http_is_spoken_is_named(configure: Configure) -> None:
    with providers.serving(lambda _: None) as server:
        configure(server.origin.replace("http:", "https:") + "/v1")
        assert "does not speak HTTPS" in words_of(start_check.check())


@pytest.mark.parametrize("key", ["sk-secret\n", "sk-\r\nsecret", "sk-secret sk-other"])
def test_a_key_with_a_line_feed_or_a_space_is_named_and_not_shown(
    configure: Configure, key: str
) -> None:
    with providers.serving(lambda _: None) as server:
        configure(server.origin + "/v1", key)
        words = words_of(start_check.check())
        assert server.asked == []
    assert "OPENAI_API_KEY has a" in words
    assert "secret" not in words


def test_a_key_that_is_refused_is_named_and_not_shown(configure: Configure) -> None:
    words = words_of(problem_with(configure, error(401, "Incorrect API key: key")))
    assert words.startswith("the model endpoint 127.0.0.1")
    assert "refuses the key; check OPENAI_API_KEY" in words


def test_a_refusal_that_quotes_the_key_is_told_without_it(configure: Configure) -> None:
    with providers.serving(lambda _: error(401, "no such key sk-all-of-it")) as server:
        configure(server.origin + "/v1", "sk-all-of-it")
        words = words_of(start_check.check())
    assert "no such key" in words
    assert "sk-all-of-it" not in words


def not_found(asked: Asked) -> Answer | None:
    return None if asked.path.startswith("/v1/") else error(404, "Not Found")


def test_a_missing_v1_is_named(configure: Configure) -> None:
    with providers.serving(not_found) as server:
        configure(server.origin)
        assert "/v1 is missing at its end" in words_of(start_check.check())
        configure(f"{server.origin}/api/v1")
        assert "is no OpenAI API: Not Found" in words_of(start_check.check())


def test_a_page_of_the_web_is_no_api(configure: Configure) -> None:
    page = Answer(200, b"<!DOCTYPE html><title>Welcome</title>", {"Content-Type": "text/html"})
    words = words_of(problem_with(configure, page))
    assert "speaks no OpenAI API" in words
    assert "Welcome" in words


@pytest.mark.parametrize(
    "answer",
    [
        error(404, "The model `reader-1` does not exist or you do not have access to it."),
        error(404, 'model "reader-1" not found, try pulling it first'),
        refusal(404, {"error": "model 'reader-1' not found"}),
        error(400, "reader-1 is not a valid model ID"),
        refusal(400, {"object": "error", "message": "Invalid model: reader-1"}),
        refusal(404, {"object": "error", "message": "The model `reader-1` does not exist."}),
        refusal(
            404, {"error": {"message": "The API deployment for this resource does not exist."}}
        ),
        refusal(400, {"error": "No models loaded. Please load a model in the developer page"}),
    ],
)
def test_a_model_that_is_not_there_is_named(configure: Configure, answer: Answer) -> None:
    assert "has no model reader-1" in words_of(problem_with(configure, answer))


@pytest.mark.parametrize(
    "answer",
    [
        error(500, "image input is not supported - hint: you may need to provide the mmproj"),
        error(404, "No endpoints found that support image input"),
        error(400, "reader-1 is not a multimodal model"),
        error(400, "Invalid content type. image_url is only supported by certain models."),
        error(400, "messages[1].content must be a string"),
        error(400, "this model is missing data required for image input: vision not supported"),
        refusal(400, {"error": "Model does not support images. Please use a model that does."}),
    ],
)
def test_a_model_that_takes_no_images_is_named(configure: Configure, answer: Answer) -> None:
    found = problem_with(configure, answer)
    assert "the model reader-1 takes no images" in words_of(found)


def test_an_account_without_credit_is_named(configure: Configure) -> None:
    assert "no credit left" in words_of(problem_with(configure, error(402, "no credit left")))


def test_a_server_that_fails_may_be_well_again_later(configure: Configure) -> None:
    found = problem_with(configure, error(502, "upstream"))
    assert found is not None
    assert not found.lasting


def test_a_password_in_the_address_is_not_shown(configure: Configure) -> None:
    with providers.serving(not_found) as server:
        configure(server.origin.replace("//", "//user:secret@"))
        assert "secret" not in words_of(start_check.check())


def test_whether_anything_answered_tells_pages_that_fail_from_pages_that_wait(
    configure: Configure,
) -> None:
    refused = problem_with(configure, error(401, "no"))
    configure(f"http://127.0.0.1:{free_port()}/v1")
    away = start_check.check()
    assert refused is not None
    assert away is not None
    assert (refused.answered, away.answered) == (True, False)
