"""The bytes of files in the object store, several at a time: put there, and looked at.

So many calls are under way at once in a process, however many files there are and whoever sent
them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, TypeVar
from uuid import UUID

from functions.upload.errors import ApiError
from functions.upload.files import multipart
from functions.upload.files.file_model import StoredFile
from functions.upload.problem_codes import ProblemCode
from lector.domain import object_keys, originals
from lector.domain.failure_codes import FailureCode
from lector.domain.originals import Original
from lector.domain.unsupported import Unsupported
from lector.runtime import failpoints, object_store
from lector.runtime.once import once
from lector.telemetry import tracing

Kind = Original | Unsupported | None
Given = TypeVar("Given")
Made = TypeVar("Made")

_AT_ONCE = 16
_AS_BYTES = 1024 * 1024  # up to here a file is read into memory, which is sent faster


@dataclass(frozen=True)
class SentBytes:
    """Bytes of a file, `size` of them, to be stored."""

    file_id: UUID
    content: BinaryIO
    size: int


def put(sent: Iterable[SentBytes]) -> None:
    """Store files, and replace what is stored of them.

    Raises:
        TransientFailure: of one, or more, that was not possible.

    """
    _all(_put, list(sent))


def kinds(files: Sequence[StoredFile]) -> list[Kind | ApiError]:
    """What each file is by its first bytes; `ApiError` (409) for one that is not there as a whole.

    Raises:
        TransientFailure: one, or more, could not be looked at.

    """
    return _all(_kind, files)


def open_original(file: StoredFile) -> tuple[int, Iterator[bytes]]:
    """How many bytes a file has, and they themselves, as they are taken.

    Raises:
        ApiError: they have not come, or are gone (409).

    """
    if file.status == "announced":
        raise ApiError(409, ProblemCode.NOT_UPLOADED, "the file's bytes have not arrived")
    try:
        return object_store.store().open(object_keys.original_key(file.id))
    except object_store.ObjectMissing:
        raise ApiError(409, FailureCode.FILE_MISSING, "the file is no longer stored") from None


def remove(file_ids: Iterable[UUID]) -> None:
    """Let go of the bytes of files."""
    keys = [object_keys.original_key(file_id) for file_id in file_ids]
    if keys:
        object_store.store().remove(keys)


def _all(work: Callable[[Given], Made], given: Sequence[Given]) -> list[Made]:
    """What comes of each. All are tried, also if one fails; the first failure is raised then."""
    if len(given) == 1:
        return [work(given[0])]
    within = tracing.in_current_context(work)
    tasks = [_threads().submit(within, one) for one in given]
    failures = [failure for task in tasks if (failure := task.exception())]
    if failures:
        raise failures[0]
    return [task.result() for task in tasks]


def _put(sent: SentBytes) -> None:
    content = sent.content.read() if sent.size <= _AS_BYTES else sent.content
    key = object_keys.original_key(sent.file_id)
    object_store.store().put(key, content, originals.STORED_TYPE)
    failpoints.passed("upload.stored")


def _kind(file: StoredFile) -> Kind | ApiError:
    try:
        return originals.identify(_beginning(file))
    except ApiError as problem:
        return problem


def _beginning(file: StoredFile) -> bytes:
    """The first bytes of a file that has arrived as a whole; 409 if it has not."""
    key, store = object_keys.original_key(file.id), object_store.store()
    try:
        try:
            head, stored = store.beginning(key, originals.HEAD_BYTES)
        except object_store.ObjectMissing:
            multipart.complete(file, key)
            head, stored = store.beginning(key, originals.HEAD_BYTES)
    except object_store.ObjectMissing:
        raise ApiError(
            409,
            ProblemCode.NOT_UPLOADED,
            "the file's bytes have not arrived; PUT them to the upload URL first",
        ) from None
    if stored != file.size_bytes:
        detail = f"{file.size_bytes} bytes were announced, but {stored} are stored"
        raise ApiError(409, ProblemCode.SIZE_MISMATCH, detail)
    return head


@once
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, "object-store")
