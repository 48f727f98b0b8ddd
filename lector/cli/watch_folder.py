"""watch: read what comes into a folder, and write its text into another, until it is stopped."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from lector.cli import (
    documents,
    formats,
    made_files,
    options,
    output,
    progress,
    session,
    uploading,
    watching,
)
from lector.cli.answers import ServerError, printable
from lector.cli.client import Client
from lector.cli.outcome import Document
from lector.cli.output_folder import OutputFolder
from lector.domain.states import TextLayerUse

_LOOK_EVERY_S = 2.0
_AGAIN_AFTER_S = 10.0

#: A file's size and the time of its last change, by which it is seen that it has changed.
_State = tuple[int, int]


class NewDocuments:
    """The documents in a folder that were not handed out yet, as they are.

    One that grows is left alone until it is the same in two looks, `every_s` seconds apart. What
    Lector wrote itself is none, nor is what is hidden, or in the folder `beside`.
    """

    def __init__(
        self,
        folder: Path,
        target: OutputFolder,
        beside: Path | None,
        every_s: float = _LOOK_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._target = folder, target
        self._beside = beside and beside.resolve()
        self._every_s, self._clock = every_s, clock
        self._look_at = clock()
        self._seen: dict[Path, _State] = {}
        self._handed_out: dict[Path, _State] = {}

    def look(self, under_way: Collection[Path] = ()) -> list[Document]:
        """Those that have come or changed since, but for those `under_way`.

        None while it is too early to look.
        """
        if self._clock() < self._look_at:
            return []
        self._look_at = self._clock() + self._every_s
        before, self._seen = self._seen, {}
        new = []
        for found in documents.in_folder(self._folder):
            state = _state(found.path)
            if state is None or self._is_no_document(found.path):
                continue
            self._seen[found.path] = state
            is_new = before.get(found.path) == state != self._handed_out.get(found.path)
            if is_new and found.path not in under_way:
                self._handed_out[found.path] = state
                new.append(Document(found.path, found.name, folder=found.folder))
        self._handed_out = {
            path: self._handed_out[path] for path in self._handed_out if path in self._seen
        }
        return new

    def is_unchanged(self, document: Document) -> bool:
        """Whether it still is as it was when it was handed out."""
        return _state(document.path) == self._handed_out.get(document.path)

    def hand_out_again(self, unfinished: Sequence[Document]) -> None:
        """Have these among the next ones."""
        for document in unfinished:
            self._handed_out.pop(document.path, None)

    def _is_no_document(self, path: Path) -> bool:
        is_beside = self._beside is not None and self._beside in path.resolve().parents
        return is_beside or self._target.wrote(path)


def _state(path: Path) -> _State | None:
    try:
        found = path.stat()
    except OSError:  # it is gone again
        return None
    return found.st_size, found.st_mtime_ns


class FolderReader:
    """Reads documents of a folder as they come; their texts go into another.

    Documents whose text is whole are moved into the folder `done`, if there is one.
    """

    def __init__(
        self, folder: Path, target: OutputFolder, done: Path | None, say: Callable[[str], None]
    ) -> None:
        self.written = 0
        self.under_way: list[Document] = []
        self._folder, self._target, self._done, self._say = folder, target, done, say
        self._new = NewDocuments(folder, target, done)
        self._sources: dict[Path, Path] = {}  # of texts, while documents stay

    def read(self, client: Client, reading_options: Mapping[str, Any]) -> None:
        """Go on until an exception ends it: what is not finished is read with the next call."""
        self._new.hand_out_again(self.under_way)
        self.under_way.clear()
        for document in watching.read_arriving(client, self._arrivals, reading_options):
            self._finish(client, document)
            self.under_way.remove(document)

    def _arrivals(self) -> Sequence[Document]:
        found = self._new.look({document.path for document in self.under_way})
        new = [document for document in found if not self._is_there(document)]
        self.under_way += new
        return new

    def _is_there(self, document: Document) -> bool:
        """Give it a path for its text; whether just that is there already."""
        path = self._target.name_next(document, lambda path: self._is_free(path, document))
        self._sources[path] = document.path
        if not self._target.has(document):
            return False
        self._let_go(document)
        return True

    def _is_free(self, path: Path, document: Document) -> bool:
        """Whether a text may be written there: no other document's is, nor one of before."""
        if path in self._sources:
            return self._sources[path] == document.path
        return self._done is None or not path.exists()

    def _finish(self, client: Client, document: Document) -> None:
        if not document.completed and not document.read_pages:
            self._target.write_failed(document)
        elif self._target.write(client, document) and document.completed:
            self.written += 1
            self._say(f"{document.name}: {progress.describe(document)}")
            self._let_go(document)
            return
        self._say(
            f"{document.name}: {progress.describe(document)}; it is tried again when it changes"
        )
        self._target.forget(document)

    def _let_go(self, document: Document) -> None:
        """Its text is there: nothing more is to be known of it, and it may go."""
        self._target.forget(document)
        if self._done is not None and self._new.is_unchanged(document):
            _move(document.path, self._done / document.path.relative_to(self._folder))
            self._sources = {
                path: source for path, source in self._sources.items() if source != document.path
            }


def _move(path: Path, wanted: Path) -> None:
    free = next(one for one in made_files.candidates(wanted) if not one.exists())
    with made_files.say_unwritable(free):
        free.parent.mkdir(parents=True, exist_ok=True)
        path.replace(free)


@click.command()
@click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@options.server
@options.token_file
@formats.style
@formats.words
@click.option(
    "-o",
    "--output",
    "target",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a file for each document there, as soon as it is finished.",
)
@click.option(
    "--move",
    "done",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Move each document there when its text is written.",
)
@options.reading
@options.data_folder
def watch(
    folder: Path,
    *,
    server: str | None,
    token: str | None,
    style: str,
    words: bool,
    target: Path,
    done: Path | None,
    data: Path,
    **wishes: Any,
) -> None:
    """Read the documents of a folder, and those that come into it, until Ctrl-C.

    A scanner or a sync that drops files into DIR has their text in the other folder. A document is
    read once it has stopped growing, and again when it changes; those whose text is there already,
    from the same bytes and options, are left out, also by the next run.

    \u0008
      lector watch ~/scans -o ~/scans/text --move ~/scans/done
    """
    options.check_reading(**wishes)
    formats.check_words(style, words=words)
    wishes |= {"describe": wishes["describe"] or None, "again": False}
    texts = OutputFolder(target, style, words=words, reading_options=wishes)
    reader = FolderReader(folder, texts, done, output.echo)
    session.start_telemetry()
    goes_on = session.describe_going_on(server, data)
    where = {
        "temporary": False,
        "needs_reader": wishes["text_layer"] != TextLayerUse.ALWAYS,
        "reader": wishes["reader"],
    }
    with session.find_or_start(server, token, data, **where) as address, Client(*address) as client:
        client.check()
        reading_options = uploading.check_options(client, wishes)
        output.echo(f"watching {printable(str(folder))}; Ctrl-C ends it")
        try:
            _go_on(reader, client, reading_options)
        except KeyboardInterrupt:
            output.echo(_describe_end(reader, goes_on))


def _go_on(reader: FolderReader, client: Client, reading_options: Mapping[str, Any]) -> None:
    """Read until somebody ends it; while Lector is away, wait for it."""
    while True:
        try:
            reader.read(client, reading_options)
        except ServerError as error:
            output.echo(f"error: {error}; trying again every {_AGAIN_AFTER_S:.0f} s")
            time.sleep(_AGAIN_AFTER_S)


def _describe_end(reader: FolderReader, goes_on: str) -> str:
    """How many texts were written, and what becomes of documents that are uploaded."""
    written = f"{output.count(reader.written, 'text')} written"
    uploaded = sum(bool(document.file["id"]) for document in reader.under_way)
    return f"{written}; {goes_on.format(uploaded)}" if uploaded else written
