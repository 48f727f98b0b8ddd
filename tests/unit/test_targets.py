"""Names of files of ours, made from what a server says, which may be anything."""

from pathlib import Path, PurePosixPath

import pytest

from lector.cli.targets import Folder, IsThere, name_in_folder, open_archive, safe_folder


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
        (f"{'n' * 250}.pdf", "original", f"{'n' * 120}.pdf"),
        ("a/scan.pdf", "text", "scan.txt"),
        ("scan.pdf", "pdf", "scan.searchable.pdf"),
    ],
)
def test_a_file_keeps_its_name_as_far_as_that_is_safe(name: str, style: str, expected: str) -> None:
    assert name_in_folder(name, style) == expected


def test_files_of_one_name_get_numbers_also_where_case_does_not_count(tmp_path: Path) -> None:
    folder = Folder(tmp_path, force=False)
    paths = [PurePosixPath("a/x.searchable.pdf"), PurePosixPath("A/X.searchable.pdf")]
    written = [folder.write(path, lambda target: target.write(b"text")) for path in paths]
    assert written == [f"{tmp_path}/a/x.searchable.pdf", f"{tmp_path}/A/X-2.searchable.pdf"]
    with pytest.raises(IsThere):
        Folder(tmp_path, force=False).write(paths[0], lambda target: target.write(b"new"))
    assert Path(written[0]).read_bytes() == b"text"


def test_an_archive_that_breaks_off_is_not_there(tmp_path: Path) -> None:
    def break_off() -> None:
        with open_archive(tmp_path / "a.zip", force=False) as archive:
            archive.write(PurePosixPath("a.txt"), lambda target: target.write(b"text"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert list(tmp_path.iterdir()) == []
