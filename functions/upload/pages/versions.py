"""The versions of a page's text: listed, compared, restored."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from functions.upload.answers import (
    Confidence,
    Doubt,
    Output,
    Time,
    TurnedDegrees,
    Usage,
    doubts_of,
    from_row,
    usage_of,
)
from functions.upload.errors import ApiError
from functions.upload.files import changes
from functions.upload.pages import comparison
from functions.upload.pages.page_model import StoredPage
from functions.upload.pages.verifications import Verification, verification_of
from functions.upload.problem_codes import ProblemCode
from lector.contracts import PageRestored
from lector.domain import outbox
from lector.runtime import database, events, queries
from lector.runtime.database import Connection


@dataclass(frozen=True)
class StoredVersion:
    """A text that a page has, or had."""

    version: int
    current: bool
    text: str
    provenance: str
    doubts: dict[str, str]
    model: str | None
    prompt: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None
    read_at: datetime | None
    turned_degrees: int
    confidence: float | None
    verification: dict[str, Any] | None


_sql = queries.load(__file__)
VERSIONS_OF_PAGE = _sql.rows("versions_of_page", StoredVersion)
RESTORE_VERSION = _sql.scalar("restore_version", int)
SETTLE_FILE = _sql.statement("settle_file")


class Version(Output, frozen=True):
    """A text that a page has, or had."""

    version: int
    current: bool
    text: str
    provenance: str
    doubts: list[Doubt]
    turned_degrees: TurnedDegrees
    confidence: Confidence
    model: str | None
    prompt: str | None
    usage: Usage
    read_at: Time | None
    verification: Verification | None


class Change(Output, frozen=True):
    """A piece of a text."""

    kind: Literal["same", "removed", "added"]
    text: str


def of_page(page: StoredPage) -> list[StoredVersion]:
    """The versions of a page, the newest first."""
    with database.transaction() as connection:
        return VERSIONS_OF_PAGE.all(connection, page_id=page.id)


def compare(page: StoredPage, before: int, after: int) -> list[Change]:
    """What changed from one version to another, word by word; 422 if that is too much."""
    texts = {version.version: version.text for version in of_page(page)}
    for number in (before, after):
        if number not in texts:
            raise _no_such(number)
    try:
        found = list(comparison.compare(texts[before], texts[after]))
    except comparison.TooDifferent:
        detail = "the two versions are too long and too different to be compared word by word"
        raise ApiError(422, ProblemCode.TOO_DIFFERENT, detail) from None
    return [Change(kind, text) for kind, text in found]


def restore(tenant: str, file_id: UUID, page: StoredPage, version: int) -> None:
    """Have a page show an earlier version again; the others are kept."""
    if page.version == version:
        return
    with database.transaction() as connection:
        file = changes.lock_file(connection, tenant, file_id)
        changes.KEEP_VERSIONS.run(connection, file_id=file_id, numbers=[page.number])
        if not RESTORE_VERSION.one(connection, page_id=page.id, version=version):
            raise _no_such(version)
        SETTLE_FILE.run(connection, file_id=file_id)
        _announce(connection, file_id, file.generation, page, version)


def to_answer(version: StoredVersion) -> Version:
    """A version as the API shows it."""
    return from_row(
        Version,
        version,
        usage=usage_of(version),
        doubts=doubts_of(version.doubts),
        verification=verification_of(version.verification),
    )


def _announce(
    connection: Connection, file_id: UUID, generation: int, page: StoredPage, version: int
) -> None:
    # The same version may be restored many times; each is an event of its own.
    cause = f"{page.id} restored {version} at {datetime.now(UTC).isoformat()}"
    restored = PageRestored(generation=generation, page_number=page.number, version=version)
    outbox.announce(connection, [events.event(cause, file_id, restored, "upload")])


def _no_such(number: int) -> ApiError:
    return ApiError(404, ProblemCode.NO_SUCH_VERSION, f"the page has no version {number}")
