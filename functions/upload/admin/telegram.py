"""What people write to the bot on Telegram, answered in the same breath: /ping and /last.

Telegram POSTs each message (https://core.telegram.org/bots/api#setwebhook) with a token of the
scope `telegram`, which is good for nothing else. An answer may be a call of its API, so nothing
here needs the bot's own token, and a function at zero wakes to answer.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from functions.upload.answers import Output
from functions.upload.authentication import TELEGRAM, Caller
from functions.upload.fields import Input, Rule
from functions.upload.files import listing
from functions.upload.files.file_model import StoredFile
from functions.upload.files.listing import Chosen
from functions.upload.operations import Answer, Routes

routes = Routes("notifications")

_BODY_BYTES = 512 * 1024  # a message of 4,096 characters with all that is said of each
_LAST = 10
_LONGEST_NAME = 60


class Chat(Struct, frozen=True):
    """The chat in which something was written."""

    id: int


class Message(Struct, frozen=True):
    """A message, of which more is sent than is looked at."""

    chat: Chat
    text: str = ""


class Update(Input, frozen=True, forbid_unknown_fields=False):
    """What Telegram sends: a message to the bot or in a channel; anything else is passed over."""

    message: Annotated[Message, Rule("a message as Telegram sends it")] | None = None
    channel_post: Annotated[Message, Rule("a message as Telegram sends it")] | None = None


class Bot(Input, frozen=True):
    """Which bot it is, and who is told of files."""

    bot: Annotated[
        str,
        Meta(
            pattern="^[0-9A-Za-z_]{0,64}$",
            description="Its name: in a group, commands to another bot have no answer.",
        ),
        Rule("the bot's name on Telegram, without @"),
    ] = ""
    chat: Annotated[
        list[Annotated[str, Meta(pattern="^-?[0-9]{1,20}$")]],
        Meta(max_length=100, description="The ids of the chats that are told of files."),
        Rule("the id of a chat, such as -1001234567890; at most 100 of them"),
    ] = msgspec.field(default_factory=list)


class Reply(Output, frozen=True):
    """A call of Telegram's API, which sends the answer."""

    chat_id: int
    text: str
    method: Literal["sendMessage"] = "sendMessage"


@routes.post(
    "/v1/telegram/updates", TELEGRAM, answers={200: Reply, 204: None}, json_bytes=_BODY_BYTES
)
def answer_message(caller: Caller, query: Bot, body: Update) -> Reply | Answer:
    """Answer a message to the bot.

    `/ping` tells any chat its id; `/last` tells those that are named in the query of the tenant's
    last files. To other messages there is no answer (204). The token, of the scope `telegram`,
    comes as X-Telegram-Bot-Api-Secret-Token: `lector notify telegram` makes one, and has Telegram
    send it.
    """
    message = body.message or body.channel_post
    if message is None:
        return Answer(None, 204)
    is_told = str(message.chat.id) in query.chat
    text = _answer(caller, message, query.bot, is_told=is_told)
    return Reply(message.chat.id, text) if text else Answer(None, 204)


def _answer(caller: Caller, message: Message, bot: str, *, is_told: bool) -> str | None:
    """The answer to a message, if it asks for one; in a group commands may end in @ and a bot."""
    command, _, whom = (message.text.split() or [""])[0].partition("@")
    if whom and bot and whom.lower() != bot.lower():
        return None
    if command in ("/ping", "/start"):
        more = "it may ask for /last" if is_told else "it is not told of files"
        return f"Lector is here. The id of this chat is {message.chat.id}; {more}."
    if command != "/last":
        return None
    if not is_told:
        return f"This chat ({message.chat.id}) is not told of files."
    files, _ = listing.find(Chosen(caller.tenant), "newest", None, _LAST)
    return "\n".join(_line(file) for file in files) or "There are no files."


def _line(file: StoredFile) -> str:
    """A file's name, its state, and what has become of its pages."""
    name = file.name if len(file.name) <= _LONGEST_NAME else f"{file.name[: _LONGEST_NAME - 1]}…"
    total = file.page_count or file.pages_total
    parts = [f"{file.pages_read} of {total} {'page' if total == 1 else 'pages'} read"] * bool(total)
    parts += [f"{file.pages_failed} failed"] * bool(file.pages_failed)
    parts += [f"{file.pages_doubted} to look at"] * bool(file.pages_doubted)
    return ", ".join([f"{name}: {file.status}", *parts])
