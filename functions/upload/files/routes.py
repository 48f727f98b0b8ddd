"""Routes about files: created, listed, watched over, changed, deleted."""

from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from functions.upload import cursors, validation
from functions.upload.files import changes, forms, multipart, options, uploads
from functions.upload.files.file_model import FILES_BY_ID, SORTED, STATUSES, File, shown_file
from functions.upload.files.idempotency import Key
from functions.upload.validation import BadRequest
from lector.runtime import database, settings

file_routes = Blueprint("files", __name__, url_prefix="/v1/files")

Answer = tuple[Response, int] | tuple[Response, int, dict[str, str]] | Response

_MOST_PER_PAGE = 1000
_MOST_AT_ONCE = 100


@file_routes.get("")
def list_files() -> Answer:
    """Files by their sort; `cursor` continues where the last answer's `next` ended; `id` picks."""
    args = request.args
    validation.no_unknown(args, ("limit", "cursor", "status", "name", "sort", "id"))
    limit = validation.whole_number(args, "limit", 50, 1, _MOST_PER_PAGE)
    ids = [validation.file_id(text) for text in args.getlist("id")]
    if not ids:
        return jsonify(_listed(limit))
    if set(args) & {"cursor", "status", "name", "sort"} or len(ids) > limit:
        detail = "id goes with no filter, sort or cursor, nor with a lower limit"
        raise BadRequest("conflicting_options", detail, 422)
    with database.transaction() as connection:
        files = FILES_BY_ID.all(connection, ids=ids, tenant=g.caller.tenant)
    newest_first = sorted(files, key=lambda file: file.id, reverse=True)
    return jsonify({"files": [shown_file(file) for file in newest_first], "next": None})


def _listed(limit: int) -> dict[str, Any]:
    sort = validation.one_of(request.args, "sort", tuple(SORTED)) or "newest"
    statuses = [
        validation.known("status", text, STATUSES) for text in request.args.getlist("status")
    ]
    if len(statuses) > len(STATUSES):
        raise BadRequest("malformed_status", f"name at most {len(STATUSES)} states")
    file_id, key = cursors.read(request.args.get("cursor"), str, str) or (None, None)
    with database.transaction() as connection:
        found = SORTED[sort].all(
            connection,
            tenant=g.caller.tenant,
            id=file_id and validation.file_id(file_id),
            key=key if key != "" or sort == "name" else "0",
            statuses=statuses or None,
            name=validation.containing(request.args.get("name")),
            limit=limit + 1,
        )
        ids = [row.id for row in found[:limit]]
        files = {file.id: file for file in FILES_BY_ID.all(connection, ids=ids, tenant=None)}
    more = cursors.written(str(ids[-1]), found[limit - 1].key) if len(found) > limit else None
    return {"files": [shown_file(files[one]) for one in ids if one in files], "next": more}


@file_routes.post("")
def create_file() -> Answer:
    """Announce a file as JSON (201, with an upload URL), or send it as a form (202)."""
    validation.no_unknown(request.args, ())
    key = validation.idempotency_key(request)
    if request.mimetype == "multipart/form-data":
        with forms.received(request, most=1) as sent:
            received = forms.sent_file(sent[0])
            [file] = uploads.receive(g.caller.tenant, [received], _key(key, forms.digest(sent)))
        return jsonify(shown_file(file)), 202, _location(file)
    request.max_content_length = validation.JSON_BYTES
    body = request.get_json(silent=True)
    new = options.new_file(body, _limits().max_file_bytes)
    [file] = uploads.announce(g.caller.tenant, [new], _key(key, repr(new)))
    return jsonify(_announced(file)), 201, _location(file)


@file_routes.post("/batch")
def create_files() -> Answer:
    """Announce several files, or send them; each stands for itself."""
    validation.no_unknown(request.args, ())
    key = validation.idempotency_key(request)
    if request.mimetype == "multipart/form-data":
        with forms.received(request, most=_MOST_AT_ONCE) as sent:
            read = [forms.attempt(forms.sent_file, one) for one in sent]
            fit = [one for one in read if not isinstance(one, BadRequest)]
            files = uploads.receive(g.caller.tenant, fit, _key(key, forms.digest(sent)))
            return jsonify({"results": _results(read, files, shown_file)})
    request.max_content_length = _MOST_AT_ONCE * validation.JSON_BYTES
    wanted = options.several(request.get_json(silent=True), _MOST_AT_ONCE)
    new_file = partial(options.new_file, max_bytes=_limits().max_file_bytes)
    announced = [forms.attempt(new_file, one) for one in wanted]
    fitting = [one for one in announced if not isinstance(one, BadRequest)]
    files = uploads.announce(g.caller.tenant, fitting, _key(key, repr(wanted)))
    return jsonify({"results": _results(announced, files, _announced)})


@file_routes.delete("")
def delete_files() -> Answer:
    """Delete several files; which are gone by that, and which never were there."""
    validation.no_unknown(request.args, ("id",))
    ids = [validation.file_id(text) for text in request.args.getlist("id")]
    if not 1 <= len(ids) <= _MOST_AT_ONCE:
        raise BadRequest("malformed_id", f"name 1 to {_MOST_AT_ONCE} files: ?id=…&id=…")
    outcome: dict[str, list[str]] = {"deleted": [], "missing": []}
    for file_id in ids:
        try:
            changes.delete(g.caller.tenant, file_id)
            outcome["deleted"].append(str(file_id))
        except changes.NoSuchFile:
            outcome["missing"].append(str(file_id))
    return jsonify(outcome)


@file_routes.get("/<file_id>")
def get_file(file_id: str) -> Answer:
    """One file with its progress."""
    validation.no_unknown(request.args, ())
    return jsonify(shown_file(uploads.found(g.caller.tenant, validation.file_id(file_id))))


@file_routes.delete("/<file_id>")
def delete_file(file_id: str) -> Answer:
    """Remove a file and all that was made of it (204); saying it again changes nothing."""
    validation.options(request, ())
    changes.delete(g.caller.tenant, validation.file_id(file_id))
    return Response(status=204)


@file_routes.post("/<file_id>/parts")
def upload_in_parts(file_id: str) -> Answer:
    """Where each part of a file that is not stored yet is to be PUT."""
    validation.options(request, ())
    return jsonify(multipart.wanted(uploads.found(g.caller.tenant, validation.file_id(file_id))))


@file_routes.post("/<file_id>/confirm")
def confirm_file(file_id: str) -> Answer:
    """The bytes are there: begin (202)."""
    validation.options(request, ())
    file = uploads.confirm(g.caller.tenant, validation.file_id(file_id))
    return jsonify(shown_file(file)), 202


@file_routes.post("/<file_id>/retry")
def retry_file(file_id: str) -> Answer:
    """Read failed pages once more, or any that `pages` selects, also with another prompt (202)."""
    file, tenant = validation.file_id(file_id), g.caller.tenant
    wanted = ("pages", "prompt", "model")
    reading = options.reading(validation.options(request, wanted), wanted)
    changes.retry(tenant, file, **reading)
    return jsonify(shown_file(uploads.found(tenant, file))), 202


@file_routes.post("/<file_id>/cancel")
def cancel_file(file_id: str) -> Answer:
    """Stop what has not begun (202); a file that is finished stays as it is.

    One whose bytes have not come is gone by that.
    """
    validation.options(request, ())
    tenant = g.caller.tenant
    file = uploads.found(tenant, validation.file_id(file_id))
    gone = changes.cancel(tenant, file.id)
    shown = replace(file, status="cancelled") if gone else uploads.found(tenant, file.id)
    return jsonify(shown_file(shown)), 202


def _results(read: Any, files: list[File], show: Any) -> list[dict[str, Any]]:
    """Each file as it is shown, or the problem with it, in the order of the request."""
    made = iter(files)
    return [
        {"error": one.as_problem()} if isinstance(one, BadRequest) else {"file": show(next(made))}
        for one in read
    ]


def _announced(file: File) -> dict[str, object]:
    return {**shown_file(file), "upload": uploads.target(file)}


def _key(key: str | None, request_as_text: str) -> Key | None:
    if key is None:
        return None
    return Key(g.caller.tenant, key, validation.fingerprint(request.path, request_as_text))


def _location(file: File) -> dict[str, str]:
    return {"Location": f"/v1/files/{file.id}"}


def _limits() -> settings.Limits:
    limits: settings.Limits = settings.current(settings.Limits)
    return limits
