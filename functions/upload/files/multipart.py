"""Uploads in parts: what is stored survives an interruption, and only the rest is sent again."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from functions.upload.answers import Output
from functions.upload.errors import ApiError
from functions.upload.files.file_model import StoredFile
from functions.upload.problem_codes import ProblemCode
from lector.domain import object_keys, originals
from lector.runtime import database, object_store, queries

PART_BYTES = 8 * 1024 * 1024
NOTE_UPLOAD_ID = queries.load(__file__).scalar("note_upload_id", UUID)


class Part(Output, frozen=True):
    """A part of a file."""

    number: Annotated[int, Meta(ge=1)]
    size_bytes: int
    stored: bool
    url: Annotated[str | None, Meta(description="Where to PUT it; null if it is stored.")]


class Parts(Output, frozen=True):
    """The parts of a file."""

    part_bytes: int
    expires_in_s: Annotated[int, Meta(description="For how long the URLs are good.")]
    parts: list[Part]


def parts_of(file: StoredFile) -> Parts:
    """The parts of a file that was announced, with a URL for each that is not stored yet."""
    if file.status != "announced":
        raise ApiError(
            409, ProblemCode.ALREADY_UPLOADED, "its bytes are there, or it was cancelled"
        )
    key, store = object_keys.original_key(file.id), object_store.store()
    upload_id, stored = _begin(file, key)
    parts = []
    for number, size in enumerate(sizes(file.size_bytes), 1):
        there = stored.get(number) == size
        url = None if there else store.presigned_part(key, upload_id, number, size)
        parts.append(Part(number, size, there, url))
    return Parts(PART_BYTES, store.url_lifetime_s, parts)


def sizes(size_bytes: int) -> list[int]:
    """How many bytes each part measures."""
    whole, rest = divmod(size_bytes, PART_BYTES)
    return [PART_BYTES] * whole + ([rest] if rest else [])


def _begin(file: StoredFile, key: str) -> tuple[str, dict[int, int]]:
    """The file's upload, begun if there is none, and the size of each part that is stored."""
    store = object_store.store()
    if file.upload_id:
        try:
            stored = {part.number: part.size for part in store.parts(key, file.upload_id)}
            return file.upload_id, stored
        except object_store.ObjectMissing:
            pass  # it was aborted or completed meanwhile
    upload_id = store.begin_parts(key, originals.STORED_TYPE)
    with database.transaction() as connection:
        noted = NOTE_UPLOAD_ID.one(
            connection, file_id=file.id, upload_id=upload_id, instead_of=file.upload_id
        )
    if noted:
        return upload_id, {}
    store.abort_parts(key, upload_id)
    raise ApiError(
        409, ProblemCode.UPLOAD_CHANGED, "somebody else uploads this file now; ask again"
    )


def complete(file: StoredFile, key: str) -> None:
    """Make one object of the parts; 409 if some are missing. Done again, it has no effect."""
    if file.upload_id is None:
        return
    store = object_store.store()
    try:
        stored = list(store.parts(key, file.upload_id))
    except object_store.ObjectMissing:
        return  # complete already, as a look at the object will show
    expected = sizes(file.size_bytes)
    if [part.size for part in stored] != expected:
        there = f"{len(stored)} of {len(expected)} parts have arrived"
        raise ApiError(409, ProblemCode.NOT_UPLOADED, f"{there}; PUT the others first")
    store.complete_parts(key, file.upload_id, stored)
