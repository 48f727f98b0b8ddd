"""Files that need not be made, as the same bytes were, or are being, read in the same way.

Who asks for that (`again` is false) gets the file of before. It is looked for among the tenant's
own files alone, by the SHA-256 of the bytes and by a hash over how they are to be read: all that
was asked for, and how readers and defaults are set up here. A changed set-up makes another reading.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from msgspec import structs

from functions.upload.authentication import Caller
from functions.upload.files import keeping
from functions.upload.files.file_model import StoredFile
from functions.upload.files.options import NewFile, Reading
from lector.domain import readers
from lector.domain.states import FileStatus
from lector.runtime import queries, settings
from lector.runtime.database import Connection
from lector.runtime.once import once

#: What does not change what is read: the ceiling, how long it is kept, and the wish itself.
_BESIDE = ("max_cost_usd", "keep_days", "again")


@dataclass(frozen=True)
class Found:
    """A file of before, whose bytes are there, in place of a new one."""

    file: StoredFile


@dataclass(frozen=True)
class _Same:
    """The file that is the same as the one in a place of a list, counted from 1."""

    place: int
    id: UUID


_sql = queries.load(__file__)
LOCK_SAME_READINGS = _sql.scalar("lock_same_readings", datetime)
SAME_READINGS = _sql.rows("same_readings", _Same)
KEEP_LONGER = _sql.scalar("keep_longer", UUID)


def lock(connection: Connection, caller: Caller, new: Sequence[NewFile]) -> datetime | None:
    """Have others who ask for the same wait, and say since when; None if nobody asks for it."""
    if all(file.again for file in new):
        return None
    return LOCK_SAME_READINGS.one(connection, tenant=caller.tenant)


def find_or_create(
    connection: Connection,
    caller: Caller,
    new: Sequence[NewFile],
    keep_s: float,
    create: Callable[[Sequence[NewFile]], list[UUID]],
) -> list[UUID]:
    """The id of a file for each, in their order; `create` makes those that there are not yet.

    The days for which a file of before is kept begin anew. One that was announced, and whose bytes
    have not come, is taken up: it is awaited for `keep_s` seconds from now.
    """
    ids = _find(connection, caller, new)
    if ids:
        KEEP_LONGER.all(connection, ids=list(ids.values()), keep_s=keep_s)
    first: dict[object, int] = {}  # of those of one request that are the same
    for place, file in enumerate(new):
        if place not in ids:
            first.setdefault(place if file.again else _what(file), place)
    created = create([new[place] for place in first.values()])
    made = dict(zip(first, created, strict=True))
    return [
        ids.get(place) or made[place if file.again else _what(file)]
        for place, file in enumerate(new)
    ]


def was_found(file: StoredFile, new: NewFile, asked_at: datetime | None) -> bool:
    """Whether a file was there before somebody asked for it, with its bytes."""
    is_older = asked_at is not None and file.created_at < asked_at
    return not new.again and is_older and file.status != FileStatus.ANNOUNCED


def reading_sha256(new: NewFile) -> str:
    """How a file is to be read, as a hash in hexadecimal."""
    asked = {name: getattr(new, name) for name in Reading.__struct_fields__ if name not in _BESIDE}
    config = settings.current(settings.Readers)
    set_up = (
        config.reader,
        config.openai_base_url,
        config.openai_model,
        config.model_prompt,
        settings.current(settings.TextLayers).text_layer,
        settings.current(settings.Verification).verify,
        _readers_sha256(),
    )
    return hashlib.sha256(repr((sorted(asked.items()), set_up)).encode()).hexdigest()


def _find(connection: Connection, caller: Caller, new: Sequence[NewFile]) -> dict[int, UUID]:
    wanted = [(place, file) for place, file in enumerate(new) if not file.again and file.sha256]
    if not wanted:
        return {}
    found = SAME_READINGS.all(
        connection,
        tenant=caller.tenant,
        sha256s=[file.sha256 for _, file in wanted],
        readings=[reading_sha256(file) for _, file in wanted],
        sizes=[file.size_bytes for _, file in wanted],
        ceilings=[file.max_cost_usd for _, file in wanted],
        kept_days=keeping.days_of(connection, caller.tenant, [file for _, file in wanted]),
    )
    return {wanted[one.place - 1][0]: one.id for one in found}


def _what(new: NewFile) -> tuple[object, ...]:
    """What is the same only for what is read alike."""
    return new.sha256, structs.astuple(structs.replace(new, name="same", folder=None))


@once
def _readers_sha256() -> str:
    """What the files of readers hold, without the time to understand them."""
    paths = [Path(readers.__file__).with_name("readers.yaml")]
    own = settings.current(settings.Readers).readers_file
    paths += [Path(own)] if own else []
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
