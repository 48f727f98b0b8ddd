"""The way of a file's bytes: announced, stored, confirmed."""

import os
from typing import IO
from uuid import UUID

import wakeup
from checks import BadRequest, NewFile, checked_size
from files import CONFIRM_FILE, CREATE_FILE, FILES_BY_ID, File
from lector import database, failpoints, keys, objects, settings, unfinished


def announce(new: NewFile) -> File:
    """Write down a file whose bytes are still to come."""
    with database.transaction() as connection:
        [created] = CREATE_FILE.all(
            connection,
            name=new.name,
            size_bytes=new.size_bytes,
            page_selection=new.pages,
            keep_s=_config().unconfirmed_keep_h * 3600,
        )
        [file] = FILES_BY_ID.all(connection, ids=[created.id])
    wakeup.wake(announced=file.id)
    return file


def target(file: File) -> dict[str, object]:
    """Where and how the announced bytes are to be PUT: this key, this length, for a short while."""
    store = objects.store()
    return {
        "method": "PUT",
        "url": store.presigned_put(keys.original_key(file.id), file.size_bytes),
        "headers": {
            "Content-Type": objects.PDF,
            "Content-Length": str(file.size_bytes),
            "If-None-Match": "*",
        },
        "expires_in_s": store.url_lifetime_s,
    }


def confirm(file_id: UUID) -> File:
    """Start the work on a file whose bytes lie complete; repeating it changes nothing."""
    file = found(file_id)
    if file.status == "cancelled":
        raise BadRequest("cancelled", "the file was cancelled; upload it again", 409)
    if file.status == "announced":
        _check_stored(file)
        wakeup.wake()  # the bytes may have taken their time
        with database.transaction() as connection:
            if CONFIRM_FILE.one(connection, file_id=file.id, sweep_after_s=_config().sweep_after_s):
                unfinished.announce_upload(
                    connection,
                    file.id,
                    file.generation,
                    file.name,
                    file.size_bytes,
                    str(file.id),
                    "upload",
                )
        failpoints.passed("upload.confirmed")
    return found(file_id)


def receive(stream: IO[bytes], name: str, pages: str | None) -> File:
    """Announce, store and confirm in one go."""
    limit = settings.current(settings.Limits).max_file_bytes
    size = checked_size(stream.seek(0, os.SEEK_END), limit)
    stream.seek(0)
    file = announce(NewFile(name, size, pages))
    objects.store().put(keys.original_key(file.id), stream, objects.PDF)
    failpoints.passed("upload.stored")
    return confirm(file.id)


def found(file_id: UUID) -> File:
    """The file; 404 if there is none."""
    with database.transaction() as connection:
        files = FILES_BY_ID.all(connection, ids=[file_id])
    if not files:
        raise BadRequest("no_such_file", f"there is no file {file_id}", 404)
    return files[0]


def _config() -> settings.Ledger:
    ledger: settings.Ledger = settings.current(settings.Ledger)
    return ledger


def _check_stored(file: File) -> None:
    try:
        stored = objects.store().size(keys.original_key(file.id))
    except objects.ObjectMissing:
        raise BadRequest(
            "not_uploaded",
            "the file's bytes have not arrived; PUT them to the upload URL first",
            409,
        ) from None
    if stored != file.size_bytes:
        detail = f"{file.size_bytes} bytes were announced, but {stored} are stored"
        raise BadRequest("size_mismatch", detail, 409)
