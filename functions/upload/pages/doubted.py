"""Pages to look at, of all files: those first against whose text most speaks."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from functions.upload import cursors
from functions.upload.answers import Confidence, Doubt, Output, doubts_of, from_row
from lector.domain.states import Provenance
from lector.runtime import database, queries

MOST_COUNTED = 1000


@dataclass(frozen=True)
class StoredDoubtedPage:
    """A page to look at; `weight` says how much speaks against its text."""

    id: UUID
    file_id: UUID
    file_name: str
    number: int
    weight: float
    version: int
    provenance: str
    model: str | None
    confidence: float | None
    agreement: float | None
    doubts: dict[str, str]


_sql = queries.load(__file__)
DOUBTED_PAGES = _sql.rows("doubted_pages", StoredDoubtedPage)
DOUBTED_PAGES_OF_FILE = _sql.rows("doubted_pages_of_file", StoredDoubtedPage)
COUNT_DOUBTED = _sql.scalar("count_doubted", int)


class DoubtedPage(Output, frozen=True):
    """A page whose text somebody should look at."""

    file_id: UUID
    file_name: str
    page: int
    version: int
    provenance: Provenance
    model: str | None
    doubts: list[Doubt]
    confidence: Confidence
    agreement: Annotated[
        float | None,
        Meta(description="The share of words on which two readers agree, 0 to 1; null: unknown."),
    ]
    weight: Annotated[float, Meta(description="How much speaks against it; it has no unit.")]


def find(
    tenant: str, file_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[StoredDoubtedPage], str | None]:
    """Pages to look at, those first against which most speaks; the cursor of what follows."""
    weight, after = cursors.decode(cursor, float, str) or (None, None)
    query = DOUBTED_PAGES if file_id is None else DOUBTED_PAGES_OF_FILE
    place = {"weight": weight, "after": None if after is None else cursors.id_of(after)}
    of_file = {} if file_id is None else {"file_id": file_id}
    with database.transaction() as connection:
        found = query.all(connection, tenant=tenant, limit=limit + 1, **place, **of_file)
    more = len(found) > limit
    found = found[:limit]
    return found, cursors.encode(found[-1].weight, str(found[-1].id)) if more else None


def count(tenant: str, file_id: UUID | None) -> int:
    """How many pages there are to look at; `MOST_COUNTED` if there are that many or more."""
    with database.transaction() as connection:
        return COUNT_DOUBTED.one(connection, tenant=tenant, file_id=file_id, most=MOST_COUNTED) or 0


def to_answer(page: StoredDoubtedPage) -> DoubtedPage:
    """A page to look at as the API shows it."""
    return from_row(DoubtedPage, page, page=page.number, doubts=doubts_of(page.doubts))
