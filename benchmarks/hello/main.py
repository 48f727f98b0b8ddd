"""The least a function can be: what the starts of the others are held against."""

import functions_framework
from flask import Request, Response


@functions_framework.http
def hello(_: Request) -> Response:
    """An empty answer to whatever comes."""
    return Response(status=204)
