"""Files of an archive have paths that stay apart wherever it is unpacked."""

import unicodedata

import pytest

from functions.upload import archive_paths
from functions.upload.archive_paths import Paths


def paths(*wanted: str) -> list[str]:
    folders = [path.rpartition("/")[0] or None for path in wanted]
    free = Paths(folders)
    return [free.free(path) for path in wanted]


def test_paths_that_differ_stay_as_they_are() -> None:
    wanted = ["a.pdf", "b.pdf", "letters/a.pdf", "letters/2026/a.pdf"]
    assert paths(*wanted) == wanted


def test_a_file_is_not_called_like_a_folder() -> None:
    assert paths("Letters", "letters/2026/a", "letters/2026") == [
        "Letters (2)",
        "letters/2026/a",
        "letters/2026 (2)",
    ]


def test_a_letter_with_an_accent_is_the_same_however_it_is_written() -> None:
    composed, parted = (unicodedata.normalize(form, "Café.pdf") for form in ("NFC", "NFD"))
    assert composed != parted
    assert paths(composed, parted.upper()) == [composed, f"{parted.upper()[:-4]} (2).PDF"]


def test_names_that_casefolding_makes_one_stay_apart() -> None:
    assert paths("Straße.pdf", "STRASSE.pdf") == ["Straße.pdf", "STRASSE (2).pdf"]


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("C:a.pdf", "C_a.pdf"),
        ("C:/x/a.pdf", "C_/x/a.pdf"),
        ("a\\b.pdf", "a_b.pdf"),
        ("a\x1b\n\x7f.pdf", "a___.pdf"),
    ],
)
def test_a_path_names_no_drive_and_holds_no_control_characters(wanted: str, path: str) -> None:
    assert paths(wanted) == [path]


@pytest.mark.parametrize("name", ["..", ".", "...", ".. "])
def test_a_file_that_is_called_like_a_step_up_gets_another_name(name: str) -> None:
    assert archive_paths.of("letters", name, "7") == "letters/7"
    assert archive_paths.of(None, name, "7") == "7"
    assert archive_paths.of(None, "..a", "7") == "..a"
