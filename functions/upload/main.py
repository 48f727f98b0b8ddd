"""upload: the way in. The HTTP API under /v1, and the page, for people and programs.

Consumes  HTTP requests
Produces  lector.file.uploaded, .cancelled, .retried, lector.files.deleted, lector.page.restored and
          what a retry needs, through the outbox

Safe to repeat: a file is confirmed once however often it is said, an Idempotency-Key makes one
file, and reading changes nothing.
"""

import functions_framework
from flask import Flask, Request
from opentelemetry.trace import SpanKind
from werkzeug import Response

from functions.upload import authentication
from functions.upload.api import create_api
from lector.runtime import endpoint, settings
from lector.runtime.once import once
from lector.telemetry import tracing

settings.require(
    settings.Database,
    settings.Objects,
    settings.Limits,
    settings.Ledger,
    settings.AllowedHosts,
    settings.Access,
    settings.EventStream,
    settings.Uploads,
    settings.TraceLinks,
    settings.Outbound,
    settings.Wakeup,
)
authentication.check_settings()


@once
def _api() -> Flask:
    return create_api()


@functions_framework.errorhandler(404)  # type: ignore[untyped-decorator]
def no_such_path(_: Exception) -> Response:
    """For paths that the framework itself turns down, such as those with a line feed."""
    return endpoint.problem(404, "not_found", "there is nothing here; /openapi.json tells what is")


@functions_framework.http
def upload(request: Request) -> Response:
    """Every path and method; the API's own routes decide."""
    if request.path.startswith("/health/"):
        return Response.from_app(_api(), request.environ)
    carried = dict(request.headers.items(lower=True))
    about = {"http.request.method": request.method, "url.path": request.path}
    with tracing.span(request.method, SpanKind.SERVER, carried, about) as span:
        answer = Response.from_app(_api(), request.environ)
        span.set_attribute("http.response.status_code", answer.status_code)
        if answer.status_code >= 500:
            tracing.failed(span, str(answer.status_code))
        return answer
