"""What happened lately, newest first: as far back as the outbox keeps what it has published.

A page of the answer looks at a bounded stretch of the outbox, whoever asks for what: of a tenant,
or of a type, of which little happened, it may hold few events, or none, and yet a way on.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from functions.upload import cursors
from functions.upload.answers import Output, Time
from functions.upload.authentication import READ, Caller
from functions.upload.fields import AN_ID, Cursor, Input, Next, Rule
from functions.upload.live.feed import Place
from functions.upload.operations import Routes
from functions.upload.problem_codes import ProblemCode
from lector.runtime import database, queries

routes = Routes("live")

LOOK_AT = 2000  # rows of the outbox
_OF_ALL = 2**63 - 1  # behind every transaction
_A_TYPE = "the type of an event, such as lector.page.read"


class ListPast(Input, frozen=True):
    """Which events are wanted."""

    type: (
        Annotated[
            str,
            Meta(pattern=r"^lector\.[a-z]+\.[a-z]+$", description="Only of this type."),
            Rule(_A_TYPE),
        ]
        | None
    ) = None
    file: (
        Annotated[
            UUID, Meta(description="Only of this file."), Rule(AN_ID, ProblemCode.MALFORMED_ID)
        ]
        | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Cursor | None = None


class PastEvent(Output, frozen=True):
    """An event that was announced: its attributes as a CloudEvent has them, and its data."""

    id: UUID
    type: str
    source: str
    subject: Annotated[UUID, Meta(description="The id of the file.")]
    file_name: str
    time: Annotated[Time, Meta(description="When it was announced.")]
    published_at: Annotated[
        Time | None, Meta(description="When JetStream had it; null while it waits in the outbox.")
    ]
    data: dict[str, Any]


class PastEventList(Output, frozen=True):
    """Events, the newest first."""

    events: list[PastEvent]
    next: Next


@dataclass(frozen=True)
class StoredEvent:
    """An event in the outbox, with the name of its file. `data` is JSON."""

    xact: int
    position: int
    id: UUID
    type: str
    source: str
    subject: UUID
    file_name: str
    time: datetime
    published_at: datetime | None
    data: str


_sql = queries.load(__file__)
PAST_EVENTS = _sql.rows("past_events", StoredEvent)
END_OF_LOOK = _sql.rows("end_of_look", Place)


@routes.get("/v1/events/history", READ)
def list_past_events(caller: Caller, query: ListPast) -> PastEventList:
    """List what happened.

    As far back as events are kept, a week unless the operator says otherwise. A page of the list
    may hold fewer events than were asked for, even none, and yet have a `next`.
    """
    events, more = _find(caller.tenant, query)
    return PastEventList([_answer(event) for event in events], more)


def _find(tenant: str, wanted: ListPast) -> tuple[list[StoredEvent], str | None]:
    """Events before the cursor, and the cursor of what lies before them."""
    xact, position = cursors.decode(wanted.cursor, int, int) or (_OF_ALL, _OF_ALL)
    subject = str(wanted.file) if wanted.file else None
    before = {"xact": xact, "position": position, "file_id": subject}
    if not (0 <= xact <= _OF_ALL and 0 <= position <= _OF_ALL):
        raise cursors.malformed()
    with database.transaction() as connection:
        end = END_OF_LOOK.one(connection, **before, rows=LOOK_AT - 1)
        found = PAST_EVENTS.all(
            connection,
            **before,
            from_xact=end.xact if end else 0,
            from_position=end.position if end else 0,
            tenant=tenant,
            type=wanted.type,
            limit=wanted.limit + 1,
        )
    if len(found) > wanted.limit:
        last = found[wanted.limit - 1]
        return found[: wanted.limit], cursors.encode(last.xact, last.position)
    return found, cursors.encode(end.xact, end.position) if end else None


def _answer(event: StoredEvent) -> PastEvent:
    return PastEvent(
        event.id,
        event.type,
        event.source,
        event.subject,
        event.file_name,
        event.time,
        event.published_at,
        json.loads(event.data),
    )
