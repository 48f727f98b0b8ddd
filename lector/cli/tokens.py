"""token: who may use a Lector over HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lector.cli import options, output, session
from lector.cli.answers import Json
from lector.cli.client import Client
from lector.cli.output import echo

Command = Callable[..., None]


def _limits(command: Command) -> Command:
    """Give a command --max-cost, --max-pages and --max-bytes."""
    cost = click.option(
        "--max-cost",
        metavar="USD",
        type=click.FloatRange(0, 1_000_000),
        help="What its files may cost on a day (UTC).",
    )
    pages = click.option(
        "--max-pages", type=click.IntRange(0), help="Pages that may be read on a day (UTC)."
    )
    size = click.option("--max-bytes", type=click.IntRange(0), help="Bytes that may be stored.")
    return cost(pages(size(command)))


def _limits_body(cost: float | None, pages: int | None, size: int | None) -> dict[str, Any]:
    """Limits as the API calls them."""
    return {
        "max_cost_usd_per_day": cost,
        "max_pages_per_day": pages,
        "max_stored_bytes": size,
    }


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
    type=click.Choice(["read", "write", "admin", "telegram"]),
    help="What it is good for; may be repeated.  [default: read, write]",
)
@click.option("--expires-in-days", "days", type=click.IntRange(1, 3650), help="[default: never]")
@_limits
@options.with_client()
def create(
    client: Client,
    name: str,
    *,
    tenant: str | None,
    scopes: tuple[str, ...],
    days: int | None,
    max_cost: float | None,
    max_pages: int | None,
    max_bytes: int | None,
    as_json: bool,
) -> None:
    """Make a token and print it: TOKEN=$(lector token create ci). It is never shown again."""
    choices: dict[str, Any] = {"tenant": tenant, "scopes": list(scopes), "expires_in_days": days}
    body = {"name": name} | {key: value for key, value in choices.items() if value}
    limits = _limits_body(max_cost, max_pages, max_bytes)
    body |= {key: value for key, value in limits.items() if value is not None}
    made = client.send("POST", "/v1/tokens", json=body)
    if as_json:
        output.write_json(made)
        return
    output.write_text(made["token"])
    good_for = ", ".join(made["scopes"])
    echo(f"{name} has the scope {good_for}, for the files of the tenant {made['tenant']}")


@token.command("ls")
@options.with_client()
def list_tokens(client: Client, *, as_json: bool) -> None:
    """List tokens: for whom, for what, and when they were used last."""
    tokens = client.send("GET", "/v1/tokens")["tokens"]
    if as_json:
        output.write_json({"tokens": tokens})
        return
    header = (
        *("id", "name", "tenant", "scopes", "made at", "expires at", "used at"),
        *("$ today", "$ a day", "pages a day", "bytes"),
    )
    output.write_table(header, [_token_row(token) for token in tokens])


def _token_row(token: Json) -> tuple[str, ...]:
    times = [(token[key] or "")[:19] for key in ("created_at", "expires_at", "last_used_at")]
    spent = output.format_dollars(token.get("spent_today_usd") or None)
    ceiling = output.format_dollars(token.get("max_cost_usd_per_day"))
    most = [token.get(name) for name in ("max_pages_per_day", "max_stored_bytes")]
    limits = (spent, ceiling, *("" if one is None else str(one) for one in most))
    scopes = ",".join(token["scopes"])
    return (token["id"], token["name"], token["tenant"], scopes, *times, *limits)


@token.command()
@click.argument("token_id", metavar="TOKEN_ID")
@_limits
@click.option("--none", "nothing", is_flag=True, help="Take all limits away.")
@options.with_client()
def limit(
    client: Client,
    token_id: str,
    *,
    max_cost: float | None,
    max_pages: int | None,
    max_bytes: int | None,
    nothing: bool,
    as_json: bool,
) -> None:
    """Change what may be done with a token; what is not said stays as it is."""
    limits = _limits_body(max_cost, max_pages, max_bytes)
    said = {key: value for key, value in limits.items() if value is not None}
    if not said and not nothing:
        raise click.UsageError("say what may be done: --max-cost, --max-pages, --max-bytes, --none")
    known = client.send("GET", "/v1/tokens")["tokens"]
    before: Json = next((one for one in known if one["id"] == token_id), {})
    body = said if nothing else {key: before.get(key) for key in limits} | said
    changed = client.send("POST", f"/v1/tokens/{token_id}/limits", json=body)
    if as_json:
        output.write_json(changed)
        return
    words = [f"{key} {changed[key]:g}" for key in limits if changed[key] is not None]
    echo(f"{changed['name']}: {', '.join(words) or 'no limits'}")


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
