"""The file that a backup is: a tar with the database, the objects, and last the manifest.

One without a manifest is known to be incomplete; the manifest has the digest of all else.
"""

import hashlib
import json
import tarfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import lector
from lector.domain import object_keys
from lector.local.process import StackError
from lector.local.tools import checkout

FORMAT = 1
DATABASE, REPORT_KEY, MANIFEST = "database.dump", "report.key", "manifest.json"
NO_OBJECTS = (DATABASE, REPORT_KEY)
"""What is in a backup beside objects and manifest."""
_CHUNK_BYTES = 1024 * 1024

#: Called with what is done now, how much of it is done, and how much there is to do.
Report = Callable[[str, int, int], None]


class BackupError(StackError):
    """A backup cannot be made, or is not restored; the message says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, and which Lector made it."""

    format: int
    version: str
    migration: str
    """The newest migration of its database, as its file is called."""
    made_at: str
    files: int
    pages: int
    objects: int
    missing: list[str]
    """Keys that rows name and under which nothing lay, though their files were not deleted."""
    gone: list[str]
    """Files that were deleted while the backup was made."""
    roles: list[str]
    sha256: dict[str, str]
    """Of every other member, in lower-case hexadecimal."""


class Archive:
    """A tar under way, and the digest of each member."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.sha256: dict[str, str] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file's content."""
        with path.open("rb") as content:
            self.sha256[name] = hashlib.file_digest(content, "sha256").hexdigest()
            content.seek(0)
            self._add(name, path.stat().st_size, content)

    def finish(self, manifest: Manifest, work: Path) -> None:
        """Add the manifest, which comes last."""
        path = work / MANIFEST
        path.write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
        with path.open("rb") as content:
            self._add(MANIFEST, path.stat().st_size, content)

    def _add(self, name: str, size: int, content: IO[bytes]) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, content)


def verify(source: Path, report: Report) -> Manifest:
    """Read the whole backup once, before anything is made of it; its manifest.

    Raises:
        BackupError: it is damaged or incomplete, or of a newer Lector.

    """
    try:
        with tarfile.open(source, "r:") as archive:
            members = {member.name: member for member in archive.getmembers()}
            if MANIFEST not in members:
                raise BackupError(f"{source} is incomplete: it has no {MANIFEST}")
            manifest = _parse_manifest(open_member(archive, members.pop(MANIFEST).name).read())
            for done, name in enumerate(manifest.sha256, 1):
                whole = name in members and _sha256(archive, name) == manifest.sha256[name]
                if not whole:
                    raise BackupError(f"{source} is damaged: {name} is not as it was written")
                report("check", done, len(manifest.sha256))
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{source} is no backup of Lector's, or is damaged: {error}") from error
    for name in members:
        if name not in manifest.sha256:
            raise BackupError(f"{source} is damaged: {name} is not in its manifest")
    return manifest


def _parse_manifest(text: bytes) -> Manifest:
    try:
        told: dict[str, Any] = json.loads(text)
        if told["format"] > FORMAT:
            raise BackupError(_newer(told.get("version", "unknown"), f"format {told['format']}"))
        manifest = Manifest(**{name: told[name] for name in Manifest.__dataclass_fields__})
        names = list(manifest.sha256)
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"the backup is damaged: its manifest is unreadable: {error}") from error
    if manifest.migration.partition("_")[0] not in known_migrations():
        raise BackupError(_newer(manifest.version, f"migration {manifest.migration}"))
    strange = [k for k in names if k not in NO_OBJECTS and not object_keys.file_id_of(k)]
    if strange:
        raise BackupError(f"the backup holds what is no object of Lector's: {strange[0]!r}")
    return manifest


def _newer(made_by: str, what: str) -> str:
    return (
        f"the backup is of a newer Lector ({made_by}, {what}) than this one"
        f" ({lector.__version__}); update first"
    )


def known_migrations() -> dict[str, str]:
    """The names of this version's migrations, by their numbers."""
    names = [path.stem for path in (checkout() / "migrations").glob("*.sql")]
    return {name.partition("_")[0]: name for name in names}


def open_member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """The content of a member; `BackupError` if it is no file."""
    content = archive.extractfile(name)
    if content is None:
        raise BackupError(f"the backup is damaged: {name} is no file")
    return content


def _sha256(archive: tarfile.TarFile, name: str) -> str:
    digest, content = hashlib.sha256(), open_member(archive, name)
    while chunk := content.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()
