"""Bytes on their way to the object store and back, as a server on loopback sees them."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from hashlib import md5, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from lector.runtime import settings
from lector.runtime.failures import TransientFailure
from lector.runtime.object_store import ObjectStore
from tests.support import certificates


def _serve(handler: type[BaseHTTPRequestHandler]) -> AbstractContextManager[str]:
    """The address of a server on loopback."""

    @contextmanager
    def served() -> Iterator[str]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    return served()


class _Recorder(BaseHTTPRequestHandler):
    """Keeps objects, and what was asked of it; fails the first `broken` requests."""

    protocol_version = "HTTP/1.1"
    objects: ClassVar[dict[str, tuple[bytes, str]]]
    asked: ClassVar[list[tuple[str, str, dict[str, str]]]]
    broken: ClassVar = 0

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked.append((self.command, self.path, headers))
        if len(self.asked) <= self.broken:
            self.close_connection = True
            return
        if self.command == "PUT":
            self.objects[self.path] = body, headers["content-type"]
            self._say(b"", "text/plain")
        else:
            self._say(*self.objects[self.path])

    def _say(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{md5(body, usedforsecurity=False).hexdigest()}"')
        self.send_header("Last-Modified", "Sat, 28 Nov 2026 07:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _recording(
    broken: int = 0, config: settings.Objects | None = None
) -> Iterator[tuple[ObjectStore, type[_Recorder]]]:
    recorder = type("Recorder", (_Recorder,), {"objects": {}, "asked": [], "broken": broken})
    config = config or settings.Objects("", "b", "key", "secret")
    with _serve(recorder) as address:
        yield ObjectStore(replace(config, s3_endpoint=address)), recorder


@pytest.mark.parametrize("body", [b"", b"a page", b"x" * 3_000_000])
def test_bytes_come_back_as_they_were_put(body: bytes, tmp_path: Path) -> None:
    with _recording() as (store, recorder):
        store.put("files/k", body, "image/jpeg")
        assert store.get("files/k") == body
        store.download("files/k", tmp_path / "k")
        assert (tmp_path / "k").read_bytes() == body
    assert recorder.objects == {"/b/files/k": (body, "image/jpeg")}
    assert [(method, path) for method, path, _ in recorder.asked] == [
        ("PUT", "/b/files/k"),
        ("GET", "/b/files/k"),
        ("GET", "/b/files/k"),
    ]


def test_a_body_is_sent_with_its_sha256_in_the_signature() -> None:
    with _recording() as (store, recorder):
        store.put("k", b"a page", "image/jpeg")
    [(_, _, headers)] = recorder.asked
    assert headers["x-amz-content-sha256"] == sha256(b"a page").hexdigest()
    assert "Credential=key/" in headers["authorization"]


def test_what_the_environment_says_to_tools_of_aws_changes_no_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "AWS_SESSION_TOKEN": "of another key",
        "AWS_ACCESS_KEY_ID": "another",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_UNSIGNED_PAYLOAD": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
        "AWS_REQUEST_PAYER": "true",
    }.items():
        monkeypatch.setenv(name, value)
    with _recording() as (store, recorder):
        store.put("k", b"a page", "image/jpeg")
    [(_, path, headers)] = recorder.asked
    assert path == "/b/k"
    assert "Credential=key/" in headers["authorization"]
    assert headers["x-amz-content-sha256"] == sha256(b"a page").hexdigest()
    assert not {name for name in headers if name.startswith("x-amz")} - {
        "x-amz-content-sha256",
        "x-amz-date",
    }


def test_a_store_that_breaks_off_once_is_asked_once_more() -> None:
    with _recording(broken=1) as (store, recorder):
        store.put("k", b"a page", "image/jpeg")
    assert [method for method, _, _ in recorder.asked] == ["PUT", "PUT"]
    assert recorder.objects["/b/k"][0] == b"a page"


def test_a_store_that_breaks_off_is_asked_twice_and_no_more() -> None:
    with _recording(broken=9) as (store, recorder), pytest.raises(TransientFailure):
        store.get("k")
    assert [method for method, _, _ in recorder.asked] == ["GET", "GET"]


@pytest.mark.parametrize(
    "config",
    [
        settings.Objects("", "b", "key\n", "secret"),
        settings.Objects("", "a b", "key", "secret"),
        settings.Objects("", "b", "key", "secret", s3_region="us\n"),
    ],
)
def test_settings_of_which_no_request_can_be_made_are_not_now(config: settings.Objects) -> None:
    with _recording(config=config) as (store, recorder), pytest.raises(Exception) as raised:  # noqa: PT011
        store.get("k")
    assert not recorder.objects
    assert "Panic" not in type(raised.value).__name__


@pytest.mark.parametrize("endpoint", ["s3.example.org", "http://host:port"])
def test_an_endpoint_that_is_no_address_is_refused_when_the_store_is_made(endpoint: str) -> None:
    with pytest.raises(ValueError, match=r"endpoint|Port"):
        ObjectStore(settings.Objects(endpoint, "b", "key", "secret"))


def test_a_page_to_which_the_store_redirects_is_no_object() -> None:
    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<html>log in</html>"
            is_page = self.path == "/login"
            self.send_response(200 if is_page else 302)
            if not is_page:
                self.send_header("Location", "/login")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Last-Modified", "Sat, 28 Nov 2026 07:00:00 GMT")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with _serve(Door) as address, pytest.raises(TransientFailure, match="302"):
        ObjectStore(settings.Objects(address, "b", "key", "secret")).get("k")


def test_a_store_is_trusted_by_the_certificate_that_aws_ca_bundle_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Recorder(_Recorder):
        objects: ClassVar = {}
        asked: ClassVar = []

    certificate, context = certificates.self_signed(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        config = settings.Objects(f"https://localhost:{server.server_port}", "b", "key", "secret")
        with pytest.raises(TransientFailure):
            ObjectStore(config).put("k", b"a page", "image/jpeg")
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
        ObjectStore(config).put("k", b"a page", "image/jpeg")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    [(method, _, headers)] = Recorder.asked
    assert method == "PUT"
    assert "aws-sdk" not in headers.get("user-agent", "").lower()
    assert "boto" not in headers.get("user-agent", "").lower()
