"""Names of files of ours, made from what a server says, which may be anything."""

from functools import partial
from pathlib import Path, PurePosixPath

import pytest

from lector.cli.answers import ServerError
from lector.cli.targets import (
    Content,
    Folder,
    IsThere,
    IsWritten,
    name_in_folder,
    open_archive,
    safe_folder,
)


@pytest.mark.parametrize(
    ("said", "folder"),
    [
        ("invoices/2026", "invoices/2026"),
        ("/etc//passwd/", "etc/passwd"),
        ("../../up", "up"),
        ("..\\..\\up", "up"),
        ("a/\x1b[2J/. /b", "a/\ufffd[2J/b"),
        ("", "."),
    ],
)
def test_a_folder_stays_below_ours(said: str, folder: str) -> None:
    assert safe_folder(said) == PurePosixPath(folder)


@pytest.mark.parametrize(
    ("name", "style", "expected"),
    [
        ("scan.tiff", "original", "scan.tiff"),
        ("../scan.pdf", "original", "scan.pdf"),
        ("..", "original", "unnamed"),
        (f"{'n' * 250}.pdf", "original", f"{'n' * 180}.pdf"),
        (f"{'日' * 250}.pdf", "text", f"{'日' * 60}.txt"),
        ("a/scan.pdf", "text", "scan.txt"),
        ("scan.pdf", "pdf", "scan.searchable.pdf"),
    ],
)
def test_a_file_keeps_its_name_as_far_as_that_is_safe(name: str, style: str, expected: str) -> None:
    assert name_in_folder(name, style) == expected


LETTER = {"id": "1", "format": "text", "state": "read"}


def write(
    folder: Path, content: Content, text: bytes, name: str = "a.txt", *, force: bool = False
) -> str:
    """Where a text is, by its name alone, after a run of its own has written it."""
    target = Folder(folder, force=force)
    return Path(target.write(PurePosixPath(name), lambda to: to.write(text), lambda: content)).name


def test_what_is_there_is_not_written_again(tmp_path: Path) -> None:
    write(tmp_path, LETTER, b"text")
    with pytest.raises(IsWritten):
        write(tmp_path, LETTER, b"the same, as it would be fetched again")
    assert (tmp_path / "a.txt").read_bytes() == b"text"


@pytest.mark.parametrize("changed", [{"state": "corrected"}, {"format": "text+words"}])
def test_what_has_changed_since_is_written_anew(tmp_path: Path, changed: dict[str, str]) -> None:
    write(tmp_path, LETTER, b"text")
    assert write(tmp_path, {**LETTER, **changed}, b"a new text") == "a.txt"
    assert (tmp_path / "a.txt").read_bytes() == b"a new text"


def test_a_text_of_another_file_is_not_taken_for_it_nor_written_over(tmp_path: Path) -> None:
    other = {**LETTER, "id": "2"}
    write(tmp_path, LETTER, b"text")
    assert write(tmp_path, other, b"other") == "a-2.txt"
    for content, text in ((LETTER, b"text"), (other, b"other")):
        with pytest.raises(IsWritten):
            write(tmp_path, content, b"anything")
        assert text in {path.read_bytes() for path in tmp_path.glob("*.txt")}
    (tmp_path / "a.txt").unlink()
    assert write(tmp_path, other, b"other") == "a.txt"  # its first name is free again


@pytest.mark.parametrize("is_noted", [True, False], ids=["changed by somebody", "not Lector's"])
def test_what_somebody_else_wrote_is_left_alone_and_told(tmp_path: Path, *, is_noted: bool) -> None:
    if is_noted:
        write(tmp_path, LETTER, b"text")
    (tmp_path / "a.txt").write_bytes(b"mine")  # as long as what was there
    with pytest.raises(IsThere, match="is not what Lector wrote of this file; --force") as raised:
        write(tmp_path, LETTER, b"text")
    assert not isinstance(raised.value, IsWritten)
    assert (tmp_path / "a.txt").read_bytes() == b"mine"
    assert write(tmp_path, LETTER, b"text", force=True) == "a.txt"
    assert (tmp_path / "a.txt").read_bytes() == b"text"


def test_a_file_that_a_killed_run_wrote_without_a_note_is_known_by_its_content(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.txt").write_bytes(b"text")
    for _ in range(2):
        with pytest.raises(IsWritten):
            write(tmp_path, LETTER, b"text")
    assert write(tmp_path, {**LETTER, "state": "corrected"}, b"a new text") == "a.txt"


def test_a_note_that_was_cut_off_does_not_take_the_next_one_with_it(tmp_path: Path) -> None:
    write(tmp_path, LETTER, b"text")
    with (tmp_path / ".lector-written.jsonl").open("ab") as notes:
        notes.write(b'{"file": "b.t')
    write(tmp_path, {**LETTER, "id": "2"}, b"other", "c.txt")
    with pytest.raises(IsWritten):
        write(tmp_path, {**LETTER, "id": "2"}, b"anything", "c.txt")


def test_what_cannot_be_read_is_told_of_that_file_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(ServerError, match=r"a\.txt cannot be read: Is a directory"):
        write(tmp_path, LETTER, b"text")


def test_files_of_one_name_get_numbers_also_where_case_does_not_count(tmp_path: Path) -> None:
    folder = Folder(tmp_path, force=False)
    paths = [PurePosixPath("a/x.searchable.pdf"), PurePosixPath("A/X.searchable.pdf")]
    written = [
        folder.write(path, lambda target: target.write(b"text"), partial(dict, id=str(path)))
        for path in paths
    ]
    assert written == [f"{tmp_path}/a/x.searchable.pdf", f"{tmp_path}/A/X-2.searchable.pdf"]
    with pytest.raises(IsThere):
        write(tmp_path, {"id": str(paths[0])}, b"new", "a/x.searchable.pdf")
    assert Path(written[0]).read_bytes() == b"text"


def test_an_archive_that_breaks_off_is_not_there(tmp_path: Path) -> None:
    def break_off() -> None:
        with open_archive(tmp_path / "a.zip", force=False) as archive:
            archive.write(PurePosixPath("a.txt"), lambda target: target.write(b"text"), dict)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert list(tmp_path.iterdir()) == []
