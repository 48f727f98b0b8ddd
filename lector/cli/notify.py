"""notify: whom a Lector tells what happens."""

import sys
import time
from pathlib import Path
from typing import Any

import click

from lector.cli import options, output, session
from lector.cli.client import Client, Json
from lector.cli.output import echo
from lector.runtime.failures import LectorError

TELEGRAM = "telegram"
_WITHIN_S, _POLL_S = 30.0, 0.3

destination = click.argument("destination", default=TELEGRAM, metavar="[WEBHOOK_ID]")


@click.group()
def notify() -> None:
    """Tell others what happens: webhooks, and Telegram. Needs the scope admin.

    Telegram is set where Lector runs: TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, and
    TELEGRAM_PAGES=1 for a message about each page, too.
    """


@notify.command()
@click.argument("url")
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="TYPE",
    help="Only these, such as lector.file.completed; may be repeated.  [default: all]",
)
@options.as_json
@options.somewhere
def add(
    url: str,
    *,
    types: tuple[str, ...],
    as_json: bool,
    server: str | None,
    token: str | None,
    data: Path,
) -> None:
    """Have a URL told of events, and print the secret that signs them. It is never shown again."""
    with session.connect(server, token, data) as client:
        made = client.send("POST", "/v1/webhooks", json={"url": url, "types": list(types)})
    if as_json:
        output.write_json(made)
        return
    click.echo(made["secret"])
    echo(f"{made['id']} is told of {', '.join(made['types']) or 'everything'}")
    echo(f"`lector notify test {made['id']}` sends something now")


@notify.command("ls")
@options.as_json
@options.somewhere
def list_webhooks(*, as_json: bool, server: str | None, token: str | None, data: Path) -> None:
    """List webhooks, and whether they work."""
    with session.connect(server, token, data) as client:
        webhooks = client.send("GET", "/v1/webhooks")["webhooks"]
    if as_json:
        output.write_json({"webhooks": webhooks})
        return
    rows = [(w["id"], w["url"], ",".join(w["types"]) or "all", _state(w)) for w in webhooks]
    output.write_table(("id", "url", "types", "state"), rows)


@notify.command()
@click.argument("ids", nargs=-1, required=True, metavar="WEBHOOK_ID...")
@options.as_json
@options.somewhere
def rm(
    ids: tuple[str, ...], *, as_json: bool, server: str | None, token: str | None, data: Path
) -> None:
    """Tell webhooks nothing more."""
    with session.connect(server, token, data) as client:

        def remove(webhook_id: str) -> tuple[str, Json]:
            client.send("DELETE", f"/v1/webhooks/{webhook_id}")
            return f"{webhook_id} is told nothing any more", {"removed": True}

        output.run_for_each(ids, remove, as_json=as_json)


@notify.command()
@click.argument("ids", nargs=-1, required=True, metavar="WEBHOOK_ID...")
@options.as_json
@options.somewhere
def enable(
    ids: tuple[str, ...], *, as_json: bool, server: str | None, token: str | None, data: Path
) -> None:
    """Tell webhooks again that were disabled after they had failed for long."""
    with session.connect(server, token, data) as client:

        def again(webhook_id: str) -> tuple[str, Json]:
            client.send("POST", f"/v1/webhooks/{webhook_id}/enable")
            return f"{webhook_id} is told again of what happens from now on", {"enabled": True}

        output.run_for_each(ids, again, as_json=as_json)


@notify.command()
@destination
@options.as_json
@options.somewhere
def log(
    destination: str, *, as_json: bool, server: str | None, token: str | None, data: Path
) -> None:
    """Show what a webhook, or by default Telegram, was told, and what came of it."""
    with session.connect(server, token, data) as client:
        told = _log(client, destination)
    if as_json:
        output.write_json({"notifications": told})
        return
    rows = [
        (n["sent_at"][:19], n["type"], "yes" if n["delivered"] else "no", n["outcome"])
        for n in told
    ]
    output.write_table(("at", "type", "delivered", "outcome"), rows)


@notify.command()
@destination
@options.as_json
@options.somewhere
def test(
    destination: str, *, as_json: bool, server: str | None, token: str | None, data: Path
) -> None:
    """Tell a webhook, or by default Telegram, something, and say whether it was taken."""
    with session.connect(server, token, data) as client:
        asked = {"destination": destination}
        event_id = client.send("POST", "/v1/notifications/test", json=asked)["event_id"]
        attempt = _attempt(client, destination, event_id)
    if as_json:
        output.write_json(attempt)
    else:
        taken = "took it" if attempt["delivered"] else "did not take it"
        echo(f"{destination} {taken}: {attempt['outcome']}")
    if not attempt["delivered"]:
        sys.exit(1)


def _attempt(client: Client, destination: str, event_id: str) -> Json:
    """The first attempt at telling something, once it was made."""
    deadline = time.monotonic() + _WITHIN_S
    while time.monotonic() < deadline:
        for told in _log(client, destination):
            if told["event_id"] == event_id:
                return told
        time.sleep(_POLL_S)
    raise LectorError(f"nothing was sent within {_WITHIN_S:.0f} s; does the function notify run?")


def _log(client: Client, destination: str) -> list[Json]:
    query: dict[str, Any] = {"destination": destination}
    told: list[Json] = client.send("GET", "/v1/notifications", params=query)["notifications"]
    return told


def _state(webhook: Json) -> str:
    if webhook["disabled_at"]:
        return f"disabled: {webhook['disabled_reason']}"
    return f"failing since {webhook['failing_since'][:19]}" if webhook["failing_since"] else "works"
