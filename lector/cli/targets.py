"""Where texts and documents of a Lector are written: a file, a folder, or a ZIP archive."""

import hashlib
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from rich.text import Text

from lector.cli import made_files
from lector.cli.answers import ServerError, Target, printable
from lector.cli.formats import EXTENSIONS
from lector.cli.output import console
from lector.cli.written_notes import Notes
from lector.client.sources import Source
from lector.domain import originals
from lector.runtime import whole_files

Fetch = Callable[[Target], object]
"""Writes what is wanted of a file into something open."""

Content = Mapping[str, str]
"""What tells what is written of a file from all else: its id, the format, its state."""
About = Callable[[], Content]
"""Finds that out, which may take requests."""

_LONGEST_NAME_BYTES, _LONGEST_SUFFIX_BYTES = 180, 40
"""File systems take 255 for a name, a number and what parts of it are called meanwhile included."""
_IN_MEMORY_BYTES = 8_000_000


class IsThere(ServerError):
    """Something is there already, at `path`, and is not to be written over."""

    def __init__(self, path: Path, more: str = "") -> None:
        super().__init__(f"{path} is there already{more}; --force writes over it")
        self.path = str(path)


class IsWritten(IsThere):
    """Just what was to be written is there."""


class Place(Protocol):
    """A folder or an archive, in which each file has a path of its own."""

    def write(self, path: PurePosixPath, fetch: Fetch, about: About) -> str:
        """Write a file under this path, or one beside it; where it is then."""


class OneFile:
    """One file, whatever it is called elsewhere."""

    def __init__(self, path: Path, *, force: bool) -> None:
        self._path, self._force = path, force

    def write(self, _: PurePosixPath, fetch: Fetch, __: About) -> str:
        """As `Place` has it; raises IsThere."""
        write_file(self._path, fetch, force=self._force)
        return str(self._path)


class Folder:
    """A folder; those below it are made as they are needed.

    It is noted what was written: a name alone says nothing, as there are files of one name, and
    texts that have changed since.
    """

    def __init__(self, path: Path, *, force: bool) -> None:
        self._path, self._force, self._used = path, force, set[str]()
        self._notes = Notes(path)

    def write(self, path: PurePosixPath, fetch: Fetch, about: About) -> str:
        """As `Place` has it. What Lector wrote of another file there is left alone.

        Raises:
            IsWritten: just that is there.
            IsThere: something else is there that Lector did not write, or that was changed since.

        """
        content = about()
        place = _unused(path, self._used, lambda one: self._is_of_another(one, content))
        target = self._path / place
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ServerError(f"{target.parent} cannot be made: {error.strerror}") from error
        is_ours = not self._force and target.exists() and self._is_ours(place, fetch, content)
        write_file(target, fetch, force=self._force or is_ours)
        self._note(place, content)
        return str(target)

    def _is_of_another(self, place: PurePosixPath, content: Content) -> bool:
        note = self._notes.get(str(place)) or {}
        is_other = note.get("id") not in (None, content["id"])
        return is_other and not self._force and (self._path / place).exists()

    def _is_ours(self, place: PurePosixPath, fetch: Fetch, content: Content) -> bool:
        """Whether what is there is an earlier state of the same; else an IsThere says what it is.

        A run that was killed may have written it without a note: then it is as it would be now.
        """
        target, note = self._path / place, self._notes.get(str(place)) or {}
        try:
            written = Source(target).sha256()
        except OSError as error:
            raise ServerError(f"{target} cannot be read: {error.strerror}") from error
        if note.get("id") == content["id"] and note.get("written_sha256") == written:
            if {**note, **content} == note:
                raise IsWritten(target)
            return True
        if written != _sha256_of(fetch):
            raise IsThere(target, ", and is not what Lector wrote of this file")
        self._note(place, content)
        raise IsWritten(target)

    def _note(self, place: PurePosixPath, content: Content) -> None:
        written = Source(self._path / place).sha256()
        self._notes.add(str(place), **content, written_sha256=written)


class Archive:
    """A ZIP archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive, self._used = archive, set[str]()

    def write(self, path: PurePosixPath, fetch: Fetch, _: About) -> str:
        """As `Place` has it; what breaks off is not in the archive."""
        member = _unused(path, self._used)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as content:
            fetch(content)
            content.seek(0)
            about = zipfile.ZipInfo(str(member), time.localtime()[:6])
            about.compress_type = zipfile.ZIP_DEFLATED
            with self._archive.open(about, "w", force_zip64=True) as written:
                shutil.copyfileobj(content, written)
        return str(member)


def _sha256_of(fetch: Fetch) -> str:
    """The SHA-256 of what is fetched, which is kept nowhere."""
    with tempfile.TemporaryFile() as content:
        fetch(content)
        content.seek(0)
        return hashlib.file_digest(content, "sha256").hexdigest()


@contextmanager
def open_archive(path: Path, *, force: bool) -> Iterator[Archive]:
    """A new archive, which is there when the block ends well."""
    _check_absent(path, force=force)
    with (
        _written(path) as partial,
        zipfile.ZipFile(partial, "w") as archive,
    ):
        yield Archive(archive)


def write_file(path: Path, fetch: Fetch, *, force: bool) -> None:
    """All of it or nothing: a download that breaks off leaves what was there before.

    Raises:
        IsThere: it is there, and is not to be written over.
        ServerError: it cannot be fetched or written.

    """
    _check_absent(path, force=force)
    with (
        _written(path) as partial,
        partial.open("wb") as content,
        console.status(Text(f"fetching {printable(path.name)}")),
    ):
        fetch(content)


def _check_absent(path: Path, *, force: bool) -> None:
    if path.exists() and not force:
        raise IsThere(path)


@contextmanager
def _written(path: Path) -> Iterator[Path]:
    """What to write beside a path that it takes when the block ends well."""
    try:
        with whole_files.replacing(path) as partial:
            yield partial
    except OSError as error:
        raise ServerError(f"{path} cannot be written: {error.strerror}") from error


def name_in_folder(name: str, style: str) -> str:
    """A safe name for a file of ours, made from the server's name, which may hold anything."""
    if style == "original":
        last = PurePosixPath(_safe(_last_part(name), "unnamed"))
        stem = _shorten(last.stem, _LONGEST_NAME_BYTES)
        return f"{stem}{_shorten(last.suffix, _LONGEST_SUFFIX_BYTES)}"
    return f"{safe_stem(name)}{EXTENSIONS[style]}"


def safe_stem(name: str) -> str:
    """What a file or folder of ours can be called after the server's name of a file."""
    return _safe(_shorten(originals.stem(_last_part(name)), _LONGEST_NAME_BYTES), "unnamed")


def safe_folder(path: str) -> PurePosixPath:
    """A folder below ours, made from the server's path, which may hold anything."""
    parts = (
        _safe(_shorten(part, _LONGEST_NAME_BYTES), "")
        for part in printable(path).replace("\\", "/").split("/")
    )
    return PurePosixPath(*filter(None, parts))


def _last_part(name: str) -> str:
    return printable(name).replace("\\", "/").rpartition("/")[2]


def _shorten(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")


def _safe(part: str, instead: str) -> str:
    return part.strip(". ") or instead


def _unused(
    path: PurePosixPath,
    used: set[str],
    is_taken: Callable[[PurePosixPath], bool] = lambda _: False,
) -> PurePosixPath:
    """The path, or one beside it that nothing has; also where case does not count."""
    found = next(
        one
        for one in made_files.candidates(path)
        if str(one).casefold() not in used and not is_taken(one)
    )
    used.add(str(found).casefold())
    return found
