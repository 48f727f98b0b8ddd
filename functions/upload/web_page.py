"""The page and what it is made of, under a strict Content-Security-Policy."""

import re
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from functions.upload import authentication
from functions.upload.admin import tokens
from functions.upload.errors import ApiError
from functions.upload.operations import Routes
from functions.upload.problem_codes import ProblemCode
from lector.runtime import settings

routes = Routes("page")

_STATIC = Path(__file__).parent / "static"
# Unless it is named only to be refused.
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
_NONCE = "__CSP_NONCE__"
_SIGNED_IN_DAYS = 30
_NOT_BUILT = """Lector's API is here, under /v1; /openapi.json describes it.
The page for people is not built: `make web` builds it.
"""


@routes.get("/docs", None)
def docs(_: Request) -> Response:
    """The contract for people."""
    return _document("docs.html")


@routes.get("/assets/{name:path}", None)
def asset(request: Request, name: str) -> Response:
    """What the page is made of; names change with contents, so it may be kept for ever."""
    zipped = takes_gzip(request) and (_STATIC / "assets" / f"{name}.gz").is_file()
    answer = _static(request, f"assets/{name}{'.gz' * zipped}")
    if zipped:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@routes.get("/", None)
@routes.get("/files/{rest:path}", None)
@routes.get("/search", None)
@routes.get("/check", None)
@routes.get("/check/{rest:path}", None)
@routes.get("/events", None)
def page(_: Request, **__: str) -> Response:
    """The page; which part of it is shown, it finds out itself."""
    return _document("index.html")


@routes.post("/sign-in", None)
def sign_in(request: Request) -> Response:
    """A token in exchange for a code that is good once; both are sent as tokens are."""
    authentication.check_origin(request)
    if not authentication.use_code(authentication.bearer(request)):
        raise authentication.no_token("this address was used, or there is a newer one")
    scopes: list[tokens.Scope] = ["read", "write", "admin"]
    wanted = tokens.NewToken("page", scopes=scopes, expires_in_days=_SIGNED_IN_DAYS)
    return JSONResponse(
        {"token": tokens.make_token(wanted).token}, headers={"Cache-Control": "no-store"}
    )


@routes.get("/{name}", None)
def beside(request: Request, name: str) -> Response:
    """What browsers ask for beside the page, such as its icon."""
    return _static(request, name)


def takes_gzip(request: Request) -> bool:
    """Whether whoever asks can read compressed answers."""
    return _TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")) is not None


def _static(request: Request, name: str) -> Response:
    path = (_STATIC / name).resolve()
    if not path.is_relative_to(_STATIC.resolve()) or not path.is_file():
        raise ApiError(
            404, ProblemCode.NOT_FOUND, "there is nothing here; /openapi.json tells what is"
        )
    return StaticFiles(directory=_STATIC).file_response(path, path.stat(), request.scope)


def _document(name: str) -> Response:
    path = _STATIC / name
    if not path.exists():
        return PlainTextResponse(_NOT_BUILT, 404)
    nonce = secrets.token_urlsafe(16)
    answer = HTMLResponse(path.read_text().replace(_NONCE, nonce))
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
