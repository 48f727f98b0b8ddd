"""What the function and its render processes send each other, and the channel between them.

A reply comes out of a process that reads hostile files, so it is JSON and pixels and never a
pickle, which could run code in the function.
"""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from lector.domain import originals
from lector.domain.doubts import Doubts
from lector.runtime import settings
from lector.runtime.failures import PermanentFailure, TransientFailure

READY = b"ready"
_LENGTH_BYTES = 4
_LONGEST_BYTES = 256 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Request:
    """`number` is a page, counted from 1, to draw; the most pages to allow when inspecting.

    `seeks_text`: whether the text is wanted that the page carries.
    """

    task: Literal["open", "inspect", "draw"]
    path: Path
    config: settings.Rendering
    number: int = 0
    seeks_text: bool = True


@dataclass(frozen=True)
class Opened:
    """The process has the file open."""


@dataclass(frozen=True)
class Inspection:
    """What is known of a document once it is open.

    `warning` is for people; None when all is well. `media_type` is by its content.
    """

    page_count: int
    warning: str | None
    media_type: str = originals.PDF.media_type


@dataclass(frozen=True)
class FoundLayer:
    """The text that a page carries: an encoded `TextLayer`, and whether it can be trusted.

    `reason` says to people why it cannot.
    """

    encoded: bytes
    verdict: str
    reason: str | None = None


@dataclass(frozen=True)
class RenderedImage:
    """A page as an image, a JPEG or PNG, and what it carries besides.

    `blank`: there is nothing on it. `render_s`: seconds taken. `layer` is None if the page carries
    no text, or nobody wants it. `doubts` speak against the image: by code, a sentence for people.
    """

    encoded: bytes
    width_px: int
    height_px: int
    blank: bool
    render_s: float = 0.0
    layer: FoundLayer | None = None
    doubts: Doubts = field(default_factory=dict)


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


def encode_request(request: Request, ticket: str) -> bytes:
    """A request as a message, with a ticket that its reply must carry."""
    return json.dumps({**asdict(request), "path": str(request.path), "ticket": ticket}).encode()


def decode_request(message: bytes) -> tuple[Request, str]:
    """A request and its ticket, from a message."""
    members = json.loads(message)
    ticket = members.pop("ticket")
    config = settings.Rendering(**members.pop("config"))
    return Request(**{**members, "path": Path(members["path"]), "config": config}), ticket


def encode_reply(reply: Reply, ticket: str) -> bytes:
    """A reply as a message: a line of JSON, then a rendered image's bytes, then its layer's."""
    blobs: list[bytes] = []
    if isinstance(reply, PermanentFailure):
        members: dict[str, Any] = {"code": reply.code, "detail": reply.detail}
    elif isinstance(reply, TransientFailure):
        members = {"detail": reply.detail}
    elif isinstance(reply, RenderedImage):
        layer = reply.layer
        blobs = [reply.encoded, layer.encoded if layer else b""]
        members = {name: value for name, value in vars(reply).items() if name != "encoded"} | {
            "doubts": dict(reply.doubts),
            "image_bytes": len(reply.encoded),
            "layer": layer and {"verdict": layer.verdict, "reason": layer.reason},
        }
    else:
        members = asdict(reply)
    line = json.dumps({"kind": type(reply).__name__, "ticket": ticket, **members})
    return b"".join([line.encode(), b"\n", *blobs])


def decode_reply(message: bytes, ticket: str) -> Reply:
    """A reply from a message.

    Raises:
        ValueError: it is none, or does not carry the ticket of the request.

    """
    line, _, blobs = message.partition(b"\n")
    try:
        members = json.loads(line)
        if members.pop("ticket") != ticket:
            raise ValueError("a reply to another request")
        kind = _KINDS[members.pop("kind")]
        return _rendered(members, blobs) if kind is RenderedImage else kind(**members)
    except (AttributeError, KeyError, RecursionError, TypeError) as error:
        raise ValueError("not a reply") from error


def _rendered(members: dict[str, Any], blobs: bytes) -> RenderedImage:
    image_bytes, layer = int(members.pop("image_bytes")), members.pop("layer")
    image, words = blobs[:image_bytes], blobs[image_bytes:]
    found = FoundLayer(words, layer["verdict"], layer["reason"]) if layer else None
    return RenderedImage(**members, encoded=image, layer=found)


class Channel:
    """One end of a socket pair that carries messages: four bytes of length, then the message.

    Unlike a connection of `multiprocessing`, it can wait for a whole message with a deadline: a
    process that was taken over, or stopped, may send half a message and then nothing.

    `until` is a time of the monotonic clock; None: as long as it takes.
    """

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def send(self, message: bytes, until: float | None = None) -> None:
        """Send a message.

        Raises:
            TimeoutError: the other end did not read all of it in time.
            OSError: the other end is closed.

        """
        self._set_timeout(until)
        self._socket.sendall(len(message).to_bytes(_LENGTH_BYTES) + message)

    def receive(self, until: float | None = None) -> bytes:
        """Receive the next message.

        Raises:
            TimeoutError: it did not arrive as a whole in time.
            EOFError: the other end is closed.
            ValueError: it is too long.

        """
        size = int.from_bytes(self._read_exactly(_LENGTH_BYTES, until))
        if size > _LONGEST_BYTES:
            raise ValueError(f"a message of {size} bytes")
        return self._read_exactly(size, until)

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def __enter__(self) -> "Channel":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _read_exactly(self, size: int, until: float | None) -> bytes:
        pieces, missing = [], size
        while missing:
            self._set_timeout(until)
            pieces.append(self._socket.recv(min(missing, _PIECE_BYTES)))
            if not pieces[-1]:
                raise EOFError
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def _set_timeout(self, until: float | None) -> None:
        left_s = None if until is None else until - time.monotonic()
        if left_s is not None and left_s <= 0:
            raise TimeoutError
        self._socket.settimeout(left_s)
