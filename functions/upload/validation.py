"""What people send, checked before anything is done with it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from uuid import UUID

from flask import Request
from werkzeug.datastructures import MultiDict

from lector.runtime import endpoint
from lector.runtime.failures import LectorError, storable

JSON_BYTES = 16 * 1024
_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TOKEN_NAME = re.compile(r"[!-~]([ -~]{0,98}[!-~])?")
_KEY = re.compile(r"[!-~]{1,200}")


class BadRequest(LectorError):
    """The request cannot be carried out as it stands; the message says what to change."""

    def __init__(self, code: str, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status

    def as_problem(self) -> dict[str, object]:
        """As problem details within another answer."""
        return endpoint.problem_details(self.status, self.code, self.detail)


def idempotency_key(request: Request) -> str | None:
    """The request's Idempotency-Key."""
    key = request.headers.get("Idempotency-Key")
    return matching(_KEY, key, "Idempotency-Key", "1 to 200 visible ASCII characters")


def tenant(text: object) -> str:
    """A tenant's name."""
    return str(
        matching(_TENANT, text, "tenant", "lower-case letters, digits and hyphens", needed=True)
    )


def token_name(text: object) -> str:
    """What a token is called."""
    return str(
        matching(_TOKEN_NAME, text, "name", "1 to 100 printable ASCII characters", needed=True)
    )


def scopes(given: object, known: Sequence[str]) -> list[str]:
    """Scopes of a token, in the order in which they are known."""
    if isinstance(given, list):
        found = [scope for scope in known if scope in given]
        if found and len(found) == len(given):
            return found
    raise BadRequest("malformed_scopes", f"scopes is a list of {', '.join(known)}, each once")


def integer(value: object) -> int | None:
    """A whole number as JSON has it, where 5.0 is one; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def matching(
    pattern: re.Pattern[str], text: object, name: str, form: str, *, needed: bool = False
) -> str | None:
    """A text that has a form; None for None, unless one is needed."""
    if text is None and not needed:
        return None
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise BadRequest(f"malformed_{name.lower().replace('-', '_')}", f"{name} must be {form}")
    return text


def known_host(request: Request, allowed: Sequence[str], friends: Sequence[str] = ()) -> None:
    """Refuse whoever used a name that is not allowed here, or came from a page of another site."""
    name = request.host.rpartition(":")[0] or request.host
    origin = request.headers.get("Origin")
    if name not in allowed:
        raise BadRequest("unknown_host", f"this Lector is not known as {name}", 403)
    if origin is not None and origin in friends:
        return
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


def file_id(text: str) -> UUID:
    """A file id from a path or a query."""
    return id_of("file", text)


def id_of(kind: str, text: str) -> UUID:
    """An id from a path or a query."""
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest("malformed_id", f"{text!r} is not the id of a {kind}") from None


def whole_number(
    args: MultiDict[str, str], name: str, default: int | None, least: int, most: int
) -> int:
    """A query parameter between `least` and `most`; one without a default is needed."""
    text = args.get(name, "" if default is None else str(default))
    if not text.isascii() or not text.isdigit() or not least <= int(text[:10]) <= most:
        detail = f"{name} must be a whole number from {least} to {most}"
        raise BadRequest(f"malformed_{name}", detail)
    return int(text)


def path_number(name: str, text: str) -> int:
    """A number from 1 in a path."""
    return whole_number(MultiDict({name: text}), name, None, 1, 10**6)


def one_of(args: MultiDict[str, str], name: str, options: Sequence[str]) -> str | None:
    """A query parameter that is one of a few words; None if it is not there."""
    text = args.get(name)
    return None if text is None else known(name, text, options)


def known(name: str, text: str, options: Sequence[str]) -> str:
    """A word that is one of a few."""
    if text not in options:
        raise BadRequest(f"malformed_{name}", f"{name} is one of {', '.join(options)}")
    return text


def query(text: str | None, name: str, longest: int, *, needed: bool = False) -> str | None:
    """What somebody searches for."""
    if text is None and not needed:
        return None
    detail = f"{name} must be what to search for, in at most {longest} characters"
    if not text or len(text) > longest:
        raise BadRequest(f"malformed_{name}", detail)
    if not storable(text).strip():
        raise BadRequest(f"malformed_{name}", detail, 422)
    return storable(text)


def containing(text: str | None) -> str | None:
    """A pattern (of ILIKE) for names that contain a text."""
    wanted = query(text, "name", 255)
    if wanted is None:
        return None
    escaped = re.sub(r"([\\%_])", r"\\\1", wanted)
    return f"%{escaped}%"


def fingerprint(*parts: str) -> str:
    """What tells one request from another: a hash, in hexadecimal."""
    return sha256(repr(parts).encode()).hexdigest()


def no_unknown(given: Iterable[str] | Mapping[str, object], known: Iterable[str]) -> None:
    """Refuse options that mean nothing here: a misspelt one must not pass in silence."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        allowed = ", ".join(sorted(known)) or "none"
        raise BadRequest("unknown_option", f"unknown: {', '.join(unknown)}; known: {allowed}")
