"""A PDF with its text laid invisibly over it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lector.failures import LectorError


class Limits:
    """What making one may take."""


class Unmakeable(LectorError):
    """It cannot be made; the message says why."""

    code = "not_made"
    detail = "it cannot be made here yet"


def make(original: Path, words: Mapping[int, Sequence[Any]], target: Path, limits: Limits) -> None:
    """Write the searchable PDF of an original."""
    raise Unmakeable(f"{original} {len(words)} {target} {limits}")
