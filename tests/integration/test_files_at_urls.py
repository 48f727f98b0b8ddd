"""A file at a URL is fetched; a server that lies, stalls or redirects inwards gets nothing.

The server is a real one on this machine, which the setting allows by its address.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from lector.cli.client import Client
from lector.cli.inputs import Url
from lector.cli.ocr import find_documents
from lector.cli.uploading import Uploads
from lector.domain import object_keys
from lector.runtime import object_store, settings
from tests.support.api_server import Server
from tests.support.bridging import wait_until
from tests.support.called import Functions
from tests.support.pdfs import many_pages

Behaviour = Callable[[BaseHTTPRequestHandler], None]
PDF = many_pages(2)


class Site:
    """A web server on loopback: what it does with a path is what somebody says."""

    def __init__(self) -> None:
        site = self
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.does: dict[str, Behaviour] = {}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers)))
                site.does[self.path](self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


def sends(body: bytes, status: int = 200, length: int | None = None, **headers: str) -> Behaviour:
    def behave(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body) if length is None else length))
        request.end_headers()
        request.wfile.write(body)

    return behave


def drips(request: BaseHTTPRequestHandler) -> None:
    """A byte of a header now and then, which is no silence; until the other side has enough."""
    with suppress(OSError):
        for _ in range(600):
            request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            time.sleep(0.02)


class SendsWithoutEnd:
    """Sends what looks like a PDF, and notes whether the other side had enough of it."""

    def __init__(self) -> None:
        self.cut_off = threading.Event()

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            for _ in range(1000):
                request.wfile.write(b"%PDF-1.7" * 10_000)
        except OSError:
            self.cut_off.set()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, daemon=True)
    thread.start()
    try:
        with changed(FETCH_ALLOW_PRIVATE="127.0.0.1", FETCH_TIMEOUT_S="20"):
            yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()


@contextmanager
def changed(**values: str) -> Iterator[None]:
    """Other settings for the duration of the block."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        settings.current.cache_clear()
        try:
            yield
        finally:
            monkeypatch.undo()
            settings.current.cache_clear()


def post(functions: Functions, url: str, *, key: str | None = None, **more: Any) -> TestResponse:
    headers = {} if key is None else {"Idempotency-Key": key}
    return functions.clients["upload"].post("/v1/files", json={"url": url, **more}, headers=headers)


def refusal(functions: Functions, url: str, **more: Any) -> tuple[int, str, str]:
    before = functions.clients["upload"].get("/v1/files").get_json()["files"]
    answer = post(functions, url, **more)
    after = functions.clients["upload"].get("/v1/files").get_json()["files"]
    assert [file["id"] for file in before] == [file["id"] for file in after]
    problem = answer.get_json()
    return answer.status_code, problem["code"], problem["detail"]


def test_a_file_at_a_url_is_stored_and_waits_to_be_opened(functions: Functions, site: Site) -> None:
    site.does["/papers/yearly%20report.pdf?of=2026"] = sends(PDF)
    answer = post(functions, f"{site.url}/papers/yearly%20report.pdf?of=2026", pages="2")
    file = answer.get_json()
    assert (answer.status_code, file["status"], file["pages"]) == (202, "uploaded", "2")
    assert (file["name"], file["size_bytes"]) == ("yearly report.pdf", len(PDF))
    assert answer.headers["Location"] == f"/v1/files/{file['id']}"
    assert object_store.store().get(object_keys.original_key(file["id"])) == PDF


def test_a_file_is_called_as_somebody_says_else_as_its_server_does(
    functions: Functions, site: Site
) -> None:
    named = "attachment; filename=\"a.pdf\"; filename*=UTF-8''a%C3%B1o%2F..%2Fb.pdf"
    site.does["/x"] = sends(PDF, Content_Disposition=named)
    assert post(functions, f"{site.url}/x").get_json()["name"] == "b.pdf"
    assert post(functions, f"{site.url}/x", name="mine.pdf").get_json()["name"] == "mine.pdf"


def test_a_redirect_is_followed_and_no_more_than_a_few(functions: Functions, site: Site) -> None:
    site.does["/old"] = sends(b"", 302, Location="/new.pdf")
    site.does["/new.pdf"] = sends(PDF)
    assert post(functions, f"{site.url}/old").get_json()["name"] == "new.pdf"
    site.does["/round"] = sends(b"", 307, Location="/round")
    status, code, detail = refusal(functions, f"{site.url}/round")
    assert (status, code) == (422, "url_not_fetched")
    assert "more than 5 times" in detail
    assert [path for path, _ in site.asked].count("/round") == 6


@pytest.mark.parametrize(
    "inward",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://0x7f.2/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a.pdf",
        "http://user:secret@127.0.0.1/",
        "//[",
        "http://example.org]/",
        "http://example..org/",
        "http://example.org/\x7f",
    ],
)
def test_neither_a_url_nor_a_redirect_leads_inwards(
    functions: Functions, site: Site, inward: str
) -> None:
    site.does["/harmless.pdf"] = sends(b"", 302, Location=inward)
    status, code, _ = refusal(functions, f"{site.url}/harmless.pdf")
    assert (status, code in ("url_not_allowed", "url_not_fetched")) == (422, True)
    assert [path for path, _ in site.asked] == ["/harmless.pdf"]
    assert refusal(functions, inward)[1] in ("url_not_allowed", "malformed_url")


def test_this_machine_is_not_asked_unless_a_setting_of_its_own_allows_it(
    functions: Functions, site: Site
) -> None:
    with changed(FETCH_ALLOW_PRIVATE="", NOTIFY_ALLOW_PRIVATE="127.0.0.1"):
        status, code, detail = refusal(functions, f"{site.url}/a.pdf")
    assert (status, code) == (422, "url_not_allowed")
    assert "FETCH_ALLOW_PRIVATE" in detail
    assert site.asked == []


def test_the_address_that_was_checked_is_the_one_that_is_asked(
    functions: Functions, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever owns a name may answer differently when it is looked up again (DNS rebinding)."""
    looked_up, look_up = [], socket.getaddrinfo

    def answer(host: Any, port: Any, *more: Any, **names: Any) -> Any:
        if host != "rebinding.test":
            return look_up(host, port, *more, **names)
        looked_up.append(host)
        address = "127.0.0.1" if len(looked_up) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    site.does["/a.pdf"] = sends(PDF)
    monkeypatch.setattr(socket, "getaddrinfo", answer)
    port = site.server.server_port
    assert post(functions, f"http://rebinding.test:{port}/a.pdf").status_code == 202
    assert looked_up == ["rebinding.test"]
    assert site.asked[0][1]["Host"] == f"rebinding.test:{port}"


def test_nothing_of_the_caller_is_told_to_the_server(functions: Functions, site: Site) -> None:
    site.does["/a.pdf"] = sends(PDF)
    functions.clients["upload"].post(
        "/v1/files",
        json={"url": f"{site.url}/a.pdf"},
        headers={"Authorization": "Bearer secret", "Cookie": "a=b", "Referer": "http://x/"},
    )
    [(_, headers)] = site.asked
    assert headers.keys() == {"Host", "User-Agent", "Accept", "Accept-Encoding"}


def test_what_is_no_document_is_refused_by_its_content(functions: Functions, site: Site) -> None:
    site.does["/a.pdf"] = sends(
        b"<!DOCTYPE html><title>Log in</title>", Content_Type="application/pdf"
    )
    assert refusal(functions, f"{site.url}/a.pdf")[:2] == (415, "unsupported_type")
    site.does["/empty.pdf"] = sends(b"")
    assert refusal(functions, f"{site.url}/empty.pdf")[:2] == (422, "empty_file")


def test_a_server_that_has_no_file_is_quoted(functions: Functions, site: Site) -> None:
    site.does["/gone.pdf"] = sends(b"gone", 404)
    assert refusal(functions, f"{site.url}/gone.pdf") == (
        422,
        "url_not_fetched",
        "the file could not be fetched: 127.0.0.1 answered 404",
    )


def test_a_file_that_breaks_off_is_not_taken_for_a_whole_one(
    functions: Functions, site: Site
) -> None:
    site.does["/half.pdf"] = sends(PDF[: len(PDF) // 2], length=len(PDF))
    assert refusal(functions, f"{site.url}/half.pdf")[:2] == (422, "url_not_fetched")


def test_an_encoding_that_was_not_asked_for_is_not_unpacked(
    functions: Functions, site: Site
) -> None:
    site.does["/bomb.pdf"] = sends(PDF, Content_Encoding="gzip")
    assert refusal(functions, f"{site.url}/bomb.pdf")[:2] == (422, "url_not_fetched")


def test_a_file_is_no_larger_than_the_limit_whatever_its_server_says(
    functions: Functions, site: Site
) -> None:
    site.does["/said.pdf"] = sends(b"%PDF", length=10**12)
    site.does["/endless.pdf"] = endless = SendsWithoutEnd()
    with changed(MAX_FILE_BYTES="1000000"):
        assert refusal(functions, f"{site.url}/said.pdf")[:2] == (413, "file_too_large")
        assert refusal(functions, f"{site.url}/endless.pdf")[:2] == (413, "file_too_large")
    assert endless.cut_off.wait(10)  # before the 80 MB that it would send


def test_a_server_that_stalls_is_waited_for_no_longer_than_the_setting_says(
    functions: Functions, site: Site
) -> None:
    site.does["/slow.pdf"] = drips
    with changed(FETCH_TIMEOUT_S="0.3"):
        status, code, detail = refusal(functions, f"{site.url}/slow.pdf")
    assert (status, code) == (422, "url_too_slow")
    assert "within 0.3 s" in detail


def test_options_are_checked_before_anybody_is_asked(functions: Functions, site: Site) -> None:
    url = f"{site.url}/a.pdf"
    assert refusal(functions, url, pages="0")[1] == "malformed_pages"
    assert refusal(functions, url, colour="red")[1] == "unknown_option"
    assert refusal(functions, url, reader="nobody")[0] == 422
    assert site.asked == []


def test_bytes_that_are_others_than_announced_are_refused(functions: Functions, site: Site) -> None:
    site.does["/a.pdf"] = sends(PDF)
    assert refusal(functions, f"{site.url}/a.pdf", sha256="0" * 64)[1] == "sha256_mismatch"


def test_the_same_request_with_its_key_makes_one_file(functions: Functions, site: Site) -> None:
    site.does["/a.pdf"], key = sends(PDF), str(uuid4())
    first = post(functions, f"{site.url}/a.pdf", key=key).get_json()
    again = post(functions, f"{site.url}/a.pdf", key=key).get_json()
    assert first["id"] == again["id"]
    other = post(functions, f"{site.url}/a.pdf", key=key, pages="1")
    assert other.get_json()["code"] == "idempotency_key_reused"


def test_where_it_is_switched_off_nobody_is_asked(functions: Functions, site: Site) -> None:
    with changed(FETCH_TIMEOUT_S="0"):
        assert refusal(functions, f"{site.url}/a.pdf")[1] == "url_not_allowed"
    assert site.asked == []


def test_a_url_on_the_command_line_is_fetched_by_the_server(
    server: Server, site: Site, tmp_path: Path
) -> None:
    site.does["/papers/a%20report.pdf"] = sends(PDF)
    site.does["/none.pdf"] = sends(b"", status=404)
    urls = [Url(f"{site.url}/papers/a%20report.pdf"), Url(f"{site.url}/none.pdf")]
    found, missing = find_documents(urls, "stdin", tmp_path)
    with Client(server.url) as client:
        uploads = Uploads(client, [found, missing], {"pages": "2", "again": False})
        wait_until(uploads.collect, timeout_s=60)
        uploads.stop()
    assert (found.name, found.file["name"]) == ("a report.pdf", "a report.pdf")
    assert (found.file["status"], found.file["pages"]) == ("uploaded", "2")
    assert object_store.store().get(object_keys.original_key(UUID(found.file["id"]))) == PDF
    assert missing.file["status"] == "failed"
    assert "could not be fetched: 127.0.0.1 answered 404" in missing.file["error"]
