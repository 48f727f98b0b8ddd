"""Documents that somebody brings: with their text beside them, or with olmOCR-bench's tests."""

import random
from pathlib import Path

import pymupdf

from benchmarks.reading import olmocr
from benchmarks.reading.pages import Page
from lector.domain import originals


def with_texts(folder: Path, count: int | None, seed: int) -> list[Page]:
    """Each document that has its text beside it, in UTF-8 under the same name with `.txt`.

    The kind is the folder within the folder. A document may have several pages: their text is one.

    Raises:
        ValueError: there is none.

    """
    found = [
        _page(path, folder, path.with_suffix(".txt").read_text("utf-8"))
        for path in sorted(folder.rglob("*"))
        if originals.has_extension(path.name) and path.with_suffix(".txt").is_file()
    ]
    if not found:
        raise ValueError(f"there is no document with a .txt beside it in {folder}")
    return _some(found, count, seed)


def with_tests(folder: Path, count: int | None, seed: int) -> tuple[list[Page], list[olmocr.Test]]:
    """The documents of a folder of olmOCR-bench, and the tests of their pages.

    Raises:
        ValueError: there are no tests, or one is of a document that is not there.

    """
    tests = olmocr.load(folder)
    names = {test.pdf: folder / "pdfs" / test.pdf for test in tests}
    missing = [name for name, path in names.items() if not path.is_file()]
    if missing:
        raise ValueError(f"{folder / 'pdfs'} lacks {len(missing)} documents, such as {missing[0]}")
    documents = [_page(path, folder / "pdfs", "") for path in names.values()]
    return _some(documents, count, seed), tests


def _page(path: Path, folder: Path, known: str) -> Page:
    within = path.relative_to(folder).parent
    kind = folder.name if within == Path() else str(within)
    return Page(path, kind, "", "", known, path if _carries_text(path) else None)


def _carries_text(path: Path) -> bool:
    """Whether there is a text layer to measure: other documents would be read twice, and cached."""
    if path.suffix.lower() != ".pdf":
        return False
    try:
        with pymupdf.open(path) as document:
            return any(page.get_text().strip() for page in document)
    except pymupdf.FileDataError:
        return False


def _some(pages: list[Page], count: int | None, seed: int) -> list[Page]:
    if count is None or count >= len(pages):
        return pages
    return sorted(random.Random(seed).sample(pages, count), key=lambda page: page.path)
