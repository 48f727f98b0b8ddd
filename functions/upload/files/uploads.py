"""The way of a file's bytes: announced, stored, confirmed."""

from collections.abc import Sequence
from typing import IO
from uuid import UUID

from opentelemetry import trace

from functions.upload.files import idempotency, multipart, wakeup
from functions.upload.files.changes import NoSuchFile
from functions.upload.files.file_model import CONFIRM_FILE, CREATE_FILE, FILES_BY_ID, File
from functions.upload.files.idempotency import Key
from functions.upload.files.options import NewFile
from functions.upload.validation import BadRequest
from lector.domain import object_keys, pending_work
from lector.runtime import database, failpoints, object_store, settings
from lector.runtime.database import Connection
from lector.telemetry import tracing


def announce(tenant: str, new: Sequence[NewFile], key: Key | None) -> list[File]:
    """Write down files whose bytes are still to come; once, if they come with a key."""
    with database.transaction() as connection:
        ids = idempotency.once(connection, key, lambda: _created(connection, tenant, new))
        files = {file.id: file for file in FILES_BY_ID.all(connection, ids=ids, tenant=tenant)}
    if len(files) < len(ids):
        detail = "a file that this Idempotency-Key made was deleted; choose a new one"
        raise BadRequest("idempotency_key_reused", detail, 422)
    if len(ids) == 1:
        trace.get_current_span().set_attribute(tracing.FILE_ID, str(ids[0]))
    if ids:
        wakeup.wake(announced=max(ids))
    return [files[file_id] for file_id in ids]


def _created(connection: Connection, tenant: str, new: Sequence[NewFile]) -> list[UUID]:
    keep_s = _config().unconfirmed_keep_h * 3600
    return [
        row.id
        for file in new
        for row in CREATE_FILE.all(
            connection,
            tenant=tenant,
            keep_s=keep_s,
            traceparent=_traceparent(alone=len(new) == 1),
            **vars(file),
        )
    ]


def _traceparent(*, alone: bool) -> str | None:
    """The trace of a file: that of the request, or its own if the request announces several."""
    if alone:
        return tracing.carried().get("traceparent")
    request = tracing.link(tracing.carried())
    with tracing.span("announce", parent={}, links=request):
        return tracing.carried().get("traceparent")


def target(file: File) -> dict[str, object]:
    """Where and how the announced bytes are to be PUT: this key, this length, for a short while."""
    store = object_store.store()
    return {
        "method": "PUT",
        "url": store.presigned_put(object_keys.original_key(file.id), file.size_bytes),
        "headers": {
            "Content-Type": object_store.PDF,
            "Content-Length": str(file.size_bytes),
            "If-None-Match": "*",
        },
        "expires_in_s": store.url_lifetime_s,
    }


def confirm(tenant: str, file_id: UUID) -> File:
    """Start the work on a file whose bytes lie complete; repeating it changes nothing."""
    file = found(tenant, file_id)
    if file.status == "cancelled":
        raise BadRequest("cancelled", "the file was cancelled; upload it again", 409)
    if file.status == "announced":
        _check_stored(file)
        wakeup.wake()  # the bytes may have taken their time
        with tracing.of_file(file.traceparent), database.transaction() as connection:
            if CONFIRM_FILE.one(connection, file_id=file.id, sweep_after_s=_config().sweep_after_s):
                pending_work.announce_upload(
                    connection, file, file.generation, str(file.id), "upload"
                )
        failpoints.passed("upload.confirmed")
    return found(tenant, file_id)


def receive(tenant: str, sent: Sequence[tuple[NewFile, IO[bytes]]], key: Key | None) -> list[File]:
    """Announce, store and confirm in one go; said again with its key, go on where it ended."""
    files = announce(tenant, [new for new, _ in sent], key)
    for file, (_, stream) in zip(files, sent, strict=True):
        if file.status == "announced":
            object_store.store().put(object_keys.original_key(file.id), stream, object_store.PDF)
            failpoints.passed("upload.stored")
    return [confirm(tenant, file.id) for file in files]


def found(tenant: str, file_id: UUID) -> File:
    """The file; 404 if the tenant has none of this id."""
    with database.transaction() as connection:
        files = FILES_BY_ID.all(connection, ids=[file_id], tenant=tenant)
    if not files:
        raise NoSuchFile(file_id)
    return files[0]


def _config() -> settings.Ledger:
    ledger: settings.Ledger = settings.current(settings.Ledger)
    return ledger


def _check_stored(file: File) -> None:
    key = object_keys.original_key(file.id)
    try:
        try:
            stored = object_store.store().size(key)
        except object_store.ObjectMissing:
            multipart.complete(file, key)
            stored = object_store.store().size(key)
    except object_store.ObjectMissing:
        raise BadRequest(
            "not_uploaded",
            "the file's bytes have not arrived; PUT them to the upload URL first",
            409,
        ) from None
    if stored != file.size_bytes:
        detail = f"{file.size_bytes} bytes were announced, but {stored} are stored"
        raise BadRequest("size_mismatch", detail, 409)
