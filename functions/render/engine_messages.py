"""What the function and its render processes say to each other, as bytes.

An answer comes out of a process that reads hostile files, so it is JSON and pixels and never a
pickle, which could run code in the function.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from lector.runtime import settings
from lector.runtime.failures import PermanentFailure, TransientFailure

READY = b"ready"


@dataclass(frozen=True)
class Request:
    """`number` is a page, counted from 1, to draw; the most pages to allow when inspecting."""

    task: Literal["open", "inspect", "draw"]
    path: Path
    config: settings.Rendering
    number: int = 0


@dataclass(frozen=True)
class Opened:
    """The process has the file open."""


@dataclass(frozen=True)
class Inspection:
    """What opening a PDF tells about it. `warning` is for people; None when all is well."""

    page_count: int
    warning: str | None


@dataclass(frozen=True)
class RenderedImage:
    """A page as a grey JPEG. `blank`: every pixel has the same value. `render_s`: what it took."""

    jpeg: bytes
    width_px: int
    height_px: int
    blank: bool
    render_s: float = 0.0


@dataclass(frozen=True)
class OutOfMemory:
    """The task needs more memory than it may have."""


Reply = Opened | Inspection | RenderedImage | OutOfMemory | PermanentFailure | TransientFailure
_Kind = Callable[..., Reply]
_KINDS: dict[str, _Kind] = {
    kind.__name__: kind
    for kind in (
        Opened,
        Inspection,
        RenderedImage,
        OutOfMemory,
        PermanentFailure,
        TransientFailure,
    )
}


def request_bytes(request: Request, ticket: str) -> bytes:
    """A request on its way to a render process, with a ticket that its answer must carry."""
    return json.dumps({**asdict(request), "path": str(request.path), "ticket": ticket}).encode()


def request_from(message: bytes) -> tuple[Request, str]:
    """A request as it arrived, and its ticket."""
    said = json.loads(message)
    ticket = said.pop("ticket")
    config = settings.Rendering(**said.pop("config"))
    return Request(**{**said, "path": Path(said["path"]), "config": config}), ticket


def reply_bytes(reply: Reply, ticket: str) -> bytes:
    """An answer on its way to the function: a line of JSON, then the image if it is one."""
    jpeg = b""
    if isinstance(reply, PermanentFailure):
        members: dict[str, Any] = {"code": reply.code, "detail": reply.detail}
    elif isinstance(reply, TransientFailure):
        members = {"detail": reply.detail}
    else:
        members = asdict(reply)
        jpeg = members.pop("jpeg", b"")
    line = json.dumps({"kind": type(reply).__name__, "ticket": ticket, **members})
    return line.encode() + b"\n" + jpeg


def reply_from(message: bytes, ticket: str) -> Reply:
    """An answer as it arrived.

    Raises:
        ValueError: it is none, or not the one to the request that had this ticket.

    """
    line, _, jpeg = message.partition(b"\n")
    try:
        members = json.loads(line)
        if members.pop("ticket") != ticket:
            raise ValueError("an answer to another request")
        kind = _KINDS[members.pop("kind")]
        return kind(**members, jpeg=jpeg) if kind is RenderedImage else kind(**members)
    except (AttributeError, KeyError, RecursionError, TypeError) as error:
        raise ValueError("not an answer") from error
