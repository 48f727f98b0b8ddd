"""Files as they are kept, and as the API shows them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeVar
from uuid import UUID

from msgspec import Meta

from functions.upload.answers import Output, Time, Usage, Waiting, from_row, usage_of, waiting_of
from functions.upload.files import file_warnings
from functions.upload.files.file_warnings import FileWarning
from lector.domain import pending_work
from lector.domain.failure_codes import FailureCode
from lector.domain.states import OnDoubt, TextLayerUse, VerifyUse
from lector.runtime import queries, settings
from lector.telemetry import tracing


class FileStatus(StrEnum):
    """What becomes of a file.

    announced: its bytes are awaited. uploaded: waits to be opened. reading: pages are on their
    way. completed: every page read. incomplete: finished, some pages failed. failed: nothing
    could be read. cancelled: somebody stopped it.
    """

    ANNOUNCED = "announced"
    UPLOADED = "uploaded"
    READING = "reading"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class StoredFile(pending_work.UploadedFile):
    """A file with the progress of its pages."""

    folder: str | None
    page_selection: str | None
    prompt: str | None
    model: str | None
    language: str | None
    text_layer: str | None
    describe: bool
    verify: str | None
    on_doubt: str | None
    reader: str | None
    max_cost_usd: float | None
    spent_usd: float | None
    media_type: str | None
    upload_id: str | None
    status: str
    generation: int
    page_count: int | None
    warning: str | None
    error_code: str | None
    error: str | None
    created_at: datetime
    uploaded_at: datetime | None
    begun_at: datetime | None
    opened_at: datetime | None
    finished_at: datetime | None
    delete_at: datetime | None
    traceparent: str | None
    pages_total: int
    pages_pending: int
    pages_rendered: int
    pages_read: int
    pages_failed: int
    pages_doubted: int
    pages_corrected: int
    waiting_for: str | None
    waiting_code: str | None
    waiting_since: datetime | None
    files_ahead: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None


_sql = queries.load(__file__)
CREATE_FILES = _sql.scalar("create_files", UUID)
CONFIRM_FILES = _sql.scalar("confirm_files", UUID)
REFUSE_FILES = _sql.scalar("refuse_files", UUID)
FILES_BY_ID = _sql.rows("files_by_id", StoredFile)


class Progress(Output, frozen=True):
    """Pages by state. `rendered` counts all that have an image, also those read."""

    total: int
    pending: int
    rendered: int
    read: int
    failed: int
    doubted: Annotated[int, Meta(description="Of those that have a text, how many have a doubt.")]
    corrected: Annotated[
        int, Meta(description="How many have a text that a person wrote, or found right.")
    ]


class File(Output, frozen=True, kw_only=True):
    """A file with its progress."""

    id: UUID
    name: str
    folder: Annotated[
        str | None,
        Meta(description="Where it was for whoever uploaded it; null if nobody said so."),
    ]
    size_bytes: int
    sha256: Annotated[
        str | None,
        Meta(description="Of the original: as it was announced, else as it was found at opening."),
    ]
    pages: Annotated[str | None, Meta(description="Those that were asked for; null for all.")]
    prompt: str | None
    model: str | None
    language: str | None
    text_layer: Annotated[
        TextLayerUse | None,
        Meta(description="What was asked for; null: what is usual here (TEXT_LAYER)."),
    ]
    describe: bool
    verify: Annotated[
        VerifyUse | None,
        Meta(description="What was asked for; null: as the reader, or VERIFY, has it."),
    ]
    on_doubt: Annotated[
        OnDoubt | None, Meta(description="What was asked for; null: as the reader has it.")
    ]
    reader: Annotated[
        str | None, Meta(description="The reader that was chosen by name; null: the default one.")
    ]
    max_cost_usd: Annotated[
        float | None,
        Meta(description="What reading it may cost at most; null: whatever it takes."),
    ]
    spent_usd: Annotated[
        float | None,
        Meta(
            description="What all reading of it has cost so far, also of texts that are no longer"
            " shown and of answers that were refused; null if nothing was paid for."
        ),
    ]
    media_type: Annotated[
        str | None, Meta(description="By its content; null until somebody has looked.")
    ]
    status: FileStatus
    generation: Annotated[
        int, Meta(description="Counts how often it was begun; a restore from a backup adds 1,000.")
    ]
    error: Annotated[str | None, Meta(description="A sentence for people.")]
    error_code: Annotated[
        str | None,
        Meta(description="A FailureCode, a ProtocolCode, or one of a function of somebody's own."),
    ]
    warning: Annotated[str | None, Meta(description="All of `warnings`, as one sentence.")]
    warnings: Annotated[
        list[FileWarning], Meta(description="What a person should know of it, by code.")
    ]
    waiting_for: Annotated[str | None, Meta(description="Why it does not go on right now.")]
    waiting: Annotated[
        Waiting | None,
        Meta(description="The same with its code, and since when; or which files are ahead."),
    ]
    page_count: Annotated[int | None, Meta(description="Of the document; null until it is opened.")]
    progress: Progress
    usage: Usage
    created_at: Time
    uploaded_at: Time | None
    begun_at: Annotated[Time | None, Meta(description="When its present generation began.")]
    opened_at: Time | None
    finished_at: Time | None
    delete_at: Annotated[
        Time | None,
        Meta(
            description="When it is deleted by itself, with original, images and texts; null: when"
            " somebody deletes it."
        ),
    ]
    trace_id: Annotated[
        str | None,
        Meta(description="The trace of its way (W3C Trace Context); null where none is recorded."),
    ]
    trace_url: Annotated[str | None, Meta(description="Where that trace is shown.")]


class UploadTarget(Output, frozen=True):
    """How the bytes are to be sent; good for one PUT."""

    method: str
    url: str
    headers: dict[str, str]
    expires_in_s: int


class AnnouncedFile(File, frozen=True, kw_only=True):
    """A file whose bytes are awaited."""

    upload: UploadTarget


AnyFile = TypeVar("AnyFile", bound=File)


def to_answer(file: StoredFile, kind: type[AnyFile] = File, **more: object) -> AnyFile:  # type: ignore[assignment]
    """A file as the API shows it."""
    trace_id = tracing.trace_id(file.traceparent)
    return from_row(
        kind,
        file,
        pages=file.page_selection,
        progress=Progress(
            file.pages_total,
            file.pages_pending,
            file.pages_rendered,
            file.pages_read,
            file.pages_failed,
            file.pages_doubted,
            file.pages_corrected,
        ),
        usage=usage_of(file),
        warnings=file_warnings.parse(file.warning),
        waiting=waiting_of(file) or _behind(file),
        trace_id=trace_id,
        trace_url=_trace_url(file.id, trace_id),
        **more,
    )


def _behind(file: StoredFile) -> Waiting | None:
    ahead = file.files_ahead
    if not ahead:
        return None
    detail = f"behind {ahead} {'file' if ahead == 1 else 'files'} of yours"
    return Waiting(FailureCode.BEHIND_FILES, detail, file.begun_at, ahead)


def _trace_url(file_id: UUID, trace_id: str | None) -> str | None:
    """Where a file's trace is shown, if the template that says so is given."""
    url: str = settings.current(settings.TraceLinks).trace_url_template
    if not url or ("{trace_id}" in url and trace_id is None):
        return None
    return url.replace("{file_id}", str(file_id)).replace("{trace_id}", trace_id or "")
