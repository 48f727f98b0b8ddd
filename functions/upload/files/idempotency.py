"""What an Idempotency-Key made, so that saying it again makes nothing anew."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from functions.upload.errors import ApiError
from functions.upload.fields import Input, Rule
from functions.upload.problem_codes import ProblemCode
from lector.runtime import queries
from lector.runtime.database import Connection


class IdempotencyKey(Input, frozen=True, rename={"idempotency_key": "Idempotency-Key"}):
    """What makes a request safe to repeat."""

    idempotency_key: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=200,
                pattern="^[!-~]+$",
                description="Any text of your choice. The same request with the same key, within a"
                " day, makes nothing anew and gets the same files; another request with the same"
                " key is refused.",
            ),
            Rule("1 to 200 visible ASCII characters"),
        ]
        | None
    ) = None


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
    created_at: datetime


_sql = queries.load(__file__)
LOCK_CREATION = _sql.scalar("lock_creation", bool)
CREATION_BY_KEY = _sql.rows("creation_by_key", Creation)
FORGET_OLD_CREATIONS = _sql.statement("forget_old_creations")
KEEP_CREATION = _sql.statement("keep_creation")


def key_of(tenant: str, headers: IdempotencyKey, path: str, say: Callable[[], str]) -> Key | None:
    """The key that a request came with, and what the request says."""
    if headers.idempotency_key is None:
        return None
    return Key(tenant, headers.idempotency_key, fingerprint(path, say()))


def fingerprint(*parts: str) -> str:
    """What tells one request from another: a hash, in hexadecimal."""
    return sha256(repr(parts).encode()).hexdigest()


def once(
    connection: Connection, key: Key | None, create: Callable[[], list[UUID]]
) -> tuple[list[UUID], datetime | None]:
    """The ids of what `create` makes; or of what it made when the key was said before, and when."""
    if key is None:
        return create(), None
    LOCK_CREATION.one(connection, tenant=key.tenant, key=key.key)
    made = CREATION_BY_KEY.one(connection, tenant=key.tenant, key=key.key)
    if made is None:
        FORGET_OLD_CREATIONS.run(connection)
        ids = create()
        KEEP_CREATION.run(connection, file_ids=ids, **vars(key))
        return ids, None
    if made.fingerprint != key.fingerprint:
        detail = "this Idempotency-Key was used for another request; choose a new one"
        raise ApiError(422, ProblemCode.IDEMPOTENCY_KEY_REUSED, detail)
    return made.file_ids, made.created_at
