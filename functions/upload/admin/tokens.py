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

Scope = Literal["read", "write", "admin", "telegram"]
_LIMITS = ("max_cost_usd_per_day", "max_pages_per_day", "max_stored_bytes")
_BY_DEFAULT: list[Scope] = ["read", "write"]


def _each_once(scopes: list[Scope]) -> list[Scope]:
    if len(set(scopes)) < len(scopes):
        detail = f"scopes is a list of {', '.join(SCOPES)}, each once"
        raise ApiError(400, ProblemCode.MALFORMED_SCOPES, detail)
    return sorted(scopes, key=SCOPES.index)


MostCost = Annotated[
    float,
    Meta(ge=0, le=1_000_000, description="What its files may cost on a day (UTC), in USD."),
    Rule("an amount in USD, such as 5"),
]
MostPages = Annotated[
    int,
    Meta(ge=0, le=1_000_000_000, description="Pages of the files that are opened on a day (UTC)."),
]
MostBytes = Annotated[
    int, Meta(ge=0, le=2**60, description="Bytes of its files, as they were uploaded.")
]


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
            max_length=len(SCOPES),
            extra_json_schema={"uniqueItems": True, "default": ["read", "write"]},
        ),
        Rule(f"a list of {', '.join(SCOPES)}, each once", then=_each_once),
    ] = msgspec.field(default_factory=lambda: list(_BY_DEFAULT))
    expires_in_days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    max_cost_usd_per_day: MostCost | None = None
    max_pages_per_day: MostPages | None = None
    max_stored_bytes: MostBytes | None = None


class NewLimits(Input, frozen=True):
    """What may be done with a token from now on; what is not said, or null, has no limit."""

    max_cost_usd_per_day: MostCost | None = None
    max_pages_per_day: MostPages | None = None
    max_stored_bytes: MostBytes | None = None


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
    max_cost_usd_per_day: float | None
    max_pages_per_day: int | None
    max_stored_bytes: int | None
    spent_today_usd: float


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
    max_cost_usd_per_day: Annotated[
        float | None, Meta(description="What all files of the token may cost on a day (UTC).")
    ]
    max_pages_per_day: Annotated[
        int | None, Meta(description="The lower of what the token and its tenant may have read.")
    ]
    max_stored_bytes: Annotated[
        int | None, Meta(description="The lower of what the token and its tenant may store.")
    ]


class Me(Output, frozen=True):
    """The caller and the limits."""

    tenant: str
    scopes: list[str]
    authenticated: Annotated[bool, Meta(description="Whether this Lector asks for tokens.")]
    limits: CallerLimits
    spent_today_usd: Annotated[
        float, Meta(description="What all files of the tenant have cost today (UTC).")
    ]


_sql = queries.load(__file__)
CREATE_TOKEN = _sql.rows("create_token", Token)
NEWEST_TOKENS = _sql.rows("newest_tokens", Token)
SET_LIMITS = _sql.statement("set_limits")
TOKEN_BY_ID = _sql.rows("token_by_id", Token)
SPENT_TODAY = _sql.scalar("spent_today", float)
REVOKE_TOKEN = _sql.statement("revoke_token")


@routes.get("/v1/me", READ)
def who_am_i(caller: Caller) -> Me:
    """Who is asking, and what this Lector allows."""
    limits, budgets = settings.current(settings.Limits), settings.current(settings.Budgets)
    per_minute, own = settings.current(settings.Access).requests_per_minute, caller.limits
    with database.transaction() as connection:
        spent = SPENT_TODAY.one(connection, scope=f"tenant {caller.tenant}")
    return Me(
        caller.tenant,
        sorted(caller.scopes),
        authentication.tokens_needed(),
        CallerLimits(
            limits.max_file_bytes,
            limits.max_pages,
            per_minute or None,
            own.max_cost_usd_per_day,
            _lower(own.max_pages_per_day, budgets.max_pages_per_day or None),
            _lower(own.max_stored_bytes, budgets.max_stored_bytes or None),
        ),
        spent or 0.0,
    )


def _lower(one: int | None, other: int | None) -> int | None:
    return min((most for most in (one, other) if most is not None), default=None)


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
        limits = {name: getattr(wanted, name) for name in _LIMITS}
        if any(value is not None for value in limits.values()):
            SET_LIMITS.run(connection, token_id=token.id, **limits)
            [token] = TOKEN_BY_ID.all(connection, id=token.id)
    return CreatedToken(**vars(token), token=secret)


@routes.post("/v1/tokens/{token_id}/limits", ADMIN)
def limit_token(token_id: Id, body: NewLimits) -> Token:
    """Change what may be done with a token.

    All limits are set anew. Pages that wait for money go on within minutes where there is some now.
    """
    with database.transaction() as connection:
        if TOKEN_BY_ID.one(connection, id=token_id) is None:
            raise _no_such(token_id)
        SET_LIMITS.run(connection, token_id=token_id, **msgspec.structs.asdict(body))
        [token] = TOKEN_BY_ID.all(connection, id=token_id)
    return token


@routes.delete("/v1/tokens/{token_id}", ADMIN, answers={204: None})
def revoke_token(token_id: Id) -> None:
    """Revoke a token."""
    with database.transaction() as connection:
        if not REVOKE_TOKEN.run(connection, id=token_id):
            raise _no_such(token_id)


def _no_such(token_id: UUID) -> ApiError:
    return ApiError(404, ProblemCode.NO_SUCH_TOKEN, f"there is no token {token_id}")
