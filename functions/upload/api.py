"""The HTTP API under /v1, and the page: from a request to its answer, or its problem."""

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from opentelemetry import trace
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.upload import archives, authentication, readers, web_page
from functions.upload.admin import routes as admin
from functions.upload.admin import telegram, tokens, webhooks
from functions.upload.errors import ApiError, error_response
from functions.upload.files import batches, bucket_events, estimates, keeping
from functions.upload.files import routes as files
from functions.upload.live import backlog, event_stream, past_events
from functions.upload.operations import Operation, Routes
from functions.upload.pages import routes as pages
from functions.upload.pages import text_routes
from functions.upload.problem_codes import ProblemCode
from functions.upload.reports import routes as reports
from lector.runtime.failures import ProtocolCode
from lector.telemetry import tracing

_ROUTES = (
    files.routes,
    keeping.routes,
    bucket_events.routes,
    batches.routes,
    pages.routes,
    text_routes.routes,
    archives.routes,
    reports.routes,
    readers.routes,
    estimates.routes,
    event_stream.routes,
    past_events.routes,
    backlog.routes,
    tokens.routes,
    webhooks.routes,
    telegram.routes,
    admin.routes,
)
_contract_routes = Routes("contract")
TRACE_ID = "X-Trace-Id"
_EXPOSED = ("Location", "ETag", "Retry-After", TRACE_ID)
# What is shorter takes as many packets as it does compressed.
_COMPRESSED_FROM_BYTES = 4 * 1024
_COMPRESSION_LEVEL = 4  # a fifth more than the best for the contract, in an eighth of its time


@cache
def contract_document() -> bytes:
    """The API's contract, as JSON."""
    from functions.upload import contract  # noqa: PLC0415 - seldom asked for

    return contract.document(one for routes in _ROUTES for one in routes.operations)


@_contract_routes.get("/openapi.json", None)
def get_contract(_: Request) -> Response:
    """The API's contract."""
    return Response(contract_document(), media_type="application/json")


# Browsers do not guess what an answer is, and tell nobody where they found a link.
SAFE_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_OPERATIONS = [
    operation
    for routes in (*_ROUTES, _contract_routes, reports.key_routes, web_page.routes)
    for operation in routes.operations
]


async def respond(request: Request) -> Response:
    """The answer to any request."""
    try:
        authentication.check_site(request)
        operation, found = _find(request)
        _name_span(operation, found)
        answer = await operation.respond(request, found)
    except ClientDisconnect:
        answer = Response(status_code=400)  # nobody is there to see it
    except Exception as error:
        answer = error_response(error)
        if request.method == "OPTIONS" and answer.status_code == 405:
            answer = Response(status_code=200, headers={"Allow": answer.headers["Allow"]})
    return _finish(request, answer)


def deliver(request: Request, answer: Response) -> ASGIApp:
    """The answer as whoever asks may have it: compressed, or for a page of another origin."""
    return _allow_origins(request, _compressed(request, answer))


def _compressed(request: Request, answer: Response) -> ASGIApp:
    """A long text that is there as a whole, compressed; a file is as it is stored."""
    length = len(getattr(answer, "body", b""))
    is_text = answer.headers.get("Content-Type", "").startswith(("application/json", "text/"))
    if length < _COMPRESSED_FROM_BYTES or not is_text or not web_page.takes_gzip(request):
        return answer
    return GZipMiddleware(answer, compresslevel=_COMPRESSION_LEVEL)


def _allow_origins(request: Request, answer: ASGIApp) -> ASGIApp:
    """The answer for pages of other origins, if some may use the API.

    A browser's question whether they may is answered in place of it.
    """
    origins = authentication.cors_origins()
    if not origins or not request.url.path.startswith("/v1/"):
        return answer
    return CORSMiddleware(
        answer, origins, ("GET", "POST", "PUT", "DELETE"), ("*",), expose_headers=_EXPOSED
    )


def _find(request: Request) -> tuple[Operation, Mapping[str, str]]:
    """The operation that a request asks for, and what stands in its path."""
    path = request.url.path.rstrip("/") or "/"
    method = "GET" if request.method == "HEAD" else request.method
    allowed = {"OPTIONS"}
    for operation in _OPERATIONS:
        found = operation.find_in(path)
        if found is not None and operation.method == method:
            return operation, found
        if found is not None:
            allowed.add(operation.method)
    if len(allowed) == 1:
        raise ApiError(
            404, ProblemCode.NOT_FOUND, "there is nothing here; /openapi.json tells what is"
        )
    methods = {"Allow": ", ".join(sorted(allowed))}
    raise ApiError(
        405, ProtocolCode.METHOD_NOT_ALLOWED, "this method is not for this path", methods
    )


def _name_span(operation: Operation, found: Mapping[str, str]) -> None:
    route = operation.path.replace("{", "<").replace("}", ">")
    span = trace.get_current_span()
    span.update_name(f"{operation.method} {route}")
    span.set_attribute("http.route", route)
    if "file_id" in found:
        span.set_attribute(tracing.FILE_ID, found["file_id"])


def _finish(request: Request, answer: Response) -> Response:
    """Say what browsers must not do with it; to whoever has it already, that it is the same.

    An answer with an ETag of its own, such as a page's version, has that at the beginning of it.
    """
    headers = dict(SAFE_HEADERS)
    if request.url.path.startswith("/v1"):
        headers["Cache-Control"] = answer.headers.get("Cache-Control", "private, no-cache")
    body: Any = getattr(answer, "body", None)  # there is none where it is streamed
    if request.method == "GET" and answer.status_code == 200 and body:
        version = answer.headers.get("ETag", "").strip('"')
        digest = hashlib.sha256(body).hexdigest()[:40]
        headers["ETag"] = f'"{version}-{digest}"' if version else f'"{digest}"'
        if _is_known(request, headers["ETag"]):
            answer = Response(status_code=304)
    answer.headers.update(headers)
    return answer


def _is_known(request: Request, etag: str) -> bool:
    known = request.headers.get("If-None-Match", "")
    return known.strip() == "*" or etag in (
        one.strip().removeprefix("W/") for one in known.split(",")
    )
