"""Who is asking, and what they may do: tokens, scopes, tenants, and how often."""

import hmac
import ipaddress
import math
import time
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from starlette.requests import Request

from functions.upload.errors import ApiError
from functions.upload.problem_codes import ProblemCode
from lector.runtime import database, queries, settings
from lector.runtime.once import once
from lector.runtime.settings import SettingsError

if TYPE_CHECKING:
    from limits.strategies import MovingWindowRateLimiter

READ, WRITE, ADMIN, TELEGRAM = SCOPES = ("read", "write", "admin", "telegram")
DEFAULT_TENANT = "default"
_FILES_PER_REQUEST = 10
_TELEGRAM_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
_AUTH = ("", "required", "none", "open-to-everyone")


@dataclass(frozen=True)
class TokenLimits:
    """What may be done with a token; None: whatever its tenant may."""

    max_cost_usd_per_day: float | None = None
    max_pages_per_day: int | None = None
    max_stored_bytes: int | None = None


NO_LIMITS = TokenLimits()


@dataclass(frozen=True)
class Caller:
    """Somebody who asks; `id` tells callers apart when requests are counted."""

    id: str
    tenant: str
    scopes: frozenset[str]
    address: str = ""
    token_id: UUID | None = None
    limits: TokenLimits = NO_LIMITS


@dataclass(frozen=True)
class KnownToken:
    """A token that is good, and what may be done with it."""

    id: UUID
    tenant: str
    scopes: list[str]
    max_cost_usd_per_day: float | None
    max_pages_per_day: int | None
    max_stored_bytes: int | None


USE_TOKEN = queries.load(__file__).rows("use_token", KnownToken)


def check_settings() -> None:
    """Refuse to be open to everyone where that was not plainly said: `SettingsError`."""
    auth = settings.current(settings.Access).api_auth
    host = settings.current(settings.Address).host
    if auth not in _AUTH:
        raise SettingsError(f"API_AUTH is one of {', '.join(filter(None, _AUTH))}, not {auth!r}")
    if auth == "none" and not _is_loopback(host):
        raise SettingsError(
            f"API_AUTH=none would open this Lector to everyone who reaches {host}; leave it out to"
            " ask for tokens, or say API_AUTH=open-to-everyone if that is meant"
        )


def tokens_needed() -> bool:
    """Whether only those with a token may use the API."""
    auth = settings.current(settings.Access).api_auth
    return auth == "required" or (
        not auth and not _is_loopback(settings.current(settings.Address).host)
    )


def authenticate(request: Request, scope: str) -> Caller:
    """Who is asking, if they may ask for something of this scope now.

    Raises:
        ApiError: the host's name or the page that asks is not allowed (403), there is no good token
            (401), it is not good for this (403), or it was used too often (429).

    """
    check_origin(request)
    address = request.client.host if request.client else "nowhere"
    if tokens_needed():
        try:
            caller = replace(_caller(request), address=address)
        except ApiError:
            _count(f"stranger {address}")
            raise
    else:
        caller = Caller(address, DEFAULT_TENANT, frozenset(SCOPES), address)
    _count(caller.id)
    if scope not in caller.scopes:
        raise ApiError(403, ProblemCode.NOT_ALLOWED, f"this needs a token with the scope {scope}")
    return caller


def cors_origins() -> list[str]:
    """The other origins whose pages may use the API."""
    origins = settings.current(settings.AllowedHosts).cors_origins
    return [origin.strip() for origin in origins.split(",") if origin.strip()]


def use_code(code: str) -> bool:
    """Whether this is the code of SIGN_IN_FILE, which is used up by that."""
    path = Path(settings.current(settings.Access).sign_in_file)
    try:
        is_right = hmac.compare_digest(path.read_bytes(), code.encode())
        if is_right:
            path.unlink()  # of several who come with it, one succeeds
    except OSError:
        return False
    return is_right


def check_origin(request: Request) -> None:
    """Where ALLOWED_HOSTS says so, as on one machine: no other name, and no other site's page.

    Otherwise any page that a browser on this machine shows could read and delete through it.
    """
    allowed = settings.current(settings.AllowedHosts).allowed_hosts
    if not allowed:
        return
    host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
    name = host.rpartition(":")[0] or host
    if name not in allowed.split(","):
        raise ApiError(403, ProblemCode.UNKNOWN_HOST, f"this Lector is not known as {name}")
    if origin is not None and origin.partition("://")[2] != host and origin not in cors_origins():
        raise _foreign_page()


def check_site(request: Request) -> None:
    """Where ALLOWED_HOSTS says so, as on one machine: nothing for pages of other sites.

    A browser says what site a request is from also where it sends no Origin: for images, scripts,
    and whatever a page asks for without wanting to read it. A person may follow a link to the page.

    Raises:
        ApiError: a page of another site asks, even if only of another port (403).

    """
    if not settings.current(settings.AllowedHosts).allowed_hosts:
        return
    if request.headers.get("Sec-Fetch-Site") not in ("cross-site", "same-site"):
        return
    mode, destination = (request.headers.get(f"Sec-Fetch-{name}") for name in ("Mode", "Dest"))
    to_page = request.method == "GET" and not request.url.path.startswith("/v1")
    follows_link = to_page and (mode, destination) == ("navigate", "document")
    if not follows_link and request.headers.get("Origin") not in cors_origins():
        raise _foreign_page()


def _foreign_page() -> ApiError:
    return ApiError(403, ProblemCode.FOREIGN_PAGE, "pages of other sites may not use this Lector")


def digest(secret: str) -> str:
    """What is kept of a token. Tokens are 256 random bits, so one round suffices."""
    return sha256(secret.encode()).hexdigest()


def _caller(request: Request) -> Caller:
    secret = bearer(request)
    if not secret:
        raise no_token(
            "send a token as Authorization: Bearer TOKEN; `lector token create` makes one"
        )
    admin = settings.current(settings.Access).admin_token
    if admin and hmac.compare_digest(secret.encode(), admin.encode()):
        return Caller("admin", DEFAULT_TENANT, frozenset(SCOPES))
    with database.transaction() as connection:
        token = USE_TOKEN.one(connection, sha256=digest(secret))
    if token is None:
        raise no_token(
            "this token is not known, was revoked or is too old;"
            " `lector token create` makes another"
        )
    limits = TokenLimits(
        token.max_cost_usd_per_day, token.max_pages_per_day, token.max_stored_bytes
    )
    scopes = frozenset(token.scopes)
    return Caller(str(token.id), token.tenant, scopes, token_id=token.id, limits=limits)


def count_files(caller: Caller, files: int) -> None:
    """Count a request about many files as some more: one for every ten, but never all there are.

    Raises:
        ApiError: there were too many (429).

    """
    limit = settings.current(settings.Access).requests_per_minute
    more = min((files - 1) // _FILES_PER_REQUEST, limit // 2)
    if more > 0:
        _count(caller.id, more)


def _count(caller_id: str, requests: int = 1) -> None:
    limit = settings.current(settings.Access).requests_per_minute
    if not limit:
        return
    # Most have no limit, and `limits` knows every place in which its counts may be.
    from limits import RateLimitItemPerMinute  # noqa: PLC0415

    item = RateLimitItemPerMinute(limit)
    if not _limiter().hit(item, caller_id, cost=requests):
        reset_at = _limiter().get_window_stats(item, caller_id).reset_time
        wait_s = math.ceil(max(1.0, reset_at - time.time()))
        detail = f"the limit is {limit} requests a minute"
        raise ApiError(429, ProblemCode.TOO_MANY_REQUESTS, detail, {"Retry-After": str(wait_s)})


def bearer(request: Request) -> str:
    """The secret that a request carries, Telegram in a place of its own; empty if there is none."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret if kind.lower() == "bearer" else request.headers.get(_TELEGRAM_SECRET, "")


def no_token(detail: str) -> ApiError:
    """The refusal of who has no good token (401)."""
    return ApiError(
        401, ProblemCode.TOKEN_NEEDED, detail, {"WWW-Authenticate": 'Bearer realm="lector"'}
    )


@once
def _limiter() -> "MovingWindowRateLimiter":
    from limits.storage import MemoryStorage  # noqa: PLC0415 - as above
    from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415 - as above

    return MovingWindowRateLimiter(MemoryStorage())


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
