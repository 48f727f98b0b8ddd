"""Tokens made, listed and revoked; and who one is oneself."""

import secrets
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from functions.upload import authentication
from functions.upload.answers import Output, Time
from functions.upload.authentication import ADMIN, READ, SCOPES, Caller
from functions.upload.errors import ApiError
from functions.upload.fields import Id, Input, Rule
from functions.upload.operations import Routes
from functions.upload.problem_codes import ProblemCode
from lector.runtime import database, queries, settings

routes = Routes("access")

Scope = Literal["read", "write", "admin"]
_BY_DEFAULT: list[Scope] = ["read", "write"]


def _each_once(scopes: list[Scope]) -> list[Scope]:
    if len(set(scopes)) < len(scopes):
        detail = f"scopes is a list of {', '.join(SCOPES)}, each once"
        raise ApiError(400, ProblemCode.MALFORMED_SCOPES, detail)
    return sorted(scopes, key=SCOPES.index)


class NewToken(Input, frozen=True):
    """A token that is wanted."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=100,
            pattern="^[!-~]([ -~]*[!-~])?$",
            description="For people to tell it apart.",
        ),
        Rule("1 to 100 printable ASCII characters"),
    ]
    tenant: Annotated[
        str,
        Meta(
            pattern="^[a-z0-9][a-z0-9-]{0,62}$",
            description="Whose files; tokens of one tenant never see those of another.",
        ),
        Rule("lower-case letters, digits and hyphens"),
    ] = authentication.DEFAULT_TENANT
    scopes: Annotated[
        list[Scope],
        Meta(
            min_length=1,
            max_length=3,
            extra_json_schema={"uniqueItems": True, "default": ["read", "write"]},
        ),
        Rule(f"a list of {', '.join(SCOPES)}, each once", then=_each_once),
    ] = msgspec.field(default_factory=lambda: list(_BY_DEFAULT))
    expires_in_days: Annotated[int, Meta(ge=1, le=3650)] | None = None


@dataclass(frozen=True)
class Token:
    """A token as it is listed; the secret itself is not kept."""

    id: UUID
    name: str
    tenant: str
    scopes: list[Scope]
    created_at: Time
    expires_at: Time | None
    last_used_at: Time | None


@dataclass(frozen=True)
class CreatedToken(Token):
    """The only time that the token itself is shown."""

    token: str


class TokenList(Output, frozen=True):
    """All tokens, the newest first."""

    tokens: list[Token]


class CallerLimits(Output, frozen=True):
    """What this Lector allows."""

    max_file_bytes: int
    max_pages: int
    requests_per_minute: int | None


class Me(Output, frozen=True):
    """The caller and the limits."""

    tenant: str
    scopes: list[str]
    authenticated: Annotated[bool, Meta(description="Whether this Lector asks for tokens.")]
    limits: CallerLimits


_sql = queries.load(__file__)
CREATE_TOKEN = _sql.rows("create_token", Token)
NEWEST_TOKENS = _sql.rows("newest_tokens", Token)
REVOKE_TOKEN = _sql.statement("revoke_token")


@routes.get("/v1/me", READ)
def who_am_i(caller: Caller) -> Me:
    """Who is asking, and what this Lector allows."""
    limits = settings.current(settings.Limits)
    per_minute = settings.current(settings.Access).requests_per_minute
    return Me(
        caller.tenant,
        sorted(caller.scopes),
        authentication.tokens_needed(),
        CallerLimits(limits.max_file_bytes, limits.max_pages, per_minute or None),
    )


@routes.get("/v1/tokens", ADMIN)
def list_tokens() -> TokenList:
    """List tokens.

    What a token is, is told only once, when it is made.
    """
    with database.transaction() as connection:
        return TokenList(NEWEST_TOKENS.all(connection))


@routes.post("/v1/tokens", ADMIN, answers={201: CreatedToken})
def create_token(body: NewToken) -> CreatedToken:
    """Make a token."""
    return make_token(body)


def make_token(wanted: NewToken) -> CreatedToken:
    """Store a new token's digest; the token itself is in the answer alone."""
    secret = f"lector_{secrets.token_urlsafe(32)}"
    with database.transaction() as connection:
        [token] = CREATE_TOKEN.all(
            connection,
            name=wanted.name,
            tenant=wanted.tenant,
            scopes=wanted.scopes,
            sha256=authentication.digest(secret),
            days=wanted.expires_in_days,
        )
    return CreatedToken(**vars(token), token=secret)


@routes.delete("/v1/tokens/{token_id}", ADMIN, answers={204: None})
def revoke_token(token_id: Id) -> None:
    """Revoke a token."""
    with database.transaction() as connection:
        if not REVOKE_TOKEN.run(connection, id=token_id):
            raise ApiError(404, ProblemCode.NO_SUCH_TOKEN, f"there is no token {token_id}")
