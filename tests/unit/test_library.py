"""`from lector import Lector`: what it loads, what it offers, and what it makes of answers."""

import ast
import asyncio
import inspect
import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any, get_type_hints

import pytest

import lector
from lector import (
    AsyncDocument,
    AsyncLector,
    Conflict,
    Document,
    Invalid,
    Lector,
    NotAllowed,
    NotFound,
    NotNow,
    Refused,
    ServerError,
    Unreachable,
)
from lector.client.http import run
from lector.client.options import ReadingOptions, RetryOptions
from lector.local.tools import checkout

LOADED = {
    "lector",
    "lector.client",
    "lector.client.api",
    "lector.client.batches",
    "lector.client.blocking",
    "lector.client.errors",
    "lector.client.http",
    "lector.client.models",
    "lector.client.options",
    "lector.client.reading",
    "lector.client.sources",
    "lector.client.storage",
    "lector.client.unreachable",
    "lector.client.uploads",
    "lector.domain",
    "lector.domain.failure_codes",
    "lector.domain.states",
    "lector.runtime",
    "lector.runtime.failures",
    "lector.runtime.whole_files",
    "lector.telemetry",
    "lector.telemetry.plain_text",
    "lector.telemetry.tracing",
}
FOREIGN = {"httpx2", "idna", "opentelemetry", "typing_extensions"}
PROBLEM = {"detail": "it cannot be done", "code": "some_code"}


def loaded_by(code: str) -> set[str]:
    """The modules that a program has when it has run this."""
    show = (
        f"import sys; before = set(sys.modules)\n{code}\nprint(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", show], cwd=checkout(), check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


def test_a_program_that_imports_lector_loads_the_client_and_nothing_else() -> None:
    modules = loaded_by("from lector import Lector")
    own = {name for name in modules if name.partition(".")[0] == "lector"}
    others = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)
    assert own == LOADED
    assert others == FOREIGN | {"lector"}
    assert "asyncio" not in modules


def test_a_part_that_imports_the_package_alone_loads_no_client() -> None:
    assert {name for name in loaded_by("import lector") if "lector" in name} == {"lector"}


def test_type_checkers_are_told_of_every_name_and_of_no_other() -> None:
    stub = ast.parse((checkout() / "lector" / "__init__.pyi").read_text())
    imports = [one for one in stub.body if isinstance(one, ast.ImportFrom)]
    told = {alias.name: str(one.module) for one in imports for alias in one.names}
    for name, home in told.items():
        assert getattr(lector, name) is getattr(import_module(home), name)
    assert sorted(told) == sorted(lector.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Lectern'"):
        lector.Lectern  # type: ignore[attr-defined] # noqa: B018


@pytest.mark.parametrize(
    ("options", "sent", "others"),
    [
        (ReadingOptions, ("NewFile", "Confirm"), {"name", "size_bytes", "sha256"}),
        (RetryOptions, ("Retry",), set()),
    ],
)
def test_options_are_those_of_the_api(
    options: type, sent: tuple[str, ...], others: set[str]
) -> None:
    contract = json.loads((checkout() / "functions" / "upload" / "openapi.json").read_text())
    schemas = contract["components"]["schemas"]
    wanted = {name for schema in sent for name in schemas[schema]["properties"]} - others
    assert set(get_type_hints(options)) == wanted


def public(kind: type) -> dict[str, list[str]]:
    """What a class offers, with the names of its arguments."""
    found = {}
    for name, value in inspect.getmembers(kind):
        if not name.startswith("_"):
            function: Any = value.fget if isinstance(value, property) else value
            found[name] = list(inspect.signature(function).parameters)
    return found


@pytest.mark.parametrize(("blocking", "twin"), [(Lector, AsyncLector), (Document, AsyncDocument)])
def test_both_clients_offer_the_same(blocking: type, twin: type) -> None:
    assert public(blocking) == public(twin)


def test_a_coroutine_that_waits_for_an_event_loop_is_refused_without_one() -> None:
    with pytest.raises(RuntimeError, match="waits for an event loop"):
        run(asyncio.sleep(0))


class Server:
    """A server on a port that gives these answers, one after the other, and notes requests."""

    def __init__(self) -> None:
        self.answers: deque[tuple[int, object, Mapping[str, str]]] = deque()
        self.requests: list[tuple[str, str, Mapping[str, str], bytes]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                server.requests.append((self.command, self.path, dict(self.headers), body))
                status, told, headers = server.answers.popleft()
                content = told if isinstance(told, bytes) else json.dumps(told).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()

    def answer(self, status: int, told: object = PROBLEM, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, told, named))

    @property
    def asked(self) -> list[str]:
        """Methods and paths of its requests."""
        return [f"{method} {path.partition('?')[0]}" for method, path, _, _ in self.requests]

    def stop(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.stop()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, NotAllowed),
        (403, NotAllowed),
        (404, NotFound),
        (409, Conflict),
        (410, Refused),
        (412, Conflict),
        (413, Invalid),
        (422, Invalid),
        (500, Refused),
    ],
)
def test_a_refusal_is_an_error_of_its_kind_with_the_words_of_the_api(
    server: Server, status: int, kind: type[Refused]
) -> None:
    server.answer(status)
    with Lector(server.url) as client, pytest.raises(Refused) as refused:
        client.request("GET", "/v1/me")
    assert type(refused.value) is kind
    assert (str(refused.value), refused.value.code) == ("it cannot be done", "some_code")
    assert refused.value.status == status


def test_who_has_no_token_is_told_where_to_put_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LECTOR_TOKEN", raising=False)
    server.answer(401, {"detail": "a token is needed", "code": "token_needed"})
    with Lector(server.url) as client, pytest.raises(NotAllowed, match="Lector\\(url, token\\)"):
        client.request("GET", "/v1/me")
    assert "Authorization" not in server.requests[0][2]


def test_not_now_is_asked_again_and_its_token_is_sent_each_time(server: Server) -> None:
    server.answer(503, Retry_After="0")
    server.answer(429)
    server.answer(200, {"tenant": "one"})
    with Lector(server.url, "a-token") as client:
        assert client.request("GET", "/v1/me") == {"tenant": "one"}
    assert [one[2]["Authorization"] for one in server.requests] == ["Bearer a-token"] * 3


def test_nobody_waits_until_tomorrow(server: Server) -> None:
    server.answer(429, Retry_After="86400")
    with Lector(server.url) as client, pytest.raises(NotNow):
        client.request("GET", "/v1/me")


def file_json(status: str = "uploaded", **changes: object) -> dict[str, object]:
    progress = {"total": 0, "read": 0, "failed": 0, "doubted": 0}
    told = {"id": "1", "name": "x.pdf", "status": status, "progress": progress, "waiting": None}
    return {**told, "error": None, "error_code": None, "spent_usd": None, **changes}


def test_bytes_that_a_store_does_not_take_at_once_are_sent_again_without_the_token(
    server: Server,
) -> None:
    target = {"url": f"{server.url}/store?signed=1", "headers": {"Content-Type": "x/y"}}
    server.answer(201, file_json("announced", upload=target))
    server.answer(500, b"")
    server.answer(200, b"")
    server.answer(202, file_json())
    with Lector(server.url, "a-token") as client:
        document = client.read(b"some bytes", name="x.pdf", language="es")
    assert document.status == "uploaded"
    assert server.asked == [
        "POST /v1/files",
        "PUT /store",
        "PUT /store",
        "POST /v1/files/1/confirm",
    ]
    said = json.loads(server.requests[0][3])
    assert said == {"name": "x.pdf", "size_bytes": 10, "language": "es"}
    for _, _, headers, body in server.requests[1:3]:
        assert body == b"some bytes"
        assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("status", "code", "is_deleted"),
    [(422, "wrong_password", True), (429, "not_now", False), (409, "size_mismatch", False)],
)
def test_a_locked_file_is_deleted_when_its_password_is_wrong_and_else_stays(
    server: Server, status: int, code: str, *, is_deleted: bool
) -> None:
    target = {"url": f"{server.url}/store?signed=1", "headers": {}}
    server.answer(201, file_json("announced", upload=target))
    server.answer(200, b"")
    server.answer(503, Retry_After="0")
    server.answer(status, {"detail": "no", "code": code}, Retry_After="86400")
    server.answer(200, {})
    with Lector(server.url) as client, pytest.raises(Refused) as refused:
        client.read(b"some bytes", name="x.pdf", password="guessed")
    assert refused.value.code == code
    confirms = ["POST /v1/files/1/confirm"] * 2
    deletes = ["DELETE /v1/files"] if is_deleted else []
    assert server.asked == ["POST /v1/files", "PUT /store", *confirms, *deletes]


def test_a_file_at_a_url_is_fetched_by_the_server(server: Server) -> None:
    server.answer(202, file_json())
    with Lector(server.url) as client:
        document = client.read("https://example.org/x.pdf", pages="1-3")
    assert document.status == "uploaded"
    assert server.asked == ["POST /v1/files"]
    said = json.loads(server.requests[0][3])
    assert said == {"url": "https://example.org/x.pdf", "pages": "1-3"}


def test_of_many_documents_a_url_that_is_refused_is_told_by_its_last_part(server: Server) -> None:
    server.answer(422, {"detail": "it could not be fetched", "code": "url_not_fetched"})
    with Lector(server.url) as client:
        [document] = client.read_many(["https://example.org/folder/x.pdf"])
        with pytest.raises(Invalid, match="it could not be fetched"):
            document.wait()
    assert (document.name, document.status) == ("x.pdf", "failed")


def test_where_there_is_no_stream_of_events_the_state_is_asked_for(server: Server) -> None:
    reading = file_json("reading")
    failed = file_json("failed", error="it has no pages", error_code="no_pages")
    server.answer(200, reading)
    server.answer(200, reading)
    server.answer(429)  # too many watch
    server.answer(200, reading)
    server.answer(200, failed)
    with Lector(server.url) as client:
        document = client.document("1")
        with pytest.raises(lector.FileFailed, match=r"x\.pdf: it has no pages") as raised:
            document.wait()
    assert raised.value.code == "no_pages"
    assert server.asked.count("GET /v1/files/1/events") == 1
    assert server.asked.count("GET /v1/files/1") == 4


def test_a_stream_that_breaks_off_is_begun_again(server: Server) -> None:
    reading = file_json("reading")
    completed = file_json("cancelled")
    hello = b"event: hello\ndata: {}\n\n"
    changed = b"event: file\ndata: " + json.dumps(completed).encode() + b"\n\n"
    stream = {"Content_Type": "text/event-stream"}
    server.answer(200, reading)
    server.answer(200, reading)
    server.answer(200, hello, Content_Length="1000", **stream)
    server.answer(200, reading)  # what hello is followed by
    server.answer(200, reading)
    server.answer(200, hello + changed, **stream)
    server.answer(200, reading)
    with Lector(server.url) as client:
        document = client.document("1")
        with pytest.raises(lector.FileFailed, match="it was cancelled"):
            document.wait()
    assert server.asked.count("GET /v1/files/1/events") == 2


def test_where_nobody_listens_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lector.client.options.CONNECT_FOR_S", 0.0)
    with (
        Lector("http://127.0.0.1:9") as client,
        pytest.raises(Unreachable, match="cannot be reached"),
    ):
        client.request("GET", "/v1/me")


def test_without_a_url_it_is_said_how_to_give_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LECTOR_SERVER", raising=False)
    with pytest.raises(ServerError, match="LECTOR_SERVER"):
        Lector()
