"""For how many days files are kept: as somebody says of one, else as their tenant has it."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from functions.upload.answers import Output
from functions.upload.authentication import ADMIN, READ, Caller
from functions.upload.fields import Input
from functions.upload.files.options import KeepDays, NewFile
from functions.upload.operations import Routes
from lector.runtime import database, queries
from lector.runtime.database import Connection

routes = Routes("files")

_sql = queries.load(__file__)
USUAL_KEEP_DAYS = _sql.scalar("usual_keep_days", int)
SET_USUAL_KEEP_DAYS = _sql.statement("set_usual_keep_days")
DROP_USUAL_KEEP_DAYS = _sql.statement("drop_usual_keep_days")


class Keeping(Output, frozen=True):
    """For how long a tenant's new files are kept, unless an upload says otherwise."""

    keep_days: Annotated[
        int | None,
        Meta(description="Days from a file's announcement; null: until somebody deletes it."),
    ]


class NewKeeping(Input, frozen=True):
    """For how long files are kept that are announced from now on."""

    keep_days: KeepDays | None


@routes.get("/v1/keeping", READ)
def get_keeping(caller: Caller) -> Keeping:
    """For how many days files are kept.

    It holds for new files of the token's tenant, unless an upload says otherwise.
    """
    with database.transaction() as connection:
        return Keeping(USUAL_KEEP_DAYS.one(connection, tenant=caller.tenant))


@routes.post("/v1/keeping", ADMIN)
def set_keeping(caller: Caller, body: NewKeeping) -> Keeping:
    """Change for how many days files are kept.

    It holds for files of the token's tenant that are announced from now on, unless an upload says
    otherwise; each says when it will be deleted (`delete_at`). null: until somebody deletes them.
    """
    with database.transaction() as connection:
        if body.keep_days is None:
            DROP_USUAL_KEEP_DAYS.run(connection, tenant=caller.tenant)
        else:
            SET_USUAL_KEEP_DAYS.run(connection, tenant=caller.tenant, keep_days=body.keep_days)
    return Keeping(body.keep_days)


def days_of(connection: Connection, tenant: str, new: Sequence[NewFile]) -> list[int | None]:
    """For how many days each is kept; None: until somebody deletes it."""
    said = [file.keep_days for file in new]
    if None not in said:
        return said
    usual = USUAL_KEEP_DAYS.one(connection, tenant=tenant)
    return [usual if days is None else days for days in said]
