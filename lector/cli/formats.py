"""Pages as text, Markdown or JSON."""

import json
from collections.abc import Sequence
from pathlib import Path

from lector.cli.client import Json
from lector.cli.reading import Document

FORMATS = {"text": ".txt", "markdown": ".md", "json": ".json"}

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
    "usage",
)


def page_block(document: Document, page: Json, style: str) -> str:
    """A page under its header; a page that was not read says so where its text would be."""
    place = f"page {page['number']} of {document.file['page_count']}"
    body = page["text"] if page["status"] == "read" else f"[not read: {page['error']}]"
    if style == "markdown":
        return f"## {document.name}, {place}\n\n{body}\n"
    return f"===== {document.name}, {place} =====\n{body}\n"


def as_json(documents: Sequence[Document]) -> str:
    """Everything about the files and their pages, as JSON."""
    return json.dumps({"files": [_file(d) for d in documents]}, ensure_ascii=False, indent=2)


def write(folder: Path, documents: Sequence[Document], style: str) -> list[Path]:
    """Write one file for each document into a folder; the paths written."""
    written: list[Path] = []
    for document in documents:
        path = _unused(folder / Path(document.name).with_suffix(FORMATS[style]), written)
        path.parent.mkdir(parents=True, exist_ok=True)
        if style == "json":
            path.write_text(as_json([document]) + "\n", encoding="utf-8")
        else:
            path.write_text(_blocks(document, style), encoding="utf-8")
        written.append(path)
    return written


def _blocks(document: Document, style: str) -> str:
    """All pages; an empty file would look as if there were nothing to read."""
    if not document.pages:
        return f"[not read: {document.file.get('error')}]\n"
    return "\n".join(page_block(document, page, style) for page in document.pages)


def _file(document: Document) -> Json:
    file = document.file
    return {
        "id": file["id"],
        "name": document.name,
        "status": file["status"],
        "error": file.get("error"),
        "page_count": file.get("page_count"),
        "pages": [{name: page[name] for name in _PAGE_FIELDS} for page in document.pages],
    }


def _unused(path: Path, taken: Sequence[Path]) -> Path:
    """Two inputs of one name must not overwrite each other."""
    candidate, count = path, 1
    while candidate in taken:
        count += 1
        candidate = path.with_stem(f"{path.stem}-{count}")
    return candidate
