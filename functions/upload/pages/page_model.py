"""Pages as they are kept, and as the API shows them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from functions.upload.files.file_model import shown_time, shown_usage
from functions.upload.validation import BadRequest
from lector.runtime import object_store, queries
from lector.runtime.database import Connection


@dataclass(frozen=True)
class Page:
    """A page with what became of it."""

    id: UUID
    number: int
    status: str
    text: str | None
    error_code: str | None
    error: str | None
    waiting_for: str | None
    attempts: int | None
    generation: int
    provenance: str | None
    model: str | None
    prompt: str | None
    version: int
    versions: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None
    image_key: str | None
    image_width_px: int | None
    image_height_px: int | None
    created_at: datetime
    rendered_at: datetime | None
    reading_at: datetime | None
    finished_at: datetime | None
    render_s: float | None


PAGES_OF_FILE = queries.load(__file__).rows("pages_of_file", Page)

STATUSES = ("pending", "rendered", "read", "failed")


def found(connection: Connection, file_id: UUID, number: int) -> Page:
    """A page of a file; 404 if there is none."""
    pages = PAGES_OF_FILE.all(
        connection, file_id=file_id, after=number - 1, limit=1, status=None, with_text=True
    )
    if not pages or pages[0].number != number:
        raise BadRequest("no_such_page", f"the file has no page {number}, as yet", 404)
    return pages[0]


def shown(page: Page) -> dict[str, Any]:
    """A page as JSON, with a link to its image that is good for a short while."""
    usage = shown_usage(page.prompt_tokens, page.completion_tokens, page.cost_usd)
    members = ("number", "status", "text", "error", "error_code", "waiting_for", "attempts")
    about_text = ("generation", "provenance", "model", "prompt", "version", "versions")
    moments = ("created_at", "rendered_at", "reading_at", "finished_at")
    return {
        **{name: getattr(page, name) for name in (*members, *about_text)},
        "usage": usage,
        "image": _image(page),
        **{name: shown_time(getattr(page, name)) for name in moments},
        "render_s": page.render_s,
        "read_s": _read_s(page),
    }


def _image(page: Page) -> dict[str, object] | None:
    if page.image_key is None:
        return None
    store = object_store.store()
    expires_at = datetime.now(UTC) + timedelta(seconds=store.url_lifetime_s)
    return {
        "url": store.presigned_get(page.image_key),
        "expires_at": shown_time(expires_at),
        "width_px": page.image_width_px,
        "height_px": page.image_height_px,
    }


def _read_s(page: Page) -> float | None:
    if page.status != "read" or page.reading_at is None or page.finished_at is None:
        return None
    return max(0.0, (page.finished_at - page.reading_at).total_seconds())
