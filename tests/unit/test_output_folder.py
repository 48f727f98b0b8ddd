"""A folder that texts are written into: what is there already, and from which bytes."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lector.cli import into_folder, made_files
from lector.cli.client import Client
from lector.cli.outcome import Document
from lector.cli.output_folder import OutputFolder
from lector.cli.written_notes import NOTES, Notes
from lector.runtime.failures import LectorError

SCAN = b"the bytes of a scan"


@pytest.fixture
def client() -> Iterator[Client]:
    """Of a server that is not there: texts are written without it."""
    with Client("http://127.0.0.1:1") as client:
        yield client


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "scan.png"
    path.parent.mkdir()
    path.write_bytes(SCAN)
    return path


def folder(tmp_path: Path, style: str = "text", **said: Any) -> OutputFolder:
    return OutputFolder(tmp_path / "out", style, words=False, reading_options=said)


def document(scan: Path, status: str = "completed", text: str = "what it says") -> Document:
    page = {"number": 1, "status": "read", "text": text, "provenance": "model", "model": "m"}
    sha256 = hashlib.sha256(scan.read_bytes()).hexdigest()
    file = {"id": "1", "status": status, "page_count": 1, "sha256": sha256, "error": None}
    return Document(scan, scan.name, file, [page])


def write(target: OutputFolder, client: Client, read: Document) -> None:
    target.name([read])
    assert target.write(client, read)


def has(target: OutputFolder, scan: Path) -> bool:
    wanted = Document(scan, scan.name)
    target.name([wanted])
    return target.has(wanted)


def test_what_was_written_is_there_for_the_next_run(
    tmp_path: Path, scan: Path, client: Client
) -> None:
    assert not has(folder(tmp_path), scan)
    write(folder(tmp_path), client, document(scan))
    assert has(folder(tmp_path), scan)
    assert "what it says" in (tmp_path / "out" / "scan.txt").read_text()


def test_other_bytes_are_not_there(tmp_path: Path, scan: Path, client: Client) -> None:
    write(folder(tmp_path), client, document(scan))
    scan.write_bytes(b"another scan of the same name")
    assert not has(folder(tmp_path), scan)


def test_the_text_of_other_options_or_in_another_format_is_not_there(
    tmp_path: Path, scan: Path, client: Client
) -> None:
    write(folder(tmp_path, language="es", max_cost_usd=1.0), client, document(scan))
    assert not has(folder(tmp_path), scan)
    assert not has(folder(tmp_path, "markdown", language="es"), scan)
    assert has(folder(tmp_path, language="es", max_cost_usd=2.0, reader=None), scan)


def test_a_text_that_somebody_removed_is_not_there(
    tmp_path: Path, scan: Path, client: Client
) -> None:
    write(folder(tmp_path), client, document(scan))
    (tmp_path / "out" / "scan.txt").unlink()
    assert not has(folder(tmp_path), scan)


def test_a_text_without_all_its_pages_is_written_and_tried_again(
    tmp_path: Path, scan: Path, client: Client
) -> None:
    write(folder(tmp_path), client, document(scan, "incomplete"))
    assert (tmp_path / "out" / "scan.txt").exists()
    assert not has(folder(tmp_path), scan)


def test_what_was_written_beside_a_scan_is_no_document(
    tmp_path: Path, scan: Path, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder(tmp_path), client, document(scan))
    own = Document(tmp_path / "out" / "scan.txt", "scan.txt")
    assert into_folder.leave_out_own([own, Document(scan, "scan.png")], folder(tmp_path)) == [
        Document(scan, "scan.png")
    ]
    assert "left out 1 file that Lector wrote" in capsys.readouterr().err


def test_an_original_that_get_has_brought_is_a_document_like_others(tmp_path: Path) -> None:
    brought, made = tmp_path / "out" / "scan.pdf", tmp_path / "out" / "scan.txt"
    brought.parent.mkdir()
    Notes(brought.parent).add("scan.pdf", id="1", format="original")
    Notes(brought.parent).add("scan.txt", id="1", format="text")
    written = folder(tmp_path)
    assert (written.wrote(brought), written.wrote(made)) == (False, True)


def test_notes_that_broke_off_lose_no_other_note(
    tmp_path: Path, scan: Path, client: Client
) -> None:
    write(folder(tmp_path), client, document(scan))
    with (tmp_path / "out" / NOTES).open("ab") as notes:
        notes.write(b'{"file": "scan.t\n[]\n\xff\n')
    assert has(folder(tmp_path), scan)


def write_half(path: Path) -> None:
    with made_files.whole_file(path) as content:
        content.write(b"half of it")
        content.flush()
        raise KeyboardInterrupt


def test_what_was_there_stays_as_it_was_until_the_new_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt):
        write_half(path)
    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_names_the_file(tmp_path: Path) -> None:
    with (
        pytest.raises(LectorError, match=r"a\.txt cannot be written: No space left"),
        made_files.whole_file(tmp_path / "a.txt"),
    ):
        raise OSError(28, "No space left on device")


def test_what_is_written_is_let_go_of_and_still_counted(scan: Path) -> None:
    read = document(scan)
    doubted = {**read.pages[0], "number": 2, "doubts": [{"code": "x", "detail": "dark"}]}
    read.pages.append(doubted)
    before = read.origins
    read.settle()
    assert [page["number"] for page in read.pages] == [2]
    assert "text" not in read.pages[0]
    assert read.origins == before
    assert read.origins.total() == 2


@pytest.mark.parametrize(
    ("goes_on", "away", "said"),
    [
        ("Lector goes on with {}", False, "; Lector goes on with 2"),
        ("Lector goes on with {}", True, "; 2 more are uploaded and kept"),
        ("", False, ""),
        ("", True, ""),
    ],
)
def test_who_is_interrupted_is_told_how_to_go_on(
    scan: Path, goes_on: str, *, away: bool, said: str
) -> None:
    reading = [document(scan, "reading") for _ in range(2)]
    documents = [document(scan), *reading, Document(scan, "not uploaded")]
    told = into_folder.describe_interrupted(documents, 1, goes_on, away=away)
    assert told == f"1 of 4 written{said}; run the same again to pick up"
