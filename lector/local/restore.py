"""Restore of a backup into a fresh data folder, which takes its place when it is complete."""

import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lector.domain import object_keys
from lector.local import backup_file, data_folder, postgres
from lector.local.backup_file import (
    DATABASE,
    NO_OBJECTS,
    REPORT_KEY,
    BackupError,
    Manifest,
    Report,
)
from lector.local.data_folder import DataFolder
from lector.local.services import Embedded
from lector.runtime import settings


def restore(source: Path, folder: DataFolder, report: Report, *, replace: bool) -> Manifest:
    """Make a data folder of a backup; nothing runs on it afterwards.

    It is made beside the folder's place and put there when it is complete. A folder in which there
    is anything is left alone, unless it is to be replaced: then it goes at the very end.

    Raises:
        BackupError: the backup is damaged or of a newer Lector, or the folder is not empty.
        StackError: another stack uses the folder, or PostgreSQL or S3 cannot be started.

    """
    _check_target(folder, replace=replace)
    manifest = backup_file.verify(source, report)
    with _locked(folder):
        made = DataFolder(folder.path.with_name(f".{folder.path.name}.restoring"))
        shutil.rmtree(made.path, ignore_errors=True)
        try:
            with made.in_use(), tarfile.open(source, "r:") as archive:
                embedded = Embedded.in_folder(made)
                with embedded.storage_running(made):
                    _load_database(archive, manifest, embedded, made.path, report)
                    _load_objects(archive, manifest, embedded, report)
                if REPORT_KEY in manifest.sha256:
                    key = backup_file.open_member(archive, REPORT_KEY).read().decode()
                    data_folder.write_private(made.report_key_file, key)
            _put_in_place(made.path, folder)
        finally:
            shutil.rmtree(made.path, ignore_errors=True)
    return manifest


@contextmanager
def _locked(folder: DataFolder) -> Iterator[None]:
    """Keep other stacks off a folder; one that was empty before is gone again after a failure."""
    was_empty = folder.is_empty()
    with folder.in_use():
        try:
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
    dump = work / DATABASE
    with dump.open("wb") as target:
        shutil.copyfileobj(backup_file.open_member(archive, DATABASE), target)
    loading = ["--no-owner", "--exit-on-error", "--single-transaction", str(dump)]
    postgres.run_client("pg_restore", url, loading)
    dump.unlink()
    embedded.migrate()
    with psycopg.connect(url) as connection:
        connection.execute("SELECT resume_after_restore(%s::uuid[])", [manifest.gone])
    report("database", 1, 1)


def _load_objects(
    archive: tarfile.TarFile, manifest: Manifest, embedded: Embedded, report: Report
) -> None:
    # Imported here, as most commands store nothing: boto3 alone takes 0.2 s.
    from lector.runtime.object_store import ObjectStore  # noqa: PLC0415

    store = ObjectStore(settings.load(settings.Objects, embedded.settings))
    gone = set(manifest.gone)
    keys = [key for key in manifest.sha256 if key not in NO_OBJECTS]
    report("objects", 0, len(keys))
    for done, key in enumerate(keys, 1):
        if str(object_keys.file_id_of(key)) not in gone:
            store.put(key, backup_file.open_member(archive, key), object_keys.media_type(key))
        report("objects", done, len(keys))


def _put_in_place(made: Path, folder: DataFolder) -> None:
    """Replace the folder; what it held before goes only when the new one is in its place."""
    before = folder.path.with_name(f".{folder.path.name}.replaced")
    shutil.rmtree(before, ignore_errors=True)
    folder.path.rename(before)
    made.rename(folder.path)
    shutil.rmtree(before, ignore_errors=True)
