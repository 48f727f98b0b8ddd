"""The bodies of requests, read as they come: a slow client holds no thread.

No more of a body is kept than its limit, and none may come more slowly than at a certain rate. A
tenant, or an address, has only so many under way at once.
"""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import (
    Data,
    Epilogue,
    Event,
    Field,
    File,
    MultipartDecoder,
    NeedData,
)

from functions.upload import fields
from functions.upload.authentication import Caller
from functions.upload.errors import ApiError
from functions.upload.problem_codes import ProblemCode
from functions.upload.slots import Limits, Slots
from functions.upload.spool import Section, Spool
from lector.domain.failure_codes import FailureCode
from lector.runtime import settings
from lector.runtime.once import once

_FORM = "multipart/form-data"
_ROOM_BYTES = 64 * 1024  # for what a form holds beside its files
_TEXTS_BYTES = 1024 * 1024  # of all texts of a form, such as what is said of each file of many
_PATIENCE_S = 10.0
_MOST_PARTS = 1100  # a thousand files, and what is said of them
_DEEPEST = 20  # of JSON; what people send has three levels


@dataclass(frozen=True)
class SentFile:
    """A file of a form, in the field of a name."""

    field: str
    name: str
    content: BinaryIO


@dataclass(frozen=True)
class Form:
    """Texts by their names, and files."""

    texts: dict[str, list[str]]
    files: list[SentFile]


def is_form(request: Request) -> bool:
    """Whether a request carries a form with files."""
    return media_type(request) == _FORM


def media_type(request: Request) -> str:
    """The media type of a request's body, without its parameters."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


async def read(request: Request, caller: Caller, most_bytes: int) -> bytes:
    """A body as a whole.

    Raises:
        ApiError: it is too large (413), comes too slowly (408), or the caller sends too many (429).

    """
    body = bytearray()
    with _bodies().taken(caller):
        async for chunk in _arriving(request):
            body += chunk
            if len(body) > most_bytes:
                detail = f"the limit for this body is {most_bytes} bytes"
                raise ApiError(413, ProblemCode.BODY_TOO_LARGE, detail)
    return bytes(body)


def json_object(request: Request, body: bytes, *, needed: bool) -> dict[str, object]:
    """The JSON object in a body; {} for an empty one, unless one is needed."""
    if not body and not needed:
        return {}
    kind = media_type(request)
    value = None
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, dict):
        raise ApiError(400, ProblemCode.MALFORMED_BODY, "send a JSON object as application/json")
    if is_deep(value):
        detail = f"the body has more than {_DEEPEST} levels of objects and arrays"
        raise ApiError(400, ProblemCode.MALFORMED_BODY, detail)
    return value


def is_deep(value: object) -> bool:
    """Whether so much is nested that something could run out of stack over it."""
    level = [value]
    for _ in range(_DEEPEST + 1):
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)


@asynccontextmanager
async def form(request: Request, caller: Caller) -> AsyncIterator[Form]:
    """A form, whose files lie in a temporary file for the duration of the block.

    Raises:
        ApiError: it is no form (400), too large (413), comes too slowly (408), or the caller sends
            too many (429).
        TransientFailure: so many forms are being received that the disk could overflow.

    """
    receiver = _Receiver(_boundary_of(request))
    with _bodies().taken(caller):
        async with room_on_disk(caller):
            try:
                async for chunk in _limited(request):
                    await run_in_threadpool(receiver.receive, chunk)
                await run_in_threadpool(receiver.receive, None)
                yield receiver.form
            finally:
                receiver.spool.close()


@asynccontextmanager
async def room_on_disk(caller: Caller) -> AsyncIterator[None]:
    """Room for a file of the largest size, for the duration of the block; waited for, for a while.

    Raises:
        ApiError: the caller has too many such files under way (429).
        TransientFailure: all have.

    """
    await _forms().wait(caller)
    try:
        yield
    finally:
        _forms().leave(caller)


class _WaitingRoom:
    """Slots that one may wait for, for a while; for the event loop only."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._waiting: dict[asyncio.Event, None] = {}

    async def wait(self, caller: Caller) -> None:
        """Take a slot as soon as there is one; raise what `Slots` says if there is none in time."""
        until = time.monotonic() + _PATIENCE_S
        freed = asyncio.Event()
        self._waiting[freed] = None
        try:
            while (refusal := self._slots.refusal(caller)) is not None:
                freed.clear()
                try:
                    async with asyncio.timeout(until - time.monotonic()):
                        await freed.wait()
                except TimeoutError:
                    raise refusal from None
        finally:
            del self._waiting[freed]

    def leave(self, caller: Caller) -> None:
        """Give a slot back: all who wait try again, those first who came first."""
        self._slots.release(caller)
        for freed in self._waiting:
            freed.set()


class _Receiver:
    """Puts a form together; to be called in a thread, as it writes to the disk."""

    def __init__(self, boundary: bytes) -> None:
        self.form = Form({}, [])
        self.spool = Spool()
        self._decoder = MultipartDecoder(boundary, max_parts=_MOST_PARTS)
        self._file: Section | None = None
        self._text = bytearray()
        self._texts_bytes = 0
        self._name = ""

    def receive(self, chunk: bytes | None) -> None:
        """Take in what has come; None at the end."""
        try:
            self._decoder.receive_data(chunk)
            while not isinstance(event := self._decoder.next_event(), (NeedData, Epilogue)):
                self._take(event)
        except (ValueError, RequestEntityTooLarge) as error:
            raise ApiError(
                400, ProblemCode.MALFORMED_FORM, "this is not a form with files"
            ) from error

    def _take(self, event: Event) -> None:
        match event:
            case File():
                self._file = self.spool.begin()
                content = cast(BinaryIO, self._file)
                self.form.files.append(SentFile(event.name, event.filename, content))
            case Field():
                self._file, self._name = None, event.name
                self._text.clear()
            case Data() if self._file is not None:
                self.spool.write(self._file, event.data)
            case Data():
                self._text += event.data
                self._texts_bytes += len(event.data)
                if self._texts_bytes > _TEXTS_BYTES:
                    raise ValueError("the texts of this form are too long")
                if not event.more_data:
                    text = self._text.decode(errors="replace")
                    self.form.texts.setdefault(self._name, []).append(text)


def _boundary_of(request: Request) -> bytes:
    _, options = parse_options_header(request.headers.get("Content-Type", ""))
    boundary = options.get("boundary", "")
    if not boundary:
        raise ApiError(400, ProblemCode.MALFORMED_FORM, "a form has a boundary between its parts")
    return boundary.encode()


async def _arriving(request: Request) -> AsyncIterator[bytes]:
    """A body piece by piece; `ApiError` (408) as soon as it comes too slowly.

    Only the time counts in which the client is waited for. What comes fast buys no time for later.
    """
    config = settings.current(settings.Uploads)
    enough = config.body_window_s * config.body_bytes_per_s
    stream = request.stream()
    waited_s, received = 0.0, 0
    while True:
        began = time.monotonic()
        try:
            async with asyncio.timeout(config.body_window_s - waited_s):
                chunk = await anext(stream, None)
        except TimeoutError:
            detail = f"the limit for a body is {config.body_bytes_per_s} bytes a second at least"
            headers = {"Connection": "close"}
            raise ApiError(408, ProblemCode.BODY_TOO_SLOW, detail, headers) from None
        if chunk is None:
            return
        waited_s += time.monotonic() - began
        received += len(chunk)
        if received >= enough:
            waited_s, received = 0.0, 0
        yield chunk


async def _limited(request: Request) -> AsyncIterator[bytes]:
    """A form piece by piece; `ApiError` (413) for one whose file cannot be within the limit."""
    limit = settings.current(settings.Limits).max_file_bytes
    refusal = ApiError(413, FailureCode.FILE_TOO_LARGE, f"the limit for a file is {limit} bytes")
    said = request.headers.get("Content-Length", "0")
    if fields.whole_number(said, math.inf) > limit + _ROOM_BYTES:
        raise refusal
    count = 0
    async for chunk in _arriving(request):
        count += len(chunk)
        if count > limit + _ROOM_BYTES:
            raise refusal
        yield chunk


@once
def _bodies() -> Slots:
    def limits() -> Limits:
        config = settings.current(settings.Uploads)
        return Limits(config.bodies_at_once, config.bodies_per_tenant, config.bodies_per_address)

    return Slots("requests whose bodies are being received", limits, retry_after_s=5)


@once
def _forms() -> _WaitingRoom:
    def limits() -> Limits:
        config = settings.current(settings.Uploads)
        return Limits(config.forms_at_once, config.forms_per_tenant, config.forms_per_address)

    return _WaitingRoom(Slots("forms that are being received", limits, retry_after_s=5))
