"""What people say of a file: its name and size, and how its pages are to be read."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.upload.validation import BadRequest, integer, matching, no_unknown
from lector.domain import page_selection
from lector.runtime.failures import storable

READING_OPTIONS = ("pages", "prompt", "model", "language")
_FILE_OPTIONS = {"name", "size_bytes", "sha256", *READING_OPTIONS}
_NAME_BYTES = 255
_LONGEST_PROMPT = 4000
_MODEL = re.compile(r"[!-~]{1,200}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class NewFile:
    """A file that somebody wants to have read."""

    name: str
    size_bytes: int
    sha256: str | None = None
    pages: str | None = None
    prompt: str | None = None
    model: str | None = None
    language: str | None = None


def new_file(body: object, max_bytes: int) -> NewFile:
    """The file that a JSON body announces."""
    if not isinstance(body, dict):
        raise BadRequest(
            "malformed_body", 'send a JSON object such as {"name": …, "size_bytes": …}'
        )
    no_unknown(body, _FILE_OPTIONS)
    size = integer(body.get("size_bytes"))
    if size is None:
        raise BadRequest("malformed_size", "size_bytes must be the file's size, a whole number")
    return NewFile(
        clean_name(body.get("name")),
        checked_size(size, max_bytes),
        digest(body.get("sha256")),
        **reading(body, READING_OPTIONS),
    )


def several(body: object, most: int) -> list[object]:
    """What a JSON body says of each of several files."""
    files = body.get("files") if isinstance(body, dict) else None
    if not isinstance(files, list) or not 1 <= len(files) <= most:
        raise BadRequest("malformed_body", f'send {{"files": […]}} with 1 to {most} files')
    no_unknown(body or {}, ("files",))  # type: ignore[arg-type]
    return files


def reading(options: Mapping[str, Any], names: Iterable[str]) -> dict[str, str | None]:
    """How somebody wants pages to be read; what is not said is None."""
    return {name: _READING[name](options.get(name)) for name in names}


def selected(pages: object) -> str | None:
    """A page selection that can be understood, or None for all pages."""
    if pages is None:
        return None
    if not isinstance(pages, str) or not pages:
        raise BadRequest("malformed_pages", "pages must be a selection such as 1-3,7")
    try:
        page_selection.parse(pages)
    except page_selection.BadSelection as error:
        raise BadRequest("malformed_pages", str(error), 422) from error
    return pages


def prompt(text: object) -> str | None:
    """Words for the model, in place of Lector's own."""
    if text is None:
        return None
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST_PROMPT:
        detail = f"prompt must be a text of at most {_LONGEST_PROMPT} characters"
        raise BadRequest("malformed_prompt", detail)
    return storable(text)


def digest(text: object) -> str | None:
    """A SHA-256 in hexadecimal, or None."""
    return matching(_SHA256, text, "sha256", "64 hexadecimal digits in lower case")


def checked_size(size: int, max_bytes: int) -> int:
    """A size within the limits."""
    if size < 1:
        raise BadRequest("empty_file", "the file is empty")
    if size > max_bytes:
        raise BadRequest(
            "file_too_large", f"the file has {size} bytes; the limit is {max_bytes}", 413
        )
    return size


def clean_name(name: object) -> str:
    """A file name for showing: no folders, no control characters, at most 255 bytes.

    It never becomes a path or a key, so nothing else about it matters.
    """
    if not isinstance(name, str):
        raise BadRequest("malformed_name", "name must be the file's name")
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if c.isprintable()).strip()
    shown = shown.encode(errors="ignore")[:_NAME_BYTES].decode(errors="ignore")
    return shown or "unnamed.pdf"


_READING: dict[str, Callable[[object], str | None]] = {
    "pages": selected,
    "prompt": prompt,
    "model": lambda text: matching(_MODEL, text, "model", "as its endpoint calls it"),
    "language": lambda text: matching(_LANGUAGE, text, "language", "one such as es or de-AT"),
}
