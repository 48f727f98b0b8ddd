"""Files that are sent as a form (multipart/form-data)."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TypeVar

from flask import Request, request
from werkzeug.datastructures import FileStorage

from functions.upload import validation
from functions.upload.files import options
from functions.upload.files.options import READING_OPTIONS, NewFile
from functions.upload.validation import BadRequest
from lector.runtime import settings
from lector.runtime.failures import TransientFailure
from lector.runtime.once import once

Given = TypeVar("Given")
Made = TypeVar("Made")

_PATIENCE_S = 10.0


@contextmanager
def received(form: Request, most: int) -> Iterator[list[FileStorage]]:
    """The files of a form, which lie in temporary files for the duration of the block.

    Raises:
        BadRequest: it is no form with 1 to `most` files in the field `file`.
        TransientFailure: so many forms are being received that the disk could overflow.

    """
    if not _room().acquire(timeout=_PATIENCE_S):
        raise TransientFailure("many files are being received; try again soon", retry_after_s=5)
    try:
        sent = form.files.getlist("file")
        _said_once(form)
        options.reading(form.form, READING_OPTIONS)
        validation.no_unknown(
            form.form, (*READING_OPTIONS, "sha256") if most == 1 else READING_OPTIONS
        )
        if not 1 <= len(sent) <= most or set(form.files) != {"file"}:
            what = "one PDF" if most == 1 else f"1 to {most} PDFs"
            raise BadRequest("malformed_form", f"send {what} in the form field 'file'")
        yield sent
    finally:
        _room().release()


def _said_once(form: Request) -> None:
    for name, values in form.form.lists():
        if len(values) > 1:
            raise BadRequest("repeated_option", f"{name} is said {len(values)} times")


def sent_file(sent: FileStorage) -> tuple[NewFile, IO[bytes]]:
    """A file of the form, with the options that hold for all of them."""
    limit = settings.current(settings.Limits).max_file_bytes
    size = sent.stream.seek(0, os.SEEK_END)
    if size == 0:
        raise BadRequest("empty_file", "the file is empty", 422)
    options.checked_size(size, limit)
    sent.stream.seek(0)
    announced = options.digest(request.form.get("sha256"))
    if announced is not None and announced != _sha256(sent):
        detail = f"the bytes that arrived have the SHA-256 {_sha256(sent)}, not the one announced"
        raise BadRequest("sha256_mismatch", detail, 422)
    name = options.clean_name(sent.filename or "")
    reading = options.reading(request.form, READING_OPTIONS)
    return NewFile(name, size, announced, **reading), sent.stream


def digest(sent: Sequence[FileStorage]) -> str:
    """What was sent, as a text that is the same only for the same form."""
    if "Idempotency-Key" not in request.headers:
        return ""
    said = sorted(request.form.items())
    return repr([said, [(file.filename, _sha256(file)) for file in sent]])


def attempt(make: Callable[[Given], Made], given: Given) -> Made | BadRequest:
    """What is made of something, or the reason why not."""
    try:
        return make(given)
    except BadRequest as refused:
        return refused


def _sha256(sent: FileStorage) -> str:
    sent.stream.seek(0)
    found = hashlib.file_digest(sent.stream, "sha256").hexdigest()  # type: ignore[arg-type]
    sent.stream.seek(0)
    return found


@once
def _room() -> threading.Semaphore:
    return threading.Semaphore(settings.current(settings.Uploads).forms_at_once)
