"""The one request to the embedded S3 that is made without boto3, held against how boto3 signs."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lector.local import signed_put

ACCESS_KEY, SECRET_KEY = "somebody", "a secret/+="


class Recorder(BaseHTTPRequestHandler):
    """Keeps requests, and refuses objects called so."""

    requests: list[tuple[str, dict[str, str], bytes]] = []  # noqa: RUF012 - one server at a time

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.requests.append((self.path, dict(self.headers), body))
        self.send_response(403 if self.path.endswith("refused") else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    Recorder.requests.clear()
    with HTTPServer(("127.0.0.1", 0), Recorder) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def put(url: str, key: str) -> int:
    keys = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
    return signed_put.put(url, key, b"content", timeout_s=5, **keys)


def test_it_is_signed_as_boto3_signs(url: str) -> None:
    assert put(url, "bucket/a name") == 200
    [(path, headers, body)] = Recorder.requests
    assert (path, body) == ("/bucket/a%20name", b"content")
    signed = {name: headers[name] for name in ("x-amz-content-sha256", "x-amz-date")}
    request = AWSRequest("PUT", f"{url}{path}", headers=signed, data=body)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = S3SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", "us-east-1")
    words = auth.string_to_sign(request, auth.canonical_request(request))
    assert headers["Authorization"].endswith(f", Signature={auth.signature(words, request)}")


def test_a_refusal_is_a_status_and_silence_an_error(url: str) -> None:
    assert put(url, "bucket/refused") == 403
    with pytest.raises(OSError, match="refused"):
        put("http://127.0.0.1:9", "bucket/a")


def test_whoever_starts_the_embedded_s3_has_no_boto3_in_memory() -> None:
    code = (
        "import sys, tempfile\nfrom pathlib import Path\n"
        "from lector.local.seaweedfs import Seaweedfs\n"
        "assert not Seaweedfs(Path(tempfile.gettempdir()), lambda name: name).ready()\n"
        "print([name for name in sys.modules if name.startswith('boto')])"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    assert done.stdout == b"[]\n"
