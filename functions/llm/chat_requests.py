"""A request as it is sent: in the form of OpenAI's chat completions, without what is not taken."""

import base64
from typing import Any

from functions.llm.abilities import SYSTEM_ROLE, Abilities, Sent
from functions.llm.readers import Request

_TYPES = ((b"\x89PNG", "png"), (b"\xff\xd8", "jpeg"))


def sent_with(request: Request, known: Abilities) -> Sent:
    """What of the request is sent, and could be refused by its name."""
    names = {*_extra(request, known)}
    if tokens_as := known.tokens_as(request):
        names.add(tokens_as)
    if _has_temperature(request, known):
        names.add("temperature")
    if _has_system(request, known):
        names.add(SYSTEM_ROLE)
    return Sent(frozenset(names), known.tokens(request))


def arguments(
    request: Request, temperature: float, image: bytes, known: Abilities
) -> dict[str, Any]:
    """The arguments of the client's call."""
    sent: dict[str, Any] = {
        "model": request.model,
        "messages": _messages(request, image, known),
    }
    if tokens_as := known.tokens_as(request):
        sent[tokens_as] = known.tokens(request)
    if _has_temperature(request, known):
        sent["temperature"] = temperature
    extra = _extra(request, known)
    if request.language:
        extra["lector"] = {"language": request.language}
    return {**sent, "extra_body": extra or None}


def _extra(request: Request, known: Abilities) -> dict[str, Any]:
    extra = {"provider": request.provider} if request.provider else {}
    extra |= request.extra
    return {name: value for name, value in extra.items() if known.takes(name)}


def _has_temperature(request: Request, known: Abilities) -> bool:
    return request.takes_temperature and known.takes("temperature")


def _has_system(request: Request, known: Abilities) -> bool:
    return bool(request.system) and request.takes_system and known.takes(SYSTEM_ROLE)


def _messages(request: Request, image: bytes, known: Abilities) -> list[dict[str, Any]]:
    """System and user messages; without a system role, its words go before the user's."""
    kind = next((name for magic, name in _TYPES if image.startswith(magic)), "jpeg")
    url = f"data:image/{kind};base64,{base64.b64encode(image).decode()}"
    has_system = _has_system(request, known)
    words = [request.user] if has_system else [request.system, request.user]
    text = "\n\n".join(filter(None, words))
    content: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": url}}]
    if text:
        content.append({"type": "text", "text": text})
    messages = [{"role": "user", "content": content}]
    if has_system:
        return [{"role": "system", "content": request.system}, *messages]
    return messages
