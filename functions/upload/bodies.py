"""The bodies of requests, read as they come: a slow client holds no thread.

No more of a body is kept than its limit.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
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

from functions.upload.errors import ApiError
from functions.upload.problem_codes import ProblemCode
from lector.domain.failure_codes import FailureCode
from lector.runtime import settings
from lector.runtime.failures import TransientFailure
from lector.runtime.once import once

_FORM = "multipart/form-data"
_ROOM_BYTES = 64 * 1024  # for what a form holds beside its files
_PATIENCE_S = 10.0
_MOST_PARTS = 1000
_IN_MEMORY_BYTES = 512 * 1024


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


async def read(request: Request, most_bytes: int) -> bytes:
    """A body as a whole; `ApiError` (413) for one that is too large."""
    body = bytearray()
    async for chunk in request.stream():
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
    return value


@asynccontextmanager
async def form(request: Request) -> AsyncIterator[Form]:
    """A form, whose files lie in temporary files for the duration of the block.

    Raises:
        ApiError: it is no form (400), or too large (413).
        TransientFailure: so many forms are being received that the disk could overflow.

    """
    receiver = _Receiver(_boundary_of(request))
    try:
        await asyncio.wait_for(_room().acquire(), _PATIENCE_S)
    except TimeoutError:
        detail = "many files are being received; try again soon"
        raise TransientFailure(detail, retry_after_s=5) from None
    try:
        async for chunk in _limited(request):
            await run_in_threadpool(receiver.receive, chunk)
        await run_in_threadpool(receiver.receive, None)
        yield receiver.form
    finally:
        for file in receiver.form.files:
            file.content.close()
        _room().release()


class _Receiver:
    """Puts a form together; to be called in a thread, as it writes to the disk."""

    def __init__(self, boundary: bytes) -> None:
        self.form = Form({}, [])
        self._decoder = MultipartDecoder(boundary, max_parts=_MOST_PARTS)
        self._file: BinaryIO | None = None
        self._text = bytearray()
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
                spooled = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - form() closes it
                self._file = cast(BinaryIO, spooled)
                self.form.files.append(SentFile(event.name, event.filename, self._file))
            case Field():
                self._file, self._name = None, event.name
                self._text.clear()
            case Data() if self._file:
                self._file.write(event.data)
            case Data():
                self._text += event.data
                if len(self._text) > _ROOM_BYTES:
                    raise ValueError("a text of this form is too long")
                if not event.more_data:
                    text = self._text.decode(errors="replace")
                    self.form.texts.setdefault(self._name, []).append(text)


def _boundary_of(request: Request) -> bytes:
    _, options = parse_options_header(request.headers.get("Content-Type", ""))
    boundary = options.get("boundary", "")
    if not boundary:
        raise ApiError(400, ProblemCode.MALFORMED_FORM, "a form has a boundary between its parts")
    return boundary.encode()


async def _limited(request: Request) -> AsyncIterator[bytes]:
    """A form piece by piece; `ApiError` (413) for one whose file cannot be within the limit."""
    limit = settings.current(settings.Limits).max_file_bytes
    refusal = ApiError(413, FailureCode.FILE_TOO_LARGE, f"the limit for a file is {limit} bytes")
    said = request.headers.get("Content-Length", "")
    if said.isascii() and said.isdigit() and int(said[:20]) > limit + _ROOM_BYTES:
        raise refusal
    count = 0
    async for chunk in request.stream():
        count += len(chunk)
        if count > limit + _ROOM_BYTES:
            raise refusal
        yield chunk


@once
def _room() -> asyncio.Semaphore:
    return asyncio.Semaphore(settings.current(settings.Uploads).forms_at_once)
