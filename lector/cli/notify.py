"""notify: the webhooks and the Telegram chat that a Lector tells what happens."""

import itertools
import sys
import time
from typing import Any

import click

from lector.cli import options, output, telegram
from lector.cli.answers import Json
from lector.cli.client import Client
from lector.cli.event_lines import LineWriter
from lector.cli.output import echo
from lector.runtime.failures import LectorError

TELEGRAM = "telegram"
_ATTEMPT_TIMEOUT_S, _POLL_S = 30.0, 0.3

destination = click.argument("destination", default=TELEGRAM, metavar="[WEBHOOK_ID]")
webhook_ids = click.argument("ids", nargs=-1, required=True, metavar="WEBHOOK_ID...")


@click.group()
def notify() -> None:
    """Tell others what happens: webhooks, and Telegram. Needs the scope admin.

    Telegram is set where Lector runs: TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, and
    TELEGRAM_PAGES=1 for a message about each page, TELEGRAM_UPLOADS=1 for one about each file that
    is uploaded or deleted. `chats` shows the ids of chats; `telegram` has the bot answer /ping and
    /last.
    """


notify.add_command(telegram.chats)
notify.add_command(telegram.telegram)


@notify.command()
@click.argument("url")
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="TYPE",
    help="Only these, such as lector.file.completed; may be repeated.  [default: all]",
)
@options.with_client()
def add(client: Client, url: str, *, types: tuple[str, ...], as_json: bool) -> None:
    """Have a URL told of events, and print the secret that signs them. It is never shown again."""
    webhook = client.send("POST", "/v1/webhooks", json={"url": url, "types": list(types)})
    if as_json:
        output.write_json(webhook)
        return
    output.write_text(webhook["secret"])
    echo(f"{webhook['id']} is told of {', '.join(webhook['types']) or 'everything'}")
    echo(f"`lector notify test {webhook['id']}` sends something now")


@notify.command("ls")
@options.with_client()
def list_webhooks(client: Client, *, as_json: bool) -> None:
    """List webhooks, and whether they work."""
    webhooks = client.send("GET", "/v1/webhooks")["webhooks"]
    if as_json:
        output.write_json({"webhooks": webhooks})
        return
    rows = [(w["id"], w["url"], ",".join(w["types"]) or "all", _state(w)) for w in webhooks]
    output.write_table(("id", "url", "types", "state"), rows)


@notify.command()
@webhook_ids
@options.with_client()
def rm(client: Client, ids: tuple[str, ...], *, as_json: bool) -> None:
    """Tell webhooks nothing more."""

    def remove(webhook_id: str) -> tuple[str, Json]:
        client.send("DELETE", f"/v1/webhooks/{webhook_id}")
        return f"{webhook_id} is removed", {"removed": True}

    output.run_for_each(ids, remove, as_json=as_json)


@notify.command()
@webhook_ids
@options.with_client()
def enable(client: Client, ids: tuple[str, ...], *, as_json: bool) -> None:
    """Tell webhooks again that were disabled after they had failed for long."""

    def enable_webhook(webhook_id: str) -> tuple[str, Json]:
        client.send("POST", f"/v1/webhooks/{webhook_id}/enable")
        return f"{webhook_id} is told again of what happens from now on", {"enabled": True}

    output.run_for_each(ids, enable_webhook, as_json=as_json)


@notify.command()
@destination
@options.with_client()
def log(client: Client, destination: str, *, as_json: bool) -> None:
    """Show what a webhook, or by default Telegram, was told, and what came of it."""
    notifications = _find_notifications(client, destination)
    if as_json:
        output.write_json({"notifications": notifications})
        return
    rows = [
        (n["sent_at"][:19], n["type"], "yes" if n["delivered"] else "no", n["outcome"])
        for n in notifications
    ]
    output.write_table(("at", "type", "delivered", "outcome"), rows)


@notify.command()
@destination
@options.with_client()
def test(client: Client, destination: str, *, as_json: bool) -> None:
    """Tell a webhook, or by default Telegram, something, and say whether it was taken."""
    body = {"destination": destination}
    event_id = client.send("POST", "/v1/notifications/test", json=body)["event_id"]
    attempt = _wait_for_attempt(client, destination, event_id)
    if as_json:
        output.write_json(attempt)
    else:
        result = "took it" if attempt["delivered"] else "did not take it"
        echo(f"{destination} {result}: {attempt['outcome']}")
    if not attempt["delivered"]:
        sys.exit(1)


@notify.command()
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="TYPE",
    help="Only these, such as lector.file.completed; may be repeated.  [default: all]",
)
@click.option("-n", "--count", type=click.IntRange(1), help="End after so many.")
@options.with_client(json_help="A CloudEvent in JSON on each line.")
def listen(client: Client, *, types: tuple[str, ...], count: int | None, as_json: bool) -> None:
    """Show what a webhook would be told from now on, as it happens, until Ctrl-C.

    For trying out: nothing is registered, and a token with the scope read is enough. With --json,
    each line is the event as a CloudEvent.
    """
    echo(f"listening to {client.url}; Ctrl-C ends it")
    write = LineWriter().write
    told = (event for event in client.watch() if not types or event["type"] in types)
    for event in itertools.islice(told, count):
        if as_json:
            click.echo(output.format_json(event, indent=None))
        else:
            write(event)


def _wait_for_attempt(client: Client, destination: str, event_id: str) -> Json:
    """The first attempt to deliver a notification, once it was made."""
    deadline = time.monotonic() + _ATTEMPT_TIMEOUT_S
    while time.monotonic() < deadline:
        for notification in _find_notifications(client, destination):
            if notification["event_id"] == event_id:
                return notification
        time.sleep(_POLL_S)
    raise LectorError(
        f"nothing was sent within {_ATTEMPT_TIMEOUT_S:.0f} s; does the function notify run?"
    )


def _find_notifications(client: Client, destination: str) -> list[Json]:
    query: dict[str, Any] = {"destination": destination}
    found: list[Json] = client.send("GET", "/v1/notifications", params=query)["notifications"]
    return found


def _state(webhook: Json) -> str:
    if webhook["disabled_at"]:
        return f"disabled: {webhook['disabled_reason']}"
    return f"failing since {webhook['failing_since'][:19]}" if webhook["failing_since"] else "works"
