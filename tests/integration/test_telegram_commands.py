"""What the bot on Telegram answers, and whom it tells of files."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import Client, TestResponse

from lector.runtime import settings
from tests.support.called import Functions
from tests.support.model import ScriptedModel
from tests.support.world import World

ADMIN = "only-for-the-first-steps"
TOLD = -42


@pytest.fixture
def api(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The API as it is on a public address."""
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104 - nothing listens
    monkeypatch.setenv("ADMIN_TOKEN", ADMIN)
    settings.current.cache_clear()
    yield functions.clients["upload"]
    settings.current.cache_clear()


def token(api: Client, tenant: str, *scopes: str) -> str:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    body = {"name": "bot", "tenant": tenant, "scopes": scopes}
    return str(api.post("/v1/tokens", json=body, headers=headers).get_json()["token"])


def write(
    api: Client, secret: str, text: object, chat: int = TOLD, name: str = "", **kind: str
) -> TestResponse:
    """Somebody writes to the bot, and Telegram hands it over."""
    message = {"message_id": 5, "chat": {"id": chat, "type": "group"}, "text": text}
    update: dict[str, Any] = {"update_id": 1, kind.get("kind", "message"): message}
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    query = f"bot={name}&chat={TOLD}&chat=-7"
    return api.post(f"/v1/telegram/updates?{query}", json=update, headers=headers)


@pytest.fixture
def tenant() -> str:
    return f"t-{uuid4()}"


@pytest.fixture
def bot(api: Client, tenant: str) -> str:
    return token(api, tenant, "telegram")


def announce(api: Client, tenant: str, name: str) -> None:
    headers = {"Authorization": f"Bearer {token(api, tenant, 'write')}"}
    body = {"name": name, "size_bytes": 5}
    assert api.post("/v1/files", json=body, headers=headers).status_code == 201


@pytest.mark.parametrize("text", ["/ping", "/ping@lector_bot", "/start", "/ping please"])
def test_any_chat_learns_its_own_id(api: Client, bot: str, text: str) -> None:
    said = write(api, bot, text, chat=99).get_json()
    assert (said["method"], said["chat_id"]) == ("sendMessage", 99)
    assert said["text"] == "Lector is here. The id of this chat is 99; it is not told of files."


def test_only_the_chats_that_are_named_are_told_of_files(
    api: Client, bot: str, tenant: str
) -> None:
    announce(api, tenant, "salaries.pdf")
    refused = write(api, bot, "/last", chat=99).get_json()
    assert refused["text"] == "This chat (99) is not told of files."
    for chat in (TOLD, -7):
        told = write(api, bot, "/last", chat=chat).get_json()
        assert (told["chat_id"], told["text"]) == (chat, "salaries.pdf: announced")


def test_it_tells_of_the_last_ten_files_of_its_tenant_alone(
    api: Client, bot: str, tenant: str
) -> None:
    assert write(api, bot, "/last").get_json()["text"] == "There are no files."
    announce(api, "somebody-else", "theirs.pdf")
    for number in range(12):
        announce(api, tenant, f"{number}.pdf")
    lines = write(api, bot, "/last").get_json()["text"].splitlines()
    assert lines == [f"{number}.pdf: announced" for number in range(11, 1, -1)]


def test_it_says_what_has_become_of_the_pages(functions: Functions, model: ScriptedModel) -> None:
    world = World.with_pages(functions, 2)
    said = write(functions.clients["upload"], "", "/last").get_json()
    assert said["text"].splitlines()[0] == "test.pdf: uploaded"
    world.read()
    said = write(functions.clients["upload"], "", "/last").get_json()
    assert said["text"].splitlines()[0] == "test.pdf: completed, 2 of 2 pages read"


def test_a_channel_is_answered_like_a_chat(api: Client, bot: str) -> None:
    said = write(api, bot, "/ping", kind="channel_post").get_json()
    assert said["text"] == f"Lector is here. The id of this chat is {TOLD}; it may ask for /last."


@pytest.mark.parametrize("text", ["", "hello", "/pingpong", "ping", "/help@other_bot", " "])
def test_other_messages_get_no_answer(api: Client, bot: str, text: str) -> None:
    answer = write(api, bot, text)
    assert (answer.status_code, answer.get_data()) == (204, b"")


@pytest.mark.parametrize("command", ["/last", "/ping"])
def test_a_command_to_another_bot_of_the_group_is_left_to_that_one(
    api: Client, bot: str, command: str
) -> None:
    assert write(api, bot, f"{command}@other_bot", name="Lector_bot").status_code == 204
    for text in (command, f"{command}@lector_BOT"):
        assert write(api, bot, text, name="Lector_bot").status_code == 200


def test_what_is_no_message_is_passed_over(api: Client, bot: str) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": bot}
    for update in ({"poll": {"id": "5"}}, {"message": {"chat": {"id": 1}, "photo": []}}):
        sent = {"update_id": 3, **update}
        assert api.post("/v1/telegram/updates", json=sent, headers=headers).status_code == 204


def test_what_telegram_is_given_is_good_for_nothing_else(api: Client, bot: str) -> None:
    for headers in (
        {"Authorization": f"Bearer {bot}"},
        {"X-Telegram-Bot-Api-Secret-Token": bot},
    ):
        refused = api.get("/v1/files", headers=headers)
        assert (refused.status_code, refused.get_json()["code"]) == (403, "not_allowed")


def test_who_does_not_know_the_token_is_no_telegram(api: Client, bot: str) -> None:
    for secret in ("", "wrong", f"{bot}x"):
        assert write(api, secret, "/last").status_code == 401
