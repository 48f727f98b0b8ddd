"""Where a list goes on: opaque to whoever asks, and checked when it comes back."""

import base64
import json
import math
from typing import Any
from uuid import UUID

from functions.upload import fields
from functions.upload.errors import ApiError
from functions.upload.problem_codes import ProblemCode
from lector.runtime.failures import remove_unstorable


def encode(*values: object) -> str:
    """The cursor behind an entry that is sorted by these values."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def decode(cursor: str | None, *kinds: type) -> list[Any] | None:
    """The values in a cursor, which must be of these kinds; None without one."""
    if cursor is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds):
        raise malformed()
    if not all(_is_storable(value) for value in values):
        raise malformed()
    return values


def id_of(text: str) -> UUID:
    """The id in a cursor."""
    try:
        return UUID(text)
    except ValueError:
        raise malformed() from None


def number_of(text: str) -> int:
    """The whole number in a cursor."""
    number = fields.whole_number(text, None)
    if number is None:
        raise malformed()
    return number


def _is_storable(value: object) -> bool:
    """Whether the database can compare with it."""
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, str) or value == remove_unstorable(value)


def malformed() -> ApiError:
    """The refusal of a cursor that nobody gave out."""
    return ApiError(
        422, ProblemCode.MALFORMED_CURSOR, "cursor must be the `next` of an earlier answer"
    )
