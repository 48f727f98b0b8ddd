"""`lector notify chats` and `lector notify telegram`, with a stand-in for Telegram's API."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lector.cli.__main__ import cli
from lector.runtime import settings
from tests.support import listener
from tests.support.api_server import Server
from tests.support.listener import Act, Listener
from tests.support.world import rows

BOT = "123456:secret-part_of-it"
SHOP = "https://lector.example.org"
BOTS_NAME = {"id": 123456, "username": "lector_example_bot"}


def says(result: object) -> Act:
    """An answer of Telegram's API that is well."""
    return listener.answers(200, body=json.dumps({"ok": True, "result": result}).encode())


def refuses(status: int, description: str) -> Act:
    body = {"ok": False, "error_code": status, "description": description}
    return listener.answers(status, body=json.dumps(body).encode())


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """A stand-in for Telegram's API, to which a command with a bot's token speaks."""
    telegram = Listener()
    telegram.otherwise = says(BOTS_NAME)  # also where Telegram says True, which nobody reads
    monkeypatch.setenv("TELEGRAM_API", f"http://127.0.0.1:{telegram.port}")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", BOT)
    monkeypatch.delenv("TELEGRAM_CHAT_ID", raising=False)
    settings.current.cache_clear()
    yield telegram
    telegram.stop()
    monkeypatch.undo()
    settings.current.cache_clear()


@pytest.fixture
def own_server(server: Server) -> Iterator[Server]:
    """A Lector to which no bot belongs."""
    yield server
    rows(b"WITH gone AS (DELETE FROM tokens WHERE scopes = '{telegram}') SELECT 1")


def notify(*words: str) -> Result:
    done = CliRunner().invoke(cli, ["notify", *words])
    assert "secret-part" not in done.output
    return done


def update(number: int, kind: str, chat: dict[str, Any]) -> dict[str, Any]:
    return {"update_id": number, kind: {"message_id": number, "chat": chat, "text": "/ping"}}


def tokens(server: Server) -> set[tuple[str, str]]:
    """The bot's tokens, by name and id."""
    done = CliRunner().invoke(cli, ["token", "ls", "--json", "--server", server.url])
    found = json.loads(done.stdout)["tokens"]
    assert all(
        one["scopes"] == ["telegram"] for one in found if one["name"].startswith("telegram bot")
    )
    return {(one["name"], one["id"]) for one in found if one["name"].startswith("telegram bot")}


def test_the_chats_that_wrote_to_the_bot_are_shown_once_the_last_first(telegram: Listener) -> None:
    group = {"id": -42, "type": "group", "title": "Archive"}
    updates = [
        update(1, "message", {"id": 7, "type": "private", "username": "ada"}),
        update(2, "channel_post", {"id": -100, "type": "channel", "title": "News"}),
        *(update(n, "message", group) for n in (3, 4)),
        {"update_id": 5, "poll": {}},
    ]
    telegram.script.append(says(updates))
    done = notify("chats")
    assert done.stdout.split("\n")[1:4] == [
        "-42\tgroup\tArchive",
        "-100\tchannel\tNews",
        "7\tprivate\tada",
    ]
    [asked] = telegram.told
    assert asked.path == f"/bot{BOT}/getUpdates"
    # Without it Telegram gives the first hundred of the last day.
    assert asked.json()["offset"] == -100


def test_where_nobody_wrote_it_says_what_to_do(telegram: Listener) -> None:
    telegram.script.append(says([]))
    done = notify("chats")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "send it /ping, then ask again" in done.stderr


def test_a_bot_that_has_a_url_says_where_its_messages_go(telegram: Listener) -> None:
    words = "Conflict: can't use getUpdates method while webhook is active"
    telegram.script.append(refuses(409, words))
    done = notify("chats")
    assert done.exit_code == 1
    assert words in str(done.exception)
    assert "the bot answers /ping itself" in str(done.exception)


@pytest.mark.parametrize("command", [["chats"], ["telegram", SHOP]])
@pytest.mark.parametrize("bot", ["", "a/b", "123"])
def test_a_bots_token_is_wanted_before_anybody_is_asked(
    telegram: Listener, monkeypatch: pytest.MonkeyPatch, bot: str, command: list[str]
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", bot)
    settings.current.cache_clear()
    done = notify(*command)
    assert done.exit_code == 2
    assert "TELEGRAM_BOT_TOKEN must hold the bot's token" in done.stderr
    assert telegram.told == []


def test_telegram_is_told_where_messages_go_who_may_ask_and_a_token_for_that(
    telegram: Listener, own_server: Server
) -> None:
    done = notify(
        "telegram", f"{SHOP}/", "--chat", "-42", "--chat", "7", "--server", own_server.url
    )
    assert (done.exit_code, done.stdout) == (0, "")
    _, webhook, commands = telegram.told
    assert webhook.path == f"/bot{BOT}/setWebhook"
    told = webhook.json()
    assert told.pop("secret_token").startswith("lector_")
    assert told == {
        "url": f"{SHOP}/v1/telegram/updates?bot=lector_example_bot&chat=-42&chat=7",
        "allowed_updates": ["message", "channel_post"],
    }
    assert [one["command"] for one in commands.json()["commands"]] == ["ping", "last"]
    [(name, _)] = tokens(own_server)
    assert name == "telegram bot 123456"


def test_told_again_or_no_more_the_token_of_before_is_revoked(
    telegram: Listener, own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_CHAT_ID", "-42")
    notify("telegram", SHOP, "--server", own_server.url)
    before = tokens(own_server)
    notify("telegram", SHOP, "--server", own_server.url)
    after = tokens(own_server)
    assert (len(after), after & before) == (1, set())
    assert telegram.told[-2].json()["url"].endswith("&chat=-42")
    done = notify("telegram", "--off", "--server", own_server.url)
    assert "it answers no more" in done.stderr
    ended = [told.path.rpartition("/")[2] for told in telegram.told[-2:]]
    assert ended == ["deleteWebhook", "deleteMyCommands"]
    assert tokens(own_server) == set()


def test_the_token_of_before_is_revoked_although_telegram_shows_no_commands(
    telegram: Listener, own_server: Server
) -> None:
    notify("telegram", SHOP, "--server", own_server.url)
    before = tokens(own_server)
    telegram.script += [says(BOTS_NAME), says(result=True), refuses(500, "Internal Server Error")]
    assert notify("telegram", SHOP, "--server", own_server.url).exit_code == 1
    after = tokens(own_server)
    assert (len(after), after & before) == (1, set())


def tenants(server: Server) -> list[str]:
    done = CliRunner().invoke(cli, ["token", "ls", "--json", "--server", server.url])
    found = json.loads(done.stdout)["tokens"]
    return [one["tenant"] for one in found if one["name"].startswith("telegram bot")]


def test_the_bot_tells_of_the_files_of_whoever_set_it_up(
    telegram: Listener, own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["create", "boss", "--tenant", "acme", "--scope", "read", "--scope", "admin"]
    made = CliRunner().invoke(cli, ["token", *words, "--server", own_server.url])
    monkeypatch.setenv("API_AUTH", "required")
    settings.current.cache_clear()
    monkeypatch.setenv("LECTOR_TOKEN", made.stdout.strip())
    assert notify("telegram", SHOP, "--server", own_server.url).exit_code == 0
    assert tenants(own_server) == ["acme"]
    words = ["telegram", SHOP, "--tenant", "other", "--server", own_server.url]
    assert notify(*words).exit_code == 0
    assert tenants(own_server) == ["other"]


def test_what_telegram_refuses_leaves_things_as_they_were(
    telegram: Listener, own_server: Server
) -> None:
    notify("telegram", SHOP, "--server", own_server.url)
    before = tokens(own_server)
    words = "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    telegram.script += [says(BOTS_NAME), refuses(400, words)]
    done = notify("telegram", "http://lector.example.org", "--server", own_server.url)
    assert done.exit_code == 1
    assert words in str(done.exception)
    assert tokens(own_server) == before


def test_a_url_or_off_is_wanted(telegram: Listener) -> None:
    for words in ([], [SHOP, "--off"]):
        done = notify("telegram", *words)
        assert done.exit_code == 2
        assert "at which URL Telegram reaches this Lector" in done.stderr
