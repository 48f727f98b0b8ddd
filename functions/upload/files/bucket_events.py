"""Files of which an S3 server tells that they have come into a bucket.

A notification is a hint, and is not believed: the object is looked up, in a bucket that is named in
SOURCE_BUCKETS, and copied within the store. One version of an object makes one file of a tenant,
however often it is told of.
"""

import logging
from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import unquote_plus
from uuid import UUID

from msgspec import Meta, Struct

from functions.upload import authentication, folders
from functions.upload.answers import Output
from functions.upload.authentication import WRITE, Caller
from functions.upload.errors import ApiError, Problem
from functions.upload.fields import Input, Rule
from functions.upload.files import options, quotas, uploads
from functions.upload.files.file_model import FILES_BY_ID, File, StoredFile, to_answer
from functions.upload.files.idempotency import Key
from functions.upload.files.options import NewFile, Reading
from functions.upload.operations import Routes
from functions.upload.problem_codes import ProblemCode
from lector.domain import object_keys, originals
from lector.domain.failure_codes import FailureCode
from lector.runtime import database, object_store, queries, settings
from lector.runtime.failures import remove_unstorable
from lector.runtime.object_store import ObjectVersion

log = logging.getLogger("lector")
routes = Routes("files")

_MOST_RECORDS = 100
_BODY_BYTES = 512 * 1024
_CREATED = "ObjectCreated:"
_BY_EVENTBRIDGE = "Object Created"


class Bucket(Struct, frozen=True):
    """The bucket that an object is in."""

    name: str


class StoredObject(Struct, frozen=True, rename="camel"):
    """An object, its key encoded as in a URL; with a version where its bucket has versions."""

    key: str
    version_id: str | None = None


class Entity(Struct, frozen=True):
    """What a record is about."""

    bucket: Bucket
    object: StoredObject


class Record(Struct, frozen=True, rename="camel"):
    """An event of S3, of which more is sent than is looked at."""

    event_name: Annotated[
        str,
        Meta(
            description="Others than ObjectCreated are passed over.",
            examples=["s3:ObjectCreated:Put"],
        ),
    ]
    s3: Entity


class DetailObject(Struct, frozen=True, rename="kebab"):
    """An object as EventBridge has it, its key as it is."""

    key: str
    version_id: str | None = None


class Detail(Struct, frozen=True):
    """What an event of EventBridge is about."""

    bucket: Bucket
    object: DetailObject


class BucketNotification(
    Input,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=False,
    rename={"records": "Records", "detail_type": "detail-type"},
):
    """What S3, MinIO or Ceph send (`Records`), or Amazon EventBridge (`detail`)."""

    records: (
        Annotated[
            list[Record],
            Meta(max_length=_MOST_RECORDS),
            Rule(f"a list of at most {_MOST_RECORDS} events of S3"),
        ]
        | None
    ) = None
    detail_type: str | None = None
    detail: Annotated[Detail, Rule("the detail of an event of S3")] | None = None


class TakenObject(Output, frozen=True, omit_defaults=True):
    """What became of an object that has come."""

    bucket: str
    key: str
    file: File | None = None
    found: Annotated[
        bool, Meta(description="true: it was taken before. Without `file`, that was deleted since.")
    ] = False
    error: Problem | None = None


class TakenObjects(Output, frozen=True):
    """A result for each object that has come, in their order; other events have none."""

    results: list[TakenObject]


_sql = queries.load(__file__)
TAKEN_OBJECT = _sql.scalar("taken_object", UUID)
FORGET_CREATION_OF_NOTHING = _sql.statement("forget_creation_of_nothing")
FORGET_TAKEN_OBJECTS = _sql.statement("forget_taken_objects")
KEEP_TAKEN_OBJECT = _sql.statement("keep_taken_object")


@routes.post("/v1/bucket-events", WRITE, answers={202: TakenObjects}, json_bytes=_BODY_BYTES)
def take_objects(caller: Caller, query: Reading, body: BucketNotification) -> TakenObjects:
    """Read what has come into a bucket.

    The target of bucket notifications of S3, MinIO or Ceph, or of an API destination of Amazon
    EventBridge. Each object that was created is copied, and read as the query of the URL says, like
    a file that is sent, with name and folder by its key. The bucket must be in the same object
    store, and in SOURCE_BUCKETS for the token's tenant. An object's version is taken once; without
    versions, its ETag is one.

    An object that cannot be taken has an `error`, and does not hold up others. Where the object
    store is not available (503), the notification is to come again; it makes nothing anew.
    """
    objects = list(_created(body))
    authentication.count_files(caller, len(objects))
    return TakenObjects([_attempt(caller, query, one) for one in objects])


def _created(body: BucketNotification) -> Iterable[ObjectVersion]:
    """The objects that were created, without those that only stand for folders."""
    found = [
        _version(record.s3.bucket, unquote_plus(key), record.s3.object.version_id)
        for record in body.records or ()
        if record.event_name.removeprefix("s3:").startswith(_CREATED)
        and (key := record.s3.object.key)
    ]
    if body.detail is not None and body.detail_type == _BY_EVENTBRIDGE:
        stored = body.detail.object
        found.append(_version(body.detail.bucket, stored.key, stored.version_id))
    return (one for one in found if one.key and not one.key.endswith("/"))


def _version(bucket: Bucket, key: str, version: str | None) -> ObjectVersion:
    """An object; in a bucket without versions all that is put may be called `null`.

    What no S3 server has in a name is left out: it could neither be asked for nor be answered.
    """
    name, key, version = (remove_unstorable(text) for text in (bucket.name, key, version or ""))
    return ObjectVersion(name, key, None if version in ("", "null") else version)


def _attempt(caller: Caller, how: Reading, wanted: ObjectVersion) -> TakenObject:
    try:
        _check_bucket(caller, wanted.bucket)
        return _take(caller, how, wanted)
    except object_store.ObjectMissing:
        problem = ApiError(409, FailureCode.FILE_MISSING, "there is no such object any more")
    except object_store.ObjectRefused as refused:
        problem = ApiError(403, ProblemCode.OBJECT_REFUSED, str(refused))
    except ApiError as refused:
        problem = refused
    log.warning("object of bucket %s not taken: %s", wanted.bucket, problem.details().detail)
    return TakenObject(wanted.bucket, wanted.key, error=problem.details())


def _check_bucket(caller: Caller, bucket: str) -> None:
    allowed = settings.current(settings.SourceBuckets).tenants
    own = settings.current(settings.Objects).s3_bucket
    if bucket == own or allowed.get(bucket) != caller.tenant:
        detail = f"the bucket {bucket} is not in SOURCE_BUCKETS for the tenant {caller.tenant}"
        raise ApiError(403, ProblemCode.BUCKET_NOT_ALLOWED, detail)


def _take(caller: Caller, how: Reading, wanted: ObjectVersion) -> TakenObject:
    found = object_store.store().look_up(wanted)
    said = repr((wanted.bucket, wanted.key, wanted.version or found.etag))
    version = sha256(said.encode()).hexdigest()
    with database.transaction() as connection:
        known = TAKEN_OBJECT.one(connection, tenant=caller.tenant, sha256=version)
    if known:
        file = _find(caller, known)
        return TakenObject(wanted.bucket, wanted.key, to_answer(file) if file else None, found=True)
    file = _announce(caller, how, wanted, found.size, version)
    if file.status == "announced":
        key = object_keys.original_key(file.id)
        object_store.store().copy_from(wanted, found.etag, key, originals.STORED_TYPE)
    [outcome] = uploads.confirm(caller.tenant, [file.id])
    _keep(caller, version, file.id)
    if isinstance(outcome, ApiError):
        raise outcome
    return TakenObject(wanted.bucket, wanted.key, to_answer(outcome))


def _announce(
    caller: Caller, how: Reading, wanted: ObjectVersion, size: int, version: str
) -> StoredFile:
    """Make a file of an object's version; of two who do so at once, both get the first one's.

    So does who comes again after the copy broke off, unless the file was let go of meanwhile.
    """
    said: dict[str, Any] = {name: getattr(how, name) for name in Reading.__struct_fields__}
    new = NewFile(
        name=options.clean_name(wanted.key),
        folder=folders.clean(wanted.key.rpartition("/")[0]),
        size_bytes=options.within_limit(size),
        **said,
    )
    quotas.check_prices(caller, new)
    # No key that somebody sends has a space in it.
    key = Key(caller.tenant, f"object {version}", version)
    with database.transaction() as connection:
        FORGET_CREATION_OF_NOTHING.run(connection, tenant=key.tenant, key=key.key)
    [made] = uploads.announce(caller, [new], key)
    if not isinstance(made, StoredFile):
        raise made if isinstance(made, ApiError) else AssertionError("none is found without again")
    return made


def _keep(caller: Caller, version: str, file_id: UUID) -> None:
    """Remember an object as taken, if its bytes are: else it is to be told of again."""
    file = _find(caller, file_id)
    if file is None or file.status == "announced":
        return
    with database.transaction() as connection:
        FORGET_TAKEN_OBJECTS.run(connection)
        KEEP_TAKEN_OBJECT.run(connection, tenant=caller.tenant, sha256=version, file_id=file_id)


def _find(caller: Caller, file_id: UUID) -> StoredFile | None:
    with database.transaction() as connection:
        return FILES_BY_ID.one(connection, ids=[file_id], tenant=caller.tenant)
