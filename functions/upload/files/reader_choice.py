"""Which reader a file is for, and what it cannot honour of what somebody wants.

A reader that was chosen by name has to do all that is wanted, else the request is refused. Where
nobody named one, the default reader does what it can, and the file says what it cannot.
"""

from collections.abc import Iterator
from typing import Protocol

from functions.upload.errors import ApiError
from functions.upload.problem_codes import ProblemCode
from lector.domain.failure_codes import FailureCode


class Wishes(Protocol):
    """What somebody wants of a reader."""

    @property
    def prompt(self) -> str | None:
        """Words in place of its own."""

    @property
    def model(self) -> str | None:
        """Another model of its endpoint."""

    @property
    def describe(self) -> bool:
        """Whether pictures are wanted in words."""


def check(name: str | None, wanted: Wishes, language: str | None = None) -> None:
    """Refuse a reader that there is not, and wishes that the one chosen by name cannot honour.

    Raises:
        ApiError: 422.

    """
    if name is None:
        return
    lacks = list(_lacks(name, wanted, language))
    if lacks:
        detail = f"the reader {name} {'; it '.join(lacks)}: leave that out, or choose another"
        raise ApiError(422, ProblemCode.CONFLICTING_OPTIONS, detail)


def warning(name: str | None, wanted: Wishes, language: str | None) -> str | None:
    """What the default reader cannot honour, for people; None if that is nothing."""
    is_plain = not (wanted.prompt or wanted.model or wanted.describe or language)
    if name is not None or is_plain:
        return None
    lacks = list(_lacks(None, wanted, language))
    return f"the reader of this file {'; it '.join(lacks)}" if lacks else None


def _lacks(name: str | None, wanted: Wishes, language: str | None) -> Iterator[str]:
    """What a reader cannot do of what is wanted, each as what it is said of the reader."""
    from lector.domain import reader_catalogue  # noqa: PLC0415 - most files choose nothing

    catalogue = reader_catalogue.current()
    reader = catalogue.find(name)
    if reader is None:
        there = ", ".join(sorted(catalogue.readers))
        detail = f"there is no reader {name!r}, but {there}"
        raise ApiError(422, FailureCode.READER_UNKNOWN, detail)
    if wanted.model and not reader.may_choose(wanted.model):
        yield f"has no model {wanted.model} to choose"
    if wanted.prompt and not reader.honours_prompt:
        yield "looks at no prompt"
    if wanted.describe and not reader.honours_describe:
        yield "describes no pictures"
    if language and not reader.has_language(language):
        yield f"does not have the language {language}, but {', '.join(reader.languages or ())}"
    elif language and not reader.honours_language:
        yield "does not look at the language"
