"""A request as it is sent: in the form of OpenAI's chat completions, without what is not taken."""

import base64
import json
import secrets
from typing import Any

from functions.llm.abilities import SYSTEM_ROLE, Abilities, Sent
from functions.llm.readers import Request

_TYPES = ((b"\x89PNG", "png"), (b"\xff\xd8", "jpeg"))
# Where the image's characters go; nothing that anybody writes has it.
_IMAGE = secrets.token_hex(16)


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


def body(request: Request, temperature: float, image: bytes, known: Abilities) -> bytes:
    """The request's body, as JSON in UTF-8.

    The image, which is nearly all of it, is put into the encoded rest as it is: base64 has no
    character that JSON would write otherwise, so nobody has to look at each.
    """
    sent: dict[str, Any] = {
        "messages": _messages(request, image, known),
        "model": request.model,
    }
    if tokens_as := known.tokens_as(request):
        sent[tokens_as] = known.tokens(request)
    if _has_temperature(request, known):
        sent["temperature"] = temperature
    sent |= _extra(request, known)
    if request.language:
        sent["lector"] = {"language": request.language}
    text = json.dumps(sent, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    before, mark, after = text.encode().partition(_IMAGE.encode())
    return b"".join((before, base64.b64encode(image) if mark else b"", after))


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
    url = f"data:image/{kind};base64,{_IMAGE}"
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
