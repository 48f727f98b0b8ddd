"""The warnings of a file are told apart by code, whatever names stand in them."""

import pytest

from functions.upload.files.file_warnings import FileWarning, WarningCode, parse

REPAIRED = "the PDF is damaged and was repaired on opening; some content may be missing"
ATTACHED = "the PDF holds 1 other file, which is not read: "


def codes(text: str | None) -> list[WarningCode]:
    return [warning.code for warning in parse(text)]


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_file_that_is_well_has_no_warnings(nothing: str | None) -> None:
    assert parse(nothing) == []


def test_several_warnings_come_in_their_order_each_with_its_sentence() -> None:
    text = f"the reader of this file looks at no prompt; it describes no pictures; {REPAIRED}"
    assert parse(text) == [
        FileWarning(
            WarningCode.READER_LACKS,
            "the reader of this file looks at no prompt; it describes no pictures",
        ),
        FileWarning(WarningCode.REPAIRED, REPAIRED),
    ]


def test_a_name_with_a_semicolon_stays_in_its_warning() -> None:
    assert parse(f"{ATTACHED}a; b.csv") == [
        FileWarning(WarningCode.ATTACHMENTS, f"{ATTACHED}a; b.csv")
    ]


@pytest.mark.parametrize(
    "text", ["the file was damaged and has been repaired", "; ; ", "ça va; {}"]
)
def test_a_sentence_that_nobody_knows_is_kept_as_it_is(text: str) -> None:
    assert parse(text) == [FileWarning(WarningCode.OTHER, text)]


def test_a_sentence_of_another_version_before_one_that_is_known_is_kept() -> None:
    assert parse(f"it is odd; {REPAIRED}") == [
        FileWarning(WarningCode.OTHER, "it is odd"),
        FileWarning(WarningCode.REPAIRED, REPAIRED),
    ]


@pytest.mark.parametrize("pages", ["page 9 was", "pages 4-9 were", "pages 1,8-12 were"])
def test_pages_that_are_not_there_are_told_of(pages: str) -> None:
    assert codes(f"{pages} asked for, but the file has 3 pages") == [WarningCode.PAGES_NOT_THERE]
