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

Only a known caller within the cluster, or on the same machine, gets that far: whoever came by
another name of the host, or through a browser, gets 403, whoever lacks the shared secret 503.
"""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

import functions_framework
from flask import Request, Response, json
from google.protobuf.message import Message

from lector.runtime import callers, endpoint_telemetry, events, problems, settings
from lector.runtime.events import Event
from lector.runtime.failures import PermanentFailure, ProtocolCode
from lector.runtime.problems import Problem
from lector.telemetry import logs, tracing

log = logging.getLogger("lector")

_LOOPBACK = ("127.0.0.1", "::1")
_PORT = re.compile(r":\d*$")
_LABEL = re.compile(r"[A-Za-z0-9-]+")

Handler = Callable[[Event[Any]], Event[Any] | None]
HttpFunction = Callable[[Request], Response]


def function(name: str, handlers: Mapping[type[Message], Handler]) -> HttpFunction:
    """An HTTP function for functions-framework that hands each event to its type's handler."""
    logs.configure(settings.current(settings.Logging))
    by_type = {events.type_of(kind): handler for kind, handler in handlers.items()}

    def serve(request: Request) -> Response:
        if request.method == "GET" and request.path.startswith("/health/"):
            return Response("ok\n", 200, mimetype="text/plain")
        if not _is_cluster_local(request):
            outside = ProtocolCode.NOT_CLUSTER_LOCAL
            return problem_response(Problem(403, outside, outside.sentence))
        refusal = callers.refusal(request.headers.get(callers.HEADER))
        if refusal:
            return problem_response(refusal)
        if request.method != "POST":
            detail = "this function takes CloudEvents by POST"
            return problem_response(Problem(405, ProtocolCode.METHOD_NOT_ALLOWED, detail))
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


def problem_response(problem: Problem) -> Response:
    """An answer with problem details."""
    body = json.dumps(problem.details())
    return Response(body, problem.status, problem.headers, mimetype=problems.MEDIA_TYPE)


def _answer(name: str, handlers: Mapping[str, Handler], request: Request) -> Response:
    headers = {header.lower(): value for header, value in request.headers.items()}
    try:
        event = events.from_request(headers, request.get_data())
    except Exception as error:
        response = problem_response(problems.problem_of(error))
        what = headers.get("ce-type", "unknown type")
        log.info("%s answered an event (%s) with %d", name, what, response.status_code)
        return response
    with endpoint_telemetry.handling_span(name, event, headers) as outcome:
        try:
            response = _handle(handlers, event)
        except Exception as error:
            response = problem_response(problems.problem_of(error))
            outcome.failure = tracing.error_code(error)
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
