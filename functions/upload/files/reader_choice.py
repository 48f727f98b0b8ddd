"""Which reader a file is for, and what it cannot honour of what somebody wants.

A reader that was chosen by name has to do all that is wanted, else the request is refused. Where
nobody named one, the default reader does what it can, and the file says what it cannot.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from functions.upload import reader_languages
from functions.upload.errors import ApiError
from functions.upload.problem_codes import ProblemCode
from lector.domain.failure_codes import FailureCode
from lector.domain.states import OnDoubt
from lector.runtime import settings

if TYPE_CHECKING:
    from lector.domain.reader_catalogue import Catalogue, Reader


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


def check(
    name: str | None,
    wanted: Wishes,
    language: str | None = None,
    on_doubt: OnDoubt | None = None,
) -> None:
    """Refuse a reader that there is not, and wishes that the one chosen by name cannot honour.

    Also a language that nobody can read, whoever is chosen, and whatever a page may carry.

    Raises:
        ApiError: 422.

    """
    if name is None:
        if language:
            _check_language(language)
        return
    lacks = list(_lacks(name, wanted, language, on_doubt))
    if lacks:
        detail = f"the reader {name} {'; it '.join(lacks)}: leave that out, or choose another"
        raise ApiError(422, ProblemCode.CONFLICTING_OPTIONS, detail)


def warning(
    name: str | None,
    wanted: Wishes,
    language: str | None,
    on_doubt: OnDoubt | None = None,
) -> str | None:
    """What the default reader cannot honour, for people; None if that is nothing."""
    asks_reader = wanted.prompt or wanted.model or wanted.describe or language
    is_plain = not (asks_reader or on_doubt == OnDoubt.ESCALATE)
    if name is not None or is_plain:
        return None
    lacks = list(_lacks(None, wanted, language, on_doubt))
    return f"the reader of this file {'; it '.join(lacks)}" if lacks else None


def may_choose(catalogue: "Catalogue", name: str | None) -> bool:
    """Whether people may choose a reader by its name; the default one always."""
    choices = _split(settings.current(settings.Readers).reader_choices)
    own_name = catalogue.name_of(name)
    return not choices or own_name in choices or own_name == catalogue.default


def is_ready(name: str) -> bool | None:
    """Whether a reader is set up where pages are read; None if nobody has said."""
    ready = _split(settings.current(settings.Readers).readers_set_up)
    return name in ready if ready else None


def _check_language(language: str) -> None:
    """Refuse a language for which no data is to be had, unless one of the file's readers has it."""
    from lector.domain import language_codes, reader_catalogue  # noqa: PLC0415 - seldom said

    if language_codes.are_known(language):
        return
    catalogue = reader_catalogue.current()
    own = catalogue.readers[catalogue.default]
    others = [catalogue.readers[name] for name in (own.fallback, own.escalate) if name]
    if all(reader_languages.lack(reader, language) for reader in (own, *others)):
        there = ", ".join(reader_languages.of(own) or ())
        detail = f"nobody reads the language {language} here; the default reader has {there}"
        raise ApiError(422, ProblemCode.CONFLICTING_OPTIONS, detail)


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _to_set_up(reader: "Reader") -> str:
    """What to do for it, by the names of variables alone."""
    if reader.is_embedded:
        return (
            "Lector starts it where it is the default reader (READER=tesseract), its fallback, or"
            " the second reader (VERIFY)"
        )
    return f"it needs {', '.join(reader.missing(lambda _: None))}"


def _lacks(
    name: str | None, wanted: Wishes, language: str | None, on_doubt: OnDoubt | None
) -> Iterator[str]:
    """What a reader cannot do of what is wanted, each as what it is said of the reader."""
    reader = _find(name)
    if wanted.model and not reader.may_choose(wanted.model):
        yield f"has no model {wanted.model} to choose"
    if wanted.prompt and not reader.honours_prompt:
        yield "looks at no prompt"
    if wanted.describe and not reader.honours_describe:
        yield "describes no pictures"
    if on_doubt == OnDoubt.ESCALATE and reader.escalate is None:
        yield "names no larger reader to escalate to"
    if language and (lack := reader_languages.lack(reader, language)):
        yield lack
    elif language and not reader.honours_language:
        yield "does not look at the language"


def _find(name: str | None) -> "Reader":
    """The reader of this name, if people may choose it, and it is set up: else `ApiError`."""
    from lector.domain import reader_catalogue  # noqa: PLC0415 - most files choose nothing

    catalogue = reader_catalogue.current()
    reader = catalogue.find(name)
    if reader is None or not may_choose(catalogue, name):
        there = ", ".join(sorted(one for one in catalogue.readers if may_choose(catalogue, one)))
        detail = f"there is no reader {name!r}, but {there}"
        raise ApiError(422, FailureCode.READER_UNKNOWN, detail)
    if name is not None and is_ready(catalogue.name_of(name)) is False:
        detail = f"the reader {name} is not set up: {_to_set_up(reader)}"
        raise ApiError(422, FailureCode.READER_UNKNOWN, detail)
    return reader
