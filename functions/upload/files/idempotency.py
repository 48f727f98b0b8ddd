"""What an Idempotency-Key made, so that saying it again makes nothing anew."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from functions.upload.files.changes import Lock
from functions.upload.validation import BadRequest
from lector.runtime import queries
from lector.runtime.database import Connection


@dataclass(frozen=True)
class Key:
    """A tenant's key for a request, and what the request was: a hash over all of it."""

    tenant: str
    key: str
    fingerprint: str


@dataclass(frozen=True)
class Creation:
    """What a key stands for already."""

    fingerprint: str
    file_ids: list[UUID]


_sql = queries.load(__file__)
LOCK_CREATION = _sql.rows("lock_creation", Lock)
CREATION_BY_KEY = _sql.rows("creation_by_key", Creation)
FORGET_OLD_CREATIONS = _sql.statement("forget_old_creations")
KEEP_CREATION = _sql.statement("keep_creation")


def once(connection: Connection, key: Key | None, create: Callable[[], list[UUID]]) -> list[UUID]:
    """The ids of what `create` makes, or of what it made when the key was said before."""
    if key is None:
        return create()
    LOCK_CREATION.one(connection, tenant=key.tenant, key=key.key)
    made = CREATION_BY_KEY.one(connection, tenant=key.tenant, key=key.key)
    if made is None:
        FORGET_OLD_CREATIONS.run(connection)
        ids = create()
        KEEP_CREATION.run(connection, file_ids=ids, **vars(key))
        return ids
    if made.fingerprint != key.fingerprint:
        detail = "this Idempotency-Key was used for another request; choose a new one"
        raise BadRequest("idempotency_key_reused", detail, 422)
    return made.file_ids
