"""A folder goes up in few requests, each file with its own outcome, also to a server of before."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from werkzeug.wrappers import Response

from lector.cli.client import Client
from lector.cli.outcome import Document
from lector.cli.uploading import Uploads
from lector.domain import object_keys
from lector.runtime import object_store
from tests.support.api_server import Server
from tests.support.bridging import wait_until
from tests.support.pdfs import text_pdf

BATCH = ("POST", "/v1/files/batch")


def documents(folder: Path, contents: Sequence[bytes], name: str = "{n}.pdf") -> list[Document]:
    made = []
    for n, content in enumerate(contents):
        path = folder / name.format(n=n)
        path.write_bytes(content)
        made.append(Document(path, path.name))
    return made


def upload(server: Server, some: Sequence[Document], **reading_options: Any) -> None:
    with Client(server.url) as client:
        uploads = Uploads(client, some, reading_options)
        wait_until(uploads.collect, timeout_s=60)
        uploads.stop()


def statuses(some: Sequence[Document]) -> list[str]:
    return [one.file["status"] for one in some]


def test_many_small_files_go_up_in_one_request(server: Server, tmp_path: Path) -> None:
    contents = [text_pdf([f"file {n}"]) for n in range(40)]
    some = documents(tmp_path, contents, 'a "{n}"\r%22;é.pdf')
    upload(server, some, language="es", describe=True, max_cost_usd=None)
    assert server.requests == [BATCH]
    assert statuses(some) == ["uploaded"] * 40
    for document, content in zip(some, contents, strict=True):
        file = document.file
        assert file["name"] == document.name.replace("\r", "\ufffd")
        assert (file["language"], file["describe"]) == ("es", True)
        assert object_store.store().get(object_keys.original_key(UUID(file["id"]))) == content


def test_large_files_go_up_by_themselves_between_small_ones(server: Server, tmp_path: Path) -> None:
    small, large = text_pdf(["small"]), text_pdf(["large"]) + bytes(300 * 1024)
    some = documents(tmp_path, [small, small, large, small])
    upload(server, some)
    assert statuses(some) == ["uploaded"] * 4
    assert sorted(path for _, path in server.requests) == sorted(
        ["/v1/files/batch", "/v1/files", f"/v1/files/{some[2].file['id']}/confirm"]
    )


def test_what_cannot_be_read_or_is_refused_holds_up_no_other_file(
    server: Server, tmp_path: Path
) -> None:
    pdf = text_pdf(["good"])
    some = documents(tmp_path, [b"", pdf, b"PK\x03\x04" + bytes(500), pdf, pdf])
    some[3].path.unlink()
    some[3].path.mkdir()
    upload(server, some)
    assert statuses(some) == ["failed", "uploaded", "failed", "failed", "uploaded"]
    assert "the file is empty" in some[0].file["error"]
    assert "Is a directory" in some[3].file["error"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda: Response('{"detail": "no", "code": "not_found"}', 404),
        lambda: Response('{"detail": "no", "code": "method_not_allowed"}', 405),
        lambda: Response('{"detail": "unknown: files", "code": "unknown_option"}', 400),
        lambda: Response('{"detail": "all full", "code": "storage_limit_reached"}', 413),
        lambda: Response("<h1>413 Request Entity Too Large</h1>", 413),
    ],
    ids=["no such path", "no such method", "no such form", "not all of them", "a proxy's limit"],
)
def test_where_many_at_once_are_not_taken_each_goes_up_by_itself(
    server: Server, tmp_path: Path, answer: Callable[[], Response]
) -> None:
    server.otherwise[BATCH] = answer
    some = documents(tmp_path, [text_pdf([f"file {n}"]) for n in range(5)])
    upload(server, some)
    assert statuses(some) == ["uploaded"] * 5
    assert server.requests.count(BATCH) == 1
    assert server.requests.count(("POST", "/v1/files")) == 5


def test_a_server_of_before_is_asked_once_whether_it_takes_many(
    server: Server, tmp_path: Path
) -> None:
    server.otherwise[BATCH] = lambda: Response('{"code": "method_not_allowed"}', 405)
    server.otherwise["POST", "/v1/files"] = lambda: Response('{"code": "not_allowed"}', 403)
    some = documents(tmp_path, [b"%PDF-1.7"] * 500)
    upload(server, some)
    assert server.requests.count(("POST", "/v1/files")) == 500
    # So many requests are under way at once; none of those that followed asked again.
    assert 1 <= server.requests.count(BATCH) <= 4


def test_a_lost_answer_makes_no_second_file(server: Server, tmp_path: Path) -> None:
    lost: list[int] = []

    def lose() -> Response:
        lost.append(1)
        del server.otherwise[BATCH]
        return Response('{"detail": "restarting", "code": "not_now"}', 503)

    server.otherwise[BATCH] = lose
    some = documents(tmp_path, [text_pdf([f"file {n}"]) for n in range(3)])
    upload(server, some)
    assert statuses(some) == ["uploaded"] * 3
    assert (len(lost), server.requests) == (1, [BATCH, BATCH])


def test_whoever_interrupts_learns_of_what_arrived_and_sends_no_more(
    server: Server, tmp_path: Path
) -> None:
    small = documents(tmp_path, [text_pdf(["small"])] * 12)
    large = documents(tmp_path, [text_pdf(["large"]) + bytes(300 * 1024)] * 20, "large {n}.pdf")
    server.may_answer.clear()
    with Client(server.url) as client:
        uploads = Uploads(client, [*small, *large], {})
        wait_until(lambda: len(server.requests) == 4)
        threading.Timer(0.2, server.may_answer.set).start()
        uploads.stop(wait_s=60)
    begun = [request for request in server.requests if request in (BATCH, ("POST", "/v1/files"))]
    assert sorted(begun) == [("POST", "/v1/files")] * 3 + [BATCH]
    assert statuses(small) == ["uploaded"] * 12
    assert sorted(statuses(large)) == ["uploaded"] * 3 + ["waiting"] * 17
    assert all(one.file["id"] for one in large if one.file["status"] == "uploaded")
