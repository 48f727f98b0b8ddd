"""Routes about pages and texts."""

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, g, jsonify, request, send_file

from functions.upload import validation
from functions.upload.files import uploads
from functions.upload.files.file_model import File
from functions.upload.pages import page_model, search, texts, versions
from functions.upload.pages.page_model import Page
from lector.runtime import database, object_store

page_routes = Blueprint("pages", __name__, url_prefix="/v1")

_LONGEST_QUERY = 200
_MOST_PER_PAGE = 1000


@page_routes.get("/files/<file_id>/pages")
def list_pages(file_id: str) -> Response:
    """A file's pages, ascending; `after` continues behind a page number."""
    args = request.args
    validation.no_unknown(args, ("limit", "after", "status", "text"))
    limit = validation.whole_number(args, "limit", 50, 1, _MOST_PER_PAGE)
    after = validation.whole_number(args, "after", 0, 0, 10**6)
    status = validation.one_of(args, "status", page_model.STATUSES)
    with_text = validation.one_of(args, "text", ("true", "false")) != "false"
    file = _file(file_id)
    with database.transaction() as connection:
        pages = page_model.PAGES_OF_FILE.all(
            connection,
            file_id=file.id,
            after=after,
            limit=limit + 1,
            status=status,
            with_text=with_text,
        )
    more = pages[limit - 1].number if len(pages) > limit else None
    return jsonify({"pages": [page_model.shown(page) for page in pages[:limit]], "next": more})


@page_routes.get("/files/<file_id>/pages/<number>")
def get_page(file_id: str, number: str) -> Response:
    """A page with its text; `highlight` is a query whose hits are told."""
    validation.no_unknown(request.args, ("highlight",))
    query = validation.query(request.args.get("highlight"), "highlight", _LONGEST_QUERY)
    return jsonify(_whole(_page(_file(file_id), number), query))


@page_routes.get("/files/<file_id>/pages/<number>/versions")
def list_versions(file_id: str, number: str) -> Response:
    """What was read on a page, each time, the newest first."""
    validation.no_unknown(request.args, ())
    found = versions.of_page(_page(_file(file_id), number))
    return jsonify({"versions": [versions.shown(version) for version in found]})


@page_routes.get("/files/<file_id>/pages/<number>/versions/compare")
def compare_versions(file_id: str, number: str) -> Response:
    """What changed between two versions, word by word."""
    validation.no_unknown(request.args, ("from", "to"))
    before = validation.whole_number(request.args, "from", None, 1, 10**6)
    after = validation.whole_number(request.args, "to", None, 1, 10**6)
    changes = versions.compared(_page(_file(file_id), number), before, after)
    return jsonify({"from": before, "to": after, "changes": changes})


@page_routes.post("/files/<file_id>/pages/<number>/versions/<version>/restore")
def restore_version(file_id: str, number: str, version: str) -> Response:
    """Have a page show an earlier version again."""
    validation.options(request, ())
    file = _file(file_id)
    page = _page(file, number)
    wanted = validation.path_number("version", version)
    versions.restore(g.caller.tenant, file.id, page, wanted)
    return jsonify(_whole(_page(file, number), None))


@page_routes.get("/files/<file_id>/text")
def get_text(file_id: str) -> Response:
    """All text read so far, in one of its forms, under a name made of the file's."""
    validation.no_unknown(request.args, ("format",))
    style = validation.one_of(request.args, "format", (*texts.STYLES, "pdf")) or "text"
    file = _file(file_id)
    if style == "pdf":
        answer = send_file(texts.searchable_pdf(file), object_store.PDF, etag=False)
        return _named(answer, file, "searchable.pdf")
    content, media_type, extension = texts.of_file(file, style)
    return _named(Response(content, mimetype=media_type), file, extension)


@page_routes.get("/search")
def search_texts() -> Response:
    """Pages in which a query hits, the best first."""
    args = request.args
    validation.no_unknown(args, ("q", "file", "limit", "cursor"))
    query = validation.query(args.get("q"), "q", _LONGEST_QUERY, needed=True)
    limit = validation.whole_number(args, "limit", 20, 1, 100)
    file_id = validation.file_id(args["file"]) if "file" in args else None
    hits, more = search.search(g.caller.tenant, str(query), file_id, args.get("cursor"), limit)
    return jsonify({"hits": [search.shown(hit) for hit in hits], "next": more})


def _named(answer: Response, file: File, extension: str) -> Response:
    """An answer under a name made of the file's (RFC 6266)."""
    name = f"{file.name.removesuffix('.pdf').removesuffix('.PDF')}.{extension}"
    answer.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name, safe='')}"
    return answer


def _file(file_id: str) -> File:
    return uploads.found(g.caller.tenant, validation.file_id(file_id))


def _page(file: File, number: str) -> Page:
    wanted = validation.path_number("number", number)
    with database.transaction() as connection:
        return page_model.found(connection, file.id, wanted)


def _whole(page: Page, query: str | None) -> dict[str, Any]:
    highlights, words = search.places(page.id, query)
    return {**page_model.shown(page), "highlights": highlights, "words": words}
