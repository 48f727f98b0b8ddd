"""The text of a whole file in each of its forms."""

import json
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from functions.upload.files.file_model import File
from functions.upload.searchable_pdf import creation
from functions.upload.validation import BadRequest
from lector.domain import object_keys
from lector.runtime import database, object_store, queries
from lector.runtime.failures import TransientFailure


@dataclass(frozen=True)
class PageText:
    """The text of a page that was read."""

    number: int
    text: str


@dataclass(frozen=True)
class PageWords:
    """Where the words of a page stand."""

    number: int
    words: list[Any]


_sql = queries.load(__file__)
TEXTS_OF_FILE = _sql.rows("texts_of_file", PageText)
WORDS_OF_FILE = _sql.rows("words_of_file", PageWords)
_PATIENCE_S = 20.0
# One at a time: each may take hundreds of megabytes.
_making = threading.Semaphore(1)


def of_file(file: File, style: str) -> tuple[bytes, str, str]:
    """A file's text in a style of `STYLES`: its bytes, their media type, their file extension."""
    with database.transaction() as connection:
        pages = TEXTS_OF_FILE.all(connection, file_id=file.id)
    write, media_type, extension = STYLES[style]
    return write(file, pages).encode(), media_type, extension


def _text(_: File, pages: Sequence[PageText]) -> str:
    return "\f".join(f"{page.text}\n" for page in pages)


def _markdown(file: File, pages: Sequence[PageText]) -> str:
    body = "".join(f"\n## Page {page.number}\n\n{page.text}\n" for page in pages)
    return f"# {file.name}\n{body}"


def _json(file: File, pages: Sequence[PageText]) -> str:
    spans, at = [], 0
    for page in pages:
        spans.append({"number": page.number, "start": at, "end": at + len(page.text)})
        at += len(page.text) + 1  # the form feed behind it
    about = {"file_id": str(file.id), "name": file.name, "status": file.status}
    text = "\f".join(page.text for page in pages)
    return json.dumps({**about, "text": text, "pages": spans}, ensure_ascii=False)


STYLES: dict[str, tuple[Callable[[File, Sequence[PageText]], str], str, str]] = {
    "text": (_text, "text/plain", "txt"),
    "markdown": (_markdown, "text/markdown", "md"),
    "json": (_json, "application/json", "json"),
}


def searchable_pdf(file: File) -> IO[bytes]:
    """The file's PDF with its text laid over it, open for reading; it is gone when it is closed.

    Raises:
        BadRequest: what read the file does not tell where words stand (409), or the PDF does not
            let itself be written anew (422).
        TransientFailure: others are being made.

    """
    with database.transaction() as connection:
        pages = WORDS_OF_FILE.all(connection, file_id=file.id)
    if not pages:
        detail = "no searchable PDF: what read this file does not tell where words stand"
        raise BadRequest("no_word_positions", detail, 409)
    words = {page.number: page.words for page in pages}
    if not _making.acquire(timeout=_PATIENCE_S):
        raise TransientFailure("other PDFs are being made; try again soon", retry_after_s=10)
    try:
        return _made(file, words)
    finally:
        _making.release()


def _made(file: File, words: dict[int, list[Any]]) -> IO[bytes]:
    with tempfile.TemporaryDirectory(prefix="lector-upload-") as folder:
        original, target = Path(folder, "original.pdf"), Path(folder, "searchable.pdf")
        try:
            object_store.store().download(object_keys.original_key(file.id), original)
            creation.make(original, words, target, creation.Limits())
        except object_store.ObjectMissing:
            raise BadRequest("file_missing", "the PDF is no longer stored", 409) from None
        except creation.Unmakeable as error:
            raise BadRequest(error.code, error.detail, 422) from None
        return target.open("rb")
