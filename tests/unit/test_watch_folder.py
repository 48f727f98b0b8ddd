"""Which documents of a watched folder are handed out, and when."""

from pathlib import Path

import pytest

from lector.cli.output_folder import OutputFolder
from lector.cli.watch_folder import NewDocuments
from tests.support.pdfs import text_pdf

EVERY_S = 2.0


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in"
    path.mkdir()
    return path


class Watched:
    """A folder that is looked at."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        texts = OutputFolder(folder / "text", "text", words=False, reading_options={})
        self.new = NewDocuments(folder, texts, folder / "done", EVERY_S, self.clock)

    def look(self) -> list[str]:
        """The names of what has come by the next look."""
        self.clock.now += EVERY_S
        return [document.name for document in self.new.look()]


@pytest.fixture
def watched(folder: Path) -> Watched:
    return Watched(folder)


def test_a_document_is_handed_out_once_when_it_stays_the_same(
    folder: Path, watched: Watched
) -> None:
    (folder / "a.pdf").write_bytes(text_pdf(["one"]))
    assert [watched.look() for _ in range(3)] == [[], ["a.pdf"], []]


def test_a_document_that_grows_is_left_alone_until_it_is_whole(
    folder: Path, watched: Watched
) -> None:
    content = text_pdf(["one"])
    (folder / "a.pdf").write_bytes(content[:100])
    assert watched.look() == []
    (folder / "a.pdf").write_bytes(content)
    assert [watched.look(), watched.look()] == [[], ["a.pdf"]]


def test_a_document_that_changed_is_handed_out_again(folder: Path, watched: Watched) -> None:
    (folder / "a.pdf").write_bytes(text_pdf(["one"]))
    assert [watched.look(), watched.look()] == [[], ["a.pdf"]]
    (folder / "a.pdf").write_bytes(text_pdf(["another one"]))
    assert [watched.look(), watched.look(), watched.look()] == [[], ["a.pdf"], []]


def test_a_document_that_changes_while_it_is_read_waits_until_that_has_ended(
    folder: Path, watched: Watched
) -> None:
    (folder / "a.pdf").write_bytes(text_pdf(["one"]))
    watched.look()
    watched.clock.now += EVERY_S
    [document] = watched.new.look()
    assert watched.new.is_unchanged(document)
    (folder / "a.pdf").write_bytes(text_pdf(["another one"]))
    assert not watched.new.is_unchanged(document)
    for _ in range(2):
        watched.clock.now += EVERY_S
        assert watched.new.look({document.path}) == []
    assert watched.look() == ["a.pdf"]


def test_a_document_that_comes_back_under_its_name_is_another(
    folder: Path, watched: Watched
) -> None:
    (folder / "a.pdf").write_bytes(text_pdf(["one"]))
    assert [watched.look(), watched.look()] == [[], ["a.pdf"]]
    kept = (folder / "a.pdf").rename(folder.parent / "a.pdf")
    assert watched.look() == []
    kept.rename(folder / "a.pdf")
    assert [watched.look(), watched.look()] == [[], ["a.pdf"]]


def test_nobody_looks_more_often_than_every_so_many_seconds(folder: Path, watched: Watched) -> None:
    (folder / "a.pdf").write_bytes(text_pdf(["one"]))
    assert watched.look() == []
    assert watched.new.look() == []
    assert watched.look() == ["a.pdf"]


def test_documents_in_folders_below_keep_their_folder_in_their_name(
    folder: Path, watched: Watched
) -> None:
    (folder / "2026").mkdir()
    (folder / "2026" / "a.pdf").write_bytes(text_pdf(["one"]))
    assert [watched.look(), watched.look()] == [[], ["2026/a.pdf"]]


def test_what_is_no_document_or_was_moved_away_is_never_handed_out(
    folder: Path, watched: Watched
) -> None:
    (folder / "notes.docx").write_bytes(b"PK\x03\x04 no document of ours")
    (folder / ".a.pdf.part").write_bytes(text_pdf(["half"]))
    (folder / "done").mkdir()
    (folder / "done" / "a.pdf").write_bytes(text_pdf(["done"]))
    assert [watched.look() for _ in range(3)] == [[], [], []]


def test_a_document_that_was_not_finished_is_handed_out_again(
    folder: Path, watched: Watched
) -> None:
    (folder / "a.pdf").write_bytes(text_pdf(["one"]))
    watched.look()
    watched.clock.now += EVERY_S
    unfinished = watched.new.look()
    watched.new.hand_out_again(unfinished)
    assert watched.look() == ["a.pdf"]
