"""The texts of documents as `lector ocr` writes them: to stdout as they come, or into files."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from lector.cli import doubts, made_files, output
from lector.cli.answers import Json
from lector.cli.outcome import Document
from lector.domain import plain_text
from lector.domain.states import PageStatus

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
    pages: Iterable[tuple[Document, Json]], style: str, write: Callable[[str], None]
) -> None:
    """Wait for every page; `write` each as it comes, unless the format wants all."""
    streams = style in ("text", "plain", "markdown")
    for document, page in pages:
        if streams:
            write(format_page(document, page, style))


def print_documents(documents: Sequence[Document], style: str) -> None:
    """Print what has to wait for the last page: JSON."""
    if style == "json":
        print(_format_json(documents), flush=True)


def write_file(document: Document, style: str, path: Path) -> None:
    """Write a document's text into a file, all of it or nothing.

    Raises:
        LectorError: it cannot be written.

    """
    is_json = style == "json"
    text = f"{_format_json([document])}\n" if is_json else _format_document(document, style)
    with made_files.whole_file(path) as file:
        file.write(text.encode())


def format_page(document: Document, page: Json, style: str) -> str:
    """A page under its header; a page that was not read says so where its text would be."""
    place = f"page {page['number']} of {document.file['page_count']}"
    read = page["status"] == PageStatus.READ
    body = page["text"] if read else f"[not read: {output.describe_failure(page)}]"
    if style == "plain":
        body = plain_text.of(body)
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
