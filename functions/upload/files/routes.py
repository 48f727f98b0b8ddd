"""Operations on files: created, listed, changed, deleted."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, structs

from functions.upload import cursors, fields
from functions.upload.answers import Output
from functions.upload.authentication import READ, WRITE, Caller
from functions.upload.bodies import Form
from functions.upload.errors import ApiError, NoSuchFile, Problem
from functions.upload.fields import Cursor, Id, Input, Limit, Next, Rule
from functions.upload.files import changes, forms, multipart, options, uploads, verification
from functions.upload.files.file_model import (
    FILES_BY_ID,
    SORTED,
    AnnouncedFile,
    File,
    FileStatus,
    StoredFile,
    to_answer,
)
from functions.upload.files.idempotency import IdempotencyKey, Key, fingerprint
from functions.upload.files.multipart import Parts
from functions.upload.files.options import (
    Budget,
    FileForm,
    FilesForm,
    NewFile,
    NewFiles,
    Retry,
    VerifyPages,
)
from functions.upload.operations import JSON_BYTES, Answer, Routes
from functions.upload.problem_codes import ProblemCode
from lector.runtime import database

routes = Routes("files")

_MOST_AT_ONCE = 100


def _containing(text: str) -> str:
    """A pattern (of ILIKE) for names that contain a text."""
    escaped = re.sub(r"([\\%_])", r"\\\1", fields.searchable(text))
    return f"%{escaped}%"


class ListFiles(Input, frozen=True):
    """Which files are wanted, in which order."""

    limit: Limit = 50
    cursor: Cursor | None = None
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
            Rule("what to search for, in at most 255 characters", then=_containing),
        ]
        | None
    ) = None
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


class Result(Output, frozen=True, omit_defaults=True):
    """A file of several, or why there is none; one that is announced has an `upload`, too."""

    file: File | None = None
    error: Problem | None = None


class Results(Output, frozen=True):
    """A result for each file, in the order of the request."""

    results: list[Result]


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
    file_id, key = cursors.decode(query.cursor, str, str) or (None, None)
    if query.sort == "largest" and key is not None:
        key = str(cursors.number_of(key or "0"))  # another sort may have made it
    with database.transaction() as connection:
        found = SORTED[query.sort].all(
            connection,
            tenant=tenant,
            id=None if file_id is None else cursors.id_of(file_id),
            key=key,
            statuses=query.status or None,
            name=query.name,
            doubted=query.doubted,
            limit=query.limit + 1,
        )
        ids = [row.id for row in found[: query.limit]]
        files = {file.id: file for file in FILES_BY_ID.all(connection, ids=ids, tenant=None)}
    more = len(found) > query.limit
    behind = cursors.encode(str(ids[-1]), found[query.limit - 1].key) if more else None
    return FileList([to_answer(files[one]) for one in ids if one in files], behind)


def receive_file(caller: Caller, headers: IdempotencyKey, form: Form) -> Answer:
    """Store and confirm a file that was sent as a form (202)."""
    said = forms.parse(form, FileForm, most=1)
    received = forms.new_file(form.files[0], said)
    key = _key(caller, headers, "/v1/files", lambda: forms.digest(form))
    [file] = uploads.receive(caller, [received], key)
    return Answer(to_answer(file), 202, _location(file))


@routes.post(
    "/v1/files",
    WRITE,
    answers={201: AnnouncedFile, 202: File},
    form=receive_file,
    form_fields=FileForm,
)
def create_file(caller: Caller, headers: IdempotencyKey, body: NewFile) -> Answer:
    """Announce a file, or send it.

    As JSON, a file is announced (201): PUT its bytes as `upload` in the answer says, then confirm.
    As a form, the file is sent, stored and confirmed in one request (202).
    """
    key = _key(caller, headers, "/v1/files", lambda: options.as_text(body))
    [file] = uploads.announce(caller, [body], key)
    return Answer(_announced(file), 201, _location(file))


def receive_files(caller: Caller, headers: IdempotencyKey, form: Form) -> Results:
    """Store and confirm several files that were sent as a form."""
    said = forms.parse(form, FilesForm, most=_MOST_AT_ONCE)
    read = [forms.attempt(partial(forms.new_file, said=said), one) for one in form.files]
    fit = [one for one in read if not isinstance(one, ApiError)]
    key = _key(caller, headers, "/v1/files/batch", lambda: forms.digest(form))
    return _results(read, uploads.receive(caller, fit, key), to_answer)


@routes.post(
    "/v1/files/batch",
    WRITE,
    form=receive_files,
    form_fields=FilesForm,
    json_bytes=_MOST_AT_ONCE * JSON_BYTES,
)
def create_files(caller: Caller, headers: IdempotencyKey, body: NewFiles) -> Results:
    """Announce, or send, several files at once.

    Each stands for itself; one that is refused does not hold up the others.
    """
    read = [forms.attempt(_new_file, one) for one in body.files]
    fit = [one for one in read if not isinstance(one, ApiError)]
    key = _key(caller, headers, "/v1/files/batch", lambda: repr(body.files))
    return _results(read, uploads.announce(caller, fit, key), _announced)


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


@routes.delete("/v1/files/{file_id}", WRITE, answers={204: None})
def delete_file(caller: Caller, file_id: Id) -> None:
    """Delete a file.

    The text goes now, PDF and images soon. Deleting again changes nothing.
    """
    changes.delete(caller.tenant, file_id)


@routes.patch("/v1/files/{file_id}", WRITE)
def change_file(caller: Caller, file_id: Id, body: Budget) -> File:
    """Change what a file may cost.

    Pages that wait for money go on as far as there is some now; null takes the ceiling away.
    """
    changes.set_ceiling(caller.tenant, file_id, body.max_cost_usd)
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
def confirm_file(caller: Caller, file_id: Id) -> File:
    """The bytes are there, begin.

    Confirming again changes nothing.
    """
    return to_answer(uploads.confirm(caller.tenant, file_id))


@routes.post("/v1/files/{file_id}/retry", WRITE, answers={202: File})
def retry_file(caller: Caller, file_id: Id, body: Retry) -> File:
    """Read pages once more.

    Without `pages`, all that failed. Pages that are named are read again also when they were read
    before; their text so far is kept as a version and stays until the new one is there. A model
    reads them, also where a page carries its text, unless `text_layer` says otherwise. What a
    person wrote is not read again, unless `include_corrected` says so.
    """
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


def _new_file(body: object) -> NewFile:
    if not isinstance(body, dict):
        detail = 'each file is a JSON object such as {"name": …, "size_bytes": …}'
        raise ApiError(400, ProblemCode.MALFORMED_BODY, detail)
    return fields.parse(NewFile, body)


def _results(
    read: Sequence[object], files: Sequence[StoredFile], show: Callable[[StoredFile], File]
) -> Results:
    """Each file as it is shown, or the problem with it, in the order of the request."""
    made = iter(files)
    return Results(
        [
            Result(error=one.details())
            if isinstance(one, ApiError)
            else Result(file=show(next(made)))
            for one in read
        ]
    )


def _announced(file: StoredFile) -> AnnouncedFile:
    return to_answer(file, AnnouncedFile, upload=uploads.target(file))


def _key(caller: Caller, headers: IdempotencyKey, path: str, say: Callable[[], str]) -> Key | None:
    """The key that a request came with, and what the request says."""
    if headers.idempotency_key is None:
        return None
    return Key(caller.tenant, headers.idempotency_key, fingerprint(path, say()))


def _location(file: StoredFile) -> dict[str, str]:
    return {"Location": f"/v1/files/{file.id}"}
