"""upload: the way in. The HTTP API under /v1 for people and programs.

Consumes  HTTP requests
Produces  lector.file.uploaded, through the outbox

Safe to repeat: a file is confirmed once however often it is said, and reading changes nothing.
"""

import functions_framework
from flask import Flask, Request
from werkzeug import Response

from api import create_api
from lector import settings
from lector.warm import warm

settings.require(
    settings.Database,
    settings.Objects,
    settings.Limits,
    settings.Ledger,
    settings.Door,
    settings.Waking,
)


@warm
def _api() -> Flask:
    return create_api()


@functions_framework.http
def upload(request: Request) -> Response:
    """Every path and method; the API's own routes decide."""
    return Response.from_app(_api(), request.environ)
