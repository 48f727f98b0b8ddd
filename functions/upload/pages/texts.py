"""The text of a whole file in each of its forms."""

import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from functions.upload.answers import (
    Confidence,
    Doubt,
    Output,
    TurnedDegrees,
    doubts_of,
    from_row,
)
from functions.upload.errors import ApiError
from functions.upload.files.file_model import FileStatus, StoredFile
from functions.upload.problem_codes import ProblemCode
from functions.upload.searchable_pdf import creation, image_pdf, words_beside
from functions.upload.searchable_pdf.image_pdf import DrawnPage
from lector.domain import layer_objects, object_keys, originals, text_layers
from lector.domain.failure_codes import FailureCode
from lector.domain.states import Provenance
from lector.runtime import database, object_store, queries
from lector.runtime.failures import TransientFailure


@dataclass(frozen=True)
class PageText:
    """The text of a page that was read."""

    number: int
    text: str
    provenance: str
    doubts: dict[str, str]
    turned_degrees: int
    confidence: float | None


@dataclass(frozen=True)
class PageWords:
    """Where the words of a page stand; the hash of its layer if that has words of its own."""

    number: int
    words: list[Any]
    layer_sha256: str | None
    turned_degrees: int


class PageSpan(Output, frozen=True):
    """Where a page stands in the text of its file, where it is from, what speaks against it."""

    number: int
    start: Annotated[int, Meta(description="Offset in Unicode code points.")]
    end: int
    provenance: Provenance
    doubts: list[Doubt]
    turned_degrees: TurnedDegrees
    confidence: Confidence


class WholeText(Output, frozen=True):
    """The text of a file, and where each page stands in it."""

    file_id: UUID
    name: str
    status: FileStatus
    text: str
    pages: list[PageSpan]


_sql = queries.load(__file__)
TEXTS_OF_FILE = _sql.rows("texts_of_file", PageText)
WORDS_OF_FILE = _sql.rows("words_of_file", PageWords)
DRAWN_PAGES = _sql.rows("drawn_pages", DrawnPage)
_PATIENCE_S = 20.0
# One at a time: each may take hundreds of megabytes.
_making = threading.Semaphore(1)


def of_file(file: StoredFile, style: str) -> tuple[bytes, str, str]:
    """A file's text in a style of `STYLES`: its bytes, their media type, their file extension."""
    with database.transaction() as connection:
        pages = TEXTS_OF_FILE.all(connection, file_id=file.id)
    write, media_type, extension = STYLES[style]
    return write(file, pages).encode(), media_type, extension


def _text(_: StoredFile, pages: Sequence[PageText]) -> str:
    return "\f".join(f"{page.text}\n" for page in pages)


def _markdown(file: StoredFile, pages: Sequence[PageText]) -> str:
    body = "".join(f"\n## Page {page.number}\n\n{page.text}\n" for page in pages)
    return f"# {file.name}\n{body}"


def _json(file: StoredFile, pages: Sequence[PageText]) -> str:
    spans, at = [], 0
    for page in pages:
        place = {"start": at, "end": at + len(page.text)}
        spans.append(from_row(PageSpan, page, doubts=doubts_of(page.doubts), **place))
        at += len(page.text) + 1  # the form feed behind it
    text = "\f".join(page.text for page in pages)
    whole = WholeText(file.id, file.name, FileStatus(file.status), text, spans)
    return msgspec.json.encode(whole).decode()


STYLES: dict[str, tuple[Callable[[StoredFile, Sequence[PageText]], str], str, str]] = {
    "text": (_text, "text/plain", "txt"),
    "markdown": (_markdown, "text/markdown", "md"),
    "json": (_json, "application/json", "json"),
}


def searchable_pdf(file: StoredFile) -> IO[bytes]:
    """The file's PDF with its text laid over it, open for reading; it is gone when it is closed.

    Of an image, it is a PDF of its pages as they were drawn. Pages that a reader had to turn are
    turned, so that they are shown upright and their text is searched and copied in its order.

    Raises:
        ApiError: what read the file does not tell where words stand (409), or the PDF does not
            let itself be written anew (422).
        TransientFailure: others are being made.

    """
    with database.transaction() as connection:
        pages = WORDS_OF_FILE.all(connection, file_id=file.id)
    if not pages:
        detail = f"no searchable PDF: {_why_no_words(file)}"
        raise ApiError(409, ProblemCode.NO_WORD_POSITIONS, detail)
    if not _making.acquire(timeout=_PATIENCE_S):
        raise TransientFailure("other PDFs are being made; try again soon", retry_after_s=10)
    try:
        words = {page.number: _lacking(file, page) for page in pages}
        return _make(file, words, {page.number: page.turned_degrees for page in pages})
    finally:
        _making.release()


def _why_no_words(file: StoredFile) -> str:
    if file.pages_read:
        return "what read this file does not tell where words stand, as Tesseract does"
    if file.finished_at is None:
        return "no page of this file is read yet"
    return f"no page of this file was read: {file.error}"


def _lacking(file: StoredFile, page: PageWords) -> list[Any]:
    """Those of a page's words that its PDF does not carry itself."""
    layer = None
    if page.layer_sha256 is not None:
        layer = layer_objects.fetch(file.id, page.number, page.layer_sha256)
    if layer is None:
        return page.words
    carried = text_layers.turn_words(layer.words, page.turned_degrees)
    return words_beside.select(page.words, carried)


def _make(file: StoredFile, words: dict[int, list[Any]], turns: dict[int, int]) -> IO[bytes]:
    with tempfile.TemporaryDirectory(prefix="lector-upload-") as folder:
        original, target = Path(folder, "original"), Path(folder, "searchable")
        try:
            numbers = _fetch(file, original)
            if numbers is not None:
                words = {place: words.get(number, []) for place, number in enumerate(numbers, 1)}
                turns = {place: turns.get(number, 0) for place, number in enumerate(numbers, 1)}
            creation.make(original, words, target, creation.Limits(), turns)
        except object_store.ObjectMissing:
            raise ApiError(409, FailureCode.FILE_MISSING, "the file is no longer stored") from None
        except creation.Unmakeable as error:
            raise ApiError(422, error.code, error.detail) from None
        return target.open("rb")


def _fetch(file: StoredFile, path: Path) -> list[int] | None:
    """Write the PDF that the text is laid over; of an image, the numbers of the pages in it."""
    store, kind = object_store.store(), originals.by_media_type(file.media_type)
    if kind is None or not kind.is_image:
        store.download(object_keys.original_key(file.id), path)
        return None
    with database.transaction() as connection:
        pages = DRAWN_PAGES.all(connection, file_id=file.id)
    with path.open("wb") as target:
        image_pdf.write(pages, store.get, target)
    return [page.number for page in pages]
