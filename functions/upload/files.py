"""Files and their pages as the API shows them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lector import queries


@dataclass(frozen=True)
class FileId:
    """The id of a file that a statement created, changed or found."""

    id: UUID


@dataclass(frozen=True)
class File:
    """A file with the progress of its pages."""

    id: UUID
    name: str
    size_bytes: int
    page_selection: str | None
    status: str
    generation: int
    page_count: int | None
    warning: str | None
    error_code: str | None
    error: str | None
    created_at: datetime
    uploaded_at: datetime | None
    opened_at: datetime | None
    finished_at: datetime | None
    pages_total: int
    pages_pending: int
    pages_rendered: int
    pages_read: int
    pages_failed: int
    waiting_for: str | None


@dataclass(frozen=True)
class Page:
    """A page with what became of it."""

    number: int
    status: str
    text: str | None
    error_code: str | None
    error: str | None
    waiting_for: str | None
    attempts: int | None
    provenance: str | None
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    image_width_px: int | None
    image_height_px: int | None
    generation: int
    finished_at: datetime | None


@dataclass(frozen=True)
class PageText:
    """The text of a page that was read."""

    number: int
    text: str | None


_sql = queries.beside(__file__)
CREATE_FILE = _sql.bind("create_file", FileId)
CONFIRM_FILE = _sql.bind("confirm_file", FileId)
FILES_BY_ID = _sql.bind("files_by_id", File)
NEWEST_FILE_IDS = _sql.bind("newest_file_ids", FileId)
PAGES_OF_FILE = _sql.bind("pages_of_file", Page)
TEXTS_OF_FILE = _sql.bind("texts_of_file", PageText)

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
        "pages": file.page_selection,
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
        "created_at": shown_time(file.created_at),
        "uploaded_at": shown_time(file.uploaded_at),
        "opened_at": shown_time(file.opened_at),
        "finished_at": shown_time(file.finished_at),
    }


def shown_page(page: Page) -> dict[str, object]:
    """A page as JSON."""
    return {
        "number": page.number,
        "status": page.status,
        "text": page.text,
        "error": page.error,
        "error_code": page.error_code,
        "waiting_for": page.waiting_for,
        "attempts": page.attempts,
        "model": page.model,
        "provenance": page.provenance,
        "prompt_tokens": page.prompt_tokens,
        "completion_tokens": page.completion_tokens,
        "width_px": page.image_width_px,
        "height_px": page.image_height_px,
        "generation": page.generation,
        "finished_at": shown_time(page.finished_at),
    }


def shown_time(moment: datetime | None) -> str | None:
    """A moment as RFC 3339."""
    return moment.isoformat() if moment else None
