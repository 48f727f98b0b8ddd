"""How much waits, and where: what the streams hold of a tenant, as its own rows tell it.

The ledger knows each page that was announced and is not done, so nobody has to ask the broker,
which knows nothing of tenants.
"""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from functions.upload.answers import Output
from functions.upload.authentication import READ, Caller
from functions.upload.operations import Routes
from lector.runtime import database, queries

routes = Routes("live")

MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Counted:
    """What waits at each place, as far as it was counted."""

    unpublished: int
    to_open: int
    to_draw: int
    to_read: int
    in_line: int


BACKLOG = queries.load(__file__).rows("backlog", Counted)


class Backlog(Output, frozen=True):
    """How much waits at each place; of none more than 10,000 is counted."""

    unpublished: Annotated[int, Meta(description="Events in the outbox that JetStream has not.")]
    to_open: Annotated[
        int, Meta(description="Files that `render` was told of, and has not opened.")
    ]
    to_draw: Annotated[int, Meta(description="Pages that `render` was told of, and has not drawn.")]
    to_read: Annotated[int, Meta(description="Pages that `llm` was told of, and has not read.")]
    in_line: Annotated[
        int, Meta(description="Pages that nobody was told of: others of the file go first.")
    ]


@routes.get("/v1/backlog", READ)
def get_backlog(caller: Caller) -> Backlog:
    """How much waits.

    What a function was told of is in the stream, or at work already.
    """
    with database.transaction() as connection:
        found = BACKLOG.one(connection, tenant=caller.tenant, most=MOST_COUNTED)
    return Backlog(**vars(found))
