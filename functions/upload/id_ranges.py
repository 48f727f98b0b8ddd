"""Ranges of ids: they are UUIDv7, so they begin with the time at which a file was made."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

_DIGITS = 32
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class IdRange:
    """The ids from one to another, with both of them."""

    first: UUID
    last: UUID

    def __and__(self, other: "IdRange") -> "IdRange":
        return IdRange(max(self.first, other.first), min(self.last, other.last))


EVERY_ID = IdRange(UUID(int=0), UUID(int=2**128 - 1))


def midnight(day: date) -> datetime:
    """When a day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def first_id(at: datetime) -> UUID:
    """The least id of what was made at a time."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


def of_days(since: date | None, until: date | None) -> IdRange:
    """What was made on these days (UTC), or between them; None: whenever."""
    first, last = EVERY_ID.first, EVERY_ID.last
    if since not in (None, date.min):
        first = first_id(midnight(since))
    if until not in (None, date.max):
        last = UUID(
            int=max(0, first_id(midnight(until) + _DAY).int - 1)
        )  # before 1970 there are none
    return IdRange(first, last)


def digits_of(text: str) -> str:
    """The digits of an id's beginning, without hyphens; ValueError for more than an id has."""
    digits = text.replace("-", "")
    if len(digits) > _DIGITS:
        raise ValueError(f"must have at most {_DIGITS} digits")
    return digits


def of_beginning(digits: str) -> IdRange:
    """The ids that begin with these 1 to 32 hexadecimal digits."""
    return IdRange(UUID(digits.ljust(_DIGITS, "0")), UUID(digits.ljust(_DIGITS, "f")))
