"""What people send, checked before anything is done with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Request
from werkzeug.datastructures import MultiDict

from lector import selection
from lector.failures import LectorError

JSON_BYTES = 16 * 1024
_NAME_BYTES = 255
_FILE_OPTIONS = {"name", "size_bytes", "pages"}


class BadRequest(LectorError):
    """The request cannot be carried out as it stands; the message says what to change."""

    def __init__(self, code: str, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status


@dataclass(frozen=True)
class NewFile:
    """A file that somebody wants to have read."""

    name: str
    size_bytes: int
    pages: str | None


def new_file(body: object, max_bytes: int) -> NewFile:
    """The file that a JSON body announces."""
    if not isinstance(body, dict):
        raise BadRequest(
            "malformed_body", 'send a JSON object such as {"name": …, "size_bytes": …}'
        )
    no_unknown(body, _FILE_OPTIONS)
    size = body.get("size_bytes")
    if not isinstance(size, int) or isinstance(size, bool):
        raise BadRequest("malformed_size", "size_bytes must be the file's size, a whole number")
    pages = body.get("pages")
    if pages is not None and not isinstance(pages, str):
        raise BadRequest("malformed_pages", "pages must be a selection such as 1-3,7")
    return NewFile(
        clean_name(body.get("name")), checked_size(size, max_bytes), checked_pages(pages)
    )


def known_host(request: Request, allowed: Iterable[str]) -> None:
    """Refuse whoever used a name that is not allowed here, or came from a page of another site."""
    name = request.host.rpartition(":")[0] or request.host
    origin = request.headers.get("Origin")
    if name not in allowed:
        raise BadRequest("unknown_host", f"this Lector is not known as {name}", 403)
    if origin is not None and origin.partition("://")[2] != request.host:
        raise BadRequest("foreign_page", "pages of other sites may not use this Lector", 403)


def options(request: Request, known: Iterable[str]) -> dict[str, object]:
    """The JSON object that a request may carry; {} without a body. Nothing else is passed over."""
    no_unknown(request.args, ())
    request.max_content_length = JSON_BYTES
    if not request.get_data():  # before anybody asks for a form, which would take it away
        return {}
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        detail = "send a JSON object as application/json, with " + (", ".join(known) or "nothing")
        raise BadRequest("malformed_body", detail)
    no_unknown(body, known)
    return body


def retried_pages(body: Mapping[str, object]) -> str | None:
    """The selection of pages to retry; None for all that failed."""
    pages = body.get("pages")
    if pages is None:
        return None
    if not isinstance(pages, str) or not pages:
        raise BadRequest("malformed_pages", "pages must be a selection such as 1-3,7")
    return checked_pages(pages)


def flag(body: Mapping[str, object], name: str) -> bool:
    """A yes or no in a JSON object; no, if it is not there."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise BadRequest(f"malformed_{name}", f"{name} must be true or false")
    return value


def hours(body: Mapping[str, object], name: str, default: float) -> float:
    """A number of hours in a JSON object."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1e6:
        raise BadRequest(f"malformed_{name}", f"{name} must be a number of hours, 0 or more")
    return float(value)


def moment(text: str | None) -> datetime | None:
    """A time in a query, as RFC 3339."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise BadRequest("malformed_cursor", f"{text!r} is not a time") from None


def checked_size(size: int, max_bytes: int) -> int:
    """A size within the limits."""
    if size < 1:
        raise BadRequest("empty_file", "the file is empty")
    if size > max_bytes:
        raise BadRequest(
            "file_too_large", f"the file has {size} bytes; the limit is {max_bytes}", 413
        )
    return size


def checked_pages(pages: str | None) -> str | None:
    """A page selection that can be understood, or None for all pages."""
    if not pages:
        return None
    try:
        selection.parse(pages)
    except selection.BadSelection as error:
        raise BadRequest("malformed_pages", str(error)) from error
    return pages


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


def file_id(text: str) -> UUID:
    """A file id from a path or a query."""
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest("malformed_id", f"{text!r} is not a file id") from None


def whole_number(query: MultiDict[str, str], name: str, default: int, least: int, most: int) -> int:
    """A query parameter between `least` and `most`."""
    text = query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not least <= int(text[:10]) <= most:
        detail = f"{name} must be a whole number from {least} to {most}"
        raise BadRequest(f"malformed_{name}", detail)
    return int(text)


def no_unknown(given: Iterable[str] | Mapping[str, object], known: Iterable[str]) -> None:
    """Refuse options that mean nothing here: a misspelt one must not pass in silence."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        allowed = ", ".join(sorted(known)) or "none"
        raise BadRequest("unknown_option", f"unknown: {', '.join(unknown)}; known: {allowed}")
