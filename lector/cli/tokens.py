"""token: who may use a Lector over HTTP."""

from pathlib import Path
from typing import Any

import click

from lector.cli import options, output, session
from lector.cli.client import Json
from lector.cli.output import echo


@click.group()
def token() -> None:
    """Make, list and revoke tokens for the HTTP API. Needs the scope admin."""


@token.command()
@click.argument("name")
@click.option("--tenant", help="Whose files it is good for.  [default: default]")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(["read", "write", "admin"]),
    help="What it is good for; may be repeated.  [default: read, write]",
)
@click.option("--expires-in-days", "days", type=click.IntRange(1, 3650), help="[default: never]")
@options.as_json
@options.somewhere
def create(
    name: str,
    *,
    tenant: str | None,
    scopes: tuple[str, ...],
    days: int | None,
    as_json: bool,
    server: str | None,
    token: str | None,
    data: Path,
) -> None:
    """Make a token and print it: TOKEN=$(lector token create ci). It is never shown again."""
    said: dict[str, Any] = {"tenant": tenant, "scopes": list(scopes), "expires_in_days": days}
    body = {"name": name} | {option: value for option, value in said.items() if value}
    with session.connect(server, token, data) as client:
        made = client.send("POST", "/v1/tokens", json=body)
    if as_json:
        output.write_json(made)
        return
    click.echo(made["token"])
    echo(f"{name} may {', '.join(made['scopes'])} what belongs to {made['tenant']}")


@token.command("ls")
@options.as_json
@options.somewhere
def list_tokens(*, as_json: bool, server: str | None, token: str | None, data: Path) -> None:
    """List tokens: for whom, for what, and when they were used last."""
    with session.connect(server, token, data) as client:
        tokens = client.send("GET", "/v1/tokens")["tokens"]
    if as_json:
        output.write_json({"tokens": tokens})
        return
    header = ("id", "name", "tenant", "scopes", "made at", "expires at", "used at")
    moments = ("created_at", "expires_at", "last_used_at")
    rows = [
        (
            t["id"],
            t["name"],
            t["tenant"],
            ",".join(t["scopes"]),
            *((t[m] or "")[:19] for m in moments),
        )
        for t in tokens
    ]
    output.write_table(header, rows)


@token.command()
@click.argument("ids", nargs=-1, required=True, metavar="TOKEN_ID...")
@options.as_json
@options.somewhere
def rm(
    ids: tuple[str, ...], *, as_json: bool, server: str | None, token: str | None, data: Path
) -> None:
    """Revoke tokens: they are worth nothing from then on."""
    with session.connect(server, token, data) as client:

        def revoke(token_id: str) -> tuple[str, Json]:
            client.send("DELETE", f"/v1/tokens/{token_id}")
            return f"{token_id} is revoked", {"revoked": True}

        output.run_for_each(ids, revoke, as_json=as_json)
