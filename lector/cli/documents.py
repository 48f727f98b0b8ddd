"""Which files are read: those that are named, the documents in folders, and standard input."""

import glob
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import click

from lector.cli.answers import printable
from lector.cli.inputs import STDIN, Url
from lector.domain import originals
from lector.domain.failure_codes import FailureCode
from lector.domain.unsupported import Unsupported

_EMPTY = Unsupported("an empty file", "empty files", "")
_HIDDEN = Unsupported("a hidden file", "hidden files", "")
_UNKNOWN = Unsupported("a file of an unknown kind", "files of unknown kinds", "")


@dataclass(frozen=True)
class Found:
    """A file to read, and the name that it has for people; or why it cannot be read.

    `folder` is where it was found, from the folder that was named downwards, itself included.
    What is at a `url` is fetched by the server, and has no file here.
    """

    path: Path
    name: str
    problem: str | None = None
    folder: str | None = None
    url: str | None = None


@dataclass
class Findings:
    """The files that were found, and how many of each kind were left out."""

    files: list[Found] = field(default_factory=list)
    left_out: Counter[Unsupported] = field(default_factory=Counter)

    def describe_left_out(self) -> str | None:
        """A line about what was left out, the most frequent kind first; None if nothing was."""
        count = self.left_out.total()
        if not count:
            return None
        kinds = [
            f"{number} {kind.singular if number == 1 else kind.plural}"
            for kind, number in self.left_out.most_common()
        ]
        files = "file" if count == 1 else "files"
        return f"left out {count} {files} that Lector does not read: {', '.join(kinds)}"


def find(paths: Sequence[Path | Url], stdin_name: str, folder: Path) -> Findings:
    """What is to be read of the paths that were named; names tell the files apart.

    A file that was named itself is never left out: what Lector does not read is a problem. Nor is
    one in a folder or a pattern that is called like a document.

    Args:
        paths: files, folders, patterns such as scans/*.jpg, URLs, or - for standard input.
        stdin_name: the name of what comes on standard input.
        folder: where that is kept, and what comes out of pipes.

    Raises:
        click.UsageError: one does not exist, or nothing comes on standard input.

    """
    findings = Findings()
    if paths.count(STDIN) > 1:
        raise click.UsageError("standard input (-) can be read only once")
    for path in paths:
        if isinstance(path, Url):
            findings.files.append(Found(Path(path), path.name, url=path))
        elif path != STDIN and path.is_dir():
            _look_into(findings, _all_in(path), path.resolve().name)
        elif (named := _find_named(path, stdin_name, folder)) is not None:
            findings.files.append(named)
        else:
            _look_into(findings, [(match, match.name) for match in _matching(path)])
    return findings


def _find_named(path: Path, stdin_name: str, folder: Path) -> Found | None:
    """The one file that a path names; None for one that may be a pattern."""
    if path == STDIN:
        return _named(receive_stdin(folder), stdin_name)
    if path.is_fifo():  # such as <(command) in a shell
        return _named(_receive_pipe(path, folder), path.name)
    return _named(path, path.name) if path.exists() else None


def in_folder(folder: Path) -> list[Found]:
    """The documents in a folder and in those below it."""
    findings = Findings()
    _look_into(findings, _all_in(folder), folder.resolve().name)
    return findings.files


def _all_in(folder: Path) -> list[tuple[Path, str]]:
    return [(path, str(path.relative_to(folder))) for path in sorted(folder.rglob("*"))]


def _matching(pattern: Path) -> list[Path]:
    """The files that a pattern means which no shell has resolved."""
    if pattern.is_symlink():
        detail = f"'{printable(str(pattern))}' is a link to something that is not there."
        raise click.UsageError(detail)
    paths = sorted(Path(match) for match in glob.glob(str(pattern), recursive=True))
    if not paths:
        raise click.UsageError(f"Path '{printable(str(pattern))}' does not exist.")
    return paths


def _look_into(
    findings: Findings, paths: Sequence[tuple[Path, str]], top: str | None = None
) -> None:
    for path, name in paths:
        if not path.is_file():
            continue
        reason = _reason_to_leave_out(path, name)
        if reason is None:
            folder = None if top is None else printable((top / Path(name)).parent.as_posix())
            findings.files.append(Found(path, printable(name), _unreadable(path), folder))
        else:
            findings.left_out[reason] += 1


def _reason_to_leave_out(path: Path, name: str) -> Unsupported | None:
    if any(part.startswith(".") for part in Path(name).parts):
        return _HIDDEN
    if originals.has_extension(name):
        return None
    try:
        kind, is_empty = _identify(path), not path.stat().st_size
    except OSError:
        return None  # reading it fails, and says why
    if isinstance(kind, Unsupported):
        return kind
    if kind is not None:
        return None
    return _EMPTY if is_empty else _UNKNOWN


def _named(path: Path, name: str) -> Found:
    if not path.is_file():
        return Found(path, printable(name), "this is a device, not a document")
    problem = _unreadable(path)
    kind = None if problem else _identify(path)
    if isinstance(kind, Unsupported):
        problem = kind.sentence()
    return Found(path, printable(name), problem)


def _unreadable(path: Path) -> str | None:
    """Why there is nothing to read in a file, found out before it is sent; None if there is."""
    try:
        with path.open("rb") as file:
            return None if file.read(1) else FailureCode.EMPTY_FILE.sentence
    except OSError as error:
        return f"it cannot be read: {error.strerror}"


def _identify(path: Path) -> originals.Original | Unsupported | None:
    with path.open("rb") as file:
        return originals.identify(file.read(originals.HEAD_BYTES))


def receive_stdin(folder: Path, example: str = "lector ocr - < FILE") -> Path:
    """Keep what comes on standard input in a file in a folder; click.UsageError for nothing."""
    if sys.stdin is None or sys.stdin.isatty():
        state = "closed" if sys.stdin is None else "a terminal"
        detail = f"- reads standard input, which is {state}; send a file there: {example}"
        raise click.UsageError(detail)
    return _keep(sys.stdin.buffer, folder, "on standard input")


def _receive_pipe(pipe: Path, folder: Path) -> Path:
    with pipe.open("rb") as content:
        return _keep(content, folder, f"from the pipe {printable(str(pipe))}")


def _keep(content: BinaryIO, folder: Path, whence: str) -> Path:
    """Keep in a file what comes but once: its size is announced before its bytes."""
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        shutil.copyfileobj(content, file)
    path = Path(file.name)
    if path.stat().st_size == 0:
        raise click.UsageError(f"nothing came {whence}")
    return path
