"""Servers that speak OpenAI's API, each refusing what the real one of its name refuses."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.model import Answer, completion

KEY = "the-right-key"
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Asked:
    """One request as it arrived, its headers' names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def bearer(self) -> str | None:
        return self.headers.get("authorization", "").removeprefix("Bearer ") or None

    @property
    def roles(self) -> list[str]:
        return [message["role"] for message in self.body.get("messages", [])]


Rule = Callable[[Asked], Answer | None]


def refusal(status: int, body: object) -> Answer:
    return Answer(status, json.dumps(body).encode(), _JSON)


def error(status: int, message: str, **more: object) -> Answer:
    return refusal(status, {"error": {"message": message, **more}})


class Provider:
    """A server that answers what its rule refuses nothing of; keeps what it was asked."""

    def __init__(self, rule: Rule, models: list[str] | None) -> None:
        self.asked: list[Asked] = []
        self._rule, self._models = rule, models
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05])
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        refused = self._rule(asked)
        if refused is not None:
            return refused
        if asked.path.endswith("/models") and self._models is not None:
            return refusal(200, {"object": "list", "data": [{"id": one} for one in self._models]})
        if asked.path.endswith("/chat/completions") and asked.method == "POST":
            return completion("what the page says")
        return error(404, f"Invalid URL ({asked.method} {asked.path})")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._reply({})

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                self._reply(json.loads(self.rfile.read(length)))

            def _reply(self, body: dict[str, Any]) -> None:
                address = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                query = dict(parse_qsl(address.query))
                asked = Asked(self.command, address.path, query, headers, body)
                answer = provider.answer(asked)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


@contextmanager
def serving(rule: Rule, models: list[str] | None = None) -> Iterator[Provider]:
    """A server that refuses by a rule, and lists models; None: it has no such list."""
    provider = Provider(rule, models)
    try:
        yield provider
    finally:
        provider.stop()


def openrouter(asked: Asked) -> Answer | None:
    if not asked.path.startswith("/api/v1/"):
        return Answer(
            404, b"<!DOCTYPE html><title>OpenRouter</title>", {"Content-Type": "text/html"}
        )
    if asked.path.endswith("/chat/completions") and asked.bearer != KEY:
        return refusal(401, {"error": {"message": "No auth credentials found", "code": 401}})
    return None


def openai(asked: Asked) -> Answer | None:
    kind = {"type": "invalid_request_error"}
    if asked.bearer != KEY:
        return error(401, "Incorrect API key provided", code="invalid_api_key", **kind)
    if "provider" in asked.body:
        return error(400, "Unknown parameter: 'provider'.", param="provider", **kind)
    if "max_tokens" in asked.body:
        words = "Unsupported parameter: 'max_tokens' is not supported with this model."
        words += " Use 'max_completion_tokens' instead."
        return error(400, words, param="max_tokens", code="unsupported_parameter", **kind)
    if asked.body.get("temperature", 1) != 1:
        words = "Unsupported value: 'temperature' does not support 0.0 with this model. Only the"
        words += " default (1) value is supported."
        return error(400, words, param="temperature", code="unsupported_value", **kind)
    return None


def mistral(asked: Asked) -> Answer | None:
    if asked.bearer != KEY:
        return refusal(401, {"detail": "Unauthorized"})
    known = {"model", "messages", "max_tokens", "temperature"}
    strange = [
        {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"}
        for name in asked.body.keys() - known
    ]
    return refusal(422, {"object": "error", "message": {"detail": strange}}) if strange else None


def groq(asked: Asked) -> Answer | None:
    if asked.bearer != KEY:
        return error(401, "Invalid API Key", type="invalid_request_error", code="invalid_api_key")
    if not asked.path.startswith("/openai/v1/"):
        return error(404, f"Unknown request URL: {asked.path}", type="invalid_request_error")
    for name in asked.body.keys() - {"model", "messages", "max_completion_tokens", "temperature"}:
        return error(400, f"property '{name}' is unsupported", type="invalid_request_error")
    return None


def azure(asked: Asked) -> Answer | None:
    if asked.headers.get("api-key") != KEY or "authorization" in asked.headers:
        words = "Access denied due to invalid subscription key or wrong API endpoint."
        return refusal(401, {"error": {"code": "401", "message": words}})
    if asked.query.get("api-version") != "2024-10-21":
        return refusal(404, {"error": {"code": "404", "message": "Resource not found"}})
    if asked.path != "/openai/deployments/my-gpt/chat/completions":
        words = "The API deployment for this resource does not exist."
        return refusal(404, {"error": {"code": "DeploymentNotFound", "message": words}})
    if "provider" in asked.body:
        return error(400, "Unrecognized request argument supplied: provider", param=None)
    return None


def vllm(asked: Asked) -> Answer | None:
    """Gemma: its template has no system role; its context is small, and an image takes 1000."""
    if asked.method == "GET":
        return None
    if asked.body["model"] != "google/gemma-3-4b-it":
        words = f"The model `{asked.body['model']}` does not exist."
        return refusal(404, {"object": "error", "message": words, "type": "NotFoundError"})
    if "system" in asked.roles:
        return error(400, "System role not supported", type="BadRequestError", param=None)
    tokens = asked.body["max_tokens"]
    if tokens > 3096:
        words = f"'max_tokens' or 'max_completion_tokens' is too large: {tokens}. This model's"
        words += " maximum context length is 4096 tokens and your request has 1000 input tokens"
        words += f" ({tokens} > 4096 - 1000)."
        return error(400, words, type="BadRequestError", param=None, code=400)
    return None


def ollama(asked: Asked) -> Answer | None:
    if asked.body.get("model", "qwen3-vl:8b") != "qwen3-vl:8b":
        words = f'model "{asked.body["model"]}" not found, try pulling it first'
        return error(404, words, type="api_error", param=None, code=None)
    return None


def lmstudio(asked: Asked) -> Answer | None:
    if not asked.path.startswith("/v1/"):
        return refusal(
            200, {"error": f"Unexpected endpoint or method. ({asked.method} {asked.path})"}
        )
    return None


def llamacpp(asked: Asked) -> Answer | None:
    if "system" in asked.roles:
        words = "Value is not callable: null: System role not supported at row 12"
        return refusal(500, {"error": {"code": 500, "message": words, "type": "server_error"}})
    return None


def litellm(asked: Asked) -> Answer | None:
    if asked.bearer != KEY:
        return error(401, "Authentication Error, No api key passed in.", type="auth_error")
    if asked.body.get("temperature", 1) != 1:
        words = "litellm.UnsupportedParamsError: gpt-5 models don't support temperature=0.0. Only"
        words += " temperature=1 is supported. To drop unsupported params, set"
        words += " `litellm.drop_params = True`"
        return error(400, words, type="None", param="None", code="400")
    return None


def tesseract(asked: Asked) -> Answer | None:
    if asked.bearer != KEY:
        return error(401, "this is not the key")
    parts = [part["type"] for message in asked.body["messages"] for part in message["content"]]
    if parts != ["image_url"] or asked.body.keys() - {
        *("model", "messages", "max_tokens", "temperature", "lector"),
    }:
        return error(400, "send the page as a part of type image_url, and nothing else")
    return None
