"""Backup of a data folder: one file, made while Lector runs.

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

import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import lector
from lector.domain import object_keys
from lector.local import backup_file, postgres
from lector.local.backup_file import (
    DATABASE,
    FORMAT,
    REPORT_KEY,
    Archive,
    BackupError,
    Manifest,
    Report,
)
from lector.local.data_folder import DataFolder
from lector.local.services import Embedded
from lector.runtime import settings

if TYPE_CHECKING:
    import psycopg

    from lector.runtime.object_store import ObjectStore

_AT_ONCE = 4


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

    The file appears when it is complete. It holds all texts, the secrets of webhooks, and the key
    with which reports are signed: only its owner may read it.

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
                manifest = _write(Archive(archive), folder, services, Path(work), report)
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


def _write(
    archive: Archive, folder: DataFolder, services: dict[str, str], work: Path, report: Report
) -> Manifest:
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    url = services["DATABASE_URL"]
    report("database", 0, 1)
    snapshot = _dump(url, work / DATABASE)
    archive.add(DATABASE, work / DATABASE)
    (work / DATABASE).unlink()
    report("database", 1, 1)
    if folder.report_key_file.exists():  # there is none where this version never ran
        archive.add(REPORT_KEY, folder.report_key_file)
    store = _object_store(services)
    listed = [
        k for k in store.keys(object_keys.FILES) if object_keys.file_id_of(k) in snapshot.files
    ]
    copied = set(_copy_objects(archive, store, listed, work, report))
    gone = snapshot.files - _living(url, snapshot.files)
    missing = [k for k in snapshot.named - copied if object_keys.file_id_of(k) not in gone]
    manifest = Manifest(
        format=FORMAT,
        version=lector.__version__,
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
            postgres.run_client("pg_dump", url, dumping, output)
        newest = _scalars(connection, "SELECT max(version) FROM schema_migrations")[0]
        return _Snapshot(
            migration=backup_file.known_migrations().get(newest, newest),
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
    archive: Archive, store: "ObjectStore", keys: Sequence[str], work: Path, report: Report
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


def _scalars(connection: "psycopg.Connection[Any]", query: str, *parameters: object) -> list[Any]:
    return [value for (value,) in connection.execute(query.encode(), parameters or None)]


def _object_store(services: dict[str, str]) -> "ObjectStore":
    from lector.runtime.object_store import ObjectStore  # noqa: PLC0415 - it imports boto3

    return ObjectStore(settings.load(settings.Objects, services))
