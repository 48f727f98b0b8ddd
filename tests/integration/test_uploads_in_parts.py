"""Large files go up in parts from programs and commands; after an interruption only the rest."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from lector import Lector
from lector.cli.client import Client
from lector.client.errors import ServerError
from lector.client.http import BlockingHttp, run
from lector.client.sources import Source
from lector.client.storage import Storage
from lector.domain import object_keys
from lector.local.process import free_port
from lector.runtime import object_store, settings
from tests.support.api_server import Server
from tests.support.pdfs import text_pdf

PART = 8 * 1024 * 1024


@pytest.fixture(autouse=True)
def _large_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MAX_FILE_BYTES", str(100 * 1024 * 1024))
    settings.current.cache_clear()
    yield
    monkeypatch.undo()
    settings.current.cache_clear()


@pytest.fixture
def content() -> bytes:
    """A document of two parts and a little more, unlike any other."""
    return text_pdf([f"large {uuid4()}"]) + b"%" * (2 * PART)


def stored(file_id: str) -> bytes:
    return object_store.store().get(object_keys.original_key(UUID(file_id)))


def parts_of(server: Server, file_id: str) -> Any:
    return httpx2.post(f"{server.url}/v1/files/{file_id}/parts").json()


@pytest.fixture
def begun(server: Server, content: bytes) -> str:
    """A file of which somebody else sent the first part, other bytes, so that it can be told."""
    about = {"name": "a.pdf", "size_bytes": len(content), "again": False}
    about |= {"sha256": hashlib.sha256(content).hexdigest()}
    file_id = str(httpx2.post(f"{server.url}/v1/files", json=about).json()["id"])
    first = parts_of(server, file_id)["parts"][0]
    assert httpx2.put(first["url"], content=b"%PDF-1.7".ljust(PART, b"x")).is_success
    return file_id


def test_a_large_file_goes_up_in_parts(server: Server, content: bytes) -> None:
    with Lector(server.url) as lector:
        document = lector.read(content, name="a.pdf")
    assert server.requests.count(("POST", f"/v1/files/{document.id}/parts")) == 1
    assert stored(document.id) == content


def test_a_smaller_one_goes_up_as_a_whole(server: Server) -> None:
    content = text_pdf([f"small {uuid4()}"]).ljust(PART, b"%")
    with Lector(server.url) as lector:
        document = lector.read(content)
    assert ("POST", f"/v1/files/{document.id}/parts") not in server.requests
    assert stored(document.id) == content


def test_an_upload_that_broke_off_goes_on_with_the_parts_that_are_missing(
    server: Server, begun: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(content)
    with Client(server.url) as client:
        file = client.upload(tmp_path / "a.pdf", again=False)
    assert (file["id"], file["status"]) == (begun, "uploaded")
    assert stored(begun)[:PART] == b"%PDF-1.7".ljust(PART, b"x")
    assert stored(begun)[PART:] == content[PART:]


class Asked:
    """Says of an upload what the server says, but the first time one part goes nowhere."""

    def __init__(self, server: Server, file_id: str, **changed: str) -> None:
        self._server, self._file_id, self._changed = server, file_id, changed
        self.missing: list[list[int]] = []

    async def __call__(self) -> Any:
        told = parts_of(self._server, self._file_id)
        self.missing.append([part["number"] for part in told["parts"] if not part["stored"]])
        if len(self.missing) == 1:
            told["parts"][2] |= self._changed
        return told


def put_parts(content: bytes, asked: Asked) -> None:
    storage = Storage(BlockingHttp())
    try:
        run(storage.put_parts(Source(content), asked))
    finally:
        run(storage.close())


@pytest.mark.parametrize("outage", ["nothing answers", "the URL is too old"])
def test_after_an_outage_only_what_is_missing_is_sent(
    server: Server, begun: str, content: bytes, outage: str
) -> None:
    url = parts_of(server, begun)["parts"][2]["url"]
    too_old = url.replace("X-Amz-Expires=", "X-Amz-Expires=1&was=")
    nowhere = f"http://127.0.0.1:{free_port()}/"
    asked = Asked(server, begun, url=nowhere if outage == "nothing answers" else too_old)
    put_parts(content, asked)
    assert asked.missing == [[2, 3], [3]]
    assert all(part["stored"] for part in parts_of(server, begun)["parts"])


def test_where_no_part_arrives_any_more_it_is_given_up(
    server: Server, begun: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lector.client.storage.RETRY_FOR_S", 0.0)
    asked = Asked(server, begun, url=f"http://127.0.0.1:{free_port()}/")
    with pytest.raises(ServerError, match="the object store at http"):
        put_parts(content, asked)
    assert asked.missing == [[2, 3]]
