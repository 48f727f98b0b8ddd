"""Backup and restore of a data folder: one file, made while Lector runs.

The file is a tar: the database as PostgreSQL's own dump, the objects under their keys, and last the
manifest, so that a file without one is known to be incomplete.

**Why it is whole.** The database comes first, in one snapshot; then the objects of the files in it.
An object is stored before a row names it, and stays as it is while one does; so whatever a row of
the snapshot names is there when the objects' turn comes, unless its file was deleted meanwhile. A
deletion makes the row a tombstone before an object goes. So tombstones are looked for last, when
every object was copied or missed: the files that became one are named in the manifest, and leave
the database again at the restore. Objects first would lack what was stored between the two.

**What is not in it.** Events: JetStream's streams are left out. After a restore the sweep announces
again what waits, and the relay publishes what it had not. Old events that are replayed into a
restored database change nothing: its files have begun a new generation (`resume_after_restore`),
and objects are removed for tombstones only.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from lector.domain import object_keys
from lector.local import postgres
from lector.local.data_folder import DataFolder
from lector.local.process import StackError
from lector.local.services import Embedded
from lector.local.tools import checkout
from lector.runtime import settings

if TYPE_CHECKING:
    import psycopg

    from lector.runtime.object_store import ObjectStore

FORMAT = 1
_DATABASE, _MANIFEST = "database.dump", "manifest.json"
_AT_ONCE = 4
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


@dataclass(frozen=True)
class _Snapshot:
    """What the database held in the moment that the backup shows."""

    migration: str
    files: set[UUID]
    pages: int
    named: set[str]
    roles: list[str]


def make(folder: DataFolder, target: Path, report: Report) -> Manifest:
    """Write a backup of a data folder into a new file, also while Lector runs.

    The file appears when it is complete. It holds all texts, and the secrets of webhooks: only its
    owner may read it.

    Raises:
        BackupError: there is no such data folder, or the file exists.
        StackError: PostgreSQL or S3 cannot be started.

    """
    if target.exists():
        raise BackupError(f"{target} exists already; choose another name, or remove it first")
    if not folder.is_ours():
        raise BackupError(f"{folder.path} is no data folder of Lector's; --data names another")
    partial = target.with_name(f".{target.name}.part")
    try:
        with (
            _storage(folder) as services,
            tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as work,
            os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
        ):
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
                manifest = _write(_Archive(archive), services, Path(work), report)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return manifest


@contextmanager
def _storage(folder: DataFolder) -> Iterator[dict[str, str]]:
    """The settings of the services that run on a folder; if none do, they run for the block."""
    running = folder.running()
    if running:
        if not running.services:
            raise BackupError("an older Lector runs there; restart it (`lector stop`, `lector up`)")
        yield running.services
        return
    with folder.in_use():
        embedded = Embedded.in_folder(folder)
        with embedded.storage_running(folder):
            yield embedded.settings


class _Archive:
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
        path = work / _MANIFEST
        path.write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
        with path.open("rb") as content:
            self._add(_MANIFEST, path.stat().st_size, content)

    def _add(self, name: str, size: int, content: IO[bytes]) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, content)


def _write(archive: _Archive, services: dict[str, str], work: Path, report: Report) -> Manifest:
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    url = services["DATABASE_URL"]
    report("database", 0, 1)
    snapshot = _dump(url, work / _DATABASE)
    archive.add(_DATABASE, work / _DATABASE)
    (work / _DATABASE).unlink()
    report("database", 1, 1)
    store = _object_store(services)
    listed = [
        k for k in store.keys(object_keys.FILES) if object_keys.file_id_of(k) in snapshot.files
    ]
    copied = set(_copy_objects(archive, store, listed, work, report))
    gone = snapshot.files - _living(url, snapshot.files)
    missing = [k for k in snapshot.named - copied if object_keys.file_id_of(k) not in gone]
    manifest = Manifest(
        format=FORMAT,
        version=version("lector"),
        migration=snapshot.migration,
        made_at=made_at,
        files=len(snapshot.files - gone),
        pages=snapshot.pages,
        objects=len(copied),
        missing=sorted(missing),
        gone=sorted(map(str, gone)),
        roles=snapshot.roles,
        sha256=archive.sha256,
    )
    archive.finish(manifest, work)
    return manifest


def _dump(url: str, target: Path) -> _Snapshot:
    """Dump the database, and say what was in it at the same moment."""
    import psycopg  # noqa: PLC0415 - most commands need none

    with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = _scalars(connection, "SELECT pg_export_snapshot()")[0]
        dumping = ["--format=custom", "--no-owner", f"--snapshot={snapshot}"]
        with target.open("wb") as output:
            _run_postgres("pg_dump", url, dumping, output)
        newest = _scalars(connection, "SELECT max(version) FROM schema_migrations")[0]
        return _Snapshot(
            migration=_migrations().get(newest, newest),
            files=set(_scalars(connection, "SELECT id FROM files WHERE status <> 'deleted'")),
            pages=_scalars(connection, "SELECT count(*) FROM pages")[0],
            named=_named_keys(connection),
            roles=_scalars(
                connection, "SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'lector\\_%'"
            ),
        )


def _named_keys(connection: "psycopg.Connection[Any]") -> set[str]:
    """The keys under which something must lie: originals that have come, and images."""
    uploaded = "SELECT id FROM files WHERE status <> 'deleted' AND uploaded_at IS NOT NULL"
    images = "SELECT image_key FROM pages WHERE image_key IS NOT NULL"
    originals = map(object_keys.original_key, _scalars(connection, uploaded))
    return {*originals, *_scalars(connection, images)}


def _living(url: str, files: Iterable[UUID]) -> set[UUID]:
    """Those files that nobody has deleted by now."""
    import psycopg  # noqa: PLC0415

    living = "SELECT id FROM files WHERE status <> 'deleted' AND id = ANY (%s)"
    with psycopg.connect(url) as connection:
        return set(_scalars(connection, living, list(files)))


def _copy_objects(
    archive: _Archive, store: "ObjectStore", keys: Sequence[str], work: Path, report: Report
) -> Iterator[str]:
    """Add objects to the archive; the keys of those that were there."""
    from lector.runtime.object_store import ObjectMissing  # noqa: PLC0415 - it imports boto3

    def fetch(numbered: tuple[int, str]) -> Path | None:
        path = work / str(numbered[0])
        try:
            store.download(numbered[1], path)
        except ObjectMissing:
            return None
        return path

    rest, done = iter(keys), 0
    report("objects", 0, len(keys))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while batch := list(islice(rest, 2 * _AT_ONCE)):
            for key, path in zip(batch, pool.map(fetch, enumerate(batch)), strict=True):
                if path is not None:
                    archive.add(key, path)
                    path.unlink()
                    yield key
                done += 1
                report("objects", done, len(keys))


def restore(source: Path, folder: DataFolder, report: Report, *, replace: bool) -> Manifest:
    """Make a data folder of a backup; nothing runs on it afterwards.

    It is made beside the folder's place and put there when it is complete. A folder in which there
    is anything is left alone, unless it is to be replaced: then it goes at the very end.

    Raises:
        BackupError: the backup is damaged or of a newer Lector, or the folder is not empty.
        StackError: another stack uses the folder, or PostgreSQL or S3 cannot be started.

    """
    _check_target(folder, replace=replace)
    manifest = _verify(source, report)
    with _locked(folder):
        made = DataFolder(folder.path.with_name(f".{folder.path.name}.restoring"))
        shutil.rmtree(made.path, ignore_errors=True)
        try:
            with made.in_use(), tarfile.open(source, "r:") as archive:
                embedded = Embedded.in_folder(made)
                with embedded.storage_running(made):
                    _load_database(archive, manifest, embedded, made.path, report)
                    _load_objects(archive, manifest, embedded, report)
            _put_in_place(made.path, folder)
        finally:
            shutil.rmtree(made.path, ignore_errors=True)
    return manifest


@contextmanager
def _locked(folder: DataFolder) -> Iterator[None]:
    """Keep other stacks off a folder; one that was empty before is gone again after a failure."""
    was_empty = folder.is_empty()
    try:
        with folder.in_use():
            yield
    except BaseException:
        if was_empty:
            shutil.rmtree(folder.path, ignore_errors=True)
        raise


def _check_target(folder: DataFolder, *, replace: bool) -> None:
    if folder.running():
        raise BackupError(f"Lector runs on {folder.path}; `lector stop` ends it")
    if folder.is_empty():
        return
    if not replace:
        raise BackupError(
            f"{folder.path} is not empty; --data names another folder, --replace DELETES this one"
        )
    if not folder.is_ours():
        raise BackupError(f"{folder.path} is no data folder of Lector's; it is left as it is")


def _verify(source: Path, report: Report) -> Manifest:
    """Read the whole backup once, before anything is made of it."""
    try:
        with tarfile.open(source, "r:") as archive:
            members = {member.name: member for member in archive.getmembers()}
            if _MANIFEST not in members:
                raise BackupError(f"{source} is incomplete: it has no {_MANIFEST}")
            manifest = _parse_manifest(_open(archive, members.pop(_MANIFEST).name).read())
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
    if manifest.migration.partition("_")[0] not in _migrations():
        raise BackupError(_newer(manifest.version, f"migration {manifest.migration}"))
    strange = [k for k in names if k != _DATABASE and not object_keys.file_id_of(k)]
    if strange:
        raise BackupError(f"the backup holds what is no object of Lector's: {strange[0]!r}")
    return manifest


def _newer(made_by: str, what: str) -> str:
    return (
        f"the backup is of a newer Lector ({made_by}, {what}) than this one"
        f" ({version('lector')}); update first"
    )


def _load_database(
    archive: tarfile.TarFile, manifest: Manifest, embedded: Embedded, work: Path, report: Report
) -> None:
    import psycopg  # noqa: PLC0415
    from psycopg import sql  # noqa: PLC0415

    report("database", 0, 1)
    url = embedded.postgres.url
    with psycopg.connect(embedded.postgres.server_url, autocommit=True) as connection:
        for role in manifest.roles:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        connection.execute("CREATE DATABASE lector")
    dump = work / _DATABASE
    with dump.open("wb") as target:
        shutil.copyfileobj(_open(archive, _DATABASE), target, _CHUNK_BYTES)
    loading = ["--no-owner", "--exit-on-error", "--single-transaction", str(dump)]
    _run_postgres("pg_restore", url, loading)
    dump.unlink()
    embedded.migrate()
    with psycopg.connect(url) as connection:
        connection.execute("SELECT resume_after_restore(%s::uuid[])", [manifest.gone])
    report("database", 1, 1)


def _load_objects(
    archive: tarfile.TarFile, manifest: Manifest, embedded: Embedded, report: Report
) -> None:
    store, gone = _object_store(embedded.settings), set(manifest.gone)
    keys = [key for key in manifest.sha256 if key != _DATABASE]
    for done, key in enumerate(keys, 1):
        if str(object_keys.file_id_of(key)) not in gone:
            store.put(key, _open(archive, key), object_keys.media_type(key))
        report("objects", done, len(keys))


def _put_in_place(made: Path, folder: DataFolder) -> None:
    """Replace the folder; what it held before goes only when the new one is in its place."""
    before = folder.path.with_name(f".{folder.path.name}.replaced")
    shutil.rmtree(before, ignore_errors=True)
    folder.path.rename(before)
    made.rename(folder.path)
    shutil.rmtree(before, ignore_errors=True)


def _run_postgres(
    program: str, url: str, options: Sequence[str], output: IO[bytes] | int = subprocess.DEVNULL
) -> None:
    """Run one of PostgreSQL's programs on a database; the password is not in its command."""
    parts = urlsplit(url)
    done = subprocess.run(
        [
            postgres.binary(program),
            f"--host={parts.hostname}",
            f"--port={parts.port}",
            f"--username={parts.username}",
            "--no-password",
            f"--dbname={parts.path.removeprefix('/')}",
            *options,
        ],
        env={**os.environ, "PGPASSWORD": parts.password or "", "PGSSLMODE": "disable"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise BackupError(f"{program} failed: {said}")


def _object_store(services: dict[str, str]) -> "ObjectStore":
    from lector.runtime.object_store import ObjectStore  # noqa: PLC0415 - it imports boto3

    return ObjectStore(settings.load(settings.Objects, services))


def _migrations() -> dict[str, str]:
    """The names of this version's migrations, by their numbers."""
    names = [path.stem for path in (checkout() / "migrations").glob("*.sql")]
    return {name.partition("_")[0]: name for name in names}


def _scalars(connection: "psycopg.Connection[Any]", query: str, *parameters: object) -> list[Any]:
    return [value for (value,) in connection.execute(query.encode(), parameters or None)]


def _open(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    content = archive.extractfile(name)
    if content is None:
        raise BackupError(f"the backup is damaged: {name} is no file")
    return content


def _sha256(archive: tarfile.TarFile, name: str) -> str:
    digest, content = hashlib.sha256(), _open(archive, name)
    while chunk := content.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()
