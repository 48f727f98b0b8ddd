"""Many documents of a program: small ones go up together, each with its own outcome, in order."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from lector import Invalid, Lector
from tests.support.api_server import Server
from tests.support.pdfs import text_pdf

BATCH = ("POST", "/v1/files/batch")
ALONE = ("POST", "/v1/files")


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Forty small documents, of which the eleventh is larger than those that go up together."""
    made = [tmp_path / f"{n}.pdf" for n in range(40)]
    for n, path in enumerate(made):
        path.write_bytes(text_pdf([path.name]) + bytes(300 * 1024 if n == 10 else 0))
    return made


def test_small_documents_go_up_in_one_request(server: Server, paths: list[Path]) -> None:
    with Lector(server.url) as lector:
        documents = list(lector.read_many(paths, ahead=len(paths), folder="box", language="es"))
    assert [one.name for one in documents] == [path.name for path in paths]
    assert {(one.status, one.raw["folder"], one.raw["language"]) for one in documents} == {
        ("uploaded", "box", "es")
    }
    assert (server.requests.count(BATCH), server.requests.count(ALONE)) == (1, 1)


def test_no_more_are_taken_than_are_to_go_ahead(server: Server, paths: list[Path]) -> None:
    taken: list[Path] = []

    def come() -> Iterator[Path]:
        for path in paths:
            taken.append(path)
            yield path

    with Lector(server.url) as lector:
        documents = lector.read_many(come(), ahead=4)
        counts = [len(taken) for _ in documents]
    assert counts[0] == 5
    assert all(0 <= count - n - 1 <= 4 for n, count in enumerate(counts))
    assert counts[-1] == len(paths)


def test_of_those_that_go_up_together_one_that_is_refused_holds_up_no_other(
    server: Server, paths: list[Path]
) -> None:
    paths[1].write_bytes(b"no document")
    paths[2].unlink()
    with Lector(server.url) as lector:
        documents = list(lector.read_many(paths[:5]))
        assert [one.status for one in documents] == [
            "uploaded",
            "failed",
            "failed",
            *["uploaded"] * 2,
        ]
        with pytest.raises(Invalid, match="a plain text file"):
            documents[1].wait()
        with pytest.raises(FileNotFoundError):
            documents[2].wait()
    assert server.requests.count(BATCH) == 1


@pytest.mark.parametrize("status", [404, 413])
def test_where_many_at_once_are_not_taken_each_document_goes_up_alone(
    server: Server, paths: list[Path], status: int
) -> None:
    server.otherwise[BATCH] = lambda: Response("<h1>no</h1>", status)
    with Lector(server.url) as lector:
        documents = list(lector.read_many(paths[:5]))
    assert [one.status for one in documents] == ["uploaded"] * 5
    assert (server.requests.count(BATCH), server.requests.count(ALONE)) == (1, 5)


def test_what_is_refused_for_all_is_said_of_each(server: Server, paths: list[Path]) -> None:
    server.otherwise[BATCH] = lambda: Response('{"detail": "no", "code": "forbidden"}', 403)
    with Lector(server.url) as lector:
        documents = list(lector.read_many(paths[:5]))
    assert [one.raw["error"] for one in documents] == ["no"] * 5
    assert server.requests.count(ALONE) == 0
