"""A locked PDF is opened once with its password, and copied without it: pages are drawn from that.

The original stays as it is. The copy lies in the file's folder, and goes with it. The password is
in the memory of this process and of the limited one for as long as that takes, and nowhere else.
"""

import tempfile
from pathlib import Path
from uuid import UUID

from functions.upload import pdf_process
from functions.upload.errors import ApiError
from functions.upload.files import stored_bytes
from functions.upload.files.file_model import StoredFile
from functions.upload.problem_codes import ProblemCode
from lector.domain import object_keys, originals
from lector.domain.failure_codes import FailureCode
from lector.runtime import object_store

_PROGRAM = "functions.upload.unlocked_copy"


def unlock(file: StoredFile, password: str) -> None:
    """Store a copy that needs no password beside an original; nothing if that needs none.

    Raises:
        ApiError: the password is wrong, or the PDF cannot be copied (422); its bytes are not there
            (409).
        TransientFailure: other PDFs are being worked on.

    """
    if file.status == "announced":
        [kind] = stored_bytes.kinds([file])
        if isinstance(kind, ApiError):
            raise kind
    with pdf_process.turn(), tempfile.TemporaryDirectory(prefix="lector-unlock-") as folder:
        _unlock(file.id, password, Path(folder, "original"), Path(folder, "unlocked"))


def _unlock(file_id: UUID, password: str, original: Path, target: Path) -> None:
    store = object_store.store()
    try:
        store.download(object_keys.original_key(file_id), original)
    except object_store.ObjectMissing:
        raise ApiError(409, FailureCode.FILE_MISSING, "the file is no longer stored") from None
    if not originals.may_be_locked(original):
        return
    try:
        limits = pdf_process.Limits()
        pdf_process.run(_PROGRAM, [original, target], limits, said=password.encode())
    except pdf_process.Unmakeable as error:
        raise _refusal(error) from None
    if target.exists():
        with target.open("rb") as content:
            store.put(object_keys.unlocked_key(file_id), content, originals.STORED_TYPE)


def _refusal(error: pdf_process.Unmakeable) -> ApiError:
    if error.code == ProblemCode.PDF_PROTECTED:
        detail = "this password does not open the PDF"
        return ApiError(422, ProblemCode.WRONG_PASSWORD, detail)
    return ApiError(422, error.code, error.detail)
