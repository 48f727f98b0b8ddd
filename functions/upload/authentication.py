"""Who is asking, and what they may do: tokens, scopes, tenants, and how often."""

import hmac
import ipaddress
import time
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from flask import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from functions.upload.validation import BadRequest
from lector.runtime import database, queries, settings
from lector.runtime.once import once
from lector.runtime.settings import SettingsError

READ, WRITE, ADMIN = SCOPES = ("read", "write", "admin")
DEFAULT_TENANT = "default"
_AUTH = ("", "required", "none", "open-to-everyone")
_FOR_ADMINS = ("/v1/tokens", "/v1/dead-letters", "/v1/gc", "/v1/webhooks", "/v1/notifications")


@dataclass(frozen=True)
class Caller:
    """Somebody who asks; `id` tells callers apart when requests are counted."""

    id: str
    tenant: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class KnownToken:
    """A token that is good."""

    id: UUID
    tenant: str
    scopes: list[str]


class NoToken(BadRequest):
    """A good token is needed (401)."""

    def __init__(self, detail: str) -> None:
        super().__init__("token_needed", detail, 401)


class TooManyRequests(BadRequest):
    """The caller asks too often (429)."""

    def __init__(self, limit: int, wait_s: float) -> None:
        super().__init__("too_many_requests", f"the limit is {limit} requests a minute", 429)
        self.wait_s = wait_s


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


def admitted(request: Request) -> Caller:
    """Who is asking, if they may ask for this now.

    Raises:
        BadRequest: there is no good token (401), it is not good for this (403), or it was used too
            often (429).

    """
    address = request.remote_addr or "nowhere"
    if not tokens_needed():
        caller = Caller(address, DEFAULT_TENANT, frozenset(SCOPES))
    else:
        try:
            caller = _caller(request)
        except NoToken:
            _count(f"stranger {address}")
            raise
    _count(caller.id)
    needed = scope_of(request)
    if needed not in caller.scopes:
        raise BadRequest("not_allowed", f"this needs a token with the scope {needed}", 403)
    return caller


def scope_of(request: Request) -> str:
    """The scope that a request needs."""
    if request.path.startswith(_FOR_ADMINS):
        return ADMIN
    return READ if request.method in ("GET", "HEAD") else WRITE


def digest(secret: str) -> str:
    """What is kept of a token. Tokens are 256 random bits, so one round suffices."""
    return sha256(secret.encode()).hexdigest()


def _caller(request: Request) -> Caller:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        raise NoToken("send Authorization: Bearer and a token; `lector token` makes one")
    admin = settings.current(settings.Access).admin_token
    if admin and hmac.compare_digest(secret.encode(), admin.encode()):
        return Caller("admin", DEFAULT_TENANT, frozenset(SCOPES))
    with database.transaction() as connection:
        token = USE_TOKEN.one(connection, sha256=digest(secret))
    if token is None:
        raise NoToken("this token is not known, was revoked or is too old")
    return Caller(str(token.id), token.tenant, frozenset(token.scopes))


def _count(caller_id: str) -> None:
    limit = settings.current(settings.Access).requests_per_minute
    if not limit:
        return
    item = RateLimitItemPerMinute(limit)
    if not _limiter().hit(item, caller_id):
        reset_at = _limiter().get_window_stats(item, caller_id).reset_time
        raise TooManyRequests(limit, max(1.0, reset_at - time.time()))


@once
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
