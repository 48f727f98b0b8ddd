"""The HTTP API under /v1: files in, progress and text out. Errors are problem details."""

from dataclasses import replace
from typing import Any

from flask import Flask, Response, jsonify, request
from opentelemetry.trace import SpanKind
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

import changes
import checks
import uploads
from checks import BadRequest
from files import (
    FILES_BY_ID,
    NEWEST_FILE_IDS,
    PAGES_OF_FILE,
    STATUSES,
    TEXTS_OF_FILE,
    shown_file,
    shown_page,
)
from lector import database, endpoint, settings, tracing
from lector.failures import LectorError
from upkeep import upkeep

_MULTIPART_ROOM = 64 * 1024
_MOST_PER_PAGE = 1000

Answer = tuple[Response, int] | tuple[Response, int, dict[str, str]] | Response


def create_api() -> Flask:
    """The API as a WSGI application."""
    api = Flask("lector")
    api.json.sort_keys = False  # type: ignore[attr-defined]
    api.config["MAX_CONTENT_LENGTH"] = (
        settings.current(settings.Limits).max_file_bytes + _MULTIPART_ROOM
    )
    api.add_url_rule("/health/<kind>", view_func=health)
    api.add_url_rule("/v1/files", view_func=create_file, methods=["POST"])
    api.add_url_rule("/v1/files", view_func=list_files)
    api.add_url_rule("/v1/files/<file_id>", view_func=get_file)
    api.add_url_rule("/v1/files/<file_id>/confirm", view_func=confirm_file, methods=["POST"])
    api.add_url_rule("/v1/files/<file_id>/pages", view_func=get_pages)
    api.add_url_rule("/v1/files/<file_id>/text", view_func=get_text)
    api.add_url_rule("/v1/files/<file_id>", view_func=delete_file, methods=["DELETE"])
    api.add_url_rule("/v1/files/<file_id>/retry", view_func=retry_file, methods=["POST"])
    api.add_url_rule("/v1/files/<file_id>/cancel", view_func=cancel_file, methods=["POST"])
    api.register_blueprint(upkeep)
    api.before_request(_refuse_strangers)
    api.register_error_handler(BadRequest, lambda e: endpoint.problem(e.status, e.code, e.detail))
    api.register_error_handler(RequestEntityTooLarge, _too_large)
    api.register_error_handler(HTTPException, _http_error)
    api.register_error_handler(LectorError, endpoint.failure_response)
    api.register_error_handler(Exception, endpoint.failure_response)
    return api


def _refuse_strangers() -> None:
    """Where ALLOWED_HOSTS says so, as on one machine: no other name, and no other site's page.

    Otherwise any page that a browser on this machine shows could read and delete through it.
    """
    allowed = settings.current(settings.Door).allowed_hosts
    if allowed and request.path.startswith("/v1"):
        checks.known_host(request, allowed.split(","))


def health(**_: str) -> Response:
    """The process answers; asked by Knative and by whoever wakes functions."""
    return Response("ok\n", mimetype="text/plain")


def create_file() -> Answer:
    """Announce a file as JSON (201, with an upload URL), or send it as a form (202)."""
    checks.no_unknown(request.args, ())
    with _span("files create"):
        if request.mimetype == "multipart/form-data":
            return _receive_form()
        request.max_content_length = checks.JSON_BYTES
        body = request.get_json(silent=True)
        new = checks.new_file(body, settings.current(settings.Limits).max_file_bytes)
        file = uploads.announce(new)
        shown = {**shown_file(file), "upload": uploads.target(file)}
        return jsonify(shown), 201, {"Location": f"/v1/files/{file.id}"}


def confirm_file(file_id: str) -> Answer:
    """The bytes are there: begin (202)."""
    checks.no_unknown(request.args, ())
    with _span("files confirm"):
        return jsonify(shown_file(uploads.confirm(checks.file_id(file_id)))), 202


def retry_file(file_id: str) -> Answer:
    """Try all failed pages once more, or those that `pages` selects (202)."""
    with _span("files retry"):
        file = checks.file_id(file_id)
        changes.retry(file, checks.retried_pages(checks.options(request, ("pages",))))
        return jsonify(shown_file(uploads.found(file))), 202


def cancel_file(file_id: str) -> Answer:
    """Stop what has not begun (202); a file that is finished stays as it is.

    One whose bytes have not come is gone by that.
    """
    checks.options(request, ())
    with _span("files cancel"):
        file = uploads.found(checks.file_id(file_id))
        gone = changes.cancel(file.id)
        shown = replace(file, status="cancelled") if gone else uploads.found(file.id)
        return jsonify(shown_file(shown)), 202


def delete_file(file_id: str) -> Answer:
    """Remove a file and all that was made of it (204); saying it again changes nothing."""
    checks.options(request, ())
    with _span("files delete"):
        changes.delete(checks.file_id(file_id))
        return Response(status=204)


def list_files() -> Answer:
    """Newest first; `cursor` continues where the last answer's `next` ended; `id` picks files."""
    checks.no_unknown(request.args, ("limit", "cursor", "status", "id"))
    limit = checks.whole_number(request.args, "limit", 50, 1, _MOST_PER_PAGE)
    status, cursor = request.args.get("status"), request.args.get("cursor")
    if status is not None and status not in STATUSES:
        raise BadRequest("malformed_status", f"status is one of {', '.join(STATUSES)}")
    before = checks.file_id(cursor) if cursor else None
    ids = [checks.file_id(text) for text in request.args.getlist("id")]
    if ids and (status or cursor or len(ids) > limit):
        raise BadRequest(
            "conflicting_options", "id goes with neither status nor cursor, nor a lower limit"
        )
    with database.transaction() as connection:
        if not ids:
            found = NEWEST_FILE_IDS.all(connection, before=before, status=status, limit=limit + 1)
            ids = [row.id for row in found]
        files = FILES_BY_ID.all(connection, ids=ids[:limit])
    more = str(files[-1].id) if len(ids) > limit else None
    return jsonify({"files": [shown_file(file) for file in files], "next": more})


def get_file(file_id: str) -> Answer:
    """One file with its progress."""
    checks.no_unknown(request.args, ())
    return jsonify(shown_file(uploads.found(checks.file_id(file_id))))


def get_pages(file_id: str) -> Answer:
    """A file's pages, ascending; `after` continues behind a page number."""
    checks.no_unknown(request.args, ("limit", "after"))
    file = uploads.found(checks.file_id(file_id))
    limit = checks.whole_number(request.args, "limit", 100, 1, _MOST_PER_PAGE)
    after = checks.whole_number(request.args, "after", 0, 0, 10**6)
    with database.transaction() as connection:
        pages = PAGES_OF_FILE.all(connection, file_id=file.id, after=after, limit=limit + 1)
    more = pages[limit - 1].number if len(pages) > limit else None
    return jsonify({"pages": [shown_page(page) for page in pages[:limit]], "next": more})


def get_text(file_id: str) -> Answer:
    """All text read so far, page after page, a form feed between pages."""
    checks.no_unknown(request.args, ())
    file = uploads.found(checks.file_id(file_id))
    with database.transaction() as connection:
        texts = TEXTS_OF_FILE.all(connection, file_id=file.id)
    return Response("\f".join(f"{page.text}\n" for page in texts), mimetype="text/plain")


def _receive_form() -> Answer:
    checks.no_unknown(request.form, ("pages",))
    sent = request.files.getlist("file")
    if len(sent) != 1 or len(request.files) != 1:
        raise BadRequest("malformed_form", "send one PDF in the form field 'file'")
    name = checks.clean_name(sent[0].filename or "")
    pages = checks.checked_pages(request.form.get("pages"))
    file = uploads.receive(sent[0].stream, name, pages)
    return jsonify(shown_file(file)), 202, {"Location": f"/v1/files/{file.id}"}


def _too_large(_: RequestEntityTooLarge) -> Response:
    if request.mimetype != "multipart/form-data":
        detail = f"the limit for a JSON body is {checks.JSON_BYTES} bytes"
        return endpoint.problem(413, "body_too_large", detail)
    limit = settings.current(settings.Limits).max_file_bytes
    return endpoint.problem(413, "file_too_large", f"the limit for a file is {limit} bytes")


def _http_error(error: HTTPException) -> Response:
    code = error.name.lower().replace(" ", "_")
    return endpoint.problem(error.code or 500, code, error.description or error.name)


def _span(name: str) -> Any:
    return tracing.span(name, SpanKind.SERVER, dict(request.headers.items(lower=True)))
