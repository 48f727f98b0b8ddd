"""The way of a file's bytes: announced, stored, confirmed."""

from collections.abc import Sequence
from typing import BinaryIO
from uuid import UUID

from msgspec import structs
from opentelemetry import trace

from functions.upload.authentication import Caller
from functions.upload.errors import ApiError, NoSuchFile
from functions.upload.files import idempotency, multipart, quotas, reader_choice, wakeup
from functions.upload.files.file_model import (
    CONFIRM_FILE,
    CREATE_FILE,
    FILES_BY_ID,
    REFUSE_FILE,
    StoredFile,
    UploadTarget,
)
from functions.upload.files.idempotency import Key
from functions.upload.files.options import NewFile
from functions.upload.files.wakeup import Work
from functions.upload.problem_codes import ProblemCode
from lector.contracts import Failure, FileFailed
from lector.domain import object_keys, originals, outbox, pending_work
from lector.domain.failure_codes import FailureCode
from lector.domain.originals import Original
from lector.domain.unsupported import Unsupported
from lector.runtime import database, events, failpoints, object_store, settings
from lector.runtime.database import Connection
from lector.telemetry import tracing


def announce(caller: Caller, new: Sequence[NewFile], key: Key | None) -> list[StoredFile]:
    """Write down files whose bytes are still to come; once, if they come with a key.

    Raises:
        ApiError: what the tenant or the token may store, or have read on a day, is used up.

    """
    tenant = caller.tenant
    with database.transaction() as connection:
        ids = idempotency.once(connection, key, lambda: _create(connection, caller, new))
        files = {file.id: file for file in FILES_BY_ID.all(connection, ids=ids, tenant=tenant)}
    if len(files) < len(ids):
        detail = "a file that this Idempotency-Key made was deleted; choose a new one"
        raise ApiError(422, ProblemCode.IDEMPOTENCY_KEY_REUSED, detail)
    if len(ids) == 1:
        trace.get_current_span().set_attribute(tracing.FILE_ID, str(ids[0]))
    if ids:
        wakeup.wake(*(Work(one.reader, one.verify) for one in new), announced=max(ids))
    return [files[file_id] for file_id in ids]


def _create(connection: Connection, caller: Caller, new: Sequence[NewFile]) -> list[UUID]:
    quotas.check(connection, caller, new)
    keep_s = _config().unconfirmed_keep_h * 3600
    return [
        file_id
        for file in new
        for file_id in CREATE_FILE.all(
            connection,
            tenant=caller.tenant,
            keep_s=keep_s,
            traceparent=_traceparent(alone=len(new) == 1),
            reader_warning=reader_choice.warning(file.reader, file, file.language, file.on_doubt),
            token_id=caller.token_id,
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
            object_keys.original_key(file.id), file.size_bytes, originals.STORED_TYPE
        ),
        headers={
            "Content-Type": originals.STORED_TYPE,
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
        kind = originals.identify(_beginning(file))
        if isinstance(kind, Unsupported):
            _refuse(file, kind)
        else:
            _start(file, kind)
        file = find(tenant, file_id)
    if file.error_code == FailureCode.UNSUPPORTED_TYPE and file.uploaded_at is None:
        raise unsupported_type(file.error or FailureCode.UNSUPPORTED_TYPE.sentence)
    return file


def _start(file: StoredFile, kind: Original | None) -> None:
    wakeup.wake(Work(file.reader, file.verify))  # the bytes may have taken their time
    with tracing.continue_file_trace(file.traceparent), database.transaction() as connection:
        confirmed = CONFIRM_FILE.one(
            connection,
            file_id=file.id,
            media_type=kind and kind.media_type,
            sweep_after_s=_config().sweep_after_s,
        )
        if confirmed:
            pending_work.announce_upload(connection, file, file.generation, str(file.id), "upload")
    failpoints.passed("upload.confirmed")


def _refuse(file: StoredFile, kind: Unsupported) -> None:
    """Turn a file into a visible failure, and let go of its bytes, of which nothing can be made.

    Whoever confirms it again is told the same, also if the first answer was lost.
    """
    code, detail = FailureCode.UNSUPPORTED_TYPE, kind.sentence()
    with tracing.continue_file_trace(file.traceparent), database.transaction() as connection:
        if REFUSE_FILE.one(connection, file_id=file.id, code=code, detail=detail):
            failure = Failure(code=code, detail=detail)
            failed = FileFailed(generation=file.generation, failure=failure)
            event = events.event(f"{file.id} refused", file.id, failed, "upload")
            outbox.announce(connection, [event])
    object_store.store().remove([object_keys.original_key(file.id)])


def unsupported_type(detail: str) -> ApiError:
    """The refusal of a file that is nothing that Lector reads."""
    return ApiError(415, FailureCode.UNSUPPORTED_TYPE, detail)


def receive(
    caller: Caller, sent: Sequence[tuple[NewFile, BinaryIO]], key: Key | None
) -> list[StoredFile]:
    """Announce, store and confirm in one go; said again with its key, go on where it ended."""
    files = announce(caller, [new for new, _ in sent], key)
    for file, (_, stream) in zip(files, sent, strict=True):
        if file.status == "announced":
            object_store.store().put(
                object_keys.original_key(file.id), stream, originals.STORED_TYPE
            )
            failpoints.passed("upload.stored")
    return [confirm(caller.tenant, file.id) for file in files]


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


def _beginning(file: StoredFile) -> bytes:
    """The first bytes of a file that has arrived as a whole; 409 if it has not."""
    key, store = object_keys.original_key(file.id), object_store.store()
    try:
        try:
            head, stored = store.beginning(key, originals.HEAD_BYTES)
        except object_store.ObjectMissing:
            multipart.complete(file, key)
            head, stored = store.beginning(key, originals.HEAD_BYTES)
    except object_store.ObjectMissing:
        raise ApiError(
            409,
            ProblemCode.NOT_UPLOADED,
            "the file's bytes have not arrived; PUT them to the upload URL first",
        ) from None
    if stored != file.size_bytes:
        detail = f"{file.size_bytes} bytes were announced, but {stored} are stored"
        raise ApiError(409, ProblemCode.SIZE_MISMATCH, detail)
    return head
