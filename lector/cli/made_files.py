"""What the server makes of whole documents: PDF, hOCR, ALTO, and the words of their pages."""

from collections.abc import Iterator, Sequence, Set
from itertools import count
from pathlib import Path

from lector.cli import output
from lector.cli.answers import Json, ServerError
from lector.cli.client import Client
from lector.cli.formats import EXTENSIONS
from lector.cli.outcome import Document
from lector.runtime.failures import LectorError


def write(client: Client, documents: Sequence[Document], style: str, folder: Path | None) -> bool:
    """Write a file for each document of which something was read into a folder, or one to stdout.

    Returns:
        Whether the server could make all of them; of which it could not is said.

    Raises:
        LectorError: a file cannot be written.

    """
    made = True
    used = {document.path.resolve() for document in documents}
    for document in (one for one in documents if one.read_pages):
        try:
            if folder is None:
                client.fetch(document.file["id"], style, output.binary_stdout())
                continue
            path = unique_path(folder / Path(document.name).with_suffix(EXTENSIONS[style]), used)
            _write(client, document.file["id"], style, path)
            used.add(path.resolve())
        except ServerError as error:
            output.echo(f"error: {document.name}: {error}")
            made = False
    return made


def _write(client: Client, file_id: str, style: str, path: Path) -> None:
    """All of it or nothing."""
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as content:
            client.fetch(file_id, style, content)
        partial.replace(path)
    except OSError as error:
        raise LectorError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)


def add_words(client: Client, documents: Sequence[Document]) -> None:
    """Give each page that was read its words, with offsets in the text of the page."""
    for document in (one for one in documents if one.read_pages):
        path, query = f"/v1/files/{document.file['id']}/text", {"format": "json", "words": "true"}
        spans = {span["number"]: span for span in client.send("GET", path, params=query)["pages"]}
        for page in document.read_pages:
            if span := spans.get(page["number"]):
                page.update(_within_page(span))


def _within_page(span: Json) -> Json:
    start = span["start"]
    words, missing = span["words"], span["missing"]
    return {
        "words": words
        and [
            {**word, "start": word["start"] - start, "end": word["end"] - start} for word in words
        ],
        "missing": missing and [{**one, "offset": one["offset"] - start} for one in missing],
    }


def unique_path(path: Path, used: Set[Path]) -> Path:
    """A path beside those in use: two inputs of one name must not overwrite each other."""
    return next(one for one in _candidates(path) if one.resolve() not in used)


def _candidates(path: Path) -> Iterator[Path]:
    yield path
    extension = next((one for one in EXTENSIONS.values() if path.name.endswith(one)), path.suffix)
    stem = path.name.removesuffix(extension)
    yield from (path.with_name(f"{stem}-{number}{extension}") for number in count(2))
