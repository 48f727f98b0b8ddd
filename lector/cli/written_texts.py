"""The texts of documents as `lector ocr` writes them: to stdout as they come, or into files."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from lector.cli import doubts, formats, made_files, output
from lector.cli.answers import Json
from lector.cli.outcome import Document
from lector.domain.states import PageStatus
from lector.runtime.failures import LectorError

_PAGE_FIELDS = (
    "number",
    "status",
    "text",
    "error",
    "error_code",
    "attempts",
    "finished_at",
    "model",
    "provenance",
    "turned_degrees",
    "confidence",
    "usage",
)


def print_pages(
    pages: Iterable[tuple[Document, Json]],
    style: str,
    folder: Path | None,
    write: Callable[[str], None],
) -> None:
    """Wait for every page; `write` each as it comes, unless the format or a folder wants all."""
    streams = folder is None and style in ("text", "markdown")
    for document, page in pages:
        if streams:
            write(format_page(document, page, style))


def write_documents(documents: Sequence[Document], style: str, folder: Path | None) -> None:
    """Write what has to wait for the last page: a file for each document, or JSON to stdout.

    What the server makes is written while it is there (`made_files`).
    """
    if style in formats.ONE_FILE_EACH:
        return
    if folder is not None:
        _write_files(folder, documents, style)
    elif style == "json":
        print(_format_json(documents), flush=True)


def format_page(document: Document, page: Json, style: str) -> str:
    """A page under its header; a page that was not read says so where its text would be."""
    place = f"page {page['number']} of {document.file['page_count']}"
    read = page["status"] == PageStatus.READ
    body = page["text"] if read else f"[not read: {output.describe_failure(page)}]"
    if style == "markdown":
        return f"## {document.name}, {place}\n\n{body}\n"
    return f"===== {document.name}, {place} =====\n{body}\n"


def _format_document(document: Document, style: str) -> str:
    """All pages; an empty file would look as if there were nothing to read."""
    if not document.pages:
        return f"[not read: {document.file.get('error')}]\n"
    return "\n".join(format_page(document, page, style) for page in document.pages)


def _format_json(documents: Sequence[Document]) -> str:
    """Everything about the files and their pages, as JSON."""
    return output.format_json({"files": [_to_json(document) for document in documents]})


def _to_json(document: Document) -> Json:
    file = document.file
    return {
        "id": file["id"],
        "name": document.name,
        "status": file["status"],
        "error": file.get("error"),
        "warning": file.get("warning"),
        "page_count": file.get("page_count"),
        "pages": [_page_to_json(page) for page in document.pages],
    }


def _page_to_json(page: Json) -> Json:
    words: Json = {name: page[name] for name in ("words", "missing") if name in page}
    fields = {name: page[name] for name in _PAGE_FIELDS}
    told = {"doubts": doubts.doubts_of(page), "verification": page.get("verification")}
    return {**fields, **told, **words}


def _write_files(folder: Path, documents: Sequence[Document], style: str) -> None:
    """Write one file for each document into a folder, and over none of those that were read."""
    used = {document.path.resolve() for document in documents}
    for document in documents:
        wanted = folder / Path(document.name).with_suffix(formats.EXTENSIONS[style])
        path = made_files.unique_path(wanted, used)
        is_json = style == "json"
        text = f"{_format_json([document])}\n" if is_json else _format_document(document, style)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise LectorError(f"{path} cannot be written: {error.strerror}") from error
        used.add(path.resolve())
