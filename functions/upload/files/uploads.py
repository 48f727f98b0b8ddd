"""The way of files' bytes: announced, stored, confirmed; one file, or a thousand in one go."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from opentelemetry import trace

from functions.upload.authentication import Caller
from functions.upload.errors import ApiError, NoSuchFile
from functions.upload.files import (
    idempotency,
    keeping,
    quotas,
    reader_choice,
    same_readings,
    stored_bytes,
    wakeup,
)
from functions.upload.files.file_model import (
    CONFIRM_FILES,
    CREATE_FILES,
    FILES_BY_ID,
    REFUSE_FILES,
    AnnouncedFile,
    StoredFile,
    UploadTarget,
    to_answer,
)
from functions.upload.files.idempotency import Key
from functions.upload.files.options import NewFile
from functions.upload.files.same_readings import Found
from functions.upload.files.stored_bytes import Kind, SentBytes
from functions.upload.files.wakeup import Work
from functions.upload.problem_codes import ProblemCode
from lector.contracts import Failure, FileFailed, FileUploaded
from lector.domain import carried_text, object_keys, originals, outbox, pending_work
from lector.domain.failure_codes import FailureCode
from lector.domain.originals import Original
from lector.domain.states import TextLayerUse
from lector.domain.unsupported import Unsupported
from lector.runtime import database, events, failpoints, object_store, settings
from lector.runtime.database import Connection
from lector.runtime.events import Event
from lector.telemetry import tracing

#: A file, or why there is none, or why it is not confirmed.
Outcome = StoredFile | ApiError
#: The same of one that somebody asked for, in whose place one of before may be.
Made = Outcome | Found


@dataclass(frozen=True)
class SentFile:
    """A file whose bytes came with its announcement, and what it is by its first ones."""

    new: NewFile
    content: BinaryIO
    kind: Original | None


def announce(caller: Caller, new: Sequence[NewFile], key: Key | None) -> list[Made]:
    """Write down files whose bytes are still to come; once, if they come with a key.

    Those that need not be read `again` are found instead, if they were before. Of those that the
    key made before, the ones that were deleted since are refused.

    Raises:
        ApiError: what the tenant or the token may store, or have read on a day, is used up, or the
            key was used for something else.

    """
    tenant = caller.tenant
    with database.transaction() as connection:
        asked_at = same_readings.lock(connection, caller, new)
        ids, made_at = idempotency.once(connection, key, lambda: _create(connection, caller, new))
        files = {file.id: file for file in FILES_BY_ID.all(connection, ids=ids, tenant=tenant)}
    if len(ids) != len(new):
        detail = (
            "of what came with this Idempotency-Key other files fit than then; choose a new one"
        )
        raise ApiError(422, ProblemCode.IDEMPOTENCY_KEY_REUSED, detail)
    if len(ids) == 1:
        trace.get_current_span().set_attribute(tracing.FILE_ID, str(ids[0]))
    if ids:
        wakeup.wake(*{Work(one.reader, one.verify) for one in new}, announced=min(ids))
    return [
        _announced(files.get(file_id), one, made_at or asked_at)
        for file_id, one in zip(ids, new, strict=True)
    ]


def _announced(file: StoredFile | None, new: NewFile, asked_at: datetime | None) -> Made:
    if file is None:
        return _deleted()
    return Found(file) if same_readings.was_found(file, new, asked_at) else file


def _deleted() -> ApiError:
    detail = "a file that this Idempotency-Key made was deleted; choose a new one"
    return ApiError(422, ProblemCode.IDEMPOTENCY_KEY_REUSED, detail)


def _create(connection: Connection, caller: Caller, new: Sequence[NewFile]) -> list[UUID]:
    return same_readings.find_or_create(
        connection, caller, new, _keep_s(), lambda made: _create_all(connection, caller, made)
    )


def _create_all(connection: Connection, caller: Caller, new: Sequence[NewFile]) -> list[UUID]:
    quotas.check(connection, caller, new)
    if not new:
        return []
    alone = len(new) == 1
    return CREATE_FILES.all(
        connection,
        tenant=caller.tenant,
        token_id=caller.token_id,
        keep_s=_keep_s(),
        names=[file.name for file in new],
        folders=[file.folder for file in new],
        sizes=[file.size_bytes for file in new],
        sha256s=[file.sha256 for file in new],
        pages=[file.pages for file in new],
        prompts=[file.prompt for file in new],
        models=[file.model for file in new],
        languages=[file.language for file in new],
        text_layers=[file.text_layer for file in new],
        describes=[file.describe for file in new],
        verifies=[file.verify for file in new],
        on_doubts=[file.on_doubt for file in new],
        readers=[file.reader for file in new],
        reader_warnings=[
            reader_choice.warning(file.reader, file, file.language, file.on_doubt) for file in new
        ],
        ceilings=[file.max_cost_usd for file in new],
        readings=[same_readings.reading_sha256(file) for file in new],
        traceparents=[_traceparent(alone=alone) for _ in new],
        kept_days=keeping.days_of(connection, caller.tenant, new),
    )


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


def to_announced(file: StoredFile) -> AnnouncedFile:
    """A file as the API shows it while its bytes are awaited."""
    return to_answer(file, AnnouncedFile, upload=target(file))


def receive(caller: Caller, sent: Sequence[SentFile], key: Key | None) -> list[Made]:
    """Announce, store and confirm in one go; said again with its key, go on where it ended."""
    announced = announce(caller, [one.new for one in sent], key)
    begun = [
        (file, one)
        for file, one in zip(announced, sent, strict=True)
        if isinstance(file, StoredFile) and file.status == "announced"
    ]
    stored_bytes.put(SentBytes(file.id, one.content, file.size_bytes) for file, one in begun)
    known = {file.id: one.kind for file, one in begun}
    ids = [file.id for file in announced if isinstance(file, StoredFile)]
    confirmed = iter(confirm(caller.tenant, ids, known))
    return [next(confirmed) if isinstance(file, StoredFile) else file for file in announced]


def confirm(
    tenant: str, file_ids: Sequence[UUID], known: Mapping[UUID, Original | None] | None = None
) -> list[Outcome]:
    """Start the work on files whose bytes lie complete; repeating it changes nothing.

    `known` says what those are whose bytes this process has just stored: nobody looks at them.
    """
    files = _find(tenant, file_ids)
    kinds: dict[UUID, Kind | ApiError] = dict(known or {})
    awaited = [file for file in files.values() if file.status == "announced"]
    unseen = [file for file in awaited if file.id not in kinds]
    kinds.update(zip((file.id for file in unseen), stored_bytes.kinds(unseen), strict=True))
    there = [file for file in awaited if not isinstance(kinds[file.id], ApiError)]
    if there:
        _settle(there, kinds)
        files |= _find(tenant, [file.id for file in there])
    return [_outcome(file_id, files.get(file_id), kinds.get(file_id)) for file_id in file_ids]


def _outcome(file_id: UUID, file: StoredFile | None, kind: Kind | ApiError) -> Outcome:
    if file is None:
        return NoSuchFile(file_id)
    if file.status == "cancelled":
        return ApiError(409, FailureCode.CANCELLED, "the file was cancelled; upload it again")
    if file.error_code == FailureCode.UNSUPPORTED_TYPE and file.uploaded_at is None:
        return unsupported_type(file.error or FailureCode.UNSUPPORTED_TYPE.sentence)
    return kind if isinstance(kind, ApiError) else file


def _settle(files: Sequence[StoredFile], kinds: Mapping[UUID, Kind | ApiError]) -> None:
    """Start the work on files, and turn those that Lector does not read into visible failures.

    Of those nothing can be made, so their bytes are let go of. Whoever confirms them again is told
    the same, also if the first answer was lost.
    """
    refused = [file for file in files if isinstance(kinds[file.id], Unsupported)]
    taken = [file for file in files if not isinstance(kinds[file.id], Unsupported)]
    if taken:  # their bytes may have taken their time
        wakeup.wake(*{_work(file, kinds[file.id]) for file in taken})
    only = files[0].traceparent if len(files) == 1 else None
    with tracing.continue_file_trace(only), database.transaction() as connection:
        news = [*_start(connection, taken, kinds), *_refuse(connection, refused, kinds)]
        outbox.announce(connection, news)
    failpoints.passed("upload.confirmed")
    stored_bytes.remove(file.id for file in refused)


def _work(file: StoredFile, kind: Kind | ApiError) -> Work:
    is_image = isinstance(kind, Original) and kind.is_image
    has_text = not is_image and file.text_layer != TextLayerUse.NEVER
    return Work(file.reader, file.verify, has_text)


def _start(
    connection: Connection, files: Collection[StoredFile], kinds: Mapping[UUID, Kind | ApiError]
) -> list[Event[Any]]:
    if not files:
        return []
    found = [kinds[file.id] for file in files]
    confirmed = CONFIRM_FILES.all(
        connection,
        ids=[file.id for file in files],
        media_types=[kind.media_type if isinstance(kind, Original) else None for kind in found],
        sweep_after_s=_config().sweep_after_s,
    )
    news: list[Event[Any]] = []
    for file in files:
        if file.id in set(confirmed):
            with tracing.continue_file_trace(file.traceparent):
                news.append(_uploaded(file))
    return news


def _uploaded(file: StoredFile) -> Event[FileUploaded]:
    """What announces a file, as it is read first; later `register` says whose texts are wanted."""
    own_way = file.prompt or file.model or file.describe or file.reader
    usual = settings.current(settings.TextLayers).text_layer
    text_layer = TextLayerUse.NEVER if own_way else file.text_layer or usual
    verify = settings.current(settings.Verification).verify
    unwanted = not carried_text.is_wanted(text_layer, file.verify, file.reader, verify)
    return pending_work.upload_event(
        file, file.generation, str(file.id), "upload", text_unwanted=unwanted
    )


def _refuse(
    connection: Connection, files: Collection[StoredFile], kinds: Mapping[UUID, Kind | ApiError]
) -> list[Event[Any]]:
    details = {
        file.id: kind.sentence()
        for file in files
        if isinstance(kind := kinds[file.id], Unsupported)
    }
    if not details:
        return []
    code = FailureCode.UNSUPPORTED_TYPE
    refused = REFUSE_FILES.all(
        connection, ids=list(details), details=list(details.values()), code=code
    )
    news: list[Event[Any]] = []
    for file in files:
        if file.id in set(refused):
            failure = Failure(code=code, detail=details[file.id])
            failed = FileFailed(generation=file.generation, failure=failure)
            with tracing.continue_file_trace(file.traceparent):
                news.append(events.event(f"{file.id} refused", file.id, failed, "upload"))
    return news


def unsupported_type(detail: str) -> ApiError:
    """The refusal of a file that is nothing that Lector reads."""
    return ApiError(415, FailureCode.UNSUPPORTED_TYPE, detail)


def find(tenant: str, file_id: UUID) -> StoredFile:
    """The file; 404 if the tenant has none of this id."""
    files = _find(tenant, [file_id])
    if not files:
        raise NoSuchFile(file_id)
    return files[file_id]


def _find(tenant: str, file_ids: Sequence[UUID]) -> dict[UUID, StoredFile]:
    with database.transaction() as connection:
        found = FILES_BY_ID.all(connection, ids=list(file_ids), tenant=tenant)
    return {file.id: file for file in found}


def _keep_s() -> float:
    """How long bytes are awaited, in seconds."""
    return float(_config().unconfirmed_keep_h * 3600)


def _config() -> settings.Ledger:
    ledger: settings.Ledger = settings.current(settings.Ledger)
    return ledger
