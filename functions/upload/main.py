"""upload: the way in. The HTTP API under /v1, and the page, for people and programs.

Consumes  HTTP requests
Produces  lector.file.uploaded, .failed, .cancelled, .retried, lector.files.deleted,
          lector.page.restored, .corrected, lector.verification.requested and what a retry needs,
          through the outbox

Safe to repeat: a file is confirmed once however often it is said, an Idempotency-Key makes one
file, and reading changes nothing.
"""

import functions_framework.aio
from opentelemetry.trace import SpanKind
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from functions.upload import api, authentication
from functions.upload.files import wakeup
from lector.runtime import settings, warm_up
from lector.telemetry import logs, tracing

settings.require(
    settings.Database,
    settings.Objects,
    settings.Limits,
    settings.Ledger,
    settings.AllowedHosts,
    settings.Access,
    settings.EventStream,
    settings.Uploads,
    settings.Connections,
    settings.TraceLinks,
    settings.Outbound,
    settings.Fetching,
    settings.SourceBuckets,
    settings.Wakeup,
    settings.Verification,
    settings.TextLayers,
)
logs.configure(settings.current(settings.Logging))
settings.current(settings.Reports)  # a key that is none is refused at once
authentication.check_settings()
warm_up.process.register(wakeup.wake_at_start)


@functions_framework.aio.http  # type: ignore[arg-type]  # any ASGI application is an answer
async def upload(request: Request) -> ASGIApp:
    """Every path and method; the API's own routes decide."""
    if request.url.path.startswith("/health/"):
        return PlainTextResponse("ok\n", headers=api.SAFE_HEADERS)
    about = {"http.request.method": request.method, "url.path": request.url.path}
    # It ends before the answer is sent, which may take minutes.
    with (
        tracing.span(request.method, SpanKind.SERVER, dict(request.headers), about) as span,
        tracing.own_trace_if_none(),
    ):
        answer = await api.respond(request)
        span.set_attribute("http.response.status_code", answer.status_code)
        if answer.status_code >= 500:
            tracing.mark_failed(span, str(answer.status_code))
        answer.headers[api.TRACE_ID] = tracing.current_trace_id()
    return api.deliver(request, answer)
