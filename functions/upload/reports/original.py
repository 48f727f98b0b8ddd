"""The hash of a file's original: found when the file was opened, else made of its bytes."""

import hashlib
import threading

from functions.upload.errors import ApiError
from functions.upload.files.file_model import StoredFile
from functions.upload.problem_codes import ProblemCode
from lector.domain import object_keys
from lector.domain.failure_codes import FailureCode
from lector.runtime import database, object_store, queries
from lector.runtime.failures import TransientFailure

KEEP_DIGEST = queries.load(__file__).statement("keep_digest")

_PATIENCE_S = 20.0
# Each reads up to MAX_FILE_BYTES from the object store.
_hashing = threading.Semaphore(2)


def digest(file: StoredFile) -> str:
    """The SHA-256 of a file's bytes; what had to be hashed is kept.

    What the uploader has said it is counts only when the file was opened, and so was held against.

    Raises:
        ApiError: its bytes have not come, or are gone (409).
        TransientFailure: others are being hashed.

    """
    if file.sha256 and file.opened_at is not None:
        return file.sha256
    if file.status == "announced":
        detail = "the file's bytes have not arrived, so there is nothing to report"
        raise ApiError(409, ProblemCode.NOT_UPLOADED, detail)
    if not _hashing.acquire(timeout=_PATIENCE_S):
        raise TransientFailure("other files are being hashed; try again soon", retry_after_s=10)
    try:
        found = _hash(file)
    finally:
        _hashing.release()
    if file.sha256 is None:
        with database.transaction() as connection:
            KEEP_DIGEST.run(connection, file_id=file.id, sha256=found)
    return found


def _hash(file: StoredFile) -> str:
    found = hashlib.sha256()
    try:
        for piece in object_store.store().pieces(object_keys.original_key(file.id)):
            found.update(piece)
    except object_store.ObjectMissing:
        raise ApiError(409, FailureCode.FILE_MISSING, "the file is no longer stored") from None
    return found.hexdigest()
