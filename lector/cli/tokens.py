"""token: who may use a Lector over HTTP."""

from pathlib import Path
from typing import Any

import click

from lector.cli import options, output, session
from lector.cli.client import Client, Json
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
@options.with_client()
def create(
    client: Client,
    name: str,
    *,
    tenant: str | None,
    scopes: tuple[str, ...],
    days: int | None,
    as_json: bool,
) -> None:
    """Make a token and print it: TOKEN=$(lector token create ci). It is never shown again."""
    choices: dict[str, Any] = {"tenant": tenant, "scopes": list(scopes), "expires_in_days": days}
    body = {"name": name} | {key: value for key, value in choices.items() if value}
    made = client.send("POST", "/v1/tokens", json=body)
    if as_json:
        output.write_json(made)
        return
    output.write_text(made["token"])
    echo(f"{name} may {', '.join(made['scopes'])} what belongs to {made['tenant']}")


@token.command("ls")
@options.with_client()
def list_tokens(client: Client, *, as_json: bool) -> None:
    """List tokens: for whom, for what, and when they were used last."""
    tokens = client.send("GET", "/v1/tokens")["tokens"]
    if as_json:
        output.write_json({"tokens": tokens})
        return
    header = ("id", "name", "tenant", "scopes", "made at", "expires at", "used at")
    output.write_table(header, [_token_row(token) for token in tokens])


def _token_row(token: Json) -> tuple[str, ...]:
    times = [(token[key] or "")[:19] for key in ("created_at", "expires_at", "last_used_at")]
    return (token["id"], token["name"], token["tenant"], ",".join(token["scopes"]), *times)


@token.command()
@click.argument("ids", nargs=-1, required=True, metavar="TOKEN_ID...")
@options.with_client()
def rm(client: Client, ids: tuple[str, ...], *, as_json: bool) -> None:
    """Revoke tokens: they are worth nothing from then on."""

    def revoke(token_id: str) -> tuple[str, Json]:
        client.send("DELETE", f"/v1/tokens/{token_id}")
        return f"{token_id} is revoked", {"revoked": True}

    output.run_for_each(ids, revoke, as_json=as_json)


@token.command()
@options.data_folder
def page(data: Path) -> None:
    """Print an address that opens the page signed in, once. For a Lector of `lector up --auth`."""
    click.echo(session.draw_sign_in_url(data))
