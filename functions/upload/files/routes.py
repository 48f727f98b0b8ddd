"""Operations on files: created, listed, changed, deleted."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, structs
from starlette.responses import Response, StreamingResponse

from functions.upload import fields, file_names, id_ranges
from functions.upload.answers import Output
from functions.upload.authentication import READ, WRITE, Caller
from functions.upload.bodies import Form
from functions.upload.errors import ApiError, NoSuchFile
from functions.upload.fields import Cursor, Id, Input, Limit, Next, Rule
from functions.upload.files import (
    changes,
    forms,
    listing,
    multipart,
    options,
    stored_bytes,
    subfolders,
    totals,
    unlocking,
    uploads,
    verification,
)
from functions.upload.files.file_model import (
    FILES_BY_ID,
    AnnouncedFile,
    File,
    FileStatus,
    StoredFile,
    to_answer,
)
from functions.upload.files.idempotency import IdempotencyKey, key_of
from functions.upload.files.multipart import Parts
from functions.upload.files.options import (
    Confirm,
    FileAtUrl,
    FileChange,
    FileForm,
    NewFile,
    Retry,
    VerifyPages,
)
from functions.upload.files.same_readings import Found
from functions.upload.files.subfolders import BelowFolder, FolderList
from functions.upload.files.totals import Totals
from functions.upload.files.uploads import Made, Outcome
from functions.upload.folders import InFolder
from functions.upload.operations import Answer, Routes
from functions.upload.problem_codes import ProblemCode
from lector.domain import originals
from lector.domain.failure_codes import FailureCode
from lector.runtime import database

routes = Routes("files")


class FileFilter(Input, frozen=True):
    """Which files are wanted."""

    status: Annotated[
        list[FileStatus],
        Meta(
            max_length=len(FileStatus),
            description="Only files of one of these states; may be repeated.",
        ),
        Rule("states of files"),
    ] = msgspec.field(default_factory=list)
    name: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=255,
                description="Only files whose name contains this, whatever its case.",
            ),
            Rule("what to search for, in at most 255 characters", then=fields.searchable),
        ]
        | None
    ) = None
    folder: InFolder | None = None
    doubted: (
        Annotated[
            bool,
            Meta(
                description="true: only files with a page whose text has a doubt. false: only the"
                " others."
            ),
        ]
        | None
    ) = None
    need_a_look: (
        Annotated[
            bool,
            Meta(
                description="true: only files that need a look: with such a page, with pages that"
                " failed, or failed whole. false: only the others."
            ),
        ]
        | None
    ) = None
    since: fields.Since | None = None
    until: fields.Until | None = None
    id_begins: (
        Annotated[
            str,
            Meta(
                pattern="^[0-9a-fA-F][0-9a-fA-F-]{0,35}$",
                description="Only files whose id begins with this; hyphens say nothing.",
            ),
            Rule("the beginning of an id", then=id_ranges.digits_of),
        ]
        | None
    ) = None

    def of(self, tenant: str) -> listing.Chosen:
        """The files of a tenant that are meant."""
        ids = id_ranges.of_days(self.since, self.until)
        if self.id_begins is not None:
            ids &= id_ranges.of_beginning(self.id_begins)
        return listing.Chosen(
            tenant, self.status, self.doubted, self.name, ids, self.folder, self.need_a_look
        )


class ListFiles(FileFilter, frozen=True):
    """Which files are wanted, in which order."""

    limit: Limit = 50
    cursor: Cursor | None = None
    sort: Literal["newest", "oldest", "name", "largest"] = "newest"
    id: Annotated[
        list[UUID],
        Meta(
            max_length=1000,
            description="Just these files; goes with no filter and no cursor. May be repeated.",
        ),
        Rule("ids of files", ProblemCode.MALFORMED_ID),
    ] = msgspec.field(default_factory=list)


class FileList(Output, frozen=True):
    """One page of a list."""

    files: list[File]
    next: Next


class DeleteFiles(Input, frozen=True):
    """Which files are to be deleted."""

    id: Annotated[
        list[UUID],
        Meta(min_length=1, max_length=100),
        Rule("1 to 100 ids", ProblemCode.MALFORMED_ID),
    ]


class DeletedFiles(Output, frozen=True):
    """Which are gone now, and which never were there."""

    deleted: list[UUID]
    missing: list[UUID]


@routes.get("/v1/files", READ)
def list_files(caller: Caller, query: ListFiles) -> FileList:
    """List files.

    By their sort; `cursor` continues where the last answer's `next` ended; `id` picks.
    """
    if not query.id:
        return _one_page(caller.tenant, query)
    if structs.replace(query, id=[], limit=50) != ListFiles() or len(query.id) > query.limit:
        detail = "id goes with no filter, sort or cursor, nor with a lower limit"
        raise ApiError(422, ProblemCode.CONFLICTING_OPTIONS, detail)
    with database.transaction() as connection:
        found = FILES_BY_ID.all(connection, ids=query.id, tenant=caller.tenant)
    newest_first = sorted(found, key=lambda file: file.id, reverse=True)
    return FileList([to_answer(file) for file in newest_first], None)


def _one_page(tenant: str, query: ListFiles) -> FileList:
    files, behind = listing.find(query.of(tenant), query.sort, query.cursor, query.limit)
    return FileList([to_answer(file) for file in files], behind)


@routes.get("/v1/totals", READ)
def get_totals(caller: Caller, query: FileFilter) -> Totals:
    """What the files of a list come to.

    The same filter lists them at `/v1/files`.
    """
    return totals.count(query.of(caller.tenant))


@routes.get("/v1/folders", READ)
def list_folders(caller: Caller, query: BelowFolder) -> FolderList:
    """List the folders that files are in.

    Those right below `folder`, or at the top, with how many files each holds.
    """
    return subfolders.find(caller.tenant, query.folder)


def receive_file(caller: Caller, headers: IdempotencyKey, form: Form) -> Answer:
    """Store and confirm a file that was sent as a form (202), or find it (200)."""
    said = forms.parse(form, FileForm, most=1)
    received = forms.new_file(form.files[0], said)
    key = key_of(caller.tenant, headers, "/v1/files", lambda: forms.digest(form))
    return _made(uploads.receive(caller, [received], key), 202, to_answer)


def receive_fetched(caller: Caller, headers: IdempotencyKey, form: Form, body: FileAtUrl) -> Answer:
    """Store and confirm a file that was fetched (202)."""
    received = forms.new_file(form.files[0], body)
    key = key_of(caller.tenant, headers, "/v1/files", lambda: repr(body))
    return _made(uploads.receive(caller, [received], key), 202, to_answer)


@routes.post(
    "/v1/files",
    WRITE,
    answers={201: AnnouncedFile, 202: File, 200: File},
    form=receive_file,
    form_fields=FileForm,
    fetched=receive_fetched,
)
def create_file(caller: Caller, headers: IdempotencyKey, body: NewFile) -> Answer:
    """Announce a file, or send it, or name its URL.

    As JSON with a `url`, the file there is fetched, stored and confirmed in one request (202); as
    other JSON, a file is announced (201): PUT its bytes as `upload` in the answer says, then
    confirm. As a form, the file is sent, stored and confirmed in one request (202).
    With `again` false, a file of before may be the answer (200), with nothing left to send.
    """
    key = key_of(caller.tenant, headers, "/v1/files", lambda: options.as_text(body))
    return _made(uploads.announce(caller, [body], key), 201, uploads.to_announced)


@routes.delete("/v1/files", WRITE)
def delete_files(caller: Caller, query: DeleteFiles) -> DeletedFiles:
    """Delete several files."""
    outcome = DeletedFiles([], [])
    for file_id in query.id:
        try:
            changes.delete(caller.tenant, file_id)
            outcome.deleted.append(file_id)
        except NoSuchFile:
            outcome.missing.append(file_id)
    return outcome


@routes.get("/v1/files/{file_id}", READ)
def get_file(caller: Caller, file_id: Id) -> File:
    """A file with its progress."""
    return to_answer(uploads.find(caller.tenant, file_id))


@routes.get(
    "/v1/files/{file_id}/original",
    READ,
    content=dict.fromkeys((*originals.MEDIA_TYPES, originals.STORED_TYPE), bytes),
)
def get_original(caller: Caller, file_id: Id) -> Response:
    """What was uploaded, byte by byte.

    Under the file's name, and as an attachment: it came from somebody else, so no browser is to
    show it in Lector's own place.
    """
    file = uploads.find(caller.tenant, file_id)
    size, pieces = stored_bytes.open_original(file)
    kind = originals.by_media_type(file.media_type)
    headers = {**file_names.attached(file.name), "Content-Length": str(size)}
    media_type = kind.media_type if kind else originals.STORED_TYPE
    return StreamingResponse(pieces, 200, headers, media_type)


@routes.delete("/v1/files/{file_id}", WRITE, answers={204: None})
def delete_file(caller: Caller, file_id: Id) -> None:
    """Delete a file.

    The text goes now, PDF and images soon. Deleting again changes nothing.
    """
    changes.delete(caller.tenant, file_id)


@routes.patch("/v1/files/{file_id}", WRITE)
def change_file(caller: Caller, file_id: Id, body: FileChange) -> File:
    """Change what a file may cost, or how long it is kept.

    What is not said stays. Pages that wait for money go on as far as there is some now; null takes
    the ceiling away. Days are counted from now; with null it is kept until somebody deletes it.
    """
    if body.max_cost_usd is not UNSET:
        changes.set_ceiling(caller.tenant, file_id, body.max_cost_usd)
    if body.keep_days is not UNSET:
        changes.set_keeping(caller.tenant, file_id, body.keep_days)
    return to_answer(uploads.find(caller.tenant, file_id))


@routes.post("/v1/files/{file_id}/parts", WRITE)
def upload_in_parts(caller: Caller, file_id: Id) -> Parts:
    """Upload the bytes in parts.

    For large files and shaky networks: PUT each part that is not stored yet to its URL, in any
    order, then confirm. Asking again after an interruption says what is still missing. Every part
    but the last measures `part_bytes`.
    """
    return multipart.parts_of(uploads.find(caller.tenant, file_id))


@routes.post("/v1/files/{file_id}/confirm", WRITE, answers={202: File})
def confirm_file(caller: Caller, file_id: Id, body: Confirm) -> File:
    """The bytes are there, begin.

    Confirming again changes nothing. Of a locked PDF, `password` is what opens it; one that has
    failed as it is locked is retried with it.
    """
    if body.password is not None:
        file = uploads.find(caller.tenant, file_id)
        if file.status == "announced":
            unlocking.unlock(file, body.password)
        elif file.status == "failed" and file.error_code == FailureCode.PASSWORD_PROTECTED:
            detail = "the file has failed as it is locked; retry it with the password"
            raise ApiError(409, FailureCode.PASSWORD_PROTECTED, detail)
    return to_answer(_only(uploads.confirm(caller.tenant, [file_id])))


@routes.post("/v1/files/{file_id}/retry", WRITE, answers={202: File})
def retry_file(caller: Caller, file_id: Id, body: Retry) -> File:
    """Read pages once more.

    Without `pages`, all that failed. Pages that are named are read again also when they were read
    before; their text so far is kept as a version and stays until the new one is there. A model
    reads them, also where a page carries its text, unless `text_layer` says otherwise. What a
    person wrote is not read again, unless `include_corrected` says so. A PDF that failed as it is
    locked is opened with `password`.
    """
    if body.password is not None:
        unlocking.unlock(uploads.find(caller.tenant, file_id), body.password)
    changes.retry(caller.tenant, file_id, body)
    return to_answer(uploads.find(caller.tenant, file_id))


@routes.post("/v1/files/{file_id}/verify", WRITE, answers={202: File})
def verify_file(caller: Caller, file_id: Id, body: VerifyPages) -> File:
    """Hold pages that were read against a second reader.

    Without `pages`, all that were read. No model is asked, so it costs nothing; texts stay as they
    are. What it finds is shown with each page, and announced as lector.page.verified.
    """
    verification.request(caller.tenant, file_id, body.pages)
    return to_answer(uploads.find(caller.tenant, file_id))


@routes.post("/v1/files/{file_id}/cancel", WRITE, answers={202: File})
def cancel_file(caller: Caller, file_id: Id) -> File:
    """Stop reading a file.

    Pages that were read stay. A finished file stays as it is; one without its bytes is gone.
    """
    file = uploads.find(caller.tenant, file_id)
    if changes.cancel(caller.tenant, file_id):
        return to_answer(replace(file, status="cancelled"))
    return to_answer(uploads.find(caller.tenant, file_id))


def _made(outcomes: Sequence[Made], status: int, show: Callable[[StoredFile], File]) -> Answer:
    """The answer to who asked for one file; 200 with one of before in its place."""
    [outcome] = outcomes
    if isinstance(outcome, Found):
        return Answer(to_answer(outcome.file), 200, _location(outcome.file))
    file = _only([outcome])
    return Answer(show(file), status, _location(file))


def _only(outcomes: Sequence[Outcome]) -> StoredFile:
    [outcome] = outcomes
    if isinstance(outcome, ApiError):
        raise outcome
    return outcome


def _location(file: StoredFile) -> dict[str, str]:
    return {"Location": f"/v1/files/{file.id}"}
