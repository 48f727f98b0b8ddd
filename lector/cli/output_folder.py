"""A folder of texts: a file for each document, whole or not at all, and what it came from.

What was written is noted beside it, with the SHA-256 of the document's bytes and a hash over how it
was read, so that the same command leaves out what is there already. A note without its file, or a
file without its note, is nothing: it is written again.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from lector.cli import formats, made_files, written_texts
from lector.cli.client import Client
from lector.cli.outcome import Document
from lector.cli.written_notes import Notes
from lector.client.sources import Source


class OutputFolder:
    """A folder that texts of one format are written into.

    Args:
        folder: it is made if it is not there.
        style: one of `formats.EXTENSIONS`.
        words: whether pages are to have their words, in JSON.
        reading_options: how documents are read, as `watching.read` takes it.

    Raises:
        click.UsageError: it cannot be written into, which is found out before anything is read.

    """

    def __init__(
        self, folder: Path, style: str, *, words: bool, reading_options: Mapping[str, Any]
    ) -> None:
        _check(folder)
        self.folder = folder
        self._style, self._words = style, words
        self._how = _fingerprint([style, words], reading_options)
        self._notes = Notes(folder)
        self._paths: dict[int, Path] = {}

    def name(self, documents: Sequence[Document]) -> None:
        """Give each document a path, always the same ones for the same documents in this order.

        None is that of a document, and no two are the same.
        """
        used = {document.path.resolve() for document in documents}
        for document in documents:
            path = made_files.unique_path(self._wanted(document), used)
            self._paths[id(document)] = path
            used.add(path.resolve())

    def name_next(self, document: Document, is_free: Callable[[Path], bool]) -> Path:
        """Give one more document the first path that is free, or where its text is; `forget` it."""
        for path in made_files.candidates(self._wanted(document)):
            self._paths[id(document)] = path
            if is_free(path) or self.has(document):
                break
        return path

    def forget(self, document: Document) -> None:
        """Nothing more is written of it."""
        self._paths.pop(id(document), None)

    def _wanted(self, document: Document) -> Path:
        return self.folder / Path(document.name).with_suffix(formats.EXTENSIONS[self._style])

    def wrote(self, path: Path) -> bool:
        """Whether a file is one that was written here, such as a searchable PDF beside its scan.

        An original that `get` has brought is a document like others.
        """
        try:
            note = self._notes.get(self._key(path.resolve(), self.folder.resolve()))
        except ValueError:
            return False
        return note is not None and note.get("format") != formats.ORIGINAL

    def has(self, document: Document) -> bool:
        """Whether the text of just these bytes, read so, is there."""
        path = self._paths[id(document)]
        note = self._notes.get(self._key(path))
        if note is None or note.get("how") != self._how or not path.is_file():
            return False
        try:
            return bool(note.get("sha256") == Source(document.path).sha256())
        except OSError:
            return False  # said when it is to be read

    def write(self, client: Client, document: Document) -> bool:
        """Write the file of a finished document; whether that was possible.

        One of which a page is missing is written, too, but not noted: the next run tries again.

        Raises:
            LectorError: the file cannot be written.

        """
        path = self._paths[id(document)]
        if self._style in formats.MADE_BY_SERVER:
            if not made_files.write(client, document, self._style, path):
                return False
        else:
            if self._words:
                made_files.add_words(client, [document])
            written_texts.write_file(document, self._style, path)
        if document.completed and document.file.get("sha256"):
            self._note(path, document.file["sha256"])
        return True

    def write_failed(self, document: Document) -> None:
        """Write the file of a document that cannot be read, in formats that can say so."""
        if self._style not in formats.MADE_BY_SERVER:
            written_texts.write_file(document, self._style, self._paths[id(document)])

    def _note(self, path: Path, sha256: str) -> None:
        self._notes.add(self._key(path), sha256=sha256, how=self._how)

    def _key(self, path: Path, folder: Path | None = None) -> str:
        return path.relative_to(folder or self.folder).as_posix()


def _fingerprint(written: Sequence[object], reading_options: Mapping[str, Any]) -> str:
    """How a text is read and written, as a hash; money and days change no text."""
    beside = ("max_cost_usd", "keep_days", "again")
    said = {
        name: value
        for name, value in reading_options.items()
        if value is not None and name not in beside
    }
    how = json.dumps([*written, said], sort_keys=True, default=str)
    return hashlib.sha256(how.encode()).hexdigest()


def _check(folder: Path) -> None:
    """Find out before anything is read, and paid for, whether texts can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"cannot create the folder {folder}: {error.strerror}") from error
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise click.UsageError(
            f"cannot write into the folder {folder}: {error.strerror}"
        ) from error
