"""Tokens made, listed and revoked; and who one is oneself."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, jsonify, request

from functions.upload import authentication, validation
from functions.upload.files.file_model import shown_time
from functions.upload.validation import BadRequest
from lector.runtime import database, queries, settings

token_routes = Blueprint("tokens", __name__, url_prefix="/v1")


@dataclass(frozen=True)
class Token:
    """A token as it is listed; the secret itself is not kept."""

    id: UUID
    name: str
    tenant: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


_sql = queries.load(__file__)
CREATE_TOKEN = _sql.rows("create_token", Token)
NEWEST_TOKENS = _sql.rows("newest_tokens", Token)
REVOKE_TOKEN = _sql.statement("revoke_token")


@token_routes.get("/me")
def who_am_i() -> Response:
    """Who is asking, and what this Lector allows."""
    validation.no_unknown(request.args, ())
    limits = settings.current(settings.Limits)
    per_minute = settings.current(settings.Access).requests_per_minute
    return jsonify(
        {
            "tenant": g.caller.tenant,
            "scopes": sorted(g.caller.scopes),
            "authenticated": authentication.tokens_needed(),
            "limits": {
                "max_file_bytes": limits.max_file_bytes,
                "max_pages": limits.max_pages,
                "requests_per_minute": per_minute or None,
            },
        }
    )


@token_routes.get("/tokens")
def list_tokens() -> Response:
    """All tokens, the newest first."""
    validation.no_unknown(request.args, ())
    with database.transaction() as connection:
        found = NEWEST_TOKENS.all(connection)
    return jsonify({"tokens": [_shown(token) for token in found]})


@token_routes.post("/tokens")
def create_token() -> tuple[Response, int]:
    """A token (201): the only time that it is shown."""
    body = validation.options(request, ("name", "tenant", "scopes", "expires_in_days"))
    secret = f"lector_{secrets.token_urlsafe(32)}"
    with database.transaction() as connection:
        [token] = CREATE_TOKEN.all(
            connection,
            name=validation.token_name(body.get("name")),
            tenant=validation.tenant(body.get("tenant", authentication.DEFAULT_TENANT)),
            scopes=validation.scopes(
                body.get("scopes", [authentication.READ, authentication.WRITE]),
                authentication.SCOPES,
            ),
            sha256=authentication.digest(secret),
            days=_days(body),
        )
    return jsonify({**_shown(token), "token": secret}), 201


@token_routes.delete("/tokens/<token_id>")
def revoke_token(token_id: str) -> Response:
    """Worth nothing from now on (204)."""
    validation.options(request, ())
    wanted = validation.id_of("token", token_id)
    with database.transaction() as connection:
        if not REVOKE_TOKEN.run(connection, id=wanted):
            raise BadRequest("no_such_token", f"there is no token {wanted}", 404)
    return Response(status=204)


def _days(body: Mapping[str, object]) -> int | None:
    if "expires_in_days" not in body:
        return None
    days = validation.integer(body["expires_in_days"])
    if days is None or not 1 <= days <= 3650:
        raise BadRequest("malformed_expires_in_days", "expires_in_days is a number from 1 to 3650")
    return days


def _shown(token: Token) -> dict[str, Any]:
    return {
        "id": str(token.id),
        "name": token.name,
        "tenant": token.tenant,
        "scopes": token.scopes,
        "created_at": shown_time(token.created_at),
        "expires_at": shown_time(token.expires_at),
        "last_used_at": shown_time(token.last_used_at),
    }
