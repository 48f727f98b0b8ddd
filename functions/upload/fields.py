"""What people send, as types: the fields of requests, and how an object is made of them.

A request is an `Input`. Each field has a type with limits (`msgspec.Meta`), which are held here
and stand in the contract, and may have a `Rule`: how a value that does not fit is refused, and what
is made of one that does.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import FieldInfo

from functions.upload.errors import ApiError
from functions.upload.problem_codes import ProblemCode
from lector.runtime.failures import remove_unstorable

Other = TypeVar("Other")
Sent = TypeVar("Sent", bound=msgspec.Struct)


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody sends: its fields are checked, and stand in the contract."""


@dataclass(frozen=True)
class Rule:
    """How a field's value is refused, and what is made of it.

    `code` is `malformed_` and the field's name by default. `then` makes the value; a `ValueError`
    says that it is as described, but makes no sense (422).
    """

    must_be: str = ""
    code: str = ""
    then: Callable[[Any], Any] | None = None


def searchable(text: str) -> str:
    """What people type to search: without what the database cannot hold, and not blank."""
    if not remove_unstorable(text).strip():
        raise ValueError("must have something to search for")
    return remove_unstorable(text)


AN_ID = "an id, such as 01a21e41-a813-7fbd-b387-a884d4c7bffe; GET /v1/files lists them"
Id = Annotated[UUID, Rule(AN_ID, ProblemCode.MALFORMED_ID)]
Number = Annotated[int, Meta(ge=1, le=1_000_000)]
Limit = Annotated[int, Meta(ge=1, le=1000)]
Cursor = Annotated[
    str, Meta(min_length=1, max_length=1000, description="The last answer's `next`.")
]
Next = Annotated[str | None, Meta(description="The cursor of what follows; null at the end.")]
_A_DAY = Rule("a day, such as 2026-11-28")
Since = Annotated[
    date, Meta(description="Only files announced on this day (UTC) or later."), _A_DAY
]
Until = Annotated[
    date, Meta(description="Only files announced on this day (UTC) or before."), _A_DAY
]
SearchQuery = Annotated[
    str,
    Meta(min_length=1, max_length=200),
    Rule("what to search for, in at most 200 characters", then=searchable),
]


class Nothing(Input, frozen=True):
    """A request that says no more than its path does."""


def parse(kind: type[Sent], given: Mapping[str, Any]) -> Sent:
    """Make a request of what was sent.

    Raises:
        ApiError: something is missing, malformed, or unknown, unless its kind takes what others
            make: a misspelt option must not pass in silence.

    """
    expected = fields_of(kind)
    unknown = sorted(given.keys() - expected.keys())
    if unknown and kind.__struct_config__.forbid_unknown_fields:
        known = ", ".join(sorted(expected)) or "none"
        raise ApiError(
            400, ProblemCode.UNKNOWN_OPTION, f"unknown: {', '.join(unknown)}; known: {known}"
        )
    values = {
        field.name: value_of(name, field.type, given.get(name, msgspec.UNSET))
        for name, field in expected.items()
        if name in given or field.required
    }
    return kind(**values)


def value_of(name: str, hint: Any, given: object) -> Any:
    """A field's value; `ApiError` for one that does not fit its type."""
    rule = annotation(hint, Rule) or Rule()
    meta = annotation(hint, Meta) or Meta()
    if isinstance(given, float) and given.is_integer():
        given = int(given)  # as JSON has it, 5.0 is a whole number
    code = rule.code or f"malformed_{name.lower().replace('-', '_')}"
    try:
        value = msgspec.convert(given, hint)
        # Python's $ also matches before a last line feed.
        if meta.pattern and isinstance(value, str) and value.endswith("\n"):
            raise msgspec.ValidationError
    except (msgspec.ValidationError, UnicodeEncodeError):  # of lone surrogates, which JSON may have
        detail = f"{name} must be {rule.must_be or _must_be(hint, meta)}"
        raise ApiError(400, code, detail) from None
    if rule.then is None or value is None:
        return value
    try:
        return rule.then(value)
    except ValueError as error:
        raise ApiError(422, code, f"{name} {error}") from error


def values_of_texts(
    hints: Mapping[str, Any], texts: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    """What texts, such as those of a query, stand for by their types."""
    return {name: _from_texts(hints.get(name, str), found) for name, found in texts.items()}


def whole_number(text: str, otherwise: Other) -> int | Other:
    """The number that a text of digits is, all of it; something else if it is none, or too large.

    None has more than 18 digits, but for zeros in front.
    """
    digits = text.lstrip("0") or text[:1]
    return int(digits) if re.fullmatch("[0-9]{1,18}", digits) else otherwise


def fields_of(kind: type) -> dict[str, FieldInfo]:
    """The fields of a request, by what they are called in it."""
    if kind not in _fields:
        _fields[kind] = {one.encode_name: one for one in msgspec.structs.fields(kind)}
    return _fields[kind]


_fields: dict[type, dict[str, FieldInfo]] = {}


def without_none(hint: Any) -> Any:
    """A type without `None` and what nobody said (`UNSET`), with its annotations."""
    if get_origin(hint) in (Union, UnionType):
        others = [one for one in get_args(hint) if one not in (NoneType, msgspec.UnsetType)]
        return others[0] if len(others) == 1 else hint
    return hint


def plain(hint: Any) -> Any:
    """A type without `None`, `UNSET` and annotations."""
    one = without_none(hint)
    return plain(get_args(one)[0]) if get_origin(one) is Annotated else one


Note = TypeVar("Note")


def annotation(hint: Any, kind: type[Note]) -> Note | None:
    """The annotation of this kind that a type has, or the one type that it may have beside None."""
    if get_origin(hint) is Annotated:
        inner, *notes = get_args(hint)
        own = next((note for note in notes if isinstance(note, kind)), None)
        return own or annotation(inner, kind)
    if get_origin(hint) in (Union, UnionType):
        return next(filter(None, (annotation(one, kind) for one in get_args(hint))), None)
    return None


def _from_texts(hint: Any, texts: Sequence[str]) -> object:
    kind = plain(hint)
    if get_origin(kind) is list:
        [item] = get_args(kind)
        return [_from_texts(item, [text]) for text in texts]
    text = texts[0]
    if kind is bool:
        return {"true": True, "false": False}.get(text, text)
    if kind is float:
        return _number(text)
    return whole_number(text, text) if kind is int else text


def _number(text: str) -> float | str:
    """The number that a text is, such as 0.5; the text itself if it is none."""
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _must_be(hint: Any, meta: Meta) -> str:
    kind = plain(hint)
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    if kind is bool:
        return "true or false"
    if kind is int and meta.le is not None:
        return f"a whole number from {meta.ge} to {meta.le}"
    return "as the contract at /openapi.json says"
