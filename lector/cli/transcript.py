"""Finished pages on their way to stdout or into files, and the last word on them."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from lector.cli import formats
from lector.cli.client import Json
from lector.cli.reading import Document


def follow(
    pages: Iterable[tuple[Document, Json]],
    style: str,
    output: Path | None,
    write: Callable[[str], None],
) -> None:
    """Wait for every page; `write` each as it comes, unless the format or a folder wants all."""
    streams = output is None and style != "json"
    for document, page in pages:
        if streams:
            write(formats.page_block(document, page, style))


def conclude(documents: Sequence[Document], style: str, output: Path | None) -> None:
    """Write what could not be written before the last page was there."""
    if output is not None:
        formats.write(output, documents, style)
    elif style == "json":
        print(formats.as_json(documents), flush=True)


def summarize(documents: Sequence[Document], say: Callable[[str], None]) -> bool:
    """Say what failed and why, and how much was read; whether every page was."""
    for document in documents:
        for page in document.pages:
            if page["status"] == "failed":
                say(f"{document.name}, page {page['number']} failed: {page['error']}")
        if document.file["status"] in ("failed", "cancelled") or not document.finished:
            say(f"{document.name} failed: {document.file.get('error') or 'it was not finished'}")
        if document.file.get("warning"):
            say(f"{document.name}: {document.file['warning']}")
    read = sum(page["status"] == "read" for document in documents for page in document.pages)
    whole = sum(document.wholly_read for document in documents)
    say(f"{read} pages read; {whole} of {len(documents)} files complete")
    return whole == len(documents)
