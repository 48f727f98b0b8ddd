"""The HTTP API under /v1, and the page: files in, text out. Errors are problem details."""

import math

from flask import Flask, Response, g, request
from flask_cors import CORS
from opentelemetry import trace
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from functions.upload import authentication, validation
from functions.upload.admin.routes import upkeep
from functions.upload.admin.tokens import token_routes
from functions.upload.admin.webhooks import webhook_routes
from functions.upload.authentication import NoToken, TooManyRequests
from functions.upload.files.routes import file_routes
from functions.upload.live.event_stream import live_routes
from functions.upload.pages.routes import page_routes
from functions.upload.validation import BadRequest
from functions.upload.web_page import web_page
from lector.runtime import endpoint, settings
from lector.runtime.failures import LectorError
from lector.telemetry import tracing

_MULTIPART_ROOM = 64 * 1024
_ROUTES = (file_routes, page_routes, live_routes, token_routes, upkeep, webhook_routes, web_page)


def create_api() -> Flask:
    """The API as a WSGI application."""
    api = Flask("lector", static_folder=None)
    api.json.sort_keys = False  # type: ignore[attr-defined]
    api.url_map.strict_slashes = False
    api.config["MAX_CONTENT_LENGTH"] = (
        settings.current(settings.Limits).max_file_bytes + _MULTIPART_ROOM
    )
    api.add_url_rule("/health/<kind>", view_func=health)
    for routes in _ROUTES:
        api.register_blueprint(routes)
    api.before_request(_admit)
    api.after_request(_finish)
    api.register_error_handler(BadRequest, _refused)
    api.register_error_handler(RequestEntityTooLarge, _too_large)
    api.register_error_handler(HTTPException, _http_error)
    api.register_error_handler(LectorError, endpoint.failure_response)
    api.register_error_handler(Exception, endpoint.failure_response)
    _befriend(api)
    return api


def health(**_: str) -> Response:
    """The process answers; asked by Knative and by whoever wakes functions."""
    return Response("ok\n", mimetype="text/plain")


def _befriend(api: Flask) -> None:
    """Let pages of other origins use the API, if they are named."""
    origins = _friends()
    if origins:
        exposed = ["Location", "ETag", "Retry-After"]
        CORS(api, resources={r"/v1/*": {"origins": origins, "expose_headers": exposed}})


def _admit() -> None:
    """Where ALLOWED_HOSTS says so, as on one machine: no other name, and no other site's page.

    Otherwise any page that a browser on this machine shows could read and delete through it.
    """
    if request.url_rule:
        span = trace.get_current_span()
        span.update_name(f"{request.method} {request.url_rule.rule}")
        span.set_attribute("http.route", request.url_rule.rule)
        file_id = (request.view_args or {}).get("file_id")
        if file_id:
            span.set_attribute(tracing.FILE_ID, str(file_id))
    if not request.path.startswith("/v1") or request.method == "OPTIONS":
        return
    allowed = settings.current(settings.AllowedHosts).allowed_hosts
    if allowed:
        validation.known_host(request, allowed.split(","), _friends())
    g.caller = authentication.admitted(request)


def _finish(answer: Response) -> Response:
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    if request.path.startswith("/v1"):
        answer.headers.setdefault("Cache-Control", "private, no-cache")
    if request.method == "GET" and answer.status_code == 200 and not answer.is_streamed:
        answer.add_etag()
        answer.make_conditional(request)
    return answer


def _refused(refusal: BadRequest) -> Response:
    answer = endpoint.problem(refusal.status, refusal.code, refusal.detail)
    if isinstance(refusal, NoToken):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="lector"'
    if isinstance(refusal, TooManyRequests):
        answer.headers["Retry-After"] = str(math.ceil(refusal.wait_s))
    return answer


def _too_large(_: RequestEntityTooLarge) -> Response:
    if request.mimetype != "multipart/form-data":
        detail = f"the limit for this body is {request.max_content_length} bytes"
        return endpoint.problem(413, "body_too_large", detail)
    limit = settings.current(settings.Limits).max_file_bytes
    return endpoint.problem(413, "file_too_large", f"the limit for a file is {limit} bytes")


def _http_error(error: HTTPException) -> Response:
    code = error.name.lower().replace(" ", "_")
    answer = endpoint.problem(error.code or 500, code, error.description or error.name)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        answer.headers["Allow"] = ", ".join(allowed)
    return answer


def _friends() -> list[str]:
    origins = settings.current(settings.AllowedHosts).cors_origins
    return [origin.strip() for origin in origins.split(",") if origin.strip()]
