"""What answers are made of: parts that several have, and how one is made of a row."""

from datetime import datetime
from typing import Annotated, Any, Protocol, TypeVar

import msgspec
from msgspec import Meta

Shown = TypeVar("Shown", bound=msgspec.Struct)


class Output(msgspec.Struct, frozen=True):
    """What an answer holds: its JSON, and its place in the contract, follow from its fields."""


Time = Annotated[datetime, Meta(tz=True)]


class Usage(Output, frozen=True):
    """What the present texts took; null where nobody knows."""

    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None


class _HasUsage(Protocol):
    @property
    def prompt_tokens(self) -> int | None: ...
    @property
    def completion_tokens(self) -> int | None: ...
    @property
    def cost_usd(self) -> float | None: ...


def usage_of(row: _HasUsage) -> Usage:
    """The usage that a row holds."""
    return Usage(row.prompt_tokens, row.completion_tokens, row.cost_usd)


def from_row(kind: type[Shown], row: object, **others: object) -> Shown:
    """An answer with a row's values in the fields of the same name, and others."""
    same: dict[str, Any] = {
        name: getattr(row, name) for name in kind.__struct_fields__ if name not in others
    }
    return kind(**same, **others)
