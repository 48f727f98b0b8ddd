"""From HTTP to a typed handler and back: the only owner of HTTP status codes.

| a handler                  | the answer                          |
|----------------------------|-------------------------------------|
| returns an event           | 200, the event in binary mode       |
| returns None               | 204, an empty body                  |
| raises `MalformedEvent`    | 400, problem details (RFC 9457)     |
| raises `PermanentFailure`  | 422, problem details                |
| raises `TransientFailure`  | 503, problem details, Retry-After   |
| raises `FailedAttempt`     | 500, problem details                |
| raises anything else       | 500, problem details without detail |

Only a caller within the cluster, or on the same machine, gets that far: whoever came by another
name of the host, or through a browser, gets 403.
"""

import logging
import math
import re
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import functions_framework
from flask import Request, Response, json
from google.protobuf.message import Message

from lector.runtime import endpoint_telemetry, events, settings
from lector.runtime.events import Event
from lector.runtime.failures import (
    FailedAttempt,
    MalformedEvent,
    PermanentFailure,
    ProtocolCode,
    TransientFailure,
)
from lector.telemetry import logs, tracing

log = logging.getLogger("lector")

_LOOPBACK = ("127.0.0.1", "::1")
_PORT = re.compile(r":\d*$")
_LABEL = re.compile(r"[A-Za-z0-9-]+")

Handler = Callable[[Event[Any]], Event[Any] | None]
HttpFunction = Callable[[Request], Response]


def function(name: str, handlers: Mapping[type[Message], Handler]) -> HttpFunction:
    """An HTTP function for functions-framework that hands each event to its type's handler."""
    logs.begin(settings.current(settings.Logging))
    by_type = {events.type_of(kind): handler for kind, handler in handlers.items()}

    def serve(request: Request) -> Response:
        if request.method == "GET" and request.path.startswith("/health/"):
            return Response("ok\n", 200, mimetype="text/plain")
        if not _is_cluster_local(request):
            outside = ProtocolCode.NOT_CLUSTER_LOCAL
            return problem(403, outside, outside.sentence)
        if request.method != "POST":
            return problem(
                405, ProtocolCode.METHOD_NOT_ALLOWED, "this function takes CloudEvents by POST"
            )
        return _answer(name, by_type, request)

    serve.__name__ = name
    functions_framework.http(serve)
    return serve


def _is_cluster_local(request: Request) -> bool:
    """Whether the caller used a name that only works inside, and is no web page.

    A function is reachable from outside when somebody gives it a public route; a browser on the
    same machine reaches loopback addresses for any page that it shows, also by DNS rebinding.
    """
    host = _PORT.sub("", request.host).strip("[]").removesuffix(".")
    domain = settings.current(settings.ClusterDomain).cluster_domain
    in_cluster = _LABEL.fullmatch(host) or host.endswith((".svc", f".svc.{domain}"))
    inside = host in _LOOPBACK or bool(in_cluster)
    return inside and "Origin" not in request.headers


def problem(status: int, code: str, detail: str, **members: object) -> Response:
    """An answer with problem details."""
    body = {**problem_details(status, code, detail), **members}
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def problem_details(status: int, code: str, detail: str) -> dict[str, object]:
    """Problem details (RFC 9457); `code` is for programs, `detail` for people."""
    title = code.replace("_", " ").capitalize()
    about = {"type": f"urn:lector:problem:{code}", "title": title, "status": status}
    return {**about, "detail": detail, "code": code}


def transient_problem(failure: TransientFailure) -> Response:
    """The answer to "not now", with the wait that was asked for in whole seconds."""
    response = problem(503, failure.code, failure.detail)
    if failure.retry_after_s is not None:
        response.headers["Retry-After"] = str(math.ceil(failure.retry_after_s))
    return response


def _answer(name: str, handlers: Mapping[str, Handler], request: Request) -> Response:
    headers = {header.lower(): value for header, value in request.headers.items()}
    try:
        event = events.from_request(headers, request.get_data())
    except Exception as error:
        response = failure_response(error)
        what = headers.get("ce-type", "unknown type")
        log.info("%s answered an event (%s) with %d", name, what, response.status_code)
        return response
    with endpoint_telemetry.handling_span(name, event, headers) as outcome:
        try:
            response = _handle(handlers, event)
        except Exception as error:
            response = failure_response(error)
            outcome.failure = tracing.code_of(error)
        outcome.status = response.status_code
    return response


def _handle(handlers: Mapping[str, Handler], event: Event[Any]) -> Response:
    handler = handlers.get(event.type)
    if handler is None:
        raise PermanentFailure(
            ProtocolCode.UNEXPECTED_EVENT_TYPE, f"{event.type} is not handled here"
        )
    reply = handler(event)
    if reply is None:
        return Response(status=204)
    headers, body = events.to_http(reply)
    return Response(body, 200, headers)


def failure_response(error: Exception) -> Response:
    """The answer that a failure gets, as in the table above."""
    match error:
        case MalformedEvent():
            return problem(400, ProtocolCode.MALFORMED_EVENT, str(error))
        case PermanentFailure():
            return problem(422, error.code, error.detail)
        case TransientFailure():
            # Addresses and the like are for the log, not for whoever asked.
            log.warning("not now: %s: %s", error.detail, error.__cause__)
            return transient_problem(error)
        case FailedAttempt():
            log.warning("an attempt failed: %s", error)
            return problem(500, error.code, error.detail)
    # The first line only: in those that follow, PostgreSQL quotes the row, and so a page's text.
    words = str(error).partition("\n")[0]
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("unexpected %s: %s\n%s", type(error).__name__, words, where)
    return problem(
        500, ProtocolCode.UNEXPECTED, f"an unexpected {type(error).__name__}; the log has more"
    )
