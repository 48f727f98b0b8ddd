"""Messages on Telegram (https://core.telegram.org/bots/api#sendmessage)."""

import json
from typing import Any

from functions.notify import http_post
from functions.notify.http_post import Outcome
from lector.contracts import (
    FilesDeleted,
    FileUploaded,
    NotificationRequested,
    PageFailed,
    PageRead,
)
from lector.runtime import settings
from lector.runtime.events import Event

DESTINATION = "telegram"
_LONGEST = 4096  # characters of a message
_LONGEST_NAME = 60


def is_configured() -> bool:
    """Whether there is a bot, and a chat that it writes to."""
    config = settings.current(settings.Notifying)
    return bool(config.telegram_bot_token and config.telegram_chat_id)


def page_messages(event: Event[Any]) -> list[NotificationRequested]:
    """The message about a page, if people want messages about pages."""
    if not settings.current(settings.Notifying).telegram_pages:
        return []
    match event.data:
        case PageRead(page_number=number, doubts=doubts):
            reasons = f"; to look at: {'; '.join(sorted(doubts.values()))}" if doubts else ""
            return [message(f"page {number} of {event.subject} was read{reasons}")]
        case PageFailed(page_number=number, failure=failure):
            return [message(f"page {number} of {event.subject} failed: {failure.detail}")]
    return []


def file_message(event: Event[Any]) -> NotificationRequested | None:
    """The message that a file came, or went, if people want such; None for other events.

    Each is told of once: not of what is read once more, nor of further rounds of a removal.
    """
    if not settings.current(settings.Notifying).telegram_uploads:
        return None
    match event.data:
        case FileUploaded(generation=1, name=name):
            return message(f"{display_name(name)} was uploaded")
        case FilesDeleted(round=1, days_over=days_over):
            why = ", as its days were over" if days_over else ""
            return message(f"the file {event.subject} was deleted{why}")
    return None


def message(text: str) -> NotificationRequested:
    """The request for a message, cut to the length that it may have."""
    return NotificationRequested(destination=DESTINATION, text=shorten(text, _LONGEST))


def display_name(name: str) -> str:
    """A file's name in one short line."""
    return shorten("".join(c if c.isprintable() else " " for c in name), _LONGEST_NAME)


def shorten(text: str, longest: int) -> str:
    """At most so many characters, with a mark where something is missing."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def send(text: str, config: settings.Notifying) -> Outcome:
    """Send a message to the configured chat."""
    if not is_configured():
        return Outcome(None, "TELEGRAM_BOT_TOKEN or TELEGRAM_CHAT_ID is not set")
    # A secret: the bot's token is in it.
    url = f"{config.telegram_api.rstrip('/')}/bot{config.telegram_bot_token}/sendMessage"
    body = {"chat_id": config.telegram_chat_id, "text": text, "disable_web_page_preview": True}
    headers = {"content-type": "application/json"}
    return http_post.post(url, headers, json.dumps(body).encode(), config.webhook_timeout_s)
