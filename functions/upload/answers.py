"""What answers are made of: parts that several have, and how one is made of a row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol, TypeVar

import msgspec
from msgspec import Meta

from lector.runtime.failures import ProtocolCode

Shown = TypeVar("Shown", bound=msgspec.Struct)


class Output(msgspec.Struct, frozen=True):
    """What an answer holds: its JSON, and its place in the contract, follow from its fields."""


Time = Annotated[datetime, Meta(tz=True)]


class Usage(Output, frozen=True):
    """What the present texts took; null where nobody knows."""

    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None


class Doubt(Output, frozen=True):
    """What speaks against a page's text."""

    code: Annotated[str, Meta(description="A DoubtCode.")]
    detail: Annotated[str, Meta(description="The same for people.")]


TurnedDegrees = Annotated[
    Literal[0, 90, 180, 270],
    Meta(
        description="By how much the page's image must be turned clockwise to stand upright; the"
        " text was read so, and the places of its words are those of the turned image."
    ),
]
Confidence = Annotated[
    float | None,
    Meta(description="How sure the reader is of its words, 0 to 100; null: it does not tell."),
]


def doubts_of(doubts: Mapping[str, str]) -> list[Doubt]:
    """Doubts as the API shows them."""
    return [Doubt(code, detail) for code, detail in doubts.items()]


class Waiting(Output, frozen=True):
    """What a file or page waits for."""

    code: Annotated[
        str, Meta(description="A FailureCode (`behind_files` among them) or a ProtocolCode.")
    ]
    detail: Annotated[str, Meta(description="The same for people, with the server's own words.")]
    since: Annotated[Time | None, Meta(description="Null if that was not noted.")]
    files: Annotated[
        int | None,
        Meta(description="With `behind_files`: how many of one's own unfinished files are ahead."),
    ]


class _Waits(Protocol):
    @property
    def waiting_for(self) -> str | None: ...
    @property
    def waiting_code(self) -> str | None: ...
    @property
    def waiting_since(self) -> datetime | None: ...


def waiting_of(row: _Waits) -> Waiting | None:
    """What a row says that it waits for, if it does."""
    if row.waiting_for is None:
        return None
    code = row.waiting_code or ProtocolCode.NOT_NOW
    return Waiting(code, row.waiting_for, row.waiting_since, None)


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
