"""The way of a file's bytes: announced, stored, confirmed."""

import os
from typing import IO
from uuid import UUID

from checks import BadRequest, NewFile, checked_size
from files import CONFIRM_FILE, CREATE_FILE, FILES_BY_ID, File
from lector import database, events, objects, outbox, settings
from lector.contracts import FileUploaded


def announce(new: NewFile) -> File:
    """Write down a file whose bytes are still to come."""
    with database.transaction() as connection:
        [created] = CREATE_FILE.all(
            connection, name=new.name, size_bytes=new.size_bytes, page_selection=new.pages
        )
        [file] = FILES_BY_ID.all(connection, ids=[created.id])
    return file


def target(file: File) -> dict[str, object]:
    """Where and how the announced bytes are to be PUT: this key, this length, for a short while."""
    store = objects.store()
    return {
        "method": "PUT",
        "url": store.presigned_put(objects.original_key(file.id), file.size_bytes),
        "headers": {"Content-Type": objects.PDF, "Content-Length": str(file.size_bytes)},
        "expires_in_s": store.url_lifetime_s,
    }


def confirm(file_id: UUID) -> File:
    """Start the work on a file whose bytes lie complete; repeating it changes nothing."""
    file = found(file_id)
    if file.status == "announced":
        _check_stored(file)
        with database.transaction() as connection:
            if CONFIRM_FILE.one(connection, file_id=file.id):
                outbox.announce(connection, [_uploaded(file)])
    return found(file_id)


def receive(stream: IO[bytes], name: str, pages: str | None) -> File:
    """Announce, store and confirm in one go."""
    limit = settings.current(settings.Limits).max_file_bytes
    size = checked_size(stream.seek(0, os.SEEK_END), limit)
    stream.seek(0)
    file = announce(NewFile(name, size, pages))
    objects.store().put(objects.original_key(file.id), stream, objects.PDF)
    return confirm(file.id)


def found(file_id: UUID) -> File:
    """The file; 404 if there is none."""
    with database.transaction() as connection:
        files = FILES_BY_ID.all(connection, ids=[file_id])
    if not files:
        raise BadRequest("no_such_file", f"there is no file {file_id}", 404)
    return files[0]


def _check_stored(file: File) -> None:
    try:
        stored = objects.store().size(objects.original_key(file.id))
    except objects.ObjectMissing:
        raise BadRequest(
            "not_uploaded",
            "the file's bytes have not arrived; PUT them to the upload URL first",
            409,
        ) from None
    if stored != file.size_bytes:
        detail = f"{file.size_bytes} bytes were announced, but {stored} are stored"
        raise BadRequest("size_mismatch", detail, 409)


def _uploaded(file: File) -> events.Event[FileUploaded]:
    uploaded = FileUploaded(
        generation=file.generation,
        object_key=objects.original_key(file.id),
        name=file.name,
        size_bytes=file.size_bytes,
    )
    return events.event(str(file.id), file.id, uploaded, "upload")
