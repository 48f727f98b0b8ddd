"""The way of a file's bytes: announced, stored, confirmed."""

from collections.abc import Sequence
from typing import BinaryIO
from uuid import UUID

from msgspec import structs
from opentelemetry import trace

from functions.upload.errors import ApiError, NoSuchFile
from functions.upload.files import idempotency, multipart, wakeup
from functions.upload.files.file_model import (
    CONFIRM_FILE,
    CREATE_FILE,
    FILES_BY_ID,
    StoredFile,
    UploadTarget,
)
from functions.upload.files.idempotency import Key
from functions.upload.files.options import NewFile
from functions.upload.problem_codes import ProblemCode
from lector.domain import object_keys, originals, pending_work
from lector.domain.failure_codes import FailureCode
from lector.runtime import database, failpoints, object_store, settings
from lector.runtime.database import Connection
from lector.telemetry import tracing


def announce(tenant: str, new: Sequence[NewFile], key: Key | None) -> list[StoredFile]:
    """Write down files whose bytes are still to come; once, if they come with a key."""
    with database.transaction() as connection:
        ids = idempotency.once(connection, key, lambda: _create(connection, tenant, new))
        files = {file.id: file for file in FILES_BY_ID.all(connection, ids=ids, tenant=tenant)}
    if len(files) < len(ids):
        detail = "a file that this Idempotency-Key made was deleted; choose a new one"
        raise ApiError(422, ProblemCode.IDEMPOTENCY_KEY_REUSED, detail)
    if len(ids) == 1:
        trace.get_current_span().set_attribute(tracing.FILE_ID, str(ids[0]))
    if ids:
        wakeup.wake(announced=max(ids))
    return [files[file_id] for file_id in ids]


def _create(connection: Connection, tenant: str, new: Sequence[NewFile]) -> list[UUID]:
    keep_s = _config().unconfirmed_keep_h * 3600
    return [
        file_id
        for file in new
        for file_id in CREATE_FILE.all(
            connection,
            tenant=tenant,
            keep_s=keep_s,
            traceparent=_traceparent(alone=len(new) == 1),
            **structs.asdict(file),
        )
    ]


def _traceparent(*, alone: bool) -> str | None:
    """The trace of a file: that of the request, or its own if the request announces several."""
    if alone:
        return tracing.current_headers().get("traceparent")
    request = tracing.link_to(tracing.current_headers())
    with tracing.span("announce", parent={}, links=request):
        return tracing.current_headers().get("traceparent")


def target(file: StoredFile) -> UploadTarget:
    """Where and how the announced bytes are to be PUT: this key, this length, for a short while."""
    store = object_store.store()
    return UploadTarget(
        method="PUT",
        url=store.presigned_put(
            object_keys.original_key(file.id), file.size_bytes, originals.PDF.media_type
        ),
        headers={
            "Content-Type": originals.PDF.media_type,
            "Content-Length": str(file.size_bytes),
            "If-None-Match": "*",
        },
        expires_in_s=store.url_lifetime_s,
    )


def confirm(tenant: str, file_id: UUID) -> StoredFile:
    """Start the work on a file whose bytes lie complete; repeating it changes nothing."""
    file = find(tenant, file_id)
    if file.status == "cancelled":
        raise ApiError(409, FailureCode.CANCELLED, "the file was cancelled; upload it again")
    if file.status == "announced":
        _check_stored(file)
        wakeup.wake()  # the bytes may have taken their time
        with tracing.continue_file_trace(file.traceparent), database.transaction() as connection:
            if CONFIRM_FILE.one(connection, file_id=file.id, sweep_after_s=_config().sweep_after_s):
                pending_work.announce_upload(
                    connection, file, file.generation, str(file.id), "upload"
                )
        failpoints.passed("upload.confirmed")
    return find(tenant, file_id)


def receive(
    tenant: str, sent: Sequence[tuple[NewFile, BinaryIO]], key: Key | None
) -> list[StoredFile]:
    """Announce, store and confirm in one go; said again with its key, go on where it ended."""
    files = announce(tenant, [new for new, _ in sent], key)
    for file, (_, stream) in zip(files, sent, strict=True):
        if file.status == "announced":
            object_store.store().put(
                object_keys.original_key(file.id), stream, originals.PDF.media_type
            )
            failpoints.passed("upload.stored")
    return [confirm(tenant, file.id) for file in files]


def find(tenant: str, file_id: UUID) -> StoredFile:
    """The file; 404 if the tenant has none of this id."""
    with database.transaction() as connection:
        files = FILES_BY_ID.all(connection, ids=[file_id], tenant=tenant)
    if not files:
        raise NoSuchFile(file_id)
    return files[0]


def _config() -> settings.Ledger:
    ledger: settings.Ledger = settings.current(settings.Ledger)
    return ledger


def _check_stored(file: StoredFile) -> None:
    key = object_keys.original_key(file.id)
    try:
        try:
            stored = object_store.store().size(key)
        except object_store.ObjectMissing:
            multipart.complete(file, key)
            stored = object_store.store().size(key)
    except object_store.ObjectMissing:
        raise ApiError(
            409,
            ProblemCode.NOT_UPLOADED,
            "the file's bytes have not arrived; PUT them to the upload URL first",
        ) from None
    if stored != file.size_bytes:
        detail = f"{file.size_bytes} bytes were announced, but {stored} are stored"
        raise ApiError(409, ProblemCode.SIZE_MISMATCH, detail)
