"""Where a list goes on: opaque to whoever asks, and checked when it comes back."""

import base64
import json
from typing import Any

from functions.upload.validation import BadRequest


def written(*values: object) -> str:
    """The cursor behind an entry that is sorted by these values."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def read(cursor: str | None, *kinds: type) -> list[Any] | None:
    """The values in a cursor, which must be of these kinds; None without one."""
    if cursor is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != len(kinds) or not _are(values, kinds):
        raise malformed()
    return values


def malformed() -> BadRequest:
    """The refusal of a cursor that nobody gave out."""
    return BadRequest("malformed_cursor", "cursor must be the `next` of an earlier answer", 422)


def _are(values: list[Any], kinds: tuple[type, ...]) -> bool:
    return all(type(value) is kind for value, kind in zip(values, kinds, strict=True))
