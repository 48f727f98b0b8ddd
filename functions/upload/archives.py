"""Several files as one zip archive, written while it is taken.

One file is looked at after the other, so that an archive of any size needs no more memory than one
of its texts. What cannot be had of a file is left out, and a text in the archive says so; also of
which files not all pages are read. What is only away for a while is never left out: without it
there is no archive.
"""

import io
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from typing import IO, Annotated, Literal
from uuid import UUID

from msgspec import Meta
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from functions.upload import archive_paths, authentication, file_names
from functions.upload.archive_paths import Paths
from functions.upload.authentication import READ, Caller
from functions.upload.errors import ApiError, NoSuchFile
from functions.upload.fields import Input, Rule
from functions.upload.files import stored_bytes
from functions.upload.files.file_model import FILES_BY_ID, StoredFile
from functions.upload.operations import Routes
from functions.upload.pages import texts
from functions.upload.pages.texts import PageText
from functions.upload.problem_codes import ProblemCode
from functions.upload.slots import Limits, Slots
from lector.domain import originals
from lector.runtime import database
from lector.runtime.failures import LectorError, TransientFailure
from lector.runtime.once import once

routes = Routes("text")

MOST_FILES = 1000
_BODY_BYTES = 64 * 1024  # so many ids
_CHUNK_BYTES = 64 * 1024
_MEDIA_TYPE = "application/zip"
_MISSING = "missing.txt"
_OLDEST_YEAR = 1980  # in a zip
_AGAIN_AFTER_S = (1.0, 3.0)
# Each takes minutes, and one PDF is made after the other.
_PDFS_AT_ONCE = Limits(process=4, tenant=2, address=0)


class _LeftOut(LectorError):
    """There is nothing of a file to be had."""


Format = Literal["text", "plain", "markdown", "pdf", "original"]


@dataclass(frozen=True)
class _Content:
    """What a file is called in an archive, how many bytes that has, and they themselves."""

    name: str
    size: int
    pieces: Iterable[bytes]
    lack: str | None = None
    """What is not in it yet, for people."""


class Archive(Input, frozen=True):
    """Which files are wanted, and what of each."""

    ids: Annotated[
        list[UUID],
        Meta(min_length=1, max_length=MOST_FILES),
        Rule(f"1 to {MOST_FILES} ids of files", ProblemCode.MALFORMED_ID),
    ]
    format: Annotated[
        Format,
        Meta(description="As of `/v1/files/{file_id}/text`; original: what was uploaded."),
        Rule("one of text, plain, markdown, pdf, original"),
    ] = "text"


class _ArchiveStream(StreamingResponse):
    """An archive on its way; what is `held` for it is let go of whether or not it was taken."""

    def __init__(self, pieces: Iterable[bytes], held: ExitStack) -> None:
        self._held = held
        super().__init__(pieces, 200, file_names.attached("lector.zip"), _MEDIA_TYPE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it until all is sent, or the client is gone."""
        with self._held:
            await super().__call__(scope, receive, send)


@routes.post("/v1/files/zip", READ, content={_MEDIA_TYPE: bytes}, json_bytes=_BODY_BYTES)
def get_archive(caller: Caller, body: Archive) -> StreamingResponse:
    """Several files as a zip.

    Each in its folder, under its name. What cannot be had, as nothing is read yet or the original
    is gone, is left out: `missing.txt` in the archive says what, and why, and of which files not
    all pages are read. It counts as a request for every ten files; few of searchable PDFs are made
    at once (429, 503). A stream that breaks off means that something could not be had now.
    """
    authentication.count_files(caller, len(body.ids))
    ids = list(dict.fromkeys(body.ids))
    with database.transaction() as connection:
        found = {one.id: one for one in FILES_BY_ID.all(connection, ids=ids, tenant=caller.tenant)}
    if not found:
        raise NoSuchFile(ids[0])
    unknown = [str(one) for one in ids if one not in found]
    with ExitStack() as held:
        if body.format == "pdf":
            held.enter_context(_pdf_slots().taken(caller))
        pieces = write([found[one] for one in ids if one in found], unknown, body.format)
        # What is away already is a refusal, and no archive that breaks off.
        first = next(pieces)
        return _ArchiveStream(chain([first], pieces), held.pop_all())


@once
def _pdf_slots() -> Slots:
    return Slots("zips of searchable PDFs", lambda: _PDFS_AT_ONCE, retry_after_s=30)


def write(files: Sequence[StoredFile], unknown: Sequence[str], form: Format) -> Iterator[bytes]:
    """The bytes of an archive with these files, as they are taken; at least one piece.

    Raises:
        TransientFailure: something cannot be had now, also when it was tried again.

    """
    target, paths = _Taken(), Paths(file.folder for file in files)
    missing = [f"{one}: there is no such file" for one in unknown]
    # Originals and PDFs are packed already.
    level = 0 if form in ("pdf", "original") else None
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            shown = _path(file, file.name)
            try:
                content = _patiently(form, file.id)
            except (_LeftOut, ApiError) as problem:
                missing.append(f"{shown}: {problem}")
                continue
            if content.lack:
                missing.append(f"{shown}: {content.lack}")
            path = paths.free(_path(file, content.name))
            yield from _written(target, archive, _entry(file, path, content.size, level), content)
        if missing:
            archive.writestr(paths.free(_MISSING), "".join(f"{line}\n" for line in missing))
    yield target.take()


def _patiently(form: Format, file_id: UUID) -> _Content:
    for wait_s in _AGAIN_AFTER_S:
        try:
            return _CONTENT[form](_find(file_id))
        except TransientFailure:
            time.sleep(wait_s)
    return _CONTENT[form](_find(file_id))


def _find(file_id: UUID) -> StoredFile:
    """A file as it is at its turn, which may be long after the archive was begun."""
    with database.transaction() as connection:
        found = FILES_BY_ID.all(connection, ids=[file_id], tenant=None)
    if not found:
        raise _LeftOut("it was deleted")
    return found[0]


def _unread(file: StoredFile, pages_with_text: int) -> str | None:
    unread = file.pages_total - pages_with_text
    if unread <= 0:
        return None
    return f"{unread} of {file.pages_total} pages {'is' if unread == 1 else 'are'} not read"


def _written(
    target: "_Taken", archive: zipfile.ZipFile, entry: zipfile.ZipInfo, content: _Content
) -> Iterator[bytes]:
    with archive.open(entry, "w") as within:
        for piece in content.pieces:
            within.write(piece)
            yield target.take()


class _Taken:
    """What a zip is written to: it holds what nobody has taken yet, and goes only on."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def write(self, piece: bytes) -> int:
        self._kept += piece
        return len(piece)

    def flush(self) -> None:
        """Whoever takes it does so in time."""

    def close(self) -> None:
        """What is left can still be taken."""

    def take(self) -> bytes:
        """What was written since this was last asked for."""
        taken = bytes(self._kept)
        self._kept.clear()
        return taken


def _entry(file: StoredFile, path: str, size: int, level: int | None) -> zipfile.ZipInfo:
    """The size is told before, so that large files are written as such.

    All are deflated, if only at level 0: who unpacks a stream finds no end of what is stored.
    """
    made = file.created_at.timetuple()[:6]
    entry = zipfile.ZipInfo(path, max(made, (_OLDEST_YEAR, 1, 1, 0, 0, 0)))
    entry.file_size = size
    entry.compress_type = zipfile.ZIP_DEFLATED
    # Since Python 3.13 it is called compress_level, and this stays another name of it.
    entry._compresslevel = level  # type: ignore[attr-defined]
    return entry


def _path(file: StoredFile, name: str) -> str:
    return archive_paths.of(file.folder, name, f"{file.id}")


def _text(
    file: StoredFile, extension: str, make: Callable[[StoredFile, Sequence[PageText]], str]
) -> _Content:
    found = texts.pages_of(file)
    if not found:
        raise _LeftOut(texts.why_no_text(file))
    content = make(file, found).encode()
    name = originals.renamed(file.name, extension)
    return _Content(name, len(content), [content], _unread(file, len(found)))


def _pdf(file: StoredFile) -> _Content:
    from functions.upload.searchable_pdf import of_file  # noqa: PLC0415 - seldom asked for

    found = of_file.fetch_pages(file)
    content = of_file.make(file, found)
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    name = originals.renamed(file.name, "searchable.pdf")
    return _Content(name, size, _pieces(content), _unread(file, len(found)))


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    with content:
        while piece := content.read(_CHUNK_BYTES):
            yield piece


def _original(file: StoredFile) -> _Content:
    size, pieces = stored_bytes.open_original(file)
    return _Content(file.name, size, pieces)


_CONTENT: dict[Format, Callable[[StoredFile], _Content]] = {
    "text": lambda file: _text(file, "txt", texts.plain),
    "plain": lambda file: _text(file, "txt", texts.without_marks),
    "markdown": lambda file: _text(file, "md", texts.markdown),
    "pdf": _pdf,
    "original": _original,
}
