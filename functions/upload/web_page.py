"""The page, what it is made of, and the contract, under a strict Content-Security-Policy."""

import json
import secrets
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, send_from_directory

from lector.runtime import settings

web_page = Blueprint("web_page", __name__)

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
_NONCE = "__CSP_NONCE__"
_NOT_BUILT = """Lector's API is here, under /v1; /openapi.json describes it.
The page for people is not built: `make web` builds it.
"""


@web_page.get("/openapi.json")
def contract() -> Response:
    """The API's contract."""
    return Response(_contract(), mimetype="application/json")


@web_page.get("/docs")
def docs() -> Response:
    """The contract for people."""
    return _document("docs.html")


@web_page.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """What the page is made of; names change with contents, so it may be kept for ever."""
    answer = send_from_directory(_STATIC / "assets", name)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@web_page.get("/")
@web_page.get("/files/<path:_>")
@web_page.get("/search")
@web_page.get("/events")
def page(_: str = "") -> Response:
    """The page; which part of it is shown, it finds out itself."""
    return _document("index.html")


@web_page.get("/<name>")
def beside(name: str) -> Response:
    """What browsers ask for beside the page, such as its icon."""
    return send_from_directory(_STATIC, name)


def _document(name: str) -> Response:
    path = _STATIC / name
    if not path.exists():
        return Response(_NOT_BUILT, 404, mimetype="text/plain")
    nonce = secrets.token_urlsafe(16)
    answer = Response(path.read_text().replace(_NONCE, nonce), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = _policy(nonce)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _policy(nonce: str) -> str:
    store = _store_origin()
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": f"'self' 'nonce-{nonce}'",
        "img-src": f"'self' data: blob: {store}",
        "connect-src": f"'self' {store}",
        "font-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def _store_origin() -> str:
    """Where browsers send PDFs to and get images from."""
    config = settings.current(settings.Objects)
    url = urlsplit(config.s3_public_endpoint or config.s3_endpoint)
    return f"{url.scheme}://{url.netloc}"


@cache
def _contract() -> str:
    import yaml  # noqa: PLC0415 - seldom asked for, and slow to import

    return json.dumps(yaml.safe_load((_HERE / "openapi.yaml").read_text()))
