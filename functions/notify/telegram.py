"""What people are told on Telegram, and how (https://core.telegram.org/bots/api#sendmessage)."""

import json
from typing import Any

from lector.contracts import NotificationRequested, PageFailed, PageRead
from lector.runtime import settings
from lector.runtime.events import Event

DESTINATION = "telegram"
_LONGEST = 4096  # characters of a message
_LONGEST_NAME = 60


def is_configured() -> bool:
    """Whether there is a bot, and a chat that it writes to."""
    config = settings.current(settings.Notifying)
    return bool(config.telegram_bot_token and config.telegram_chat_id)


def of_page(event: Event[Any]) -> list[NotificationRequested]:
    """The message about a page, if people want to hear of pages."""
    if not settings.current(settings.Notifying).telegram_pages:
        return []
    match event.data:
        case PageRead(page_number=number):
            return [message(f"page {number} of {event.subject} was read")]
        case PageFailed(page_number=number, failure=failure):
            return [message(f"page {number} of {event.subject} failed: {failure.detail}")]
    return []


def message(text: str) -> NotificationRequested:
    """A message, as long as it may be."""
    return NotificationRequested(destination=DESTINATION, text=shortened(text, _LONGEST))


def shown_name(name: str) -> str:
    """A file's name in one short line."""
    return shortened("".join(c if c.isprintable() else " " for c in name), _LONGEST_NAME)


def shortened(text: str, longest: int) -> str:
    """At most so many characters, with a mark where something is missing."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def request(text: str) -> tuple[str, dict[str, str], bytes]:
    """URL, headers and body that send a message; the URL is a secret, the bot's token is in it."""
    config = settings.current(settings.Notifying)
    url = f"{config.telegram_api.rstrip('/')}/bot{config.telegram_bot_token}/sendMessage"
    body = {"chat_id": config.telegram_chat_id, "text": text, "disable_web_page_preview": True}
    return url, {"content-type": "application/json"}, json.dumps(body).encode()
