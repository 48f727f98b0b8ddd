"""Files that are sent as a form (multipart/form-data)."""

import hashlib
import json
import os
from collections.abc import Callable
from typing import TypeVar

from functions.upload import bodies, fields
from functions.upload.bodies import Form, SentFile
from functions.upload.errors import ApiError
from functions.upload.files import options, uploads
from functions.upload.files.options import FileAtUrl, FileForm, FilesForm, NewFile, Reading
from functions.upload.problem_codes import ProblemCode
from lector.domain import originals
from lector.domain.failure_codes import FailureCode
from lector.domain.unsupported import Unsupported

Given = TypeVar("Given")
Made = TypeVar("Made")
FormFields = TypeVar("FormFields", bound=Reading)


def parse(form: Form, kind: type[FormFields], most: int) -> FormFields:
    """What a form with 1 to `most` files says of them."""
    for name, texts in form.texts.items():
        if len(texts) > 1:
            raise ApiError(400, ProblemCode.REPEATED_OPTION, f"{name} is said {len(texts)} times")
    hints = {name: field.type for name, field in fields.fields_of(kind).items()}
    said = fields.parse(kind, fields.values_of_texts(hints, form.texts))
    if not 1 <= len(form.files) <= most or {one.field for one in form.files} != {"file"}:
        what = "one file" if most == 1 else f"1 to {most} files"
        raise ApiError(400, ProblemCode.MALFORMED_FORM, f"send {what} in the form field 'file'")
    return said


def new_file(sent: SentFile, said: Reading, own: object = None) -> uploads.SentFile:
    """A file of a form, by what is `said` of all and what is said of its `own`."""
    size = sent.content.seek(0, os.SEEK_END)
    sent.content.seek(0)
    if size == 0:
        raise ApiError(422, FailureCode.EMPTY_FILE, "the file is empty")
    kind = originals.identify(sent.content.read(originals.HEAD_BYTES))
    sent.content.seek(0)
    if isinstance(kind, Unsupported):
        raise uploads.unsupported_type(kind.sentence())
    about = _about(said, own)
    if about.size_bytes not in (None, size):
        detail = f"{about.size_bytes} bytes were announced, but {size} have arrived"
        raise ApiError(422, ProblemCode.SIZE_MISMATCH, detail)
    if about.sha256 is not None and about.sha256 != _sha256(sent):
        detail = f"the bytes that arrived have the SHA-256 {_sha256(sent)}, not the one announced"
        raise ApiError(422, FailureCode.SHA256_MISMATCH, detail)
    name = options.clean_name(sent.name) if about.name is None else about.name
    wanted = {field: getattr(about, field) for field in Reading.__struct_fields__}
    size = options.within_limit(size)
    sha256 = about.sha256 if about.again else _sha256(sent)
    new = NewFile(name=name, folder=about.folder, size_bytes=size, sha256=sha256, **wanted)
    return uploads.SentFile(new, sent.content, kind)


def _about(said: Reading, own: object) -> options.SentFile:
    """What is said of a file: of its own, and else of all."""
    given = options.common(said)
    given |= {"sha256": said.sha256, "folder": said.folder} if isinstance(said, FileForm) else {}
    given |= {"name": said.name} if isinstance(said, FileAtUrl) else {}
    if own is None:
        return fields.parse(options.SentFile, given)
    if not isinstance(own, dict):
        detail = 'what is said of a file is a JSON object such as {"name": …, "pages": …}'
        raise ApiError(400, ProblemCode.MALFORMED_BODY, detail)
    return fields.parse(options.SentFile, {**given, **own})


def described(form: Form, said: FilesForm) -> list[object]:
    """What a form says of each of its files, None where it says nothing of any."""
    if said.files is None:
        return [None] * len(form.files)
    try:
        found = json.loads(said.files)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or len(found) != len(form.files) or bodies.is_deep(found):
        detail = (
            f"files must be a JSON array with an object for each of the {len(form.files)} files"
        )
        raise ApiError(400, ProblemCode.MALFORMED_FORM, detail)
    return found


def digest(form: Form) -> str:
    """What was sent, as a text that is the same only for the same form."""
    said = sorted((name, text) for name, [text] in form.texts.items())
    return repr([said, [(file.name, _sha256(file)) for file in form.files]])


def attempt(make: Callable[[Given], Made], given: Given) -> Made | ApiError:
    """What is made of something, or the reason why not."""
    try:
        return make(given)
    except ApiError as refused:
        return refused


def _sha256(sent: SentFile) -> str:
    sent.content.seek(0)
    found = hashlib.file_digest(sent.content, "sha256").hexdigest()  # type: ignore[arg-type]
    sent.content.seek(0)
    return found
