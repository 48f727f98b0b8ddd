"""Which files the command line reads, and what it leaves out."""

import io
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from lector.cli import documents
from lector.cli.documents import Findings
from tests.support import pdfs, pictures
from tests.unit.test_originals import archive

PDF = pdfs.text_pdf(["some words"])
WORD = archive("[Content_Types].xml", "word/document.xml")
Find = Callable[..., Findings]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "inside"
    (inside / "deeper").mkdir(parents=True)
    (inside / ".hidden").mkdir()
    return inside


@pytest.fixture
def find(tmp_path: Path) -> Find:
    def find(*paths: Path | str, name: str = "stdin") -> Findings:
        return documents.find([Path(path) for path in paths], name, tmp_path)

    return find


def sends(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def names(findings: Findings) -> list[str]:
    return [found.name for found in findings.files]


def test_documents_in_a_folder_are_found_by_their_content(find: Find, folder: Path) -> None:
    (folder / "a.pdf").write_bytes(PDF)
    (folder / "scan").write_bytes(pictures.saved(pictures.page(), "PNG"))
    (folder / "deeper" / "fax.dat").write_bytes(pictures.fax())
    (folder / "letter.docx").write_bytes(WORD)
    findings = find(folder)
    assert names(findings) == ["a.pdf", "deeper/fax.dat", "scan"]
    assert {found.problem for found in findings.files} == {None}


def test_what_is_left_out_is_counted_in_a_line_by_its_kind(find: Find, folder: Path) -> None:
    for name in ("one.docx", "two.docx"):
        (folder / name).write_bytes(WORD)
    (folder / "all.zip").write_bytes(archive("a.txt"))
    (folder / "a.pdf").write_bytes(PDF)
    assert find(folder).describe_left_out() == (
        "left out 3 files that Lector does not read: 2 Word documents, 1 ZIP archive"
    )


def test_where_nothing_is_left_out_nothing_is_said_of_it(find: Find, folder: Path) -> None:
    (folder / "a.pdf").write_bytes(PDF)
    assert find(folder).describe_left_out() is None


def test_hidden_empty_and_unknown_files_are_left_out_and_counted(find: Find, folder: Path) -> None:
    (folder / ".hidden" / "a.pdf").write_bytes(PDF)
    (folder / "nothing").touch()
    (folder / "noise").write_bytes(pdfs.not_a_pdf())
    line = find(folder).describe_left_out() or ""
    assert names(find(folder)) == []
    for words in ("left out 3 files", "1 hidden file", "1 empty file", "1 file of an unknown kind"):
        assert words in line


@pytest.mark.parametrize("name", ["letter.pdf", "LETTER.JPG", "deeper/letter.tiff"])
def test_what_is_called_like_a_document_is_never_left_out(
    find: Find, folder: Path, name: str
) -> None:
    (folder / name).write_bytes(WORD)
    assert names(find(folder)) == [name]


def test_a_file_that_was_named_and_is_not_read_is_a_problem(find: Find, folder: Path) -> None:
    (folder / "letter.docx").write_bytes(WORD)
    [found] = find(folder / "letter.docx").files
    assert found.problem == ("this is a Word document, which Lector does not read: save it as PDF")


@pytest.mark.parametrize("named", ["a.pdf", "."])
def test_an_empty_file_is_a_problem_before_it_is_sent(find: Find, folder: Path, named: str) -> None:
    (folder / "a.pdf").touch()
    [found] = find(folder / named).files
    assert found.problem == "the file is empty"


def test_a_file_that_cannot_be_read_says_why_before_it_is_sent(find: Find) -> None:
    [found] = find("/proc/self/mem").files  # there for everybody, and readable by nobody
    assert found.problem == "it cannot be read: Input/output error"


def test_a_pattern_that_no_shell_resolved_takes_images_and_counts_the_rest(
    find: Find, folder: Path
) -> None:
    (folder / "a.jpg").write_bytes(pictures.saved(pictures.page(), "JPEG"))
    (folder / "a.docx").write_bytes(WORD)
    findings = find(folder / "a.*")
    assert names(findings) == ["a.jpg"]
    assert "1 Word document" in (findings.describe_left_out() or "")


@pytest.mark.parametrize("missing", ["missing.pdf", "*.jpg"])
def test_what_does_not_exist_is_wrong_usage(find: Find, folder: Path, missing: str) -> None:
    with pytest.raises(click.UsageError, match="does not exist"):
        find(folder / missing)


@pytest.mark.parametrize("name", ["stdin", "fax.tif"])
def test_standard_input_is_kept_under_the_name_that_it_is_given(
    find: Find, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    sends(monkeypatch, PDF)
    [found] = find("-", name=name).files
    assert (found.name, found.problem, found.path.read_bytes()) == (name, None, PDF)


def test_standard_input_that_is_not_read_is_a_problem(
    find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends(monkeypatch, WORD)
    [found] = find("-").files
    assert "Word document" in (found.problem or "")


def test_nothing_on_standard_input_is_wrong_usage(
    find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends(monkeypatch, b"")
    with pytest.raises(click.UsageError, match="nothing came on standard input"):
        find("-")


def test_standard_input_is_read_once(find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    sends(monkeypatch, PDF)
    with pytest.raises(click.UsageError, match="only once"):
        find("-", "-")


def test_a_terminal_is_not_waited_for(find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    sends(monkeypatch, PDF)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    with pytest.raises(click.UsageError, match="terminal"):
        find("-")


def test_what_a_pipe_holds_is_read_like_a_file(find: Find, tmp_path: Path) -> None:
    pipe = tmp_path / "63"  # as <(command) names it
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(PDF,))
    writer.start()
    [found] = find(pipe).files
    writer.join()
    assert (found.name, found.problem) == ("63", None)
    assert found.path.read_bytes() == PDF


def test_a_device_is_no_document(find: Find) -> None:
    [found] = find("/dev/zero").files
    assert found.problem == "this is a device, not a document"


def test_a_link_that_leads_nowhere_is_called_that(find: Find, tmp_path: Path) -> None:
    (tmp_path / "lost.pdf").symlink_to(tmp_path / "nowhere.pdf")
    with pytest.raises(click.UsageError, match="a link to something that is not there"):
        find(tmp_path / "lost.pdf")


def test_a_closed_standard_input_is_said_to_be_closed(
    find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(click.UsageError, match="is closed"):
        find("-")


def test_what_is_found_in_a_folder_has_its_path_from_there(
    find: Find, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("a.pdf", "deeper/b.pdf"):
        (folder / path).write_bytes(PDF)
    assert [found.folder for found in find(folder).files] == ["inside", "inside/deeper"]
    assert [found.folder for found in find(folder / "a.pdf").files] == [None]
    assert [found.folder for found in find(folder / "*.pdf").files] == [None]
    monkeypatch.chdir(folder)
    assert [found.folder for found in find(".").files] == ["inside", "inside/deeper"]
