"""Operations for whoever looks after a Lector: dead letters and garbage."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from functions.upload import cursors
from functions.upload.admin import dead_letters, orphaned_objects
from functions.upload.admin.dead_letters import DeadLetter
from functions.upload.admin.orphaned_objects import Garbage
from functions.upload.answers import Output
from functions.upload.authentication import ADMIN
from functions.upload.fields import Cursor, Id, Input, Limit, Next, Rule
from functions.upload.operations import Routes
from lector.runtime import settings

routes = Routes("upkeep")


class NextPage(Input, frozen=True):
    """Which part of a list is wanted."""

    limit: Limit = 50
    cursor: Cursor | None = None


class DeadLetterList(Output, frozen=True):
    """The newest first."""

    dead_letters: list[DeadLetter]
    next: Next


class CollectGarbage(Input, frozen=True):
    """What may go."""

    older_than_h: (
        Annotated[
            float,
            Meta(ge=0, le=1_000_000, description="By default UNCONFIRMED_KEEP_H, which is 24."),
            Rule("a number of hours, 0 or more"),
        ]
        | None
    ) = None
    dry_run: bool = False


@routes.get("/v1/dead-letters", ADMIN)
def list_dead_letters(query: NextPage) -> DeadLetterList:
    """Events that were given up and belong to no page or file."""
    [last] = cursors.decode(query.cursor, str) or [None]
    found = dead_letters.newest(_moment(last), query.limit + 1)
    more = len(found) > query.limit
    behind = cursors.encode(found[query.limit - 1].created_at.isoformat()) if more else None
    return DeadLetterList([dead_letters.to_answer(one) for one in found[: query.limit]], behind)


@routes.post("/v1/dead-letters/{letter_id}/replay", ADMIN, answers={202: DeadLetter})
def replay_dead_letter(letter_id: Id) -> DeadLetter:
    """Announce its event once more."""
    return dead_letters.to_answer(dead_letters.replay(letter_id))


@routes.post("/v1/gc", ADMIN)
def collect_garbage(body: CollectGarbage) -> Garbage:
    """Remove uploads never confirmed, and objects of no file."""
    keep_h = settings.current(settings.Ledger).unconfirmed_keep_h
    found = orphaned_objects.find(keep_h if body.older_than_h is None else body.older_than_h)
    return found if body.dry_run else orphaned_objects.collect(found)


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise cursors.malformed() from None
