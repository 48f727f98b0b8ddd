"""Several files as one zip archive, written while it is taken.

One file is looked at after the other, so that an archive of any size needs no more memory than one
of its texts. What cannot be had of a file is left out, and a text in the archive says so.
"""

import io
import posixpath
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Annotated, Literal
from uuid import UUID

from msgspec import Meta
from starlette.responses import StreamingResponse

from functions.upload import file_names
from functions.upload.authentication import READ, Caller
from functions.upload.errors import ApiError, NoSuchFile
from functions.upload.fields import Input, Rule
from functions.upload.files import stored_bytes
from functions.upload.files.file_model import FILES_BY_ID, StoredFile
from functions.upload.operations import Routes
from functions.upload.pages import texts
from functions.upload.problem_codes import ProblemCode
from functions.upload.word_formats import pages
from lector.domain import originals
from lector.runtime import database
from lector.runtime.failures import LectorError, TransientFailure

routes = Routes("text")

MOST_FILES = 1000
_BODY_BYTES = 64 * 1024  # so many ids
_CHUNK_BYTES = 64 * 1024
_MEDIA_TYPE = "application/zip"
_LEFT_OUT = "left-out.txt"
_OLDEST_YEAR = 1980  # in a zip


class _LeftOut(LectorError):
    """There is nothing of a file to be had."""


Format = Literal["text", "plain", "markdown", "pdf", "original"]
Pieces = Iterable[bytes]


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


@routes.post("/v1/files/zip", READ, content={_MEDIA_TYPE: bytes}, json_bytes=_BODY_BYTES)
def get_archive(caller: Caller, body: Archive) -> StreamingResponse:
    """Several files as a zip.

    Each in its folder, under its name. What cannot be had, as nothing is read yet or the original
    is gone, is left out: `left-out.txt` in the archive says what, and why.
    """
    ids = list(dict.fromkeys(body.ids))
    with database.transaction() as connection:
        found = {one.id: one for one in FILES_BY_ID.all(connection, ids=ids, tenant=caller.tenant)}
    if not found:
        raise NoSuchFile(ids[0])
    missing = [str(one) for one in ids if one not in found]
    pieces = write([found[one] for one in ids if one in found], missing, body.format)
    return StreamingResponse(pieces, 200, file_names.attached("lector.zip"), _MEDIA_TYPE)


def write(files: Sequence[StoredFile], missing: Sequence[str], form: Format) -> Iterator[bytes]:
    """The bytes of an archive with these files, as they are taken."""
    target = _Taken()
    left_out = [f"{one}: there is no such file" for one in missing]
    taken: Counter[str] = Counter()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            try:
                name, size, content = _CONTENT[form](file)
            except (_LeftOut, ApiError, TransientFailure) as problem:
                left_out.append(f"{_path(file, file.name)}: {problem}")
                continue
            entry = _entry(file, _free(taken, _path(file, name)), size)
            yield from _written(target, archive, entry, content)
        if left_out:
            archive.writestr(_free(taken, _LEFT_OUT), "".join(f"{line}\n" for line in left_out))
    yield target.take()


def _written(
    target: "_Taken", archive: zipfile.ZipFile, entry: zipfile.ZipInfo, content: Pieces
) -> Iterator[bytes]:
    with archive.open(entry, "w") as within:
        for piece in content:
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


def _entry(file: StoredFile, path: str, size: int) -> zipfile.ZipInfo:
    """The size is told before, so that large files are written as such."""
    made = file.created_at.timetuple()[:6]
    entry = zipfile.ZipInfo(path, max(made, (_OLDEST_YEAR, 1, 1, 0, 0, 0)))
    entry.file_size = size
    is_packed = path.endswith((".txt", ".md"))
    entry.compress_type = zipfile.ZIP_DEFLATED if is_packed else zipfile.ZIP_STORED
    return entry


def _path(file: StoredFile, name: str) -> str:
    """Folders have no steps up (`functions.upload.folders`), but a file may be called like one."""
    shown = name if name.strip(".") else f"{file.id}"
    return f"{file.folder}/{shown}" if file.folder else shown


def _free(taken: Counter[str], path: str) -> str:
    """A path that no other file of the archive has, whatever the case of its letters."""
    stem, extension = posixpath.splitext(path)
    wanted = path
    while taken[wanted.lower()]:
        taken[path.lower()] += 1
        wanted = f"{stem} ({taken[path.lower()]}){extension}"
    taken[wanted.lower()] += 1
    return wanted


def _text(file: StoredFile, extension: str, make: Callable[[StoredFile], str]) -> "_Content":
    if not file.pages_read:
        raise _LeftOut(pages.why_no_text(file))
    content = make(file).encode()
    return originals.renamed(file.name, extension), len(content), [content]


def _pdf(file: StoredFile) -> "_Content":
    from functions.upload.searchable_pdf import of_file  # noqa: PLC0415 - seldom asked for

    content = of_file.make(file)
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    return originals.renamed(file.name, "searchable.pdf"), size, _pieces(content)


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    with content:
        while piece := content.read(_CHUNK_BYTES):
            yield piece


def _original(file: StoredFile) -> "_Content":
    size, pieces = stored_bytes.open_original(file)
    return file.name, size, pieces


_Content = tuple[str, int, Pieces]
"""What a file is called in an archive, how many bytes that has, and they themselves."""

_CONTENT: dict[Format, Callable[[StoredFile], _Content]] = {
    "text": lambda file: _text(file, "txt", texts.plain),
    "plain": lambda file: _text(file, "txt", texts.without_marks),
    "markdown": lambda file: _text(file, "md", texts.markdown),
    "pdf": _pdf,
    "original": _original,
}
