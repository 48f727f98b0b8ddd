"""What answers of the object store mean, from a server on loopback that says what a test wants."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lector.runtime import problems, settings
from lector.runtime.failures import TransientFailure
from lector.runtime.object_store import ObjectMissing, ObjectRefused, ObjectStore, ObjectVersion

_ANSWER = "<Error><Code>{code}</Code><Message>{words}</Message><Resource>/b/k</Resource></Error>"
_BEGUN = b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"


@contextmanager
def _store(
    status: int, code: str, words: str = "words of the store", refused: str = ""
) -> Iterator[ObjectStore]:
    """A store whose server answers every request that begins so with this error."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if f"{self.command} {self.path}".startswith(refused):
                body = _ANSWER.format(code=code, words=words).encode()
                self.send_response(status)
            else:
                body = _BEGUN
                self.send_response(200)
            if status in (301, 307):
                self.send_header("Location", f"http://{self.headers['Host']}{self.path}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield ObjectStore(
            settings.Objects(f"http://127.0.0.1:{server.server_port}", "b", "key", "secret")
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_NOT_NOW = [
    (403, "SignatureDoesNotMatch"),
    (403, "InvalidAccessKeyId"),
    (403, "RequestTimeTooSkewed"),
    (403, "AccessDenied"),
    (400, "RequestTimeout"),
    (400, "ExpiredToken"),
    (400, "AuthorizationHeaderMalformed"),
    (301, "PermanentRedirect"),
    (307, "TemporaryRedirect"),
    (404, "NoSuchBucket"),
]


@pytest.mark.parametrize(("status", "code"), _NOT_NOW)
def test_a_store_that_refuses_lector_is_not_now_and_says_why(
    status: int, code: str, tmp_path: Path
) -> None:
    with _store(status, code) as store:
        with pytest.raises(TransientFailure, match=code):
            store.put("k", b"body", "text/plain")
        with pytest.raises(TransientFailure, match=code):
            store.get("k")
        with pytest.raises(TransientFailure, match=code):
            store.download("k", tmp_path / "k")
        with pytest.raises(TransientFailure, match=code):
            list(store.keys("k"))
        with pytest.raises(TransientFailure, match=code):
            store.remove(["k"])


@pytest.mark.parametrize("status", [301, 307, 400, 403])
def test_a_refusal_without_a_body_is_not_now_with_its_status(status: int) -> None:
    with _store(status, "unseen") as store, pytest.raises(TransientFailure, match=str(status)):
        store.size("k")


def test_the_operator_reads_the_words_of_the_store_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    words = "The request signature we calculated does not match"
    with (
        _store(403, "SignatureDoesNotMatch", words) as store,
        pytest.raises(TransientFailure) as raised,
    ):
        store.get("k")
    with caplog.at_level(logging.WARNING, "lector"):
        problem = problems.problem_of(raised.value)
    assert problem.status == 503
    assert words in caplog.text
    assert "S3_SECRET_KEY" in caplog.text


@pytest.mark.parametrize("status", [400, 403])
def test_a_refusal_of_one_object_of_others_is_about_that_if_the_store_serves_lector(
    status: int,
) -> None:
    wanted = ObjectVersion("scans", "k", None)
    with (
        _store(status, "unseen", refused="HEAD /scans/k") as store,
        pytest.raises(ObjectRefused, match=str(status)),
    ):
        store.look_up(wanted)
    with _store(status, "unseen") as store, pytest.raises(TransientFailure, match=str(status)):
        store.look_up(wanted)


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "AccessDenied"), (403, "InvalidObjectState"), (400, "InvalidRequest")],
)
def test_a_refused_copy_is_about_its_object_if_lector_may_write_others(
    status: int, code: str
) -> None:
    wanted = ObjectVersion("scans", "k", None)
    with (
        _store(status, code, refused="PUT /b/own") as store,
        pytest.raises(ObjectRefused, match=code),
    ):
        store.copy_from(wanted, '"etag"', "own", "text/plain")


@pytest.mark.parametrize(("status", "code"), _NOT_NOW)
def test_a_copy_that_is_refused_to_lector_as_such_is_not_now(status: int, code: str) -> None:
    with _store(status, code) as store, pytest.raises(TransientFailure, match=code):
        store.copy_from(ObjectVersion("scans", "k", None), '"etag"', "own", "text/plain")


def test_an_object_that_is_not_there_is_missing() -> None:
    with _store(404, "NoSuchKey") as store, pytest.raises(ObjectMissing):
        store.get("k")
