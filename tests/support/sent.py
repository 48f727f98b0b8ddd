"""What a model is sent."""

import json
from typing import Any

from functions.llm import chat_requests
from functions.llm.abilities import Abilities
from functions.llm.readers import Request


def sent_body(
    request: Request, temperature: float, image: bytes, known: Abilities
) -> dict[str, Any]:
    """The body of a request for an image, as its receiver decodes it."""
    body: dict[str, Any] = json.loads(chat_requests.body(request, temperature, image, known))
    return body
