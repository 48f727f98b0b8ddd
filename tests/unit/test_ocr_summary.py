"""What `lector ocr` says at the end about files and pages."""

from pathlib import Path

from lector.cli import ocr
from lector.cli.client import Json
from lector.cli.ocr import Document


def summary(file: Json, pages: list[Json]) -> list[str]:
    lines: list[str] = []
    ocr.summarize([Document(Path("a.pdf"), "a.pdf", file, pages)], lines.append)
    return lines


def test_a_file_that_fails_after_some_pages_were_read_says_why() -> None:
    deleted = {"id": "1", "status": "failed", "error": "somebody deleted it"}
    assert summary(deleted, [{"number": 1, "status": "read"}]) == [
        "a.pdf failed: somebody deleted it",
        "1 pages read; 0 of 1 files complete",
    ]


def test_a_file_of_which_some_pages_failed_says_so_of_each_page_only() -> None:
    incomplete = {"id": "1", "status": "incomplete", "error": "1 of 2 pages could not be read"}
    pages = [
        {"number": 1, "status": "read"},
        {"number": 2, "status": "failed", "error": "too dark"},
    ]
    assert summary(incomplete, pages) == [
        "a.pdf, page 2 failed: too dark",
        "1 pages read; 0 of 1 files complete",
    ]
