"""What the server makes of whole documents: PDF, hOCR, ALTO, and the words of their pages."""

from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from itertools import count
from pathlib import Path, PurePath
from typing import BinaryIO, TypeVar

from lector.cli import output
from lector.cli.answers import Json, ServerError
from lector.cli.client import Client
from lector.cli.formats import EXTENSIONS
from lector.cli.outcome import Document
from lector.runtime import whole_files
from lector.runtime.failures import LectorError

SomePath = TypeVar("SomePath", bound=PurePath)


def write(client: Client, document: Document, style: str, path: Path | None) -> bool:
    """Write what the server makes of a document into a file, or to stdout.

    Of one of which nothing was read nothing is made.

    Returns:
        Whether the server could make it; if it could not, that is said.

    Raises:
        LectorError: the file cannot be written.

    """
    if not (document.read_pages or document.settled):
        return True
    try:
        if path is None:
            client.fetch(document.file["id"], style, output.binary_stdout())
            return True
        with whole_file(path) as content:
            client.fetch(document.file["id"], style, content)
    except ServerError as error:
        output.echo(f"error: {document.name}: {error}")
        return False
    return True


def print_each(client: Client, documents: Sequence[Document], style: str) -> bool:
    """Write to stdout what the server makes of each; one that it cannot make keeps back no other.

    Returns:
        Whether it could make all of them.

    """
    made = [write(client, document, style, None) for document in documents]
    return all(made)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that is there as a whole when the block ends, in place of what was there before.

    When it does not come to its end, what was there before is left as it was.

    Raises:
        LectorError: it cannot be written.

    """
    with say_unwritable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_files.replacing(path) as partial, partial.open("wb") as content:
            yield content


@contextmanager
def say_unwritable(path: Path) -> Iterator[Path]:
    """Say of what the system refuses within the block which file it was about: `LectorError`."""
    try:
        yield path
    except OSError as error:
        raise LectorError(f"{path} cannot be written: {error.strerror}") from error


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
    return next(one for one in candidates(path) if one.resolve() not in used)


def candidates(path: SomePath) -> Iterator[SomePath]:
    """It, and then others beside it, numbered from 2."""
    yield path
    extension = next((one for one in EXTENSIONS.values() if path.name.endswith(one)), path.suffix)
    stem = path.name.removesuffix(extension)
    yield from (path.with_name(f"{stem}-{number}{extension}") for number in count(2))
