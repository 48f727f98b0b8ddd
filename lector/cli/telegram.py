"""The bot on Telegram: which chats write to it, and who answers what they write."""

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import click
import httpx2

from lector.cli import options, output
from lector.cli.answers import Json
from lector.cli.client import Client
from lector.cli.output import echo
from lector.client import unreachable
from lector.runtime import settings
from lector.runtime.failures import LectorError

_SCOPE = "telegram"
_TIMEOUT_S = 30.0
_COMMANDS = {"ping": "the id of this chat", "last": "the last files, and what became of them"}
_ASKED = ["message", "channel_post"]
_MOST_UPDATES = (
    100  # which Telegram gives at once: of more, the oldest, unless they are counted back
)
_TOKEN = "[0-9]+:[0-9A-Za-z_-]+"  # noqa: S105 - what one looks like


@click.command()
@click.option("--json", "as_json", is_flag=True, help=options.JSON_HELP)
def chats(*, as_json: bool) -> None:
    """Show which chats have written to the bot lately, and the id of each, for TELEGRAM_CHAT_ID.

    The bot's token is in TELEGRAM_BOT_TOKEN. Write something to the bot first; in a group, /ping.
    """
    asked = {"offset": -_MOST_UPDATES, "limit": _MOST_UPDATES, "allowed_updates": _ASKED}
    found = _find_chats(_call("getUpdates", timeout=0, **asked))
    if as_json:
        output.write_json({"chats": found})
        return
    if not found:
        echo("nobody has written to the bot lately: send it /ping, then ask again")
        return
    output.write_table(
        ("id", "type", "name"), [(str(chat["id"]), chat["type"], chat["name"]) for chat in found]
    )


def _check(*, url: str | None, off: bool, **_: Any) -> None:
    if off == bool(url):
        raise click.UsageError("say at which URL Telegram reaches this Lector, or --off")
    _bot_token()


@click.command()
@click.argument("url", required=False)
@click.option(
    "--chat",
    "allowed",
    multiple=True,
    type=int,
    metavar="ID",
    help="A chat that may ask for the last files; may be repeated.  [default: $TELEGRAM_CHAT_ID]",
)
@click.option("--tenant", help="Whose files /last shows.  [default: those of your own token]")
@click.option("--off", is_flag=True, help="Answer no more.")
@options.with_client(check=_check)
def telegram(
    client: Client,
    url: str | None,
    *,
    allowed: tuple[int, ...],
    tenant: str | None,
    as_json: bool,
    **_: Any,
) -> None:
    """Have the bot answer: /ping with a chat's id, /last with the last files.

    URL is where Telegram reaches this Lector (https). The bot's token is in TELEGRAM_BOT_TOKEN;
    Telegram gets a token of this Lector that is good for nothing else.
    """
    bot = f"telegram bot {_bot_token().partition(':')[0]}"
    before = _tokens_of(client, bot)
    if url:
        tenant = tenant or client.send("GET", "/v1/me")["tenant"]
        _hand_over(client, bot, tenant, _address(url, allowed or _usual_chat()))
    else:
        _call("deleteWebhook")
    for one in before:  # Telegram knows them no more
        client.send("DELETE", f"/v1/tokens/{one['id']}")
    _show_commands(_COMMANDS if url else {})
    result = (
        f"Telegram hands over what is written to the bot: {url}" if url else "it answers no more"
    )
    if as_json:
        output.write_json({"url": url})
    else:
        echo(result)


def _hand_over(client: Client, bot: str, tenant: str, address: str) -> None:
    """Have Telegram send what is written to the bot, with a token made for that."""
    wanted = {"name": bot, "tenant": tenant, "scopes": [_SCOPE]}
    made = client.send("POST", "/v1/tokens", json=wanted)
    try:
        _call("setWebhook", url=address, secret_token=made["token"], allowed_updates=_ASKED)
    except LectorError:
        client.send("DELETE", f"/v1/tokens/{made['id']}")
        raise


def _show_commands(commands: Mapping[str, str]) -> None:
    """Have Telegram offer commands to whoever writes to the bot; none: offer nothing any more."""
    if not commands:
        _call("deleteMyCommands")
        return
    shown = [{"command": name, "description": text} for name, text in commands.items()]
    _call("setMyCommands", commands=shown)


def _address(url: str, chats: tuple[int, ...]) -> str:
    """Where Telegram sends what is written, with what the answer depends on in the query."""
    if not chats:
        echo("no chat may ask for the last files; name some with --chat ID")
    query = urlencode({"bot": _call("getMe")["username"], "chat": chats}, doseq=True)
    return f"{url.rstrip('/')}/v1/telegram/updates?{query}"


def _usual_chat() -> tuple[int, ...]:
    chat = os.environ.get("TELEGRAM_CHAT_ID", "")
    return (int(chat),) if re.fullmatch("-?[0-9]+", chat) else ()


def _tokens_of(client: Client, bot: str) -> list[Json]:
    """The tokens with which Telegram has come so far."""
    known = client.send("GET", "/v1/tokens")["tokens"]
    return [one for one in known if one["name"] == bot and one["scopes"] == [_SCOPE]]


def _find_chats(updates: list[Json]) -> list[Json]:
    """The chats of some messages, each once, that of the last one first."""
    found: dict[int, Json] = {}
    for update in reversed(updates):
        chat = next((update[kind]["chat"] for kind in _ASKED if kind in update), None)
        if chat is not None:
            name = chat.get("title") or chat.get("username") or chat.get("first_name") or ""
            found.setdefault(chat["id"], {"id": chat["id"], "type": chat["type"], "name": name})
    return list(found.values())


def _bot_token() -> str:
    token: str = settings.current(settings.Notifying).telegram_bot_token
    if not re.fullmatch(_TOKEN, token):
        raise click.UsageError(
            "TELEGRAM_BOT_TOKEN must hold the bot's token, as @BotFather gives it"
        )
    return token


def _call(method: str, **parameters: Any) -> Any:
    """What a method of Telegram's API returns.

    Raises:
        LectorError: it is not reached, or refuses, with its own words. No message has the token.

    """
    server = settings.current(settings.Notifying).telegram_api.rstrip("/")
    try:
        answer = httpx2.post(
            f"{server}/bot{_bot_token()}/{method}", json=parameters, timeout=_TIMEOUT_S
        )
        said = answer.json()
    except httpx2.TransportError as error:
        raise LectorError(unreachable.describe(server, server, error)) from None
    except ValueError:
        said = {}
    if said.get("ok"):
        return said.get("result")
    words = said.get("description") or f"answered {answer.status_code}"
    if answer.status_code == httpx2.codes.CONFLICT:
        words += "; while a URL is told (`lector notify telegram`), the bot answers /ping itself"
    raise LectorError(f"Telegram refused {method}: {words}")
