"""Files and their pages as the API shows them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lector.domain import pending_work
from lector.runtime import queries, settings
from lector.telemetry import tracing


@dataclass(frozen=True)
class FileId:
    """The id of a file that a statement created, changed or found."""

    id: UUID


@dataclass(frozen=True)
class FileKey:
    """A file's place in a list: its id, and by what else the list is sorted."""

    id: UUID
    key: str


@dataclass(frozen=True)
class File(pending_work.UploadedFile):
    """A file with the progress of its pages."""

    page_selection: str | None
    prompt: str | None
    model: str | None
    language: str | None
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
    traceparent: str | None
    pages_total: int
    pages_pending: int
    pages_rendered: int
    pages_read: int
    pages_failed: int
    waiting_for: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None


_sql = queries.load(__file__)
CREATE_FILE = _sql.rows("create_file", FileId)
CONFIRM_FILE = _sql.rows("confirm_file", FileId)
FILES_BY_ID = _sql.rows("files_by_id", File)
SORTED = {
    "newest": _sql.rows("newest_files", FileKey),
    "oldest": _sql.rows("oldest_files", FileKey),
    "name": _sql.rows("files_by_name", FileKey),
    "largest": _sql.rows("largest_files", FileKey),
}

STATUSES = (
    "announced",
    "uploaded",
    "reading",
    "completed",
    "incomplete",
    "failed",
    "cancelled",
)


def shown_file(file: File) -> dict[str, object]:
    """A file as JSON."""
    return {
        "id": str(file.id),
        "name": file.name,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "pages": file.page_selection,
        "prompt": file.prompt,
        "model": file.model,
        "language": file.language,
        "status": file.status,
        "generation": file.generation,
        "error": file.error,
        "error_code": file.error_code,
        "warning": file.warning,
        "waiting_for": file.waiting_for,
        "page_count": file.page_count,
        "progress": {
            "total": file.pages_total,
            "pending": file.pages_pending,
            "rendered": file.pages_rendered,
            "read": file.pages_read,
            "failed": file.pages_failed,
        },
        "usage": shown_usage(file.prompt_tokens, file.completion_tokens, file.cost_usd),
        "created_at": shown_time(file.created_at),
        "uploaded_at": shown_time(file.uploaded_at),
        "begun_at": shown_time(file.begun_at),
        "opened_at": shown_time(file.opened_at),
        "finished_at": shown_time(file.finished_at),
        **_shown_trace(file),
    }


def _shown_trace(file: File) -> dict[str, str | None]:
    """The id of a file's trace, and where it is shown, if the template that says so is given."""
    trace_id = tracing.trace_id(file.traceparent)
    template = settings.current(settings.TraceLinks).trace_url_template
    names = {"{file_id}": str(file.id), "{trace_id}": trace_id}
    known = template and not any(
        value is None and name in template for name, value in names.items()
    )
    url = template
    for name, value in names.items():
        url = url.replace(name, value or "")
    return {"trace_id": trace_id, "trace_url": url if known else None}


def shown_usage(
    prompt_tokens: int | None, completion_tokens: int | None, cost_usd: float | None
) -> dict[str, object]:
    """What texts took, as JSON."""
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "cost_usd": cost_usd,
    }


def shown_time(moment: datetime | None) -> str | None:
    """A moment as RFC 3339."""
    return moment.isoformat() if moment else None
